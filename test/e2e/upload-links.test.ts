import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { testWithCurl } from '../support/curl';
import { describeLink, issueLink, nonceOf, send, sendSigned, signedAt } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';
import { declareFile, grantedUpload, putFile, uploadLink } from '../support/uploads';

const clock = new SettableClock(new Date());
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({ clock });
});
// The S3 client signs with the clock of the machine.
beforeEach(() => clock.set(new Date()));
afterAll(() => emulator.close());

const NOTE = { file_name: 'note.txt', size_bytes: 5, content_type: 'text/plain' };

/** A time as the API returns it. */
function secondsFromNow(seconds: number): string {
  return new Date(clock.now().getTime() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

async function stored(key: string): Promise<string | undefined> {
  const get = new GetObjectCommand({ Bucket: emulator.bucketName, Key: key });
  const { Body: body } = await emulator.s3.send(get);
  return await body?.transformToString();
}

async function stateOf(linkId: string): Promise<Readonly<Record<string, unknown>>> {
  await emulator.delivered();
  const request = { method: 'GET', headers: signedAt(clock.now()) } as const;
  return JSON.parse((await sendSigned(`${emulator.apiEndpoint}my-links/${linkId}`, request)).body);
}

test('a file is received once: it is described, redeemed, sent, and in the receipt', async () => {
  const fields = { max_bytes: 1000, label: 'Logs for case 4711', from: 'Ada Lovelace', content_types: ['text/*'] };
  const link = await uploadLink(emulator, fields);
  expect(link).toEqual({
    url: expect.stringMatching(/\/upload-object\?nonce=[\w-]{43}$/),
    click_through_url: expect.stringMatching(/\/send-file#[\w-]{43}$/),
    link_id: expect.any(String),
    expires_at: secondsFromNow(3600),
  });

  const described = await describeLink(emulator, nonceOf(link.url));
  expect(JSON.parse(described.body)).toEqual({
    operation: 'upload',
    max_bytes: 1000,
    content_types: ['text/*'],
    label: 'Logs for case 4711',
    from: 'Ada Lovelace',
    expires_at: link.expires_at,
  });

  const granted = await grantedUpload(link.url, NOTE);
  expect(granted.headers).toEqual({
    'Content-Type': 'text/plain',
    'If-None-Match': '*',
    'x-amz-meta-link-id': link.link_id,
  });
  expect(granted.expires_at).toBe(secondsFromNow(900));
  expect((await putFile(granted, 'hello')).status).toBe(200);
  expect(await stored(`inbox/${link.link_id}/note.txt`)).toBe('hello');

  expect(await stateOf(link.link_id)).toMatchObject({
    status: 'redeemed',
    operation: 'upload',
    received: {
      at: secondsFromNow(0),
      bucket_name: emulator.bucketName,
      object_name: `inbox/${link.link_id}/note.txt`,
      size_bytes: 5,
    },
  });
});

test('the link is redeemed once, and the URL receives one object', async () => {
  const { url, link_id: linkId } = await uploadLink(emulator);
  const granted = await grantedUpload(url, NOTE);
  expect((await declareFile(url, NOTE)).status).toBe(403);
  expect((await putFile(granted, 'first')).status).toBe(200);
  expect((await putFile(granted, 'other')).status).toBe(412);
  expect(await stored(`inbox/${linkId}/note.txt`)).toBe('first');
});

test.each([
  ['too large', { ...NOTE, size_bytes: 1001 }, 'size_bytes must be at most 1000.'],
  ['of another type', { ...NOTE, content_type: 'text/html' }, 'content_type must be one of text/plain, image/*.'],
  ['without a name', { ...NOTE, file_name: '' }, 'file_name must be a name of 1 to 1024 bytes.'],
])('a file that is %s gets 400, and the link can still be redeemed', async (_why, declaration, detail) => {
  const { url } = await uploadLink(emulator, { content_types: ['text/plain', 'image/*'] });
  const { status, body } = await declareFile(url, declaration);
  expect([status, JSON.parse(body)]).toMatchObject([400, { code: 'InvalidRequest', detail }]);
  expect((await declareFile(url, NOTE)).status).toBe(200);
});

test('the route of the other operation does not redeem a link', async () => {
  const upload = await uploadLink(emulator);
  const download = await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' });

  expect((await send(upload.url.replace('upload-object', 'access-object'))).status).toBe(403);
  expect((await declareFile(download.url.replace('access-object', 'upload-object'), NOTE)).status).toBe(403);

  expect((await declareFile(upload.url, NOTE)).status).toBe(200);
  expect((await send(download.url)).status).toBe(302);
});

test('S3 refuses another size, type, checksum, key and time than what was signed', async () => {
  const { url } = await uploadLink(emulator);
  const checksum = createHash('sha256').update('hello').digest('base64');
  const granted = await grantedUpload(url, { ...NOTE, checksum_sha256: checksum });
  const { headers } = granted;

  const statuses = [
    await putFile(granted, 'longer than declared'),
    await putFile({ ...granted, headers: { ...headers, 'Content-Type': 'text/html' } }, 'hello'),
    await putFile({ ...granted, headers: { ...headers, 'If-None-Match': '"etag"' } }, 'hello'),
    await putFile({ ...granted, headers: { ...headers, 'x-amz-meta-link-id': 'other' } }, 'hello'),
    await putFile(granted, 'jello'),
    await putFile({ ...granted, url: granted.url.replace('note.txt', 'evil.txt') }, 'hello'),
    await send(granted.url),
  ].map(({ status }) => status);
  expect(statuses).toEqual([403, 403, 403, 403, 400, 403, 403]);

  const { expires_at: expiresAt } = granted;
  clock.set(new Date(Date.parse(expiresAt) + 1000));
  expect((await putFile(granted, 'hello')).status).toBe(403);
  clock.set(new Date(Date.parse(expiresAt) - 1000));
  expect((await putFile(granted, 'hello')).status).toBe(200);
});

test('a received file cannot be overwritten, not even by a caller with permissions of its own', async () => {
  const { url, link_id: linkId } = await uploadLink(emulator);
  await putFile(await grantedUpload(url, NOTE), 'first');
  const put = { Bucket: emulator.bucketName, Key: `inbox/${linkId}/note.txt`, Body: 'other' };

  await expect(emulator.s3.send(new PutObjectCommand(put))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(emulator.s3.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }))).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  expect(await stored(put.Key)).toBe('first');
});

test('a link that names the key receives an object with this key, and is not issued if it exists', async () => {
  const key = { object_name: 'inbox/passport-4711.pdf' };
  const { url } = await uploadLink(emulator, key);
  expect((await putFile(await grantedUpload(url, NOTE), 'hello')).status).toBe(200);
  expect(await stored(key.object_name)).toBe('hello');
  await expect(uploadLink(emulator, key)).rejects.toThrow('409');
});

testWithCurl('the commands in docs/uploads.md send a file', async () => {
  const page = readFileSync(join(__dirname, '../../docs/uploads.md'), 'utf8');
  const [, commands = ''] = /^## Send a file without the page$.*?^```sh\n(.*?)^```$/ms.exec(page) ?? [];
  const { url, link_id: linkId } = await uploadLink(emulator);
  const directory = mkdtempSync(join(tmpdir(), 'upload-'));
  const file = join(directory, 'my notes.txt');
  writeFileSync(file, 'hello');

  const env = { PATH: process.env['PATH'], FILE: file, LINK: url };
  await promisify(execFile)('sh', ['-euc', commands], { env });

  expect(await stored(`inbox/${linkId}/my notes.txt`)).toBe('hello');
  rmSync(directory, { recursive: true });
});

test('an uploader who never sends the file leaves nothing', async () => {
  const { url, link_id: linkId } = await uploadLink(emulator);
  await grantedUpload(url, NOTE);
  const list = new ListObjectsV2Command({ Bucket: emulator.bucketName, Prefix: `inbox/${linkId}/` });
  expect((await emulator.s3.send(list)).KeyCount).toBe(0);
  expect(await stateOf(linkId)).not.toHaveProperty('received');
});
