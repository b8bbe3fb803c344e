import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { run } from '../cli/run';

/** Runs `npm start` and ends with its exit code. Ctrl-C reaches it by way of the terminal. */
async function startEmulator(options: readonly string[]): Promise<never> {
  const child = spawn(process.execPath, ['--import', 'tsx', join('bin', 'emulator.ts'), ...options], {
    // Not __dirname, which is wrong in a module that tsImport loads.
    cwd: join(__filename, '..', '..'),
    stdio: 'inherit',
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}

/** Runs the command of this process, and ends it. */
export async function main(): Promise<never> {
  // Not a message for users of the CLI.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Once: a second signal ends the process at once.
    process.once(signal, () => interruption.abort());
  }
  const { stdin, stdout, stderr } = process;
  process.exit(await run(process.argv.slice(2), { stdin, stdout, stderr, signal: interruption.signal, startEmulator }));
}
