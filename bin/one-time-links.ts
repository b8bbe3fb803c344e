import { run } from '../cli/run';

void main();

/** Runs the command of this process, and ends it. */
async function main(): Promise<never> {
  // Not a message for users of the CLI.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Once: a second signal ends the process at once.
    process.once(signal, () => interruption.abort());
  }
  const { stdin, stdout, stderr } = process;
  process.exit(await run(process.argv.slice(2), { stdin, stdout, stderr, signal: interruption.signal }));
}
