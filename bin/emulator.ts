import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Emulator, startEmulator } from '../emulator/emulator';
import { introduction } from '../emulator/introduction';
import { removeOutputs, writeOutputs } from '../emulator/outputs-file';
import type { LocalBucket } from '../emulator/s3/server';
import { type Assembly, synthesise } from '../emulator/template/assembly';
import { synthesiseIfChanged } from '../emulator/template/cached-assembly';

const USAGE = `Serves the stack on this machine: no AWS account, no Docker, no network.

  npm start -- [--port N] [--data DIR] [--bucket NAME[@REGION][:ACCOUNT] …] [--no-cache]

  --port N     port of the API; S3 and DynamoDB take the two after it; 0: any free ones (default 4580)
  --data DIR   keeps objects and links in DIR (default: they are gone when it ends)
  --bucket NAME[@REGION][:ACCOUNT]
               a bucket that is there beside the stack's, for the option sharedBuckets; may be given several times
  --no-cache   synthesises the stack even if nothing changed since the last time
  --help       prints this
`;

/** Exit code of a command line that cannot be understood. */
const USAGE_ERROR = 2;

interface Arguments {
  readonly port: number;
  readonly dataDirectory?: string;
  readonly existingBuckets: readonly LocalBucket[];
  readonly synthesise: (directory: string) => Promise<Assembly>;
}

async function main(): Promise<void> {
  const { port, dataDirectory, existingBuckets, synthesise: synthesiseStack } = readArguments();
  await checkPorts(port);
  await removeOutputs();
  process.stdout.write('Synthesising the stack …\n');
  const assembly = await synthesiseStack(join('cdk.out', 'local'));
  const starting = startEmulator({
    assembly,
    port,
    ...(dataDirectory === undefined ? {} : { dataDirectory }),
    existingBuckets,
    onLog: (source, line) => process.stdout.write(`${source.padEnd(15)} ${line}\n`),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void end(starting));
  }
  const emulator = await starting;
  await writeOutputs(assembly.stackName, emulator);
  process.stdout.write(introduction(emulator));
}

async function end(starting: Promise<Emulator>): Promise<void> {
  const emulator = await starting;
  await removeOutputs();
  await emulator.close();
  process.exit(0);
}

/** Sees that the ports are free before anything is done, so that an emulator that runs already keeps its outputs file. */
async function checkPorts(port: number): Promise<void> {
  for (const taken of port === 0 ? [] : [port, port + 1, port + 2]) {
    const server = createServer().listen(taken, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        bucket: { type: 'string', multiple: true },
        'no-cache': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const port = /^\d+$/.test(values.port ?? '4580') ? Number(values.port ?? '4580') : Number.NaN;
    if (!(port <= 65_533)) {
      throw new TypeError('--port must be a whole number from 0 to 65533');
    }
    if (values.data === '') {
      throw new TypeError('--data must name a directory');
    }
    return {
      port,
      existingBuckets: (values.bucket ?? []).map(parseBucket),
      synthesise: values['no-cache'] ? synthesise : synthesiseIfChanged,
      ...(values.data === undefined ? {} : { dataDirectory: values.data }),
    };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(USAGE_ERROR);
  }
}

function parseBucket(argument: string): LocalBucket {
  const [, name = '', region, account] =
    /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:@([a-z0-9-]+))?(?::(\d{12}))?$/.exec(argument) ?? [];
  if (name === '') {
    throw new TypeError(
      '--bucket must be the name of a bucket, or with its region and account, such as team-reports@eu-west-1:123456789012',
    );
  }
  return {
    name,
    arn: `arn:aws:s3:::${name}`,
    versioned: false,
    ...(region && { region }),
    ...(account && { account }),
  };
}

/** What to tell a person of an error that ends the emulator. */
function explain(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error) {
    return `Port ${error.port} is taken. Choose another with: npm start -- --port N`;
  }
  if (error instanceof Error && 'code' in error && (error.code === 'ENOTDIR' || error.code === 'EEXIST')) {
    return `--data must name a directory: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
