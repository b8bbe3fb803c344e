import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isEmulatorRunning } from '../cli/local-emulator';
import { startEmulator } from '../emulator/emulator';
import { introduction } from '../emulator/introduction';
import { writeOutputs } from '../emulator/outputs';
import type { LocalBucket } from '../emulator/s3/bucket-model';
import { type Assembly, type ContextOptions, synthesize } from '../emulator/template/assembly';
import { synthesizeIfChanged } from '../emulator/template/cached-assembly';
import { findConstruct } from '../emulator/template/find-construct';
import { BUCKET_NAME } from '../lambda/contract';

const USAGE = `Serves the stack on this machine, without AWS, Docker or network.

  npm start -- [--port N] [--data DIR] [--bucket NAME[@REGION][:ACCOUNT] …]
            [-c OPTION=VALUE …] [--no-cache]
  npm start -- --assembly DIR [--construct PATH] [--port N] [--data DIR] [--bucket …]

  --port N     port of the API (default 4580); S3, DynamoDB, EventBridge, SNS and Lambda use the next five; 0: any free
  --data DIR   store objects and links in DIR (default: they are removed at the end)
  --bucket NAME[@REGION][:ACCOUNT]
               add an existing bucket, for the option existingBuckets; can be repeated
  -c OPTION=VALUE
               set an option of the stack, as in cdk deploy; can be repeated
  --no-cache   synthesize the stack even if nothing has changed
  --assembly DIR
               serve the construct OneTimeLinks in the cloud assembly (cdk.out) of another app
  --construct PATH
               which construct to serve, if the assembly contains several, for example WebStack/Links
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
  assembly: TEXT,
  construct: TEXT,
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
  const { help, assembly: source, ...options } = parseArguments(args);
  if (help) {
    return void process.stdout.write(USAGE);
  }
  // Objects, links, the outputs file and the assembly are for this user only.
  process.umask(0o077);
  const assembly = await readSource(source);
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
  // Commands run in this folder, or in that of the other app.
  const shownPath = source.directory === undefined ? outputsFile.path : resolve(outputsFile.path);
  process.stdout.write(introduction(emulator, shownPath));
  await stopped;
  await outputsFile.remove();
  await emulator.close();
}

/** What to serve: this project's stack, or the construct in the assembly of another app. */
type Source =
  | { readonly directory?: undefined; readonly context: ContextOptions; readonly cache: boolean }
  | { readonly directory: string; readonly construct: string | undefined };

async function readSource(source: Source): Promise<Assembly> {
  if (source.directory !== undefined) {
    return await findConstruct(source.directory, source.construct);
  }
  process.stdout.write('Synthesizing the stack …\n');
  return await (source.cache ? synthesizeIfChanged : synthesize)(join('cdk.out', 'local'), source.context);
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
    assembly,
    construct,
  } = parseValues(args);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_530) {
    throw new UsageError('--port must be an integer from 0 to 65530');
  }
  if (data === '') {
    throw new UsageError('--data must be a directory');
  }
  return {
    help,
    assembly: parseSource({ assembly, construct, context, noCache }),
    port: Number(port),
    existingBuckets: bucket.map(parseBucket),
    ...(data && { dataDirectory: data }),
  };
}

function parseSource({
  assembly,
  construct,
  context,
  noCache,
}: {
  readonly assembly: string | undefined;
  readonly construct: string | undefined;
  readonly context: readonly string[];
  readonly noCache: boolean;
}): Source {
  if (assembly === undefined) {
    if (construct !== undefined) {
      throw new UsageError('--construct requires --assembly');
    }
    return { context: Object.fromEntries(context.map(parseOption)), cache: !noCache };
  }
  if (assembly === '') {
    throw new UsageError('--assembly must be a directory');
  }
  if (context.length > 0 || noCache) {
    throw new UsageError('-c and --no-cache do not apply to --assembly, which is synthesized already');
  }
  return { directory: assembly, construct };
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
    return `Port ${port} is in use. The emulator needs six consecutive ports. Choose others: npm start -- --port N`;
  }
  return code === 'ENOTDIR' || code === 'EEXIST' ? `--data must be a directory: ${message}` : message;
}

if (require.main === module) {
  void main(process.argv.slice(2));
}
