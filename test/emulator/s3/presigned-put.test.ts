import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type HttpResponse, send } from '../../support/http';
import { allow, byAccessKey, failureOf, principal, S3Fixture, until } from '../support';

const BUCKET = { name: 'bucket', arn: 'arn:aws:s3:::bucket', versioned: false };
const OWNER = principal('OWNER', allow('s3:*'));
const SIGNER = { ...principal('SIGNER', allow('s3:PutObject', `${BUCKET.arn}/inbox/*`)), sessionToken: 't'.repeat(99) };
const BODY = 'received bytes';
const SHA256 = createHash('sha256').update(BODY).digest('base64');
/** All of them are signed. */
const HEADERS = {
  'content-length': '14',
  'content-type': 'text/plain',
  'if-none-match': '*',
  'x-amz-checksum-sha256': SHA256,
  'x-amz-meta-link-id': 'abc',
};

const s3 = new S3Fixture({ buckets: [BUCKET], principals: byAccessKey(OWNER, SIGNER) }, OWNER);
let owner: S3Client;
let signer: S3Client;

beforeAll(async () => {
  await s3.start();
  owner = s3.client(OWNER);
  signer = s3.client(SIGNER);
});
afterEach(async () => {
  s3.clock = undefined;
  await until(async () => (await s3.files('uploads')).length === 0);
});
afterAll(() => s3.close());

async function presign(key: string): Promise<string> {
  const command = new PutObjectCommand({
    Bucket: BUCKET.name,
    Key: key,
    ContentLength: 14,
    ContentType: 'text/plain',
    IfNoneMatch: '*',
    ChecksumSHA256: SHA256,
    Metadata: { 'link-id': 'abc' },
  });
  const names = new Set(Object.keys(HEADERS));
  return await getSignedUrl(signer, command, { expiresIn: 60, signableHeaders: names, unhoistableHeaders: names });
}

async function put(url: string, headers: Record<string, string> = HEADERS, body = BODY): Promise<HttpResponse> {
  return await send(url, { method: 'PUT', headers, body });
}

/** Sends the headers and some bytes, and leaves the connection open. */
function begin(url: string, bytes: string): Socket {
  return s3.beginRaw('PUT', url, { host: new URL(url).host, ...HEADERS }, bytes);
}

async function isStored(Key: string): Promise<boolean> {
  return (await failureOf(owner.send(new HeadObjectCommand({ Bucket: BUCKET.name, Key })))) === undefined;
}

test('a presigned PUT stores the object with its metadata and its checksum, once', async () => {
  const url = await presign('inbox/once');
  expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')).toBe(
    'content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-meta-link-id',
  );

  expect(await put(url)).toMatchObject({ status: 200, headers: { 'x-amz-checksum-sha256': SHA256 } });
  const again = await put(url);
  expect(again.status).toBe(412);
  expect(again.body).toContain('<Code>PreconditionFailed</Code>');
  const object = { Bucket: BUCKET.name, Key: 'inbox/once' };
  const head = await owner.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }));
  expect(head).toMatchObject({
    ContentLength: 14,
    ContentType: 'text/plain',
    ChecksumSHA256: SHA256,
    ChecksumType: 'FULL_OBJECT',
    Metadata: { 'link-id': 'abc' },
  });
  const { Body } = await owner.send(new GetObjectCommand(object));
  expect(await Body?.transformToString()).toBe(BODY);
});

