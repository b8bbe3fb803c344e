import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { AwsCall, Principal } from '../../emulator/iam/principal';
import { type CliEmulator, runCliEmulator, writeProfile } from '../support/cli-emulator';
import { createTempDir, type Ended, type Running, runCli, startProcess } from '../support/cli-process';
import { callerWith } from '../support/policy-caller';
import { grantedUpload, putFile } from '../support/uploads';

const tempDir = createTempDir();
const calls: AwsCall[] = [];
let sharer: Principal;
let emulator: CliEmulator;
/** Where files are saved. */
let folder: string;

beforeAll(async () => {
  sharer = await callerWith('SharerPolicyArn');
  emulator = await runCliEmulator(tempDir, { callers: [LOCAL_CALLER, sharer], onCall: (call) => calls.push(call) });
});
beforeEach(() => {
  folder = mkdtempSync(join(tempDir.directory, 'saved-'));
});
afterAll(async () => {
  await emulator.close();
  tempDir.remove();
});

function run(...args: readonly string[]): Promise<Ended> {
  return runCli([...args, '--outputs', emulator.outputsFile]);
}

/** Starts `request --wait` as a caller with the permissions of `SharerPolicyArn`. */
function startRequest(...args: readonly string[]): Running {
  const all = ['request', '--max', '5MB', '--wait', '--direct', ...args, '--profile', 'sharer'];
  const env = { AWS_CONFIG_FILE: writeProfile(tempDir, 'sharer', sharer) };
  return startProcess([...all, '--outputs', emulator.outputsFile], { cwd: folder, env });
}

/** The link that a command printed. */
async function printedLink(running: Running): Promise<string> {
  while (!running.stdout().endsWith('\n')) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return running.stdout().trim();
}

test('request --wait downloads the file that an uploader sends, and calls neither S3 nor another service itself', async () => {
  const content = Buffer.alloc(3_000_000, 'log line\n');
  const checksum = createHash('sha256').update(content).digest('base64');
  const running = startRequest('--label', 'Logs for case 4711');
  const link = await printedLink(running);
  expect(link).toMatch(new RegExp(`^${emulator.apiEndpoint}upload-object\\?nonce=[\\w-]{43}$`));
  const declaration = { file_name: 'Protokoll für Ada.log', size_bytes: content.length, checksum_sha256: checksum };

  const granted = await grantedUpload(link, declaration);
  expect((await putFile(granted, content)).status).toBe(200);
  const { code, stdout, stderr } = await running.ended;

  expect([code, stdout]).toEqual([0, `${link}\n`]);
  const linkId = granted.headers['x-amz-meta-link-id'];
  expect(stderr).toMatch(
    new RegExp(
      '^Requesting through the local emulator\\.\n' +
        `One file of up to 5\\.0 MB can be sent, until [^\n]+\\. Link ID: ${linkId}\n` +
        'Waiting for the file\\. Ctrl-C stops waiting; the link stays active\\.\n' +
        '(?:No longer active, [^\n]+\n)?' +
        'Redeemed at [^\n]+ from 127\\.0\\.0\\.1\\.\n' +
        `Received 3\\.0 MB at [^\n]+: s3://${emulator.bucketName}/inbox/${linkId}/Protokoll für Ada\\.log\n` +
        'Saved as Protokoll für Ada\\.log\\. Its SHA-256 is correct\\.\n$',
    ),
  );
  expect(calls.filter(({ principalArn }) => principalArn === sharer.arn)).toEqual([]);
  expect(readdirSync(folder)).toEqual(['Protokoll für Ada.log']);
  expect(readFileSync(join(folder, 'Protokoll für Ada.log')).equals(content)).toBe(true);
});

test('request --wait ends with 4 if the link is revoked', async () => {
  const running = startRequest();
  const link = await printedLink(running);

  await run('revoke', link);
  const { code, stderr } = await running.ended;

  expect(code).toBe(4);
  expect(stderr).toMatch(/\nRevoked at [^\n]+ by arn:aws:iam::123456789012:user\/local-caller\.\n$/);
  expect(readdirSync(folder)).toEqual([]);
});

test('status and list show what an upload link has received', async () => {
  const { stdout } = await run('request', '--max', '1kB', '--types', 'text/*', '--to', `s3://${emulator.bucketName}/`);
  expect(stdout).toMatch(new RegExp(`^${emulator.apiEndpoint}send-file#[\\w-]{43}\n$`));
  const link = stdout.trim();
  const active = await run('status', link);
  expect([active.stdout, active.stderr]).toEqual(['active\n', expect.stringMatching(/Issued as an upload link at /)]);

  const direct = link.replace('send-file#', 'upload-object?nonce=');
  const granted = await grantedUpload(direct, { file_name: 'note.txt', size_bytes: 5, content_type: 'text/plain' });
  await emulator.delivered();
  expect((await run('status', link)).stderr).toContain('\nNo file has been received yet.\n');
  expect((await putFile(granted, 'hello')).status).toBe(200);
  await emulator.delivered();

  const linkId = granted.headers['x-amz-meta-link-id'];
  const redeemed = await run('status', link);
  expect(redeemed.stdout).toBe('redeemed\n');
  expect(redeemed.stderr).toContain(`: s3://${emulator.bucketName}/inbox/${linkId}/note.txt\n`);
  expect((await run('list')).stdout).toMatch(new RegExp(`\n${linkId}  redeemed [^\n]+  note\\.txt \\(5 bytes\\)\n`));
  expect(JSON.parse((await run('status', link, '--json')).stdout)).toMatchObject({
    operation: 'upload',
    received: { bucket_name: emulator.bucketName, object_name: `inbox/${linkId}/note.txt`, size_bytes: 5 },
  });
});

test.each<[string, readonly string[], number, string]>([
  ['a file of more than 5 GB', ['--max', '6GB'], 2, 'max_bytes must be a whole number of bytes from 1 to 5000000000'],
  ['a prefix outside the inbox', ['--max', '1B', '--to', 's3://BUCKET/shared/'], 3, '(BucketNotAllowed)'],
  ['a bucket that is not shared', ['--max', '1B', '--to', 's3://other-bucket/inbox/'], 3, '(BucketNotAllowed)'],
])('request is refused for %s', async (_, args, exitCode, message) => {
  const { code, stdout, stderr } = await run(
    'request',
    ...args.map((arg) => arg.replace('BUCKET', emulator.bucketName)),
  );

  expect([code, stdout]).toEqual([exitCode, '']);
  expect(stderr).toContain(message);
});
