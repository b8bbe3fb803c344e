import { join } from 'node:path';
import { type DeploymentOptions, findDeployment, findLinkApi } from '../../cli/deployment';
import type { LocalService } from '../../emulator/loopback';
import { writeOutputs, writeProfile } from '../support/cli-emulator';
import { cleanEnvironment, createTempDir } from '../support/cli-process';
import { startIdentityServer } from './support/identity-server';

const API = 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod/';
const BUCKET = { UploadBucket: 'bucket', BucketOwner: '123456789012' };
const CUSTOM = 'https://links.example.com/share/';
const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' };
const EMULATOR_KEYS = { accessKeyId: 'LOCALCALLER', secretAccessKey: 'local-caller-secret' };

const tempDir = createTempDir();
const deployed = writeOutputs(tempDir, { ApiGatewayEndpoint: API, ...BUCKET }, 'deployed.json');
const custom = writeOutputs(tempDir, { ApiGatewayEndpoint: CUSTOM, ...BUCKET }, 'custom.json');
const emulator = join(tempDir.directory, 'emulator.json');
const work = writeProfile(tempDir, 'work', { accessKeyId: 'AKIDWORK', secretAccessKey: 'secret' });
const FINDING = { tell: () => {}, signal: new AbortController().signal };
const original = process.env;

afterEach(() => {
  process.env = original;
});
afterAll(async () => {
  await server.close();
  tempDir.remove();
});

let server: LocalService;
beforeAll(async () => {
  server = await startIdentityServer('token');
  writeOutputs(tempDir, outputsOfEmulator('token'), 'emulator.json');
});

function outputsOfEmulator(EmulatorToken: string): Readonly<Record<string, string>> {
  const ApiGatewayEndpoint = `${server.endpoint}/prod/`;
  return { ApiGatewayEndpoint, ...BUCKET, S3Endpoint: ApiGatewayEndpoint, EmulatorPid: '123', EmulatorToken };
}

function find(options: DeploymentOptions, environment: Readonly<Record<string, string>> = {}) {
  process.env = cleanEnvironment(environment);
  return findDeployment(options, FINDING);
}

function findApi(options: DeploymentOptions, environment: Readonly<Record<string, string>> = {}) {
  process.env = cleanEnvironment(environment);
  return findLinkApi(options, FINDING);
}

test.each<[string, string, DeploymentOptions, Readonly<Record<string, string>>]>([
  ['us-east-1', 'the emulator', { outputs: emulator }, { AWS_REGION: 'us-west-2' }],
  ['eu-central-1', "the API's host", { outputs: deployed }, { ...KEYS, AWS_REGION: 'us-west-2' }],
  ['eu-central-1', 'the outputs, with --endpoint', { outputs: deployed, endpoint: CUSTOM }, KEYS],
  ['sa-east-1', '--region', { outputs: deployed, region: 'sa-east-1' }, KEYS],
  ['us-west-2', 'AWS_REGION', { outputs: custom }, { ...KEYS, AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'x' }],
  ['us-east-2', 'AWS_DEFAULT_REGION', { outputs: custom }, { ...KEYS, AWS_DEFAULT_REGION: 'us-east-2' }],
  ['us-east-1', 'the profile', { outputs: custom, profile: 'work' }, { AWS_CONFIG_FILE: work }],
])('the region is %s, from %s', async (region, _, options, environment) => {
  expect(await find(options, environment)).toMatchObject({ region });
});

test('--endpoint replaces the API of the outputs', async () => {
  expect(await find({ outputs: deployed, endpoint: CUSTOM }, KEYS)).toMatchObject({ apiEndpoint: CUSTOM });
});

test('a custom domain without a Region is refused', async () => {
  await expect(find({ outputs: custom }, KEYS)).rejects.toMatchObject({ exitCode: 2 });
  await expect(findApi({ endpoint: CUSTOM, stack: 'Any' }, KEYS)).rejects.toMatchObject({ exitCode: 2 });
});

