import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that helps to measure. It ends when its input does, however whoever started it ended. */
export interface HelperProcess {
  /** The line that it printed when it was ready. */
  readonly ready: string;
  /** Sends a line, and waits for the one that it answers. */
  ask(line: string): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts a helper in this Node.
 *
 * @throws Error if it ends before it is ready.
 */
export async function startHelper(args: readonly string[]): Promise<HelperProcess> {
  const child = spawn(process.execPath, args);
  child.stderr.pipe(process.stderr);
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const nextLine = async (): Promise<string> => {
    const failed = ended.then(([code]) => Promise.reject(new Error(`${args.join(' ')} ended with ${code}`)));
    const [line] = await Promise.race([once(lines, 'line'), failed]);
    return line;
  };
  return {
    ready: await nextLine(),
    async ask(line: string): Promise<string> {
      const answer = nextLine();
      child.stdin.write(`${line}\n`);
      return await answer;
    },
    async close(): Promise<void> {
      child.stdin.end();
      await ended;
    },
  };
}
