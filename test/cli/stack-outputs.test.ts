import { lookUpStack, parseEndpoint, parseOutputs, readOutputsFile } from '../../cli/stack-outputs';
import { createTempDir } from '../support/cli-process';
import { type DescribeStacksResponse, startCloudFormation } from '../support/query-protocol';

const API = 'https://abc.execute-api.eu-central-1.amazonaws.com/prod/';
const DEPLOYED = { ApiGatewayEndpoint: API, BucketUrl: 'bucket' };
const EMULATOR = {
  ApiGatewayEndpoint: 'http://127.0.0.1:4580/prod/',
  BucketUrl: 'bucket',
  S3Endpoint: 'http://127.0.0.1:4581',
};

const tempDir = createTempDir();
afterAll(() => tempDir.remove());

function file(content: unknown): string {
  return tempDir.file('outputs.json', typeof content === 'string' ? content : JSON.stringify(content));
}

test('the outputs of cdk deploy and of a local emulator are read', async () => {
  expect(await readOutputsFile(file({ Other: {}, Mine: { ...DEPLOYED, More: 'x' } }), 'Mine')).toEqual({
    apiEndpoint: API,
    bucketName: 'bucket',
  });
  expect(await readOutputsFile(file({ S: EMULATOR }), 'S')).toEqual({
    apiEndpoint: 'http://127.0.0.1:4580/prod/',
    bucketName: 'bucket',
    s3Endpoint: 'http://127.0.0.1:4581/',
  });
});

test('without --stack, the only stack of a file is used, or the one with the default name', async () => {
  expect(await readOutputsFile(file({ 'links-staging': DEPLOYED }))).toMatchObject({ bucketName: 'bucket' });
  expect(await readOutputsFile(file({ Other: {}, PreSignedURLStack: DEPLOYED }))).toMatchObject({ apiEndpoint: API });
  await expect(readOutputsFile(file({ A: DEPLOYED, B: DEPLOYED }))).rejects.toMatchObject({
    message: expect.stringContaining('has no stack PreSignedURLStack (it has: A, B): name one with --stack.'),
  });
});

