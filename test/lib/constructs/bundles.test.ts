import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { assetDirectory } from '../../../emulator/template/assembly';
import { storeLink } from '../../../lambda/aws/link-table';
import { attachmentNamed } from '../../../lambda/link/content-disposition';
import type { Destination, ObjectAddress } from '../../../lambda/link/destination';
import { linkIdOf } from '../../../lambda/link/nonce';
import { sealDestination } from '../../../lambda/link/sealed-destination';
import { BUNDLING, SIGNER_BUNDLING } from '../../../lib/constructs/bundling';
import { type BucketEngine, ROLE, startBuckets, startTable, type TableEngine } from '../../lambda/support/engines';
import { authorizerEvent, openingEvent, proxyEvent } from '../../lambda/support/events';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../../lambda/support/samples';
import { type MutableResources, resourceNamed, testAssembly } from '../../support/assembly';
import { type Bundle, bundle, packageOf, packagesIn } from '../../support/bundle';
import { type CoveredRun, executedBytes, functionsThatRan, runCovered } from '../../support/covered';

const CLIENT_OF_DYNAMODB = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/core',
  '@aws-sdk/credential-provider-env',
  '@aws-sdk/dynamodb-codec',
  '@aws-sdk/middleware-endpoint-discovery',
  '@aws/lambda-invoke-store',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
  '@smithy/types',
];
const CLIENT_OF_S3 = [
  '@aws-sdk/checksums',
  '@aws-sdk/client-s3',
  '@aws-sdk/middleware-sdk-s3',
  '@aws-sdk/signature-v4-multi-region',
  '@aws-sdk/xml-builder',
];

/** What each function may weigh, and all that is in it beside our own code. */
const FUNCTIONS = [
  {
    id: 'AuthorizeAccess',
    entry: 'authorize-access',
    bundling: BUNDLING,
    budgetBytes: 200_000,
    packages: CLIENT_OF_DYNAMODB,
  },
  {
    id: 'ManageLink',
    entry: 'manage-link',
    bundling: BUNDLING,
    budgetBytes: 200_000,
    packages: CLIENT_OF_DYNAMODB,
  },
  {
    id: 'GenerateUrl',
    entry: 'generate-url',
    bundling: BUNDLING,
    budgetBytes: 370_000,
    packages: [...CLIENT_OF_DYNAMODB, ...CLIENT_OF_S3, 'content-disposition', 'negotiator'],
  },
  {
    id: 'AccessObject',
    entry: 'access-object',
    bundling: SIGNER_BUNDLING,
    budgetBytes: 25_000,
    packages: ['@smithy/signature-v4', 'content-disposition', 'negotiator'],
  },
] as const;

/** What a link with a stored URL may run of the function that opens links. */
const STORED_URL_BUDGET_BYTES = 5_000;

const NONCE = nonceNumber(0);
const STORED = storedUrl(presignedUrl({ token: sessionToken(1_100) }));
const OBJECT: ObjectAddress = {
  bucketName: 'plain',
  region: 'us-east-1',
  objectName: 'S3.png',
  downloadAs: 'Plan “B”.png',
};

let directory: string;
let table: TableEngine;
let buckets: BucketEngine;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'bundles-test-'));
  table = await startTable();
  buckets = await startBuckets();
  await buckets.connect(ROLE).send(new PutObjectCommand({ Bucket: 'plain', Key: 'S3.png', Body: 'a picture' }));
});

afterAll(async () => {
  await table.close();
  await buckets.close();
  rmSync(directory, { recursive: true });
});

describe.each(FUNCTIONS)('the bundle of $id', ({ id, entry, bundling, budgetBytes, packages }) => {
  let deployed: string;
  let bundled: Bundle;

  beforeAll(async () => {
    deployed = await assetOf(id);
    bundled = await bundle(entry, bundling);
  });

  test('keeps to its budget, and is all that is deployed', () => {
    expect(readdirSync(deployed)).toEqual(['index.js']);
    expect(readFileSync(join(deployed, 'index.js')).length).toBeLessThanOrEqual(budgetBytes);
  });

  test('has these packages in it, and no others', () => {
    // What esbuild says of its making holds for what is deployed, since they are the same.
    expect(bundled.text).toBe(readFileSync(join(deployed, 'index.js'), 'utf8'));
    expect(Object.keys(packagesIn(bundled)).sort()).toEqual([...packages].sort());
  });

  test('has no package in it of which nothing runs while the function does its work', async () => {
    const readable = await bundle(entry, bundling, { minify: false });
    const file = join(directory, `${entry}.js`);
    writeFileSync(file, readable.text);

    expect(packagesThatRan(readable, await work(entry, file))).toEqual([...packages].sort());
  });
});

