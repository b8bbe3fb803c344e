import { appendFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectTaggingCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { parseStatement } from '../../emulator/iam/policy';
import type { Principal } from '../../emulator/iam/principal';
import { readQrCode } from '../cli/support/qr-code';
import { resourceNamed } from '../support/assembly';
import { type CliEmulator, runCliEmulator, writeOutputs, writeProfile } from '../support/cli-emulator';
import { createTempDir, type Ended, type RunOptions, runCli } from '../support/cli-process';
import { startFakeApi } from '../support/fake-api';
import { startGate } from '../support/gate';
import { linkTo, send } from '../support/http';
import { describeStacksReply } from '../support/query-protocol';

const tempDir = createTempDir();
let emulator: CliEmulator;

function caller(accessKeyId: string, ...statements: readonly object[]): Principal {
  return {
    arn: `arn:aws:iam::000000000000:user/${accessKeyId}`,
    accessKeyId,
    secretAccessKey: `${accessKeyId}-secret`,
    statements: statements.map((statement) => parseStatement(statement, 'test')),
  };
}

const ALLOW_ALL = { Effect: 'Allow', Action: '*', Resource: '*' };
const NO_UPLOAD = caller('NOUPLOAD', ALLOW_ALL, { Effect: 'Deny', Action: 's3:PutObject', Resource: '*' });
const NO_LINK = caller('NOLINK', ALLOW_ALL, { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: '*' });
const NO_REMOVAL = caller('NOREMOVAL', ALLOW_ALL, {
  Effect: 'Deny',
  Action: 's3:DeleteObject',
  Resource: '*',
});

const NO_TAGGING = caller('NOTAGGING', ALLOW_ALL, { Effect: 'Deny', Action: 's3:PutObjectTagging', Resource: '*' });

beforeAll(async () => {
  emulator = await runCliEmulator(tempDir, {
    callers: [LOCAL_CALLER, NO_UPLOAD, NO_LINK, NO_REMOVAL, NO_TAGGING],
    change: (resources) => {
      resourceNamed(resources, 'AWS::S3::Bucket', '').Properties.VersioningConfiguration = { Status: 'Enabled' };
    },
  });
});
afterAll(async () => {
  await emulator.close();
  tempDir.remove();
});

function shareWith(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return runCli(['share', ...args], options);
}

/** Prints a direct link. */
function share(args: readonly string[]): Promise<Ended> {
  return shareWith([...args, '--direct', '--outputs', emulator.outputsFile]);
}

/** Shares with a caller's access key, from a profile. */
function shareAs(principal: Principal, args: readonly string[], outputs = emulator.outputsFile): Promise<Ended> {
  const name = principal.accessKeyId;
  const env = { AWS_CONFIG_FILE: writeProfile(tempDir, name, principal) };
  return shareWith([...args, '--profile', name, '--outputs', outputs], { env });
}

/** The emulator's outputs, with some of them changed. */
function outputsWith(changes: Readonly<Record<string, string>>): string {
  return writeOutputs(tempDir, { ...emulator.outputs, ...changes }, 'changed.json');
}

/** Runs `action` with the outputs of an API that breaks every connection once a file is uploaded. */
async function withoutApiAfterUpload<T>(run: (outputs: string) => Promise<T>): Promise<T> {
  const before = await emulator.uploads();
  const gate = await startGate(emulator.apiEndpoint, {
    async admit() {
      if ((await emulator.uploads()).length > before.length) {
        throw new Error('The API is gone.');
      }
    },
  });
  const outputs = outputsWith({ ApiGatewayEndpoint: `${gate.endpoint}/prod/` });
  return await run(outputs).finally(gate.close);
}

/** Splits content as a pipe does. */
function* chunksOf(content: Buffer): Generator<Buffer> {
  for (let start = 0; start < content.length; start += 65_536) {
    yield content.subarray(start, start + 65_536);
  }
}

/** Redeems a direct link and follows the redirect. */
async function download(link: string): Promise<Response> {
  const redeemed = await send(link.trim());
  expect(redeemed.status).toBe(302);
  return await fetch(String(redeemed.headers['location']));
}

describe('share prints a link to', () => {
  test('a file: a click-through link on stdout, a message on stderr, and no progress bar in a pipe', async () => {
    const file = tempDir.file('report.pdf', 'a report');

    const { code, stdout, stderr } = await shareWith([file, '--outputs', emulator.outputsFile]);

    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${emulator.apiEndpoint}open-link#[\\w-]{43}\\n$`));
    expect(stderr).toMatch(
      /^Sharing through the local emulator\.\nreport\.pdf \(8 bytes\) opens once, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\. Link ID: [\w-]{22}\n$/,
    );
    // The request that the page sends when its button is pressed.
    const direct = stdout.trim().replace('open-link#', 'access-object?nonce=');
    const redeemed = await send(direct, { method: 'POST', headers: { Accept: 'application/json' } });
    const response = await fetch(JSON.parse(redeemed.body).url);
    expect(await response.text()).toBe('a report');
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="report.pdf"');
    expect((await send(direct)).status).toBe(403);
    expect((await emulator.uploads()).at(-1)).toMatch(/^shared\/[\w-]{22}\/report\.pdf$/);
  });

  test.each([
    ['an empty file', Buffer.alloc(0)],
    ['a file in several parts', Buffer.alloc(12_000_000, 'abc')],
  ])('%s, by a direct link', async (_, content) => {
    const { code, stdout } = await share([tempDir.file('direct.bin', content)]);

    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${emulator.apiEndpoint}access-object\\?nonce=[\\w-]{43}\\n$`));
    expect(Buffer.from(await (await download(stdout)).arrayBuffer()).equals(content)).toBe(true);
  });

  test('a file, which has the link ID in its tag', async () => {
    const before = await emulator.uploads();
    const { stdout } = await share([tempDir.file('tagged.pdf', 'x'), '--json']);

    const [key] = (await emulator.uploads()).filter((each) => !before.includes(each));
    const { TagSet } = await emulator.s3.send(new GetObjectTaggingCommand({ Bucket: emulator.bucketName, Key: key }));
    expect(TagSet).toEqual([{ Key: 'link-id', Value: JSON.parse(stdout).link_id }]);
  });

  test('a file that cannot be tagged, with a message about its removal', async () => {
    const { code, stdout, stderr } = await shareAs(NO_TAGGING, [tempDir.file('untagged.pdf', 'x'), '--direct']);

    expect([code, stderr.split('\n').at(-2)]).toEqual([
      0,
      'The file could not be tagged (AccessDenied): it stays in the bucket for up to 8 days.',
    ]);
    expect(await (await download(stdout)).text()).toBe('x');
  });

  test('a file with --expires, --as, --json and --qr, whose original name the reader never sees', async () => {
    const file = tempDir.file('draft 7 (secret client).txt', 'x');

    const { stdout, stderr } = await share([file, '--expires', '30m', '--as', 'For Ada.txt', '--json', '--qr']);

    const response = JSON.parse(stdout);
    expect(Object.keys(response)).toEqual(['url', 'click_through_url', 'link_id', 'expires_at']);
    const minutes = (Date.parse(response.expires_at) - Date.now()) / 60_000;
    expect(Math.ceil(minutes)).toBe(30);
    expect(stderr).toContain('For Ada.txt (1 byte) opens once');
    expect(stderr).toContain(`Link ID: ${response.link_id}\n`);
    expect(stderr).toContain(
      'A phone cannot open this link: the local emulator can be reached from this machine only.',
    );
    expect(readQrCode(stderr)).toBe(response.url);
    const { headers } = await send(response.url);
    const location = String(headers['location']);
    expect(location).toContain('/For%20Ada.txt?');
    expect(decodeURIComponent(location)).not.toContain('secret client');
    expect((await fetch(location)).headers.get('content-disposition')).toBe('attachment; filename="For Ada.txt"');
  });

  test.each([
    ['a few bytes', Buffer.from('some bytes')],
    ['several parts', Buffer.alloc(12_000_000, 'abc')],
  ])('standard input with %s', async (_, content) => {
    const args = ['share', '-', '--as', 'dump.txt', '--direct', '--outputs', emulator.outputsFile];
    const { code, stdout, stderr } = await runCli(args, { stdin: Readable.from(chunksOf(content)) });

    expect(code).toBe(0);
    expect(stderr).toContain(
      content.length === 10 ? 'dump.txt (10 bytes) opens once' : 'dump.txt (12.0 MB) opens once',
    );
    const response = await download(stdout);
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="dump.txt"');
    expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
  });

  test('the newest or a specified version of an object in S3, without an upload', async () => {
    const object = { Bucket: emulator.bucketName, Key: 'reports/2026 ü/final.txt' };
    const { VersionId: first = '' } = await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'first' }));
    await emulator.s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
    const before = await emulator.uploads();
    const source = `s3://${object.Bucket}/${object.Key}`;

    const newest = await share([source]);
    const pinned = await share([source, '--version-id', first]);

    expect(newest.stderr).toContain(`${source} opens once`);
    const response = await download(newest.stdout);
    expect(await response.text()).toBe('second');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="final.txt"');
    expect(await (await download(pinned.stdout)).text()).toBe('first');
    expect(await emulator.uploads()).toEqual(before);
  });

  test('to a stack in CloudFormation, with a profile', async () => {
    const { ApiGatewayEndpoint = '', UploadBucket = '', BucketOwner = '' } = emulator.outputs;
    const cloudFormation = await startFakeApi(describeStacksReply({ ApiGatewayEndpoint, UploadBucket, BucketOwner }));
    const env = {
      AWS_CONFIG_FILE: writeProfile(tempDir, 'work', LOCAL_CALLER),
      AWS_ENDPOINT_URL_CLOUDFORMATION: cloudFormation.endpoint,
      AWS_ENDPOINT_URL_S3: emulator.s3Endpoint,
    };
    const file = tempDir.file('looked up.txt', 'x');

    const { stdout, stderr } = await shareWith([file, '--direct', '--stack', 'MyLinks', '--profile', 'work'], { env });
    await cloudFormation.close();

    expect(stderr).toMatch(/^Sharing through the stack MyLinks in us-east-1\.\n/);
    expect(await (await download(stdout)).text()).toBe('x');
  });
});

describe('share ends with one error and no upload in the bucket', () => {
  let before: readonly string[];
  let file: string;

  beforeEach(async () => {
    before = await emulator.uploads();
    file = tempDir.file('report.pdf', 'a report');
  });
  afterEach(async () => {
    expect(await emulator.uploads()).toEqual(before);
  });

  function expectError(ended: Ended, code: number, message: string): void {
    expect([ended.code, ended.stdout]).toEqual([code, '']);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).toMatch(/^Sharing through the local emulator\.\n[^\n]+\n$/);
  }

  test('without permission to upload: 3', async () => {
    const message = `You may not upload to the bucket ${emulator.bucketName}: ask for s3:PutObject on shared/*, and check that account 123456789012 owns the bucket.`;
    expectError(await shareAs(NO_UPLOAD, [file]), 3, message);
    expectError(await shareAs(NO_UPLOAD, [tempDir.file('parts.bin', Buffer.alloc(12_000_000))]), 3, message);
  });

  test('if another account owns the bucket now: 3', async () => {
    const message = 'check that account 210987654321 owns the bucket';
    const outputs = outputsWith({ BucketOwner: '210987654321' });
    expectError(await shareWith([file, '--outputs', outputs]), 3, message);
    const large = tempDir.file('parts.bin', Buffer.alloc(12_000_000));
    expectError(await shareWith([large, '--outputs', outputs]), 3, message);
  });

  test('before a byte is sent, if the caller may not issue links or the endpoint is a different API: 3 and 4', async () => {
    const sent: string[] = [];
    const s3 = await startGate(emulator.s3Endpoint, { admit: async ({ method }) => void sent.push(method ?? '') });
    const denied = await shareAs(NO_LINK, [file], outputsWith({ S3Endpoint: s3.endpoint }));
    const elsewhere = { S3Endpoint: s3.endpoint, ApiGatewayEndpoint: `${emulator.apiEndpoint}other/` };
    const lost = await shareWith([file, '--outputs', outputsWith(elsewhere)]);
    await s3.close();

    expectError(denied, 3, 'You may not call POST /generate-url: ask for execute-api:Invoke on it.');
    expectError(lost, 4, 'does not respond like the links API');
    expect(sent).toEqual([]);
  });

  test('with credentials that the emulator does not know, without printing them: 3', async () => {
    const unknown = caller('AKIAUNKNOWN');
    const ended = await shareAs(unknown, [file]);
    expectError(ended, 3, 'The API of the local emulator refused the request (InvalidSignature)');
    expect(ended.stderr).not.toContain(unknown.secretAccessKey);
  });

  test('for an object that does not exist: 4', async () => {
    expectError(await share([`s3://${emulator.bucketName}/absent`]), 4, 'refused the request (ObjectNotFound)');
  });

  test('for an object with a lifetime that is too long: 2', async () => {
    const source = `s3://${emulator.bucketName}/S3.png`;
    expectError(await share([source, '--expires', '30d']), 2, 'from 1 to 604800 (7 days)');
  });

  test('for an empty standard input: 2', async () => {
    expectError(await share(['-', '--as', 'a.txt']), 2, 'Standard input is empty: there is nothing to share.');
  });

  test('for a file, if the deployment has no default bucket: 2', async () => {
    const { UploadBucket, ...outputs } = emulator.outputs;
    const ended = await shareWith([file, '--outputs', writeOutputs(tempDir, outputs, 'no-bucket.json')]);
    const message =
      'The deployment has no bucket for uploads: copy the file to a bucket that it shares from, and share s3://BUCKET/KEY.';
    expectError(ended, 2, message);
  });

  test('for a bucket that does not exist: 4', async () => {
    expectError(await shareWith([file, '--outputs', outputsWith({ UploadBucket: 'gone' })]), 4, '(NoSuchBucket)');
  });

  test('if the response with the link is lost: 5', async () => {
    await withoutApiAfterUpload(async (outputs) => {
      const message = 'The response was lost, so an unusable link may have been issued: try again.';
      expectError(await shareWith([file, '--outputs', outputs]), 5, message);
    });
  });

  test('if the file changed during the upload: 5', async () => {
    const path = tempDir.file('unstable.bin', Buffer.alloc(30_000_000, 'x'));
    // At most 4 of its 6 parts are read before one has been sent.
    const gate = await startGate(emulator.s3Endpoint, {
      admit: async ({ url = '' }) => (url.includes('partNumber') ? appendFileSync(path, 'more') : undefined),
    });
    const ended = await shareWith([path, '--outputs', outputsWith({ S3Endpoint: gate.endpoint })]);
    await gate.close();

    expectError(ended, 5, `${path} changed during the upload: share it again when it is complete.`);
  });

  test('and with a second line if the upload may not be removed: 5', async () => {
    const { code, stderr } = await withoutApiAfterUpload((outputs) => shareAs(NO_REMOVAL, [file], outputs));

    const [, key = ''] =
      /^Sharing through the local emulator\.\nThe upload could not be removed \(AccessDenied\): the bucket on AWS removes s3:\/\/[^/]+\/(\S+) within 8 days\.\nThe response was lost/.exec(
        stderr,
      ) ?? [];
    expect([code, await emulator.uploads()]).toEqual([5, [...before, key].sort()]);
    await emulator.s3.send(new DeleteObjectCommand({ Bucket: emulator.bucketName, Key: key }));
  });
});

