import { findDeployment, findLinkApi } from '../../cli/deployment';
import { regionOfEndpoint } from '../../cli/region';
import { writeOutputs } from '../support/cli-emulator';
import { cleanEnvironment, createWorkshop } from '../support/cli-process';

const API = 'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod/';
const EMULATOR = {
  ApiGatewayEndpoint: 'http://127.0.0.1:4580/prod/',
  BucketUrl: 'bucket',
  S3Endpoint: 'http://127.0.0.1:4581',
};
const CUSTOM = 'https://links.example.com/share/';
const signal = new AbortController().signal;
const workshop = createWorkshop();
const before = process.env;

beforeEach(() => {
  process.env = environment();
});
afterEach(() => {
  process.env = before;
});
afterAll(() => workshop.remove());

/** Also what the suites are run with: the SDK has nothing to say here. */
function environment(more: Record<string, string> = {}): Record<string, string> {
  return cleanEnvironment({ AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...more });
}

function chosen(more: Record<string, string> = {}): void {
  process.env = environment({ AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', ...more });
}

test.each([
  [API, 'eu-central-1'],
  ['https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod/', 'cn-north-1'],
  [CUSTOM, undefined],
  ['https://execute-api.example.com/', undefined],
])('the region of %s is %s', (endpoint, region) => {
  expect(regionOfEndpoint(endpoint)).toBe(region);
});

describe('the region', () => {
  const deployed = (): string => writeOutputs(workshop, { ApiGatewayEndpoint: API, BucketUrl: 'bucket' }, 'aws.json');

  test('is that of the API, whatever the environment says', async () => {
    chosen({ AWS_REGION: 'us-west-2' });
    expect(await findDeployment({ outputsFile: deployed() }, signal)).toMatchObject({
      apiEndpoint: API,
      bucketName: 'bucket',
      region: 'eu-central-1',
    });
  });

  test('of an API under a name of its own is that of the stack', async () => {
    chosen({ AWS_REGION: 'us-west-2' });
    expect(await findDeployment({ outputsFile: deployed(), endpoint: CUSTOM }, signal)).toMatchObject({
      apiEndpoint: CUSTOM,
      region: 'eu-central-1',
    });
  });

  test('is the one that is asked for, if one is', async () => {
    chosen();
    const options = { outputsFile: deployed(), region: 'sa-east-1' };
    expect(await findDeployment(options, signal)).toMatchObject({ region: 'sa-east-1' });
  });

  test('is looked for in the environment, in both spellings, and in the profile, where nothing else tells', async () => {
    const outputs = { ApiGatewayEndpoint: CUSTOM, BucketUrl: 'bucket' };
    const options = { outputsFile: writeOutputs(workshop, outputs, 'custom.json') };
    chosen({ AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'us-east-2' });
    expect(await findDeployment(options, signal)).toMatchObject({ region: 'us-west-2' });
    chosen({ AWS_DEFAULT_REGION: 'us-east-2' });
    expect(await findDeployment(options, signal)).toMatchObject({ region: 'us-east-2' });
    const config = '[profile p]\nregion = eu-north-1\naws_access_key_id = AKID\naws_secret_access_key = secret\n';
    process.env = environment({ AWS_CONFIG_FILE: workshop.file('config', config) });
    expect(await findDeployment({ ...options, profile: 'p' }, signal)).toMatchObject({ region: 'eu-north-1' });
    chosen();
    await expect(findDeployment(options, signal)).rejects.toMatchObject({ code: 'RegionUnknown' });
  });
});

describe('credentials', () => {
  const emulator = (changes: object = {}): string =>
    writeOutputs(workshop, { ...EMULATOR, ...changes }, 'emulator.json');

  test('of an emulator are its own, whatever the environment has, unless a profile is asked for', async () => {
    const { credentials, region } = await findDeployment({ outputsFile: emulator() }, signal);
    expect(await credentials()).toEqual({ accessKeyId: 'LOCALCALLER', secretAccessKey: 'local-caller-secret' });
    expect(region).toBe('us-east-1');

    const config = '[profile work]\naws_access_key_id = AKIDWORK\naws_secret_access_key = secret\n';
    chosen({ AWS_PROFILE: 'work', AWS_CONFIG_FILE: workshop.file('work', config) });
    const still = await findDeployment({ outputsFile: emulator() }, signal);
    expect(await still.credentials()).toMatchObject({ accessKeyId: 'LOCALCALLER' });

    const asked = await findDeployment({ outputsFile: emulator(), profile: 'work' }, signal);
    expect(await asked.credentials()).toMatchObject({ accessKeyId: 'AKIDWORK' });
  });

  test.each([
    ['its API', { ApiGatewayEndpoint: 'https://links.example.com/' }],
    ['its S3', { S3Endpoint: 'https://storage.example.com/' }],
  ])('go nowhere if %s is elsewhere, neither the emulator’s nor the caller’s', async (_, changes) => {
    chosen();
    await expect(findDeployment({ outputsFile: emulator(changes) }, signal)).rejects.toMatchObject({
      code: 'InvalidOutputs',
    });
  });

  test('for an address that is given are the caller’s, and nothing is looked up', async () => {
    chosen();
    const api = await findLinkApi({ endpoint: API, stackName: 'Any' }, signal);
    expect(api).toMatchObject({ apiEndpoint: API, region: 'eu-central-1' });
    expect(await api.credentials()).toMatchObject({ accessKeyId: 'AKID' });
    await expect(findLinkApi({ endpoint: CUSTOM, stackName: 'Any' }, signal)).rejects.toMatchObject({
      code: 'RegionUnknown',
    });
  });
});
