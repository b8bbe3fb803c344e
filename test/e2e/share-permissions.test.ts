import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { isAllowed } from '../../emulator/iam/policy';
import type { AwsCall, Principal } from '../../emulator/iam/principal';
import { type CliEmulator, runCliEmulator, writeOutputs, writeProfile } from '../support/cli-emulator';
import { createTempDir, type Ended, type RunOptions, runCli } from '../support/cli-process';
import { startFakeApi } from '../support/fake-api';
import { type GateKeeper, startGate } from '../support/gate';
import { issueLink, manageLink, send } from '../support/http';
import { callerWith } from '../support/policy-caller';
import { describeStacksReply } from '../support/query-protocol';

const tempDir = createTempDir();
const calls: AwsCall[] = [];
let sharer: Principal;
let s3: S3Client;
let emulator: CliEmulator;
/** A file that is uploaded in three parts. */
let large: string;

beforeAll(async () => {
  sharer = await callerWith('SharerPolicyArn');
  emulator = await runCliEmulator(tempDir, { callers: [LOCAL_CALLER, sharer], onCall: (call) => calls.push(call) });
  s3 = new S3Client({ region: 'us-east-1', credentials: sharer, endpoint: emulator.s3Endpoint, forcePathStyle: true });
  large = tempDir.file('large.bin', Buffer.alloc(12_000_000, 'x'));
});
afterAll(async () => {
  s3.destroy();
  await emulator.close();
  tempDir.remove();
});

/** Runs a command with the sharer's credentials. */
async function run(args: readonly string[], { env, ...options }: RunOptions = {}): Promise<Ended> {
  const config = writeProfile(tempDir, 'sharer', sharer);
  return await runCli([...args, '--profile', 'sharer'], { env: { AWS_CONFIG_FILE: config, ...env }, ...options });
}

async function share(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return await run(['share', ...args], options);
}

/** Shares a file through gates in front of S3 and the API. */
async function shareThroughGates(path: string, keeper: GateKeeper, signal?: AbortSignal): Promise<Ended> {
  const s3Gate = await startGate(emulator.s3Endpoint, keeper);
  const apiGate = await startGate(emulator.apiEndpoint, keeper);
  const addresses = { S3Endpoint: s3Gate.endpoint, ApiGatewayEndpoint: `${apiGate.endpoint}/prod/` };
  const outputs = writeOutputs(tempDir, { ...emulator.outputs, ...addresses }, 'gates.json');
  try {
    return await share([path, '--outputs', outputs], signal && { signal });
  } finally {
    await Promise.all([s3Gate.close(), apiGate.close()]);
  }
}