test('the authorizer loads these modules of Node, each of which takes its time, and no others', async () => {
  const { text } = await bundle('authorize-access', BUNDLING);
  const modules = [...text.matchAll(/require\("([^"]+)"\)/g)].map(([, name = '']) => name);

  expect([...new Set(modules)].sort()).toEqual(
    ['crypto', 'fs', 'https', 'os', 'path', 'process', 'stream'].map((name) => `node:${name}`),
  );
});

test('a link with a stored URL runs no more than 5 KB of the function that opens it', async () => {
  const file = join(await assetOf('AccessObject'), 'index.js');

  const stored = await runCovered(file, environment(), [opening(STORED)]);
  const signed = await runCovered(file, environment(), [opening({ presign: 'on_open', object: OBJECT })]);

  expect(stored.answers).toMatchObject([{ statusCode: 302 }]);
  expect(executedBytes(stored)).toBeLessThanOrEqual(STORED_URL_BUDGET_BYTES);
  // It does count what runs.
  expect(signed.answers).toMatchObject([{ statusCode: 302 }]);
  expect(executedBytes(signed)).toBeGreaterThan(2 * STORED_URL_BUDGET_BYTES);
});

test('what is deployed to open links signs as the SDK does, whatever the object is called', async () => {
  const file = join(await assetOf('AccessObject'), 'index.js');
  const objects: readonly ObjectAddress[] = [
    OBJECT,
    { ...OBJECT, objectName: "a b/+&=?#%2F/'(!*)~/语📦", versionId: 'L4kqtJlcpXroDTDmpUMLUo0xyz_8.9-a' },
    { bucketName: 'with.dots', region: 'eu-central-1', objectName: '__proto__' },
  ];

  const { answers } = await runCovered(
    file,
    environment(),
    objects.map((object) => opening({ presign: 'on_open', object })),
  );

  for (const [index, object] of objects.entries()) {
    const { headers } = answers[index] as { readonly headers: { readonly Location: string } };
    expect(headers.Location).toBe(await presignedByClient(object, signingTime(headers.Location)));
  }
});

/** Directory of a function as it would be deployed. */
async function assetOf(id: string): Promise<string> {
  const assembly = await testAssembly();
  const resources = assembly.template.Resources as MutableResources;
  const { Code } = resourceNamed(resources, 'AWS::Lambda::Function', id).Properties;
  return assetDirectory(assembly, Code.S3Key);
}

function environment(): Readonly<Record<string, string>> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: ROLE.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROLE.secretAccessKey,
    AWS_SESSION_TOKEN: ROLE.sessionToken ?? '',
    NONCE_TABLE_NAME: table.tableName,
    SHARED_BUCKETS: '[{"name":"plain"}]',
    URL_SUFFIX: 'amazonaws.com',
    MAX_LINK_LIFETIME_SECONDS: '604800',
    OPENED_URL_LIFETIME_SECONDS: '60',
  };
}

/** Where the local engines are. */
function local(): Readonly<Record<string, string>> {
  return { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint, AWS_ENDPOINT_URL_S3: buckets.endpoint };
}

/** Has a bundle do all that it is for, once. */
async function work(entry: (typeof FUNCTIONS)[number]['entry'], file: string): Promise<CoveredRun> {
  switch (entry) {
    case 'authorize-access': {
      const linkId = linkIdOf(NONCE);
      const link = { linkId, sealed: sealDestination(NONCE, STORED), expiresAtSeconds: 9_999_999_999, createdBy: 'me' };
      await storeLink(table.client, table.tableName, link);
      const run = await runCovered(file, { ...environment(), ...local() }, [authorizerEvent(NONCE)]);
      expect(run.answers).toMatchObject([{ policyDocument: { Statement: [{ Effect: 'Allow' }] } }]);
      return run;
    }
    case 'manage-link': {
      const linkId = linkIdOf(nonceNumber(1));
      const link = { linkId, sealed: sealDestination(NONCE, STORED), expiresAtSeconds: 9_999_999_999, createdBy: 'me' };
      await storeLink(table.client, table.tableName, link);
      const managing = (method: string) => proxyEvent({ method, pathParameters: { link_id: linkId } });
      const run = await runCovered(file, { ...environment(), ...local() }, [managing('GET'), managing('DELETE')]);
      expect(run.answers).toMatchObject([{ statusCode: 200 }, { statusCode: 204 }]);
      return run;
    }
    case 'generate-url': {
      const body = JSON.stringify({ bucket_name: 'plain', object_name: 'S3.png', download_as: 'Plan “B”.png' });
      const run = await runCovered(file, { ...environment(), ...local() }, [proxyEvent({ body })]);
      expect(run.answers).toMatchObject([{ statusCode: 200 }]);
      return run;
    }
    case 'access-object': {
      const address: Destination = { presign: 'on_open', object: OBJECT };
      const json = { method: 'POST', headers: { Accept: ['application/json'] } };
      const run = await runCovered(file, environment(), [opening(STORED), opening(address, json)]);
      expect(run.answers).toMatchObject([{ statusCode: 302 }, { statusCode: 200 }]);
      return run;
    }
  }
}

/** When a URL was signed. */
function signingTime(url: string): Date {
  const timestamp = new URL(url).searchParams.get('X-Amz-Date') ?? '';
  return new Date(timestamp.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** The URL that the client of S3 signs. */
async function presignedByClient(
  { bucketName, region, objectName, versionId, downloadAs }: ObjectAddress,
  signingDate: Date,
): Promise<string> {
  const client = new S3Client({
    region,
    credentials: ROLE,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const command = new GetObjectCommand({
    Bucket: bucketName,
    Key: objectName,
    ...(versionId && { VersionId: versionId }),
    ...(downloadAs && { ResponseContentDisposition: attachmentNamed(downloadAs) }),
  });
  return await getSignedUrl(client, command, { expiresIn: 60, signingDate });
}

function opening(destination: Destination, request = {}): unknown {
  return openingEvent(NONCE, { sealed: Buffer.from(sealDestination(NONCE, destination)).toString('base64') }, request);
}

/** Packages of a bundle that is not minified: esbuild writes the name of each file before what it takes from it. */
function packagesThatRan({ text }: Bundle, run: CoveredRun): readonly string[] {
  const files = [...text.matchAll(/^ *\/\/ (\S+\.(?:js|ts|json))$/gm)].map(({ 1: path = '', index }) => ({
    path,
    index,
  }));
  const ran = new Set<string>();
  for (const { startOffset } of functionsThatRan(run)) {
    // What wraps a module that loads late says nothing of what is in it.
    if (!text.startsWith('"node_modules/', startOffset)) {
      const name = packageOf(files.findLast(({ index }) => index < startOffset)?.path ?? '');
      ran.add(name ?? '');
    }
  }
  ran.delete('');
  return [...ran].sort();
}
