import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** An implementation of a function that runs as a process. */
export interface Candidate {
  readonly command: readonly [program: string, ...args: string[]];
  readonly environment: Readonly<Record<string, string>>;
  /** Input of the process, as JSON on stdin. */
  readonly input: object;
}

/** Measurements that a process makes of itself (`run-function.js`, `aws-sample/run_function.py`). */
export interface Measurement {
  readonly loadMilliseconds: number;
  readonly firstCallMilliseconds: number;
  /** User and system CPU time of a warm call. */
  readonly warmCpuMicroseconds: number;
  /** The response to the last call; absent for the AWS sample. */
  readonly response?: unknown;
}

/**
 * Runs a candidate in a new process.
 *
 * @throws Error with the output of the process if it fails.
 */
export async function measure({ command, environment, input }: Candidate): Promise<Measurement> {
  const [program, ...args] = command;
  // The process inherits no environment: a variable such as NODE_EXTRA_CA_CERTS can take more time than the function.
  const child = spawn(program, args, { env: { ...environment }, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(JSON.stringify(input));
  const [printed, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  if (code !== 0) {
    throw new Error(`${command.join(' ')} ended with ${code}: ${printed}`);
  }
  return JSON.parse(printed) as Measurement;
}
