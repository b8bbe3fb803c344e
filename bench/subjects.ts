import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { roleCredentials } from '../emulator/iam/credentials';
import { readFunctions } from '../emulator/lambda/function-model';
import { assetDirectory, PROJECT_DIRECTORY } from '../emulator/template/assembly';
import { Template } from '../emulator/template/template';
import { linkIdOf } from '../lambda/link/nonce';
import { sealDestination } from '../lambda/link/sealed-destination';
import { authorizerEvent, openingEvent, proxyEvent } from '../test/lambda/support/events';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../test/lambda/support/samples';
import { benchAssembly } from './assembly';
import type { Column } from './figures';

/** Something that a function does, and every way that there is to do it. */
export interface Task {
  readonly name: string;
  /** Only our own function is measured cold and warm where nobody else does the same. */
  readonly versions: readonly Version[];
  /** Name of the function in `pattern/run_function.py` that makes the pattern's calls. */
  readonly patternFunction?: string;
  /** Holds the one event, as JSON. */
  readonly eventFile: string;
  /** Without where storage is. */
  readonly environment: Readonly<Record<string, string>>;
}

/** One way to do it. */
export interface Version {
  readonly column: Column;
  readonly file: string;
  readonly bytes: number;
}

const DIRECTORY = join(PROJECT_DIRECTORY, 'cdk.out', 'bench-functions');

/** As Lambda has them, the SDK and all. */
const SOURCES: Partial<Readonly<Record<Column, BuildOptions>>> = {
  byDefault: { minify: true },
  unbundled: { packages: 'external' },
};

const NONCE = nonceNumber(0);
const STORED = storedUrl(presignedUrl({ token: sessionToken(1_100) }));
const BROWSER = {
  'User-Agent': [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  ],
  Accept: ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
};

/** What every delete of the stub gives back, in DynamoDB's JSON. */
export const STUB_ITEM = JSON.stringify({
  nonce_id: { S: linkIdOf(NONCE) },
  sealed: { B: Buffer.from(sealDestination(NONCE, STORED)).toString('base64') },
  expires_at: { N: '1800000000' },
  created_by: { S: 'arn:aws:sts::123456789012:assumed-role/Developer/jane@example.com' },
  // What the pattern looks for.
  url: { S: 'https://bucket.s3.amazonaws.com/S3.png' },
  count: { S: '0' },
});

/** Bundles all that is measured, and takes what is deployed from the synthesised stack. */
export async function prepareTasks(): Promise<readonly Task[]> {
  await mkdir(DIRECTORY, { recursive: true });
  const assembly = await benchAssembly();
  const models = readFunctions(new Template(assembly.template, assembly.stackName));
  const task = async (label: string, entry: string, columns: readonly Column[], event: unknown) => {
    const model = models.find((one) => one.label === label);
    if (model === undefined) {
      throw new Error(`the stack has no function ${label}`);
    }
    const ours = join(assetDirectory(assembly, model.assetKey), 'index.js');
    const eventFile = join(DIRECTORY, `${entry}-${columns.length}.json`);
    await writeFile(eventFile, JSON.stringify(event));
    const credentials = roleCredentials(model.roleArn, model.name, model.statements);
    return {
      eventFile,
      versions: await Promise.all(columns.map((column) => version(column, entry, ours))),
      environment: {
        ...model.environment,
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
        AWS_LAMBDA_FUNCTION_NAME: model.name,
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
        HOME: DIRECTORY,
        TZ: ':UTC',
      },
    };
  };
  const all: readonly Column[] = ['floor', 'ours', 'byDefault', 'unbundled'];
  const bucketName = bucketIn(models);
  const body = JSON.stringify({ bucket_name: bucketName, object_name: 'S3.png' });
  const opening = (destination: Parameters<typeof sealDestination>[1]): unknown => {
    const sealed = Buffer.from(sealDestination(NONCE, destination)).toString('base64');
    return openingEvent(NONCE, { sealed }, { headers: BROWSER });
  };
  const address = { bucketName, region: 'us-east-1', objectName: 'S3.png' };
  return [
    {
      name: 'redeem (authorizer)',
      patternFunction: 'redeem',
      ...(await task('AuthorizeAccess', 'authorize-access', all, authorizerEvent(NONCE, { headers: BROWSER }))),
    },
    {
      name: 'issue (generate-url)',
      patternFunction: 'issue',
      ...(await task('GenerateUrl', 'generate-url', all, proxyEvent({ body }))),
    },
    {
      name: 'redirect to a stored URL (access-object)',
      patternFunction: 'open',
      ...(await task('AccessObject', 'access-object', ['floor', 'ours'], opening(STORED))),
    },
    {
      name: 'redirect to a URL signed on opening (access-object)',
      ...(await task('AccessObject', 'access-object', ['ours'], opening({ presign: 'on_open', object: address }))),
    },
  ];
}

async function version(column: Column, entry: string, ours: string): Promise<Version> {
  const file = column === 'ours' ? ours : join(DIRECTORY, `${entry}-${column}.js`);
  if (column !== 'ours') {
    const folder = column === 'floor' ? join('bench', 'floor') : 'lambda';
    await build({
      entryPoints: [join(PROJECT_DIRECTORY, folder, `${entry}.ts`)],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
      ...(column === 'floor' ? { minify: true } : SOURCES[column]),
    });
  }
  return { column, file, bytes: (await stat(file)).size };
}

function bucketIn(models: ReturnType<typeof readFunctions>): string {
  const text = models.map(({ environment }) => environment['SHARED_BUCKETS']).find((value) => value !== undefined);
  const [bucket] = JSON.parse(text ?? '[]');
  return bucket.name;
}
