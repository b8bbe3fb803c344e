import { lookUpStack, parseOutputs, readOutputsFile } from '../../cli/stack-outputs';
import { createTempDir } from '../support/cli-process';
import { type Reply, startFakeApi } from '../support/fake-api';
import { describeStacksReply, queryErrorReply } from '../support/query-protocol';

const API = 'https://abc.execute-api.eu-central-1.amazonaws.com/prod/';
const OWNER = '123456789012';
const DEPLOYED = { ApiGatewayEndpoint: API, UploadBucket: 'bucket', BucketOwner: OWNER };
const LOCAL_API = 'http://127.0.0.1:4580/prod/';
const IDENTITY = { EmulatorPid: '123', EmulatorToken: 'token' };
const EMULATOR = {
  ApiGatewayEndpoint: LOCAL_API,
  UploadBucket: 'bucket',
  BucketOwner: OWNER,
  S3Endpoint: 'http://127.0.0.1:4581',
  ...IDENTITY,
};

const tempDir = createTempDir();
afterAll(() => tempDir.remove());

function file(content: unknown): string {
  return tempDir.file('outputs.json', typeof content === 'string' ? content : JSON.stringify(content));
}

test('the outputs of cdk deploy and of a local emulator are read', async () => {
  expect(await readOutputsFile(file({ Other: {}, Mine: { ...DEPLOYED, More: 'x' } }), 'Mine')).toEqual({
    stackName: 'Mine',
    apiEndpoint: API,
    uploadBucket: { name: 'bucket', owner: OWNER },
  });
  expect(await readOutputsFile(file({ S: EMULATOR }), 'S')).toEqual({
    stackName: 'S',
    apiEndpoint: 'http://127.0.0.1:4580/prod/',
    uploadBucket: { name: 'bucket', owner: OWNER },
    s3Endpoint: 'http://127.0.0.1:4581/',
    emulator: { apiEndpoint: LOCAL_API, processId: '123', token: 'token' },
  });
});

test.each([
  ['of a deployment without a default bucket', { BucketUrl: 'team-reports', BucketOwner: OWNER }],
  ['of an app with the construct', {}],
])('the outputs %s have no bucket for uploads', (_, outputs) => {
  expect(parseOutputs({ ApiGatewayEndpoint: API, ...outputs }, 'the stack S')).toEqual({ apiEndpoint: API });
});

test('without --stack, the only stack in a file is used, or the one with the default name', async () => {
  expect(await readOutputsFile(file({ 'links-staging': DEPLOYED }))).toMatchObject({ stackName: 'links-staging' });
  expect(await readOutputsFile(file({ Other: {}, PreSignedURLStack: DEPLOYED }))).toMatchObject({ apiEndpoint: API });
  await expect(readOutputsFile(file({ A: DEPLOYED, B: DEPLOYED }))).rejects.toMatchObject({
    message: expect.stringContaining('has no stack PreSignedURLStack: use --stack A or --stack B.'),
  });
});

test.each<[string, unknown, number, string]>([
  ['invalid JSON', '{', 2, 'is not an outputs file'],
  ['a list', [], 2, 'is not an outputs file'],
  ['other stacks', { A: {}, B: {} }, 4, 'has no stack S: use --stack A or --stack B.'],
  ['no stack', {}, 4, 'has no stack S: it is empty.'],
])('a file with %s is refused', async (_, content, exitCode, message) => {
  await expect(readOutputsFile(file(content), 'S')).rejects.toMatchObject({
    exitCode,
    message: expect.stringContaining(message),
  });
});

test('a file that is missing is refused', async () => {
  const message = expect.stringContaining('The outputs file cannot be read: ENOENT');
  await expect(readOutputsFile(`${tempDir.directory}/none`)).rejects.toMatchObject({ exitCode: 4, message });
});

test.each<[string, unknown]>([
  ['ApiGatewayEndpoint', undefined],
  ['ApiGatewayEndpoint', { UploadBucket: 'bucket' }],
  ['ApiGatewayEndpoint', { ...DEPLOYED, ApiGatewayEndpoint: 1 }],
  // A local emulator with a custom domain and without the default endpoint.
  ['ApiGatewayEndpoint', { ...DEPLOYED, ApiGatewayEndpoint: 'http://links.example.com:4580/' }],
  ['S3Endpoint', { ...EMULATOR, S3Endpoint: 3 }],
  ['S3Endpoint', { ...EMULATOR, S3Endpoint: '' }],
  ['S3Endpoint', { ...EMULATOR, S3Endpoint: 'https://evil.example/' }],
  ['S3Endpoint', { ...EMULATOR, S3Endpoint: 'https://127.0.0.1.example/' }],
  ['S3Endpoint', { ...EMULATOR, ApiGatewayEndpoint: API }],
  ['EmulatorToken', { ...EMULATOR, EmulatorToken: undefined }],
  ['EmulatorToken', { ...EMULATOR, EmulatorToken: '' }],
  ['EmulatorToken', { ...EMULATOR, EmulatorPid: 'x' }],
  ['BucketOwner', { ...DEPLOYED, BucketOwner: undefined }],
  ['BucketOwner', { ...DEPLOYED, BucketOwner: '1234' }],
  ['UploadBucket', { ...DEPLOYED, UploadBucket: '' }],
  ['UploadBucket', { ...DEPLOYED, UploadBucket: 'evil.example/x' }],
  ['UploadBucket', { ...DEPLOYED, UploadBucket: 'Bucket' }],
  ['UploadBucket', { ...DEPLOYED, UploadBucket: 'a@b' }],
])('the output %s of %j is refused', (name, outputs) => {
  expect(() => parseOutputs(outputs, 'the stack S')).toThrow(`The output ${name} of the stack S must be `);
});

describe('a stack in CloudFormation', () => {
  const original = process.env;
  afterEach(() => {
    process.env = original;
  });

  async function lookUp(reply: Reply): Promise<unknown> {
    const cloudFormation = await startFakeApi(reply);
    process.env = { ...original, AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint };
    const credentials = async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' });
    const { signal } = new AbortController();
    return await lookUpStack('MyLinks', 'eu-central-1', credentials, signal).finally(cloudFormation.close);
  }

  test('is found', async () => {
    expect(await lookUp(describeStacksReply(DEPLOYED))).toEqual({
      apiEndpoint: API,
      uploadBucket: { name: 'bucket', owner: OWNER },
    });
  });

  test.each<[number, string, Reply]>([
    [
      4,
      'There is no stack MyLinks in eu-central-1: check --stack and --region.',
      queryErrorReply(400, 'ValidationError', 'Stack with id MyLinks does not exist'),
    ],
    [
      3,
      'CloudFormation refused the request (AccessDenied): User is not authorized',
      queryErrorReply(403, 'AccessDenied', 'User is not authorized to perform: cloudformation:DescribeStacks'),
    ],
    [
      2,
      'The output S3Endpoint of the stack MyLinks must be',
      describeStacksReply({ ...DEPLOYED, S3Endpoint: 'https://evil.example/' }),
    ],
  ])('exits with %i: %s', async (exitCode, message, reply) => {
    await expect(lookUp(reply)).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
  });
});