test('names are printed without characters that a terminal acts on', async () => {
  const active = '\u001b]0;title\u0007\u009b2J\u202e\n\u2028';
  const shared = `s3://${emulator.bucketName}/a${active}b.txt`;
  await emulator.s3.send(new PutObjectCommand({ Bucket: emulator.bucketName, Key: `a${active}b.txt`, Body: 'x' }));
  for (const args of [
    [`absent${active}.pdf`],
    ['a', `--option${active}`],
    [tempDir.file('a.txt', 'x'), '--stack', `Other${active}`, '--outputs', emulator.outputsFile],
    [`s3://${emulator.bucketName}/absent${active}`, '--outputs', emulator.outputsFile],
    [shared, '--outputs', emulator.outputsFile],
  ]) {
    const { stderr } = await shareWith(args);

    expect(stderr).toContain('_]0;title__2J_');
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  }
});

test('status does not change a link, and a revoked link cannot be redeemed', async () => {
  const manage = (...args: readonly string[]) => runCli([...args, '--outputs', emulator.outputsFile]);
  const link = await linkTo(emulator, { click_through: true });

  const { stdout, stderr } = await manage('status', link);
  expect(stdout).toBe('active\n');
  expect(stderr).toMatch(
    /^Using the local emulator\.\nActive until \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\nIssued at \S+ \S+ UTC by arn:aws:iam::\d+:user\/\S+\.\n$/,
  );
  expect(JSON.parse((await manage('status', link, '--json')).stdout)).toMatchObject({ status: 'active' });
  expect(await manage('revoke', link)).toMatchObject({ code: 0, stdout: '' });
  expect((await send(link.replace('open-link#', 'access-object?nonce='))).status).toBe(403);
  expect(await manage('status', link)).toMatchObject({ code: 0, stdout: 'revoked\n' });
  const inactive = 'The link is not active: it was redeemed or revoked, has expired, or never existed.';
  expect(await manage('revoke', link)).toEqual({
    code: 4,
    stdout: '',
    stderr: `Using the local emulator.\n${inactive} status shows its state.\n`,
  });
});
