import { join } from 'node:path';
import { run } from '../cli/run';

/** The emulator owns the process from here on: it handles signals and exits. */
async function startEmulator(options: readonly string[]): Promise<never> {
  process.chdir(join(__dirname, '..'));
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...options);
  await import('./emulator');
  return await new Promise<never>(() => {});
}

/** Runs the command of this process, and ends it. */
export async function main(): Promise<never> {
  // Not a message for users of the CLI.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const { npm_lifecycle_event: script, INIT_CWD: directory } = process.env;
  if (script === 'share' && directory !== undefined) {
    // npm runs scripts in the project's directory; file names are relative to the caller's.
    process.chdir(directory);
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Once: a second signal ends the process at once.
    process.once(signal, () => interruption.abort());
  }
  const { stdout, stderr } = process;
  process.exit(await run(process.argv.slice(2), { stdout, stderr, signal: interruption.signal, startEmulator }));
}