test.each<[string, DeploymentOptions, Readonly<Record<string, string>>, object]>([
  ["are the emulator's own", { outputs: emulator }, {}, EMULATOR_KEYS],
  ["are the emulator's own, whatever AWS_PROFILE says", { outputs: emulator }, { AWS_PROFILE: 'work' }, EMULATOR_KEYS],
  ["are the emulator's own, not those of the environment", { outputs: emulator }, KEYS, EMULATOR_KEYS],
  ['are those of --profile', { outputs: emulator, profile: 'work' }, {}, { accessKeyId: 'AKIDWORK' }],
  ['are those of --profile on AWS', { outputs: deployed, profile: 'work' }, KEYS, { accessKeyId: 'AKIDWORK' }],
  ['are those of the environment on AWS', { outputs: deployed }, KEYS, { accessKeyId: 'AKID' }],
])('the credentials %s', async (_, options, environment, credentials) => {
  const found = await find(options, { AWS_CONFIG_FILE: work, ...environment });

  expect(await found.credentials()).toMatchObject(credentials);
});

test('with --endpoint, the API is found without a lookup', async () => {
  const api = { apiEndpoint: API, region: 'eu-central-1' };
  expect(await findApi({ endpoint: API, stack: 'Any' }, KEYS)).toMatchObject(api);
});

test.each<[string, DeploymentOptions, Readonly<Record<string, string>>]>([
  ['the local emulator', { outputs: emulator }, {}],
  [
    'the stack PreSignedURLStack at abcdefghij.execute-api.eu-central-1.amazonaws.com, with the bucket of account 123456789012',
    { outputs: deployed },
    KEYS,
  ],
  [
    'the stack PreSignedURLStack at links.example.com, with the bucket of account 123456789012',
    { outputs: deployed, endpoint: CUSTOM },
    KEYS,
  ],
])('the deployment is described as %s', async (description, options, environment) => {
  expect(await find(options, environment)).toMatchObject({ description });
});

test('an API without outputs is described by its URL', async () => {
  expect(await findApi({ endpoint: API }, KEYS)).toMatchObject({ description: `${API} in eu-central-1` });
});

test.each<[string, DeploymentOptions]>([
  ['--endpoint', { endpoint: API }],
  ['--region', { region: 'eu-west-1' }],
])('%s is refused with the outputs of a local emulator', async (_, options) => {
  const message = `--endpoint and --region are for AWS, but ${emulator} belongs to a local emulator: omit them.`;
  await expect(find({ outputs: emulator, ...options }, KEYS)).rejects.toMatchObject({ exitCode: 2, message });
});

test('an emulator that does not prove its identity is not used', async () => {
  const stale = writeOutputs(tempDir, outputsOfEmulator('another token'), 'stale.json');

  await expect(find({ outputs: stale })).rejects.toMatchObject({
    exitCode: 5,
    message: `The local emulator of ${stale} (process 123) is not running: start one with npm start, or use AWS with --stack PreSignedURLStack.`,
  });
});

test('missing credentials are an error', async () => {
  const message =
    'There are no AWS credentials: sign in, use --profile, or try it without AWS: npm start in a checkout.';
  await expect(find({ outputs: deployed })).rejects.toMatchObject({ exitCode: 3, message });
});

test('an expired SSO session says how to sign in', async () => {
  const config =
    '[profile sso]\nsso_session = my\nsso_account_id = 000000000000\nsso_role_name = r\nregion = eu-central-1\n' +
    '[sso-session my]\nsso_region = eu-central-1\nsso_start_url = https://sso.example/start\n';
  const environment = { AWS_CONFIG_FILE: tempDir.file('sso', config) };

  const message = expect.stringMatching(/^The profile sso has no credentials: .*aws sso login/);
  const finding = find({ outputs: deployed, profile: 'sso' }, environment);
  await expect(finding).rejects.toMatchObject({ exitCode: 3, message });
});

test.each(['empty', 'unknown'])('the profile %s is not replaced by other credentials', async (profile) => {
  // Nothing listens there, so a request would fail with a different error.
  const environment = {
    ...KEYS,
    AWS_CONFIG_FILE: writeProfile(tempDir, 'empty'),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1/',
  };

  await expect(find({ outputs: deployed, profile }, environment)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining(`The profile ${profile} has no credentials`),
  });
});
