import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '../../package.json';
import { TEST_ASSEMBLY_DIRECTORY } from '../support/assembly';
import { type Consumer, install, type Packed, pack } from '../support/packed';

const TSC = join(__dirname, '..', '..', 'node_modules', 'typescript', 'bin', 'tsc');

const temporary = mkdtempSync(join(tmpdir(), 'package-'));
let packed: Packed;
let consumer: Consumer;

beforeAll(async () => {
  packed = await pack(temporary);
  consumer = await install(packed);
});

afterAll(async () => {
  await consumer?.remove();
  rmSync(temporary, { recursive: true });
});

test('is at most 1 MB to download and 5 MB to install, with everything that it needs', () => {
  expect(packed.sizeBytes).toBeLessThanOrEqual(1_000_000);
  expect(packed.unpackedBytes).toBeLessThanOrEqual(5_000_000);
  expect(readdirSync(join(consumer.directory, 'node_modules')).sort()).toEqual([
    '.bin',
    '.package-lock.json',
    '@types',
    'aws-cdk-lib',
    'constructs',
    'one-time-s3-links',
    'undici-types',
  ]);
});

test('contains only what a consumer uses', () => {
  const folders = packed.files.map((file) => /^(dist\/)?[^/]+/.exec(file)?.[0]);
  expect([...new Set(folders)].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/assets',
    'dist/client',
    'dist/client.js',
    'dist/functions',
    'dist/lambda',
    'dist/lib',
    'dist/one-time-links.js',
    'package.json',
  ]);
  expect(packed.files.filter((file) => /(?<!\.d)\.ts$/.test(file))).toEqual([]);
});

test('names the license of every package in the bundles', () => {
  const text = readFileSync(join(installed(), 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  expect(text).toMatch(/^commander \d+\.\d+\.\d+$/m);
  expect(text).toMatch(/^@aws-sdk\/client-dynamodb \d+\.\d+\.\d+$/m);
  expect(text).not.toMatch(/^License: undefined$/m);
});

test('has a client for CommonJS and ES modules, which needs no other package', async () => {
  const issue = `new OneTimeLinksClient({ endpoint: 'https://links.example.com/', region: 'eu-west-1' }).issue({ bucket: 'b', key: 'k' })
    .catch(({ name, code }) => console.log(name, code));`;
  consumer.write('client.cjs', `const { OneTimeLinksClient } = require('one-time-s3-links/client'); ${issue}`);
  consumer.write('client.mjs', `import { OneTimeLinksClient } from 'one-time-s3-links/client'; ${issue}`);
  expect(await consumer.run(process.execPath, 'client.cjs')).toBe('OneTimeLinksError NoCredentials\n');
  expect(await consumer.run(process.execPath, 'client.mjs')).toBe('OneTimeLinksError NoCredentials\n');
});

test('has the command line, which needs no other package', async () => {
  expect(await consumer.run(join('node_modules', '.bin', 'one-time-links'), '--version')).toBe(`${version}\n`);
});

describe('an app with the construct', () => {
  test.each([
    [
      'CommonJS',
      'app.cjs',
      `const { App, Stack } = require('aws-cdk-lib');
       const { OneTimeLinks } = require('one-time-s3-links');`,
    ],
    [
      'an ES module',
      'module.mjs',
      `import { App, Stack } from 'aws-cdk-lib';
       import { OneTimeLinks } from 'one-time-s3-links';`,
    ],
  ])('in %s synthesizes, with the functions of this checkout', async (_, file, imports) => {
    consumer.write(
      file,
      `${imports}
       const app = new App({ outdir: '${file}.out', context: { '@aws-cdk/core:validateAgainstDefaultRules': false } });
       new OneTimeLinks(new Stack(app, 'Shop'), 'Links');
       app.synth();`,
    );
    await consumer.run(process.execPath, file);
    expect(functionAssets(join(consumer.directory, `${file}.out`, 'Shop.template.json'))).toEqual(
      functionAssets(join(TEST_ASSEMBLY_DIRECTORY, 'PreSignedURLStack.template.json')),
    );
  });

  test('in the README synthesizes', async () => {
    const readme = readFileSync(join(installed(), 'README.md'), 'utf8');
    const [, app = ''] = /`app\.mjs`.*?```ts\n(.*?)```/s.exec(readme) ?? [];
    expect(app).toContain('new OneTimeLinks(');
    consumer.write('app.mjs', app);
    await consumer.run('env', 'CDK_OUTDIR=readme.out', process.execPath, 'app.mjs');
    expect(functionAssets(join(consumer.directory, 'readme.out', 'Shop.template.json'))).toHaveLength(11);
  });

  test.each([
    ['Node16', 'Node16'],
    ['ES2022', 'Bundler'],
    ['CommonJS', 'Bundler'],
  ])('in TypeScript compiles with module %s, resolution %s and skipLibCheck: false', async (module, resolution) => {
    consumer.write(
      'app.ts',
      `import { App, Duration, Stack } from 'aws-cdk-lib';
       import { Bucket } from 'aws-cdk-lib/aws-s3';
       import { OneTimeLinks, type OneTimeLinksProps } from 'one-time-s3-links';
       import { type IssuedLink, OneTimeLinksClient } from 'one-time-s3-links/client';
       const stack = new Stack(new App(), 'Shop');
       const props: OneTimeLinksProps = { buckets: [new Bucket(stack, 'Invoices')], maxLinkLifetime: Duration.days(1) };
       const links = new OneTimeLinks(stack, 'Links', props);
       export const { url }: { url: string } = links;
       const client = new OneTimeLinksClient({ region: 'eu-west-1' });
       export const issued: Promise<IssuedLink> = client.issue({ bucket: 'invoices', key: '4711.pdf' });`,
    );
    const options = [
      '--module',
      module,
      '--moduleResolution',
      resolution,
      '--skipLibCheck',
      'false',
      '--types',
      'node',
    ];
    const args = [TSC, 'app.ts', '--noEmit', '--strict', '--target', 'ES2022', '--ignoreConfig', ...options];
    await consumer.run(process.execPath, ...args);
  });
});

function installed(): string {
  return join(consumer.directory, 'node_modules', 'one-time-s3-links');
}

/** Keys of the code of all Node.js functions in a template, sorted. They contain hashes of the code. */
function functionAssets(file: string): readonly string[] {
  interface Resource {
    readonly Type: string;
    readonly Properties: { readonly Runtime?: string; readonly Code?: { readonly S3Key: string } };
  }
  const resources: Readonly<Record<string, Resource>> = JSON.parse(readFileSync(file, 'utf8')).Resources;
  const keys = Object.values(resources).flatMap(({ Type, Properties: { Runtime, Code } }) =>
    Type === 'AWS::Lambda::Function' && Runtime === 'nodejs24.x' ? [Code?.S3Key ?? ''] : [],
  );
  return keys.sort();
}
