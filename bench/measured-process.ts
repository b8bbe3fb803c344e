import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** How far a measured process goes; see `processes/run-function.js`. */
export type Mode = 'bare' | 'load' | 'init' | 'call' | 'warm';

/** Milliseconds of the clock and of the processor, as far as the process went. */
export type Timings = Partial<
  Readonly<
    Record<'bare' | 'load' | 'loadCpu' | 'init' | 'initCpu' | 'call' | 'callCpu' | 'warmCpuMicroseconds', number>
  >
>;

/** A process to measure. */
export interface MeasuredProcess {
  /** Program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
}

const RUN_FUNCTION = join(__dirname, 'processes', 'run-function.js');

/** Runs a function of ours in a Node. */
export function nodeProcess(
  node: string,
  mode: Mode,
  subject?: { readonly file: string; readonly eventFile: string },
  calls = 0,
): MeasuredProcess['command'] {
  return [node, RUN_FUNCTION, mode, ...(subject === undefined ? [] : [subject.file, subject.eventFile, `${calls}`])];
}

/**
 * Runs a process to its end.
 *
 * @returns what it wrote on its error stream.
 * @throws Error with that, if it failed.
 */
export async function run({ command: [program, ...args], environment }: MeasuredProcess): Promise<string> {
  // Nothing of the environment is passed on: a variable such as NODE_EXTRA_CA_CERTS costs as much as a function.
  const child = spawn(program, args, { env: { ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  const [written, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  if (code !== 0) {
    throw new Error(`${[program, ...args].join(' ')} ended with ${code}: ${written}`);
  }
  return written;
}

/** Runs a process and reads what it measured of itself. */
export async function timingsOf(process: MeasuredProcess): Promise<Timings> {
  return JSON.parse(await run(process)) as Timings;
}
