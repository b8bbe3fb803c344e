import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEndpoint, parseOutputs, readOutputsFile } from '../../cli/stack-outputs';

const directory = mkdtempSync(join(tmpdir(), 'outputs-'));
afterAll(() => rmSync(directory, { recursive: true }));

const API = 'https://abc.execute-api.eu-central-1.amazonaws.com/prod/';

function file(content: unknown): string {
  const path = join(directory, 'outputs.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('the outputs of cdk deploy are read, those of a local emulator with its S3', async () => {
  const deployed = file({ Other: {}, Mine: { ApiGatewayEndpoint: API, BucketUrl: 'bucket', More: 'x' } });
  expect(await readOutputsFile(deployed, 'Mine')).toEqual({ apiEndpoint: API, bucketName: 'bucket' });

  const emulator = {
    ApiGatewayEndpoint: 'http://127.0.0.1:4580/prod/',
    BucketUrl: 'bucket',
    S3Endpoint: 'http://127.0.0.1:4581',
  };
  expect(await readOutputsFile(file({ S: emulator }), 'S')).toEqual({
    apiEndpoint: 'http://127.0.0.1:4580/prod/',
    bucketName: 'bucket',
    s3Endpoint: 'http://127.0.0.1:4581/',
  });
});

test('without a name, the only stack of a file is meant, or the one whose name nobody changed', async () => {
  const outputs = { ApiGatewayEndpoint: API, BucketUrl: 'bucket' };
  expect(await readOutputsFile(file({ 'links-staging': outputs }))).toMatchObject({ bucketName: 'bucket' });
  expect(await readOutputsFile(file({ Other: {}, PreSignedURLStack: outputs }))).toMatchObject({
    bucketName: 'bucket',
  });
  await expect(readOutputsFile(file({ A: outputs, B: outputs }))).rejects.toMatchObject({
    message: expect.stringContaining('has no stack PreSignedURLStack (it has: A, B): give its --stack'),
  });
});

test.each<[string, unknown, object]>([
  ['no JSON', '{', { code: 'InvalidOutputs' }],
  ['a list', [], { code: 'InvalidOutputs' }],
  ['another stack', { A: {}, B: {} }, { code: 'StackNotFound', message: expect.stringContaining('(it has: A, B)') }],
  ['no stack', {}, { code: 'StackNotFound', message: expect.stringContaining('(it has: none)') }],
  ...[{ BucketUrl: 'bucket' }, { ApiGatewayEndpoint: API }, { ApiGatewayEndpoint: 1, BucketUrl: 'bucket' }, {}].map(
    (outputs): [string, unknown, object] => [
      `the outputs ${JSON.stringify(outputs)}`,
      { S: outputs },
      {
        code: 'InvalidOutputs',
        message: expect.stringContaining('lacks the outputs ApiGatewayEndpoint and BucketUrl'),
      },
    ],
  ),
  // The first is what a local emulator has with a domain name alone.
  ...['http://links.example.com:4580/', 'http://10.0.0.1/', 'https://x/?a=b', 'x', ''].map(
    (ApiGatewayEndpoint): [string, unknown, object] => [
      `its API at ${ApiGatewayEndpoint}`,
      { S: { ApiGatewayEndpoint, BucketUrl: 'bucket' } },
      {
        code: 'InvalidOutputs',
        message: expect.stringMatching(/has an output ApiGatewayEndpoint that nothing is sent to: .*of https/),
      },
    ],
  ),
  [
    'an S3 that is none',
    { S: { ApiGatewayEndpoint: API, BucketUrl: 'bucket', S3Endpoint: 3 } },
    { code: 'InvalidOutputs' },
  ],
  ...['https://evil.example/', 'https://127.0.0.1.example/', ''].map((S3Endpoint): [string, unknown, object] => [
    `its S3 at ${S3Endpoint}`,
    { S: { ApiGatewayEndpoint: 'http://127.0.0.1:4580/prod/', BucketUrl: 'bucket', S3Endpoint } },
    { code: 'InvalidOutputs', message: expect.stringContaining('only a local emulator has one') },
  ]),
  [
    'an S3 on this machine for an API elsewhere',
    { S: { ApiGatewayEndpoint: API, BucketUrl: 'bucket', S3Endpoint: 'http://127.0.0.1:4581' } },
    { code: 'InvalidOutputs', message: expect.stringContaining('only a local emulator has one') },
  ],
  ...['', 'b', 'evil.example/x', 'Bucket', 'bucket.', 'a@b', 'x'.repeat(64)].map(
    (BucketUrl): [string, unknown, object] => [
      `a bucket ${BucketUrl}`,
      { S: { ApiGatewayEndpoint: API, BucketUrl } },
      { code: 'InvalidOutputs', message: expect.stringContaining('names no bucket') },
    ],
  ),
])('a file with %s is refused', async (_, content, failure) => {
  await expect(readOutputsFile(file(content), 'S')).rejects.toMatchObject(failure);
});

test('a file that is not there or is a folder is refused', async () => {
  await expect(readOutputsFile(join(directory, 'none.json'), 'S')).rejects.toMatchObject({ code: 'OutputsNotFound' });
  await expect(readOutputsFile(directory, 'S')).rejects.toMatchObject({
    code: 'OutputsNotFound',
    message: expect.stringContaining('EISDIR'),
  });
});

test('what has no outputs is told by its name', () => {
  expect(() => parseOutputs(undefined, 'The stack X')).toThrow('The stack X lacks the outputs');
});

test.each([
  ['https://links.example.com', 'https://links.example.com/'],
  ['https://links.example.com/share', 'https://links.example.com/share/'],
  ['https://links.example.com/share//', 'https://links.example.com/share/'],
  ['http://127.0.0.1:4580/prod/', 'http://127.0.0.1:4580/prod/'],
  ['http://localhost/', 'http://localhost/'],
  ['http://[::1]:1/', 'http://[::1]:1/'],
])('%s is an address to ask at', (text, endpoint) => {
  expect(parseEndpoint(text)).toBe(endpoint);
});

test.each([
  ...['', 'links.example.com', 'ftp://links.example.com/', 'https://x/?a=b', 'https://x/#a', 'https://user@x/'],
  // Links would come from there in clear.
  ...[
    'http://links.example.com/',
    'http://127.0.0.1.example/',
    'http://localhost.example/',
    'http://rebound.localhost/',
    'http://10.0.0.1/',
  ],
])('%j is none', (text) => {
  expect(parseEndpoint(text)).toBeUndefined();
});
