import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A piece of a bundle, by offsets in it, and how often it ran. */
interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What V8 says of a function: its whole range first, then the blocks in it. The first function is the file itself. */
interface CoveredFunction {
  readonly ranges: readonly [Range, ...Range[]];
}

/** What came of running a bundle. */
export interface CoveredRun {
  readonly answers: readonly unknown[];
  readonly functions: readonly CoveredFunction[];
}

/** Loads a bundle in a process of its own and calls it with one event after the other. */
export async function runCovered(
  file: string,
  environment: Readonly<Record<string, string>>,
  events: readonly unknown[],
): Promise<CoveredRun> {
  const child = fork(join(__dirname, 'run-covered.js'), {
    env: { ...environment },
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.send({ file, events });
  const [run] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`${file} ended with ${code}`))),
  ]);
  return run as CoveredRun;
}

/** Bytes of a bundle that ran. Blocks lie within functions and functions within one another: what is further in counts. */
export function executedBytes({ functions }: CoveredRun): number {
  const ran: number[] = [];
  for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges)) {
    ran.length = Math.max(ran.length, endOffset);
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  }
  return ran.reduce((sum, byte) => sum + byte, 0);
}

/** The functions of a bundle that were called, without the file itself. */
export function functionsThatRan({ functions }: CoveredRun): readonly Range[] {
  return functions.slice(1).flatMap(({ ranges: [whole] }) => (whole.count > 0 ? [whole] : []));
}