test.each<[string, unknown, string, string]>([
  ['invalid JSON', '{', 'InvalidOutputs', 'is not an outputs file'],
  ['a list', [], 'InvalidOutputs', 'is not an outputs file'],
  ['other stacks', { A: {}, B: {} }, 'StackNotFound', '(it has: A, B)'],
  ['no stack', {}, 'StackNotFound', '(it has: none)'],
])('a file with %s is refused', async (_, content, code, message) => {
  await expect(readOutputsFile(file(content), 'S')).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('a file that is missing or a folder is refused', async () => {
  await expect(readOutputsFile(`${tempDir.directory}/none.json`)).rejects.toMatchObject({ code: 'OutputsNotFound' });
  await expect(readOutputsFile(tempDir.directory)).rejects.toMatchObject({
    code: 'OutputsNotFound',
    message: expect.stringContaining('EISDIR'),
  });
});

const INCOMPLETE = 'lacks the outputs ApiGatewayEndpoint and BucketUrl';
const UNSAFE_API = 'has an output ApiGatewayEndpoint that requests are not sent to: it must be an https URL';
const UNSAFE_S3 = 'has an output S3Endpoint, but only a local emulator has one';
const NO_BUCKET = 'has an output BucketUrl that is not a bucket name';

test.each<[unknown, string]>([
  [undefined, INCOMPLETE],
  [{}, INCOMPLETE],
  [{ BucketUrl: 'bucket' }, INCOMPLETE],
  [{ ApiGatewayEndpoint: API }, INCOMPLETE],
  [{ ApiGatewayEndpoint: 1, BucketUrl: 'bucket' }, INCOMPLETE],
  // A local emulator with a custom domain and without the default endpoint.
  [{ ...DEPLOYED, ApiGatewayEndpoint: 'http://links.example.com:4580/' }, UNSAFE_API],
  [{ ...DEPLOYED, ApiGatewayEndpoint: 'http://10.0.0.1/' }, UNSAFE_API],
  [{ ...DEPLOYED, ApiGatewayEndpoint: 'https://x/?a=b' }, UNSAFE_API],
  [{ ...DEPLOYED, ApiGatewayEndpoint: 'x' }, UNSAFE_API],
  [{ ...DEPLOYED, ApiGatewayEndpoint: '' }, UNSAFE_API],
  [{ ...EMULATOR, S3Endpoint: 3 }, UNSAFE_S3],
  [{ ...EMULATOR, S3Endpoint: '' }, UNSAFE_S3],
  [{ ...EMULATOR, S3Endpoint: 'https://evil.example/' }, UNSAFE_S3],
  [{ ...EMULATOR, S3Endpoint: 'https://127.0.0.1.example/' }, UNSAFE_S3],
  [{ ...EMULATOR, ApiGatewayEndpoint: API }, UNSAFE_S3],
  [{ ...DEPLOYED, BucketUrl: '' }, NO_BUCKET],
  [{ ...DEPLOYED, BucketUrl: 'b' }, NO_BUCKET],
  [{ ...DEPLOYED, BucketUrl: 'evil.example/x' }, NO_BUCKET],
  [{ ...DEPLOYED, BucketUrl: 'Bucket' }, NO_BUCKET],
  [{ ...DEPLOYED, BucketUrl: 'bucket.' }, NO_BUCKET],
  [{ ...DEPLOYED, BucketUrl: 'a@b' }, NO_BUCKET],
])('the outputs %j are refused', (outputs, message) => {
  expect(() => parseOutputs(outputs, 'The stack S')).toThrow(`The stack S ${message}`);
});

test.each([
  ['https://links.example.com', 'https://links.example.com/'],
  ['https://links.example.com/share', 'https://links.example.com/share/'],
  ['https://links.example.com/share//', 'https://links.example.com/share/'],
  ['http://127.0.0.1:4580/prod/', 'http://127.0.0.1:4580/prod/'],
  ['http://localhost/', 'http://localhost/'],
  ['http://[::1]:1/', 'http://[::1]:1/'],
])('%s is an endpoint', (text, endpoint) => {
  expect(parseEndpoint(text)).toBe(endpoint);
});

test.each([
  '',
  'links.example.com',
  'ftp://links.example.com/',
  'https://x/?a=b',
  'https://x/#a',
  'https://user@x/',
  // Plain http to another machine.
  'http://links.example.com/',
  'http://127.0.0.1.example/',
  'http://localhost.example/',
  'http://rebound.localhost/',
  'http://10.0.0.1/',
])('%j is not an endpoint', (text) => {
  expect(parseEndpoint(text)).toBeUndefined();
});

describe('a stack in CloudFormation', () => {
  const original = process.env;
  afterEach(() => {
    process.env = original;
  });

  async function lookUp(response: DescribeStacksResponse): Promise<unknown> {
    const cloudFormation = await startCloudFormation(response);
    process.env = { ...original, AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint };
    const credentials = async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' });
    const { signal } = new AbortController();
    return await lookUpStack('MyLinks', 'eu-central-1', credentials, signal).finally(cloudFormation.close);
  }

  test('is found', async () => {
    expect(await lookUp({ outputs: DEPLOYED })).toEqual({ apiEndpoint: API, bucketName: 'bucket' });
  });

  test.each<[string, string, DescribeStacksResponse]>([
    [
      'StackNotFound',
      'There is no stack MyLinks in eu-central-1: check --stack and --region.',
      { status: 400, code: 'ValidationError', message: 'Stack with id MyLinks does not exist' },
    ],
    [
      'LookupDenied',
      'You may not look up the stack MyLinks: ask for cloudformation:DescribeStacks, or pass --outputs.',
      { status: 403, code: 'AccessDenied', message: 'not authorized' },
    ],
    [
      'CredentialsRefused',
      'CloudFormation does not accept the AWS credentials: check them and the region, or use another --profile.',
      { status: 403, code: 'InvalidClientTokenId', message: 'invalid' },
    ],
    [
      'InvalidOutputs',
      'The stack MyLinks has an output S3Endpoint, but only a local emulator has one',
      { outputs: EMULATOR },
    ],
    [
      'InvalidOutputs',
      `The stack MyLinks ${UNSAFE_S3}`,
      { outputs: { ...DEPLOYED, S3Endpoint: 'https://evil.example/' } },
    ],
  ])('ends with %s: %s', async (code, message, response) => {
    await expect(lookUp(response)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