describe('a caller with only SharerPolicyArn', () => {
  test('shares a file in one part and a file in several', async () => {
    const small = tempDir.file('report.pdf', 'a report');
    for (const path of [small, large]) {
      const { code, stdout } = await share([path, '--direct', '--outputs', emulator.outputsFile]);
      expect(code).toBe(0);
      expect((await send(stdout.trim())).status).toBe(302);
    }
  });

  test('finds the stack by its name', async () => {
    const { ApiGatewayEndpoint = '', UploadBucket = '', BucketOwner = '' } = emulator.outputs;
    const cloudFormation = await startFakeApi(describeStacksReply({ ApiGatewayEndpoint, UploadBucket, BucketOwner }));
    const endpoints = {
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_ENDPOINT_URL_S3: emulator.s3Endpoint,
    };
    const { code } = await share([large, '--stack', 'PreSignedURLStack'], { env: endpoints });
    await cloudFormation.close();

    expect(code).toBe(0);
    expect(cloudFormation.requests.map(({ body }) => new URLSearchParams(body).get('Action'))).toEqual([
      'DescribeStacks',
    ]);
    const stack = (name: string) =>
      `arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1234abcd-12ab-34cd-56ef`;
    const maySee = (name: string) => isAllowed(sharer.statements, 'cloudformation:DescribeStacks', stack(name));
    expect([maySee('PreSignedURLStack'), maySee('Payroll')]).toEqual([true, false]);
  });

  test('leaves nothing behind when an upload is interrupted', async () => {
    const before = await emulator.uploads();
    const interruption = new AbortController();
    const admit = async ({ url = '' }): Promise<void> => {
      if (url.includes('partNumber=2&')) {
        interruption.abort();
      }
    };
    const { code, stderr } = await shareThroughGates(large, { admit }, interruption.signal);

    expect([code, stderr]).toEqual([130, expect.not.stringContaining('could not be removed')]);
    expect(await emulator.uploads()).toEqual(before);
  });

  test('leaves nothing behind when the link cannot be issued', async () => {
    const before = await emulator.uploads();
    const admit = async ({ url = '' }): Promise<void> => {
      if (url.endsWith('/generate-url') && (await emulator.uploads()).length > before.length) {
        throw new Error('The API is gone.');
      }
    };
    const small = tempDir.file('unlucky.txt', 'x');
    const { code, stderr } = await shareThroughGates(small, { admit });

    expect([code, stderr]).toEqual([5, expect.not.stringContaining('could not be removed')]);
    expect(await emulator.uploads()).toEqual(before);
  });

  test('needs all of its permissions for S3', () => {
    const actions = calls.filter(({ principalArn }) => principalArn === sharer.arn).map(({ action }) => action);
    const allowed = sharer.statements.flatMap((statement) => statement.actions).filter((one) => one.startsWith('s3:'));
    expect(new Set(actions)).toEqual(new Set(allowed));
  });

  test('cannot write outside of shared/', async () => {
    const sample = { Bucket: emulator.bucketName, Key: 'S3.png' };
    await expect(s3.send(new PutObjectCommand({ ...sample, Body: 'x' }))).rejects.toThrow('s3:PutObject');
    await expect(s3.send(new DeleteObjectCommand(sample))).rejects.toThrow('s3:DeleteObject');
  });

  test('cannot read or list objects, including its own uploads', async () => {
    const upload = { Bucket: emulator.bucketName, Key: 'shared/own.txt' };
    await s3.send(new PutObjectCommand({ ...upload, Body: 'x' }));
    await expect(s3.send(new GetObjectCommand(upload))).rejects.toThrow('s3:GetObject');
    const listing = new ListObjectsV2Command({ Bucket: emulator.bucketName });
    await expect(s3.send(listing)).rejects.toThrow('s3:ListBucket');
  });

  test('lists, looks up and revokes its own links', async () => {
    const outputs = ['--outputs', emulator.outputsFile];
    const { stdout } = await share([tempDir.file('own.txt', 'x'), '--json', ...outputs]);
    const { link_id: linkId } = JSON.parse(stdout);

    expect(await run(['status', linkId, ...outputs])).toMatchObject({ code: 0, stdout: 'active\n' });
    expect(await run(['revoke', linkId, ...outputs])).toMatchObject({ code: 0 });
    expect(await run(['status', linkId, ...outputs])).toMatchObject({ code: 0, stdout: 'revoked\n' });
    const listed = await run(['list', '--limit', '1', '--json', ...outputs]);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      links: [{ link_id: linkId, status: 'revoked', created_by: sharer.arn, revoked: { by: sharer.arn } }],
    });
  });

  test('cannot look up or revoke links of other callers', async () => {
    const { link_id: linkId } = await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' });
    const outputs = ['--outputs', emulator.outputsFile];

    expect(await run(['status', linkId, ...outputs])).toMatchObject({ code: 4, stdout: '' });
    expect(await run(['revoke', linkId, ...outputs])).toMatchObject({ code: 4, stdout: '' });
    expect(JSON.parse((await run(['list', '--json', ...outputs])).stdout).links).not.toContainEqual(
      expect.objectContaining({ link_id: linkId }),
    );
    expect((await manageLink(emulator, 'GET', linkId, sharer)).status).toBe(403);
    expect((await manageLink(emulator, 'DELETE', linkId, sharer)).status).toBe(403);
  });
});
