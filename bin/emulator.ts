import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isEmulatorRunning } from '../cli/local-emulator';
import { startEmulator } from '../emulator/emulator';
import { introduction } from '../emulator/introduction';
import { writeOutputs } from '../emulator/outputs';
import type { LocalBucket } from '../emulator/s3/bucket-model';
import { synthesize } from '../emulator/template/assembly';
import { synthesizeIfChanged } from '../emulator/template/cached-assembly';
import { BUCKET_NAME } from '../lambda/contract';

const USAGE = `Serves the stack on this machine, without AWS, Docker or network.

  npm start -- [--port N] [--data DIR] [--bucket NAME[@REGION][:ACCOUNT] …]
            [-c OPTION=VALUE …] [--no-cache]

  --port N     port of the API (default 4580); S3, DynamoDB, EventBridge and SNS use the next four; 0: any free
  --data DIR   store objects and links in DIR (default: they are removed at the end)
  --bucket NAME[@REGION][:ACCOUNT]
               add an existing bucket, for the option existingBuckets; can be repeated
  -c OPTION=VALUE
               set an option of the stack, as in cdk deploy; can be repeated
  --no-cache   synthesize the stack even if nothing has changed
  --help       print this text
`;

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean' } as const;
const OPTIONS = {
  port: TEXT,
  data: TEXT,
  bucket: { ...TEXT, multiple: true },
  context: { ...TEXT, multiple: true, short: 'c' },
  'no-cache': FLAG,
  help: FLAG,
} as const;

class UsageError extends Error {}

/**
 * Runs the local emulator until SIGINT, SIGTERM or SIGHUP. Errors go to stderr; the exit code is 2 for a usage error,
 * else 1.
 */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await run(args);
  } catch (error) {
    process.stderr.write(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : `${describe(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { help, cache, context, ...options } = parseArguments(args);
  if (help) {
    return void process.stdout.write(USAGE);
  }
  // Objects, links, the outputs file and the assembly are for this user only.
  process.umask(0o077);
  process.stdout.write('Synthesizing the stack …\n');
  const assembly = await (cache ? synthesizeIfChanged : synthesize)(join('cdk.out', 'local'), context);
  const stopped = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  const onLog = (source: string, line: string): void => void process.stdout.write(`${source.padEnd(15)} ${line}\n`);
  const emulator = await startEmulator({
    ...options,
    assembly,
    onLog,
    onEvent: (event) => onLog('event', `${event['detail-type']} ${JSON.stringify(event.detail)}`),
    onEmail: ({ to, subject, text }) =>
      onLog('email', `to ${to}: ${subject}\n\n${text}\n`.replaceAll('\n', `\n${' '.repeat(16)}`)),
  });
  const outputsFile = await writeOutputs(assembly.stackName, emulator.outputs, isEmulatorRunning);
  process.stdout.write(introduction(emulator, outputsFile.path));
  await stopped;
  await outputsFile.remove();
  await emulator.close();
}

/** @throws UsageError */
export function parseArguments(args: readonly string[]) {
  const {
    port = '4580',
    data,
    bucket = [],
    context = [],
    help = false,
    'no-cache': noCache = false,
  } = parseValues(args);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_531) {
    throw new UsageError('--port must be an integer from 0 to 65531');
  }
  if (data === '') {
    throw new UsageError('--data must be a directory');
  }
  const existingBuckets = bucket.map(parseBucket);
  return {
    help,
    cache: !noCache,
    port: Number(port),
    existingBuckets,
    context: Object.fromEntries(context.map(parseOption)),
    ...(data && { dataDirectory: data }),
  };
}

function parseValues(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(describe(error));
  }
}

function parseOption(argument: string): readonly [name: string, value: string] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(argument) ?? [];
  if (name === undefined || value === undefined) {
    throw new UsageError('-c must be OPTION=VALUE, for example eventBusName=default');
  }
  return [name, value];
}

function parseBucket(argument: string): LocalBucket {
  const [, name, region, account] = /^([a-z0-9.-]{3,63})(?:@([a-z0-9-]+))?(?::(\d{12}))?$/.exec(argument) ?? [];
  if (name === undefined || !BUCKET_NAME.test(name)) {
    throw new UsageError('--bucket must be NAME[@REGION][:ACCOUNT], for example reports@eu-west-1:123456789012');
  }
  return {
    name,
    arn: `arn:aws:s3:::${name}`,
    versioned: false,
    ...(region && { region }),
    ...(account && { account }),
  };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const { code, port, message }: NodeJS.ErrnoException & { readonly port?: number } = error;
  if (code === 'EADDRINUSE') {
    return `Port ${port} is in use. The emulator needs five consecutive ports. Choose others: npm start -- --port N`;
  }
  return code === 'ENOTDIR' || code === 'EEXIST' ? `--data must be a directory: ${message}` : message;
}

if (require.main === module) {
  void main(process.argv.slice(2));
}