test.each<[string, Record<string, string>, string, string]>([
  ['another length', { ...HEADERS, 'content-length': '13' }, 'received byte', 'SignatureDoesNotMatch'],
  ['another type', { ...HEADERS, 'content-type': 'text/html' }, BODY, 'SignatureDoesNotMatch'],
  ['other metadata', { ...HEADERS, 'x-amz-meta-link-id': 'abd' }, BODY, 'SignatureDoesNotMatch'],
  ['another checksum', { ...HEADERS, 'x-amz-checksum-sha256': 'AAAA' }, BODY, 'SignatureDoesNotMatch'],
  ['another condition', { ...HEADERS, 'if-none-match': '"etag"' }, BODY, 'SignatureDoesNotMatch'],
  ['no type', without('content-type'), BODY, 'SignatureDoesNotMatch'],
  ['no condition', without('if-none-match'), BODY, 'SignatureDoesNotMatch'],
  ['no metadata', without('x-amz-meta-link-id'), BODY, 'SignatureDoesNotMatch'],
  ['no checksum', without('x-amz-checksum-sha256'), BODY, 'SignatureDoesNotMatch'],
  ['more metadata', { ...HEADERS, 'x-amz-meta-other': '1' }, BODY, 'AccessDenied'],
  ['an ACL', { ...HEADERS, 'x-amz-acl': 'public-read' }, BODY, 'AccessDenied'],
  ['a copy source', { ...HEADERS, 'x-amz-copy-source': '/bucket/secret' }, BODY, 'AccessDenied'],
  ['a storage class', { ...HEADERS, 'x-amz-storage-class': 'GLACIER' }, BODY, 'AccessDenied'],
])('a presigned PUT with %s is refused', async (_, headers, body, code) => {
  const response = await put(await presign('inbox/refused'), headers, body);
  expect(response.status).toBe(403);
  expect(response.body).toContain(`<Code>${code}</Code>`);
  expect(await isStored('inbox/refused')).toBe(false);
});

test.each<[string, (url: string) => string, string]>([
  ['another key', (url) => url.replace('/refused', '/other'), 'SignatureDoesNotMatch'],
  ['another prefix', (url) => url.replace('/inbox/', '/outbox/'), 'SignatureDoesNotMatch'],
  ['another lifetime', (url) => url.replace('Expires=60', 'Expires=61'), 'SignatureDoesNotMatch'],
  ['fewer signed headers', (url) => url.replace('%3Bif-none-match', ''), 'SignatureDoesNotMatch'],
  ['unsigned metadata', (url) => url.replace('%3Bx-amz-meta-link-id', ''), 'AccessDenied'],
  ['tags', (url) => `${url}&tagging=`, 'SignatureDoesNotMatch'],
])('a presigned PUT with a URL for %s is refused', async (_, change, code) => {
  const url = await presign('inbox/refused');
  expect(change(url)).not.toBe(url);
  const response = await put(change(url));
  expect(response.status).toBe(403);
  expect(response.body).toContain(`<Code>${code}</Code>`);
  expect(await isStored('inbox/refused')).toBe(false);
});

test.each(['GET', 'HEAD', 'DELETE', 'POST'])('a presigned PUT does not work for %s', async (method) => {
  await put(await presign(`inbox/not-${method}`));
  const response = await send(await presign(`inbox/not-${method}`), { method, headers: without('content-length') });
  expect(response.status).toBe(403);
  expect(await isStored(`inbox/not-${method}`)).toBe(true);
});

test('a presigned PUT is subject to the permissions of its signer', async () => {
  const response = await put(await presign('outbox/a'));
  expect(response.status).toBe(403);
  expect(response.body).toContain('is not authorized to perform: s3:PutObject');
});

test('a presigned PUT expires', async () => {
  const url = await presign('inbox/late');
  s3.clock = new Date(Date.now() + 62_000);
  const response = await put(url);
  expect(response.status).toBe(403);
  expect(response.body).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
  expect(await isStored('inbox/late')).toBe(false);
});

test('a body that does not match the signed checksum is not stored', async () => {
  const response = await put(await presign('inbox/damaged'), HEADERS, 'received Bytes');
  expect(response.status).toBe(400);
  expect(response.body).toContain('<Code>BadDigest</Code>');
  expect(await isStored('inbox/damaged')).toBe(false);
});

test('a body that ends early is not stored, and can be sent again', async () => {
  const url = await presign('inbox/interrupted');
  const socket = begin(url, 'received');
  await until(async () => (await s3.files('uploads')).length === 1);
  socket.destroy();
  await until(async () => (await s3.files('uploads')).length === 0);
  expect(await isStored('inbox/interrupted')).toBe(false);
  expect(await put(url)).toMatchObject({ status: 200 });
});

test('bytes after the signed length are not part of the object', async () => {
  const socket = begin(await presign('inbox/longer'), `${BODY} and more`);
  await until(() => isStored('inbox/longer'));
  socket.destroy();
  const { Body } = await owner.send(new GetObjectCommand({ Bucket: BUCKET.name, Key: 'inbox/longer' }));
  expect(await Body?.transformToString()).toBe(BODY);
});

function without(name: keyof typeof HEADERS): Record<string, string> {
  return Object.fromEntries(Object.entries(HEADERS).filter(([one]) => one !== name));
}
