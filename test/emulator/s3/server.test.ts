import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import aws4 from 'aws4';
import { CHECKSUMS } from '../../../emulator/s3/checksums';
import { parseRange } from '../../../emulator/s3/range';
import { type HttpResponse, send } from '../../support/http';
import { allow, byAccessKey, failureOf, principal, S3Fixture, until } from '../support';

const PLAIN = { name: 'plain', arn: 'arn:aws:s3:::plain', versioned: false };
const VERSIONED = { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true };
const IN_IRELAND = { name: 'in-ireland', arn: 'arn:aws:s3:::in-ireland', versioned: false, region: 'eu-west-1' };
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ENCRYPTED = { name: 'encrypted', arn: 'arn:aws:s3:::encrypted', versioned: false, kmsKeyArn: KEY };
const OWNER = principal('OWNER', allow('s3:*'), allow('kms:GenerateDataKey', KEY));
const READER = { ...principal('READER', allow('s3:GetObject', `${PLAIN.arn}/*`)), sessionToken: 't'.repeat(1_100) };
const READ_ENCRYPTED = allow('s3:GetObject', `${ENCRYPTED.arn}/*`);
const UPLOADER = principal('UPLOADER', allow('s3:*'), allow('kms:Decrypt', KEY));
const DECRYPTER = principal('DECRYPTER', READ_ENCRYPTED, allow('kms:Decrypt', KEY));
const OTHER_DECRYPTER = principal('OTHER', READ_ENCRYPTED, allow('kms:Decrypt', KEY.replace('1234abcd', 'ffffffff')));

const OBJECT = { Bucket: PLAIN.name, Key: 'expected-owner.txt' };

const principals = byAccessKey(OWNER, READER, UPLOADER, DECRYPTER, OTHER_DECRYPTER);
const s3 = new S3Fixture({ buckets: [PLAIN, VERSIONED, IN_IRELAND, ENCRYPTED], principals }, OWNER);
let owner: S3Client;
let reader: S3Client;

beforeAll(async () => {
  await s3.start();
  owner = s3.client(OWNER);
  reader = s3.client(READER);
});
afterEach(() => {
  s3.clock = undefined;
});
afterAll(() => s3.close());

test.each([
  ['PutObject', (options: OwnerCondition) => owner.send(new PutObjectCommand({ ...OBJECT, Body: 'x', ...options }))],
  ['GetObject', (options: OwnerCondition) => owner.send(new GetObjectCommand({ ...OBJECT, ...options }))],
  ['DeleteObject', (options: OwnerCondition) => owner.send(new DeleteObjectCommand({ ...OBJECT, ...options }))],
  [
    'CreateMultipartUpload',
    (options: OwnerCondition) => owner.send(new CreateMultipartUploadCommand({ ...OBJECT, ...options })),
  ],
])('%s is refused if the bucket’s owner is not the account that the caller expects', async (_, send) => {
  await put(OBJECT.Key, 'x');

  const refused = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };
  await expect(send({ ExpectedBucketOwner: '210987654321' })).rejects.toMatchObject(refused);
  expect(await send({ ExpectedBucketOwner: '123456789012' })).toBeDefined();
});

interface OwnerCondition {
  readonly ExpectedBucketOwner: string;
}

type GetInput = Partial<GetObjectCommandInput> & { readonly Key: string };

async function put(key: string, body: string | Buffer, bucket = PLAIN.name) {
  return await owner.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function get(input: GetInput, client = owner) {
  const { Body, ...rest } = await client.send(new GetObjectCommand({ Bucket: PLAIN.name, ...input }));
  return { text: await Body?.transformToString(), ...rest };
}

async function presign(input: GetInput, client = reader): Promise<string> {
  return await getSignedUrl(client, new GetObjectCommand({ Bucket: PLAIN.name, ...input }), { expiresIn: 60 });
}

async function open(url: string, headers: Record<string, string> = {}): Promise<HttpResponse> {
  return await send(url, { headers });
}

describe('objects', () => {
  test('are returned with the headers of their upload', async () => {
    const headers = {
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-cache',
      ContentDisposition: 'inline',
      ContentEncoding: 'identity',
      ContentLanguage: 'de',
      Metadata: { color: 'blue' },
    };
    await owner.send(new PutObjectCommand({ Bucket: PLAIN.name, Key: 'full', Body: 'some text', ...headers }));

    expect(await get({ Key: 'full' })).toMatchObject({
      ...headers,
      text: 'some text',
      ContentLength: 9,
      AcceptRanges: 'bytes',
      ETag: `"${createHash('md5').update('some text').digest('hex')}"`,
      LastModified: expect.any(Date),
      $metadata: { httpStatusCode: 200, requestId: expect.stringMatching(/^[0-9A-F]{16}$/) },
    });
  });

  test('in an unversioned bucket have no version ID, and are returned for the version "null"', async () => {
    expect((await put('unversioned', 'x')).VersionId).toBeUndefined();
    expect((await get({ Key: 'unversioned' })).VersionId).toBeUndefined();
    expect((await get({ Key: 'unversioned', VersionId: 'null' })).text).toBe('x');
  });

  test('are replaced, and their old content is deleted from disk', async () => {
    await put('replaced', 'one');
    const before = await s3.files();
    await put('replaced', 'two');
    expect((await get({ Key: 'replaced' })).text).toBe('two');
    expect(await s3.files()).toHaveLength(before.length);
  });

  test('are complete after many simultaneous uploads of one key', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(bodies.map((body) => put('contested', body)));
    expect(bodies).toContain((await get({ Key: 'contested' })).text);
  });

  test('can be deleted more than once', async () => {
    await put('deleted', 'x');
    const command = new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'deleted' });
    expect((await owner.send(command)).$metadata.httpStatusCode).toBe(204);
    expect((await owner.send(command)).$metadata.httpStatusCode).toBe(204);
    expect(await failureOf(get({ Key: 'deleted' }))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('are described by HEAD', async () => {
    await put('described', 'content');
    const head = (Key: string) => owner.send(new HeadObjectCommand({ Bucket: PLAIN.name, Key }));
    expect(await head('described')).toMatchObject({ ContentLength: 7, AcceptRanges: 'bytes' });
    expect(await failureOf(head('absent'))).toMatchObject({ name: 'NotFound' });
  });

  test.each([
    'a b',
    'a+b',
    'a%20b',
    'ünïcödé/€/💾.txt',
    `quotes'"<&>`,
    'hash#and?question=mark&more',
    '/leading//double/',
    "paren(s)!*'~",
    '../up',
    'line\nbreak',
    'é'.repeat(512),
    '../../escape/secret-name',
  ])('can have the key %j, which appears in no file name', async (key) => {
    await put(key, key);
    expect((await get({ Key: key })).text).toBe(key);
    expect(await open(await presign({ Key: key }))).toMatchObject({ status: 200, body: key });
    const { Contents } = await owner.send(
      new ListObjectsV2Command({ Bucket: PLAIN.name, Prefix: key, EncodingType: 'url' }),
    );
    expect(Contents?.map((object) => decodeURIComponent(object.Key ?? ''))).toContain(key);
    expect((await s3.files()).filter((file) => file.includes('secret-name'))).toEqual([]);
  });

  test('cannot have a key longer than 1,024 bytes', async () => {
    expect(await failureOf(put('x'.repeat(1_025), 'x'))).toMatchObject({ name: 'KeyTooLongError' });
  });

  test('survive a restart, with their versions', async () => {
    await put('lasting', 'old', VERSIONED.name);
    await put('lasting', 'new', VERSIONED.name);
    const again = await s3.start();
    const client = s3.client(OWNER, { endpoint: again.endpoint });
    expect((await get({ Bucket: VERSIONED.name, Key: 'lasting' }, client)).text).toBe('new');
    await again.close();
  });
});

test('the emulator itself can store objects in existing buckets', async () => {
  const again = await s3.start();
  await again.putObject({ bucket: PLAIN.name, key: 'S3.png', body: Buffer.from('png'), contentType: 'image/png' });
  const client = s3.client(READER, { endpoint: again.endpoint });
  expect(await get({ Key: 'S3.png' }, client)).toMatchObject({ text: 'png', ContentType: 'image/png' });
  const nowhere = again.putObject({ bucket: 'nowhere', key: 'a', body: Buffer.alloc(0), contentType: 'a/b' });
  await expect(nowhere).rejects.toThrow('The bucket nowhere does not exist');
  await again.close();
});

describe('ranges', () => {
  beforeAll(() => put('range', '0123456789'));

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('%s returns %s', async (Range, text, ContentRange) => {
    const response = await get({ Key: 'range', Range });
    expect(response).toMatchObject({ text, ContentRange, ContentLength: text.length });
    expect(response.$metadata.httpStatusCode).toBe(206);
  });

  test.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s is not satisfiable', async (range) => {
    const response = await open(await presign({ Key: 'range' }), { range });
    expect(response).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
    expect(response.body).toContain('<Code>InvalidRange</Code>');
  });

  test.each([
    ['bytes=4-2', 10, 'whole'],
    ['bytes=-', 10, 'whole'],
    ['bytes=1-2,4-5', 10, 'whole'],
    ['lines=1-2', 10, 'whole'],
    ['nonsense', 10, 'whole'],
    ['bytes=0-', 0, 'unsatisfiable'],
  ])('%s of %d bytes: %s', (range, bytes, expected) => {
    expect(parseRange(range, bytes)).toBe(expected);
  });

  test('with If-Range apply to an unchanged object only', async () => {
    const url = await presign({ Key: 'range' });
    const { headers } = await open(url);
    const resumed = await open(url, { range: 'bytes=5-', 'if-range': String(headers['etag']) });
    expect(resumed).toMatchObject({ status: 206, body: '56789' });
    expect(await open(url, { range: 'bytes=5-', 'if-range': '"other"' })).toMatchObject({ status: 200 });
  });
});

test.each([
  ['if-none-match', 'etag', 304],
  ['if-none-match', '"other"', 200],
  ['if-match', 'etag', 200],
  ['if-match', '"other"', 412],
  ['if-modified-since', 'last-modified', 304],
  ['if-modified-since', 'Thu, 01 Jan 1970 00:00:00 GMT', 200],
  ['if-unmodified-since', 'Thu, 01 Jan 1970 00:00:00 GMT', 412],
])('the condition %s: %s returns %d', async (name, value, status) => {
  await put('conditional', 'x');
  const url = await presign({ Key: 'conditional' });
  const { headers } = await open(url);
  // A header name as the value means the value of that header.
  expect((await open(url, { [name]: String(headers[value] ?? value) })).status).toBe(status);
});

describe('versions', () => {
  const Bucket = VERSIONED.name;

  test('are kept and returned by ID', async () => {
    const first = await put('page', 'one', Bucket);
    const second = await put('page', 'two', Bucket);
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await get({ Bucket, Key: 'page' })).toMatchObject({ text: 'two', VersionId: second.VersionId });
    expect(await get({ Bucket, Key: 'page', VersionId: first.VersionId })).toMatchObject({ text: 'one' });
    const url = await presign({ Bucket, Key: 'page', VersionId: first.VersionId }, owner);
    expect(await open(url)).toMatchObject({ body: 'one', headers: { 'x-amz-version-id': first.VersionId } });
  });

  test('are hidden by a delete marker, which is not an object', async () => {
    const { VersionId: kept } = await put('hidden', 'x', Bucket);
    const marker = await owner.send(new DeleteObjectCommand({ Bucket, Key: 'hidden' }));
    expect(marker.DeleteMarker).toBe(true);
    expect(await open(await presign({ Bucket, Key: 'hidden' }, owner))).toMatchObject({
      status: 404,
      headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.VersionId },
    });
    const byVersion = await open(await presign({ Bucket, Key: 'hidden', VersionId: marker.VersionId }, owner));
    expect(byVersion).toMatchObject({ status: 405, headers: { 'x-amz-delete-marker': 'true', allow: 'DELETE' } });
    expect((await get({ Bucket, Key: 'hidden', VersionId: kept })).text).toBe('x');
    const { Contents } = await owner.send(new ListObjectsV2Command({ Bucket, Prefix: 'hidden' }));
    expect(Contents).toBeUndefined();
  });

  test.each([
    ['0'.repeat(32), 'NoSuchVersion', 404],
    ['../x', 'InvalidArgument', 400],
  ])('with the unknown ID %s are refused', async (VersionId, name, httpStatusCode) => {
    await put('page', 'x', Bucket);
    const refused = await failureOf(get({ Bucket, Key: 'page', VersionId }));
    expect(refused).toMatchObject({ name, $metadata: { httpStatusCode } });
  });

  test('require s3:GetObjectVersion', async () => {
    await put('pinned', 'x');
    const error = await failureOf(get({ Key: 'pinned', VersionId: 'null' }, reader));
    expect(error).toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('s3:GetObjectVersion') });
  });
});

describe('listings', () => {
  const Bucket = VERSIONED.name;
  const keys = ['list/a/1', 'list/a/2', 'list/b', 'list/ä', 'list/z'];
  beforeAll(() => Promise.all(keys.map((key) => put(key, 'x', Bucket))));

  test('are ordered by UTF-8 bytes, in pages', async () => {
    const pages: string[][] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await owner.send(
        new ListObjectsV2Command({ Bucket, Prefix: 'list/', MaxKeys: 2, ContinuationToken }),
      );
      pages.push((page.Contents ?? []).map(({ Key = '' }) => Key));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(pages).toEqual([['list/a/1', 'list/a/2'], ['list/b', 'list/z'], ['list/ä']]);
  });

  test('group keys by a delimiter', async () => {
    const command = new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' });
    const { Contents, CommonPrefixes, KeyCount } = await owner.send(command);
    expect(CommonPrefixes).toEqual([{ Prefix: 'list/a/' }]);
    expect(Contents?.map(({ Key }) => Key)).toEqual(['list/b', 'list/z', 'list/ä']);
    expect(KeyCount).toBe(4);
  });

  test('escape XML', async () => {
    await put('<&>"\'', 'x', Bucket);
    const { Contents } = await owner.send(new ListObjectsV2Command({ Bucket, Prefix: '<' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['<&>"\'']);
  });
});

describe('presigned URLs', () => {
  beforeAll(() => put('shared', 'shared content'));

  test('for GET do not work for HEAD', async () => {
    expect(await send(await presign({ Key: 'shared' }), { method: 'HEAD' })).toMatchObject({ status: 403 });
    const head = await getSignedUrl(reader, new HeadObjectCommand({ Bucket: PLAIN.name, Key: 'shared' }));
    const response = await send(head, { method: 'HEAD' });
    expect(response).toMatchObject({ status: 200, body: '', headers: { 'content-length': '14' } });
  });

  test.each<[string, (url: string) => string, number, string]>([
    ['another key', (url) => url.replace('/shared', '/other'), 403, 'SignatureDoesNotMatch'],
    ['another bucket', (url) => url.replace('/plain/', '/versioned/'), 403, 'SignatureDoesNotMatch'],
    ['a longer lifetime', (url) => url.replace('Expires=60', 'Expires=600'), 403, 'SignatureDoesNotMatch'],
    ['another signature', (url) => url.replace(/(Signature=)./, '$1x'), 403, 'SignatureDoesNotMatch'],
    ['an added override', (url) => `${url}&response-content-type=text/html`, 403, 'SignatureDoesNotMatch'],
    ['no token', (url) => url.replace(/&X-Amz-Security-Token=t+/, ''), 403, 'InvalidAccessKeyId'],
    ['a truncated token', (url) => url.replace('ttt&', 'tt&'), 400, 'InvalidToken'],
    ['an unknown key', (url) => url.replace('READER', 'NOBODY'), 403, 'InvalidAccessKeyId'],
    ['a repeated parameter', (url) => `${url}&X-Amz-Expires=60`, 400, 'InvalidArgument'],
    ['a malformed encoding', (url) => `${url}&a=%zz`, 400, 'InvalidURI'],
    ['no signature', (url) => url.replace(/X-Amz-Signature=\w+&?/, ''), 403, 'AccessDenied'],
  ])('with %s are refused', async (_, change, status, code) => {
    const url = await presign({ Key: 'shared' });
    expect(change(url)).not.toBe(url);
    const response = await open(change(url));
    expect(response.status).toBe(status);
    expect(response.body).toContain(`<Code>${code}</Code>`);
    expect(response.body).not.toContain('shared content');
  });

  test.each(['PUT', 'DELETE', 'POST'])('for GET do not work for %s', async (method) => {
    const response = await send(await presign({ Key: 'shared' }), { method });
    expect(response.status).toBe(403);
    expect(response.body).toContain('<Code>SignatureDoesNotMatch</Code>');
    expect((await get({ Key: 'shared' })).text).toBe('shared content');
  });

  test('for PUT and DELETE store and delete an object', async () => {
    // The SDK would presign checksum parameters that the emulator does not support.
    const presignFor = (method: string): string => {
      const path = '/plain/presigned?X-Amz-Expires=60';
      const request = { service: 's3', region: 'us-east-1', host: new URL(s3.endpoint).host, method, path };
      return `${s3.endpoint}${aws4.sign({ ...request, signQuery: true }, OWNER).path}`;
    };
    expect(await send(presignFor('PUT'), { method: 'PUT', body: 'by URL' })).toMatchObject({ status: 200 });
    expect((await get({ Key: 'presigned' })).text).toBe('by URL');
    expect(await send(presignFor('DELETE'), { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await failureOf(get({ Key: 'presigned' }))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('expire at the exact second', async () => {
    const url = await presign({ Key: 'shared' });
    const [, date = ''] = /X-Amz-Date=(\w+)/.exec(url) ?? [];
    const signedAt = Date.parse(date.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    s3.clock = new Date(signedAt + 60_000);
    expect((await open(url)).status).toBe(200);
    s3.clock = new Date(signedAt + 61_000);
    const expired = await open(url);
    expect(expired.status).toBe(403);
    expect(expired.body).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
  });

  test('override response headers, including those of a range, but not those of an error', async () => {
    const ResponseContentDisposition = `attachment; filename="a.txt"; filename*=UTF-8''%E2%82%AC.txt`;
    const overrides = { ResponseContentDisposition, ResponseContentType: 'text/x-own' };
    const headers = { 'content-disposition': ResponseContentDisposition, 'content-type': 'text/x-own' };
    const url = await presign({ Key: 'shared', ...overrides });
    expect(await open(url)).toMatchObject({ status: 200, headers });
    expect(await open(url, { range: 'bytes=0-1' })).toMatchObject({ status: 206, headers, body: 'sh' });
    const absent = await open(await presign({ Key: 'absent', ...overrides }));
    expect(absent).toMatchObject({ status: 403, headers: { 'content-type': 'application/xml' } });
  });

  test.each(['a\r\nSet-Cookie: x=1', 'filename="€"', 'a\u0000b', 'a\u007fb'])(
    'refuse the header value %j',
    async (value) => {
      const response = await open(await presign({ Key: 'shared', ResponseContentDisposition: value }));
      expect(response.status).toBe(400);
      expect(response.body).toContain('<Code>InvalidArgument</Code>');
      expect(response.headers['set-cookie']).toBeUndefined();
    },
  );

  test('cannot be combined with an Authorization header', async () => {
    const response = await open(await presign({ Key: 'shared' }), { authorization: 'AWS4-HMAC-SHA256 x' });
    expect(response).toMatchObject({ status: 400, body: expect.stringContaining('Only one auth mechanism') });
  });
});

describe('permissions', () => {
  beforeAll(() => put('private', 'private content'));

  test.each([
    ['GET', '/plain/private'],
    ['HEAD', '/plain/private'],
    ['PUT', '/plain/private'],
    ['DELETE', '/plain/private'],
    ['GET', '/plain?list-type=2'],
    ['GET', '/plain?uploads='],
    ['POST', '/plain/private?uploads='],
    ['POST', '/plain/private?uploadId=x'],
    ['PUT', '/plain/private?partNumber=1&uploadId=x'],
    ['DELETE', '/plain/private?uploadId=x'],
    ['GET', '/plain/private?uploadId=x'],
  ])('%s %s without a signature is refused', async (method, path) => {
    expect(await send(`${s3.endpoint}${path}`, { method })).toMatchObject({ status: 403 });
    expect((await get({ Key: 'private' })).text).toBe('private content');
  });

  test('a call that the policy does not allow is refused, and nothing is stored', async () => {
    const files = await s3.files();
    const upload = new PutObjectCommand({ Bucket: PLAIN.name, Key: 'new', Body: 'x'.repeat(1e6) });
    expect(await failureOf(reader.send(upload))).toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining(
        'User: arn:READER is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::plain/new because no identity-based policy',
      ),
      $metadata: { httpStatusCode: 403 },
    });
    expect(await s3.files()).toEqual(files);
    const deletion = reader.send(new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'private' }));
    expect(await failureOf(deletion)).toMatchObject({ name: 'AccessDenied' });
    const other = get({ Bucket: VERSIONED.name, Key: 'page' }, reader);
    expect(await failureOf(other)).toMatchObject({ name: 'AccessDenied' });
    const listing = reader.send(new ListObjectsV2Command({ Bucket: PLAIN.name }));
    expect(await failureOf(listing)).toMatchObject({ name: 'AccessDenied' });
  });

  test('only a caller with s3:ListBucket learns that an object is missing', async () => {
    expect(await failureOf(get({ Key: 'absent' }))).toMatchObject({ name: 'NoSuchKey' });
    expect(await failureOf(get({ Key: 'absent' }, reader))).toMatchObject({
      name: 'AccessDenied',
      message: 'Access Denied',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('allowed calls are reported', async () => {
    s3.calls.length = 0;
    await get({ Key: 'private' }, reader);
    await failureOf(reader.send(new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'private' })));
    expect(s3.calls).toEqual([
      { principalArn: 'arn:READER', action: 's3:GetObject', resource: 'arn:aws:s3:::plain/private' },
    ]);
  });

  test('a missing bucket is reported, also to anonymous clients', async () => {
    expect(await failureOf(get({ Bucket: 'nowhere', Key: 'x' }))).toMatchObject({ name: 'NoSuchBucket' });
    for (const path of ['/nowhere/x', '/nowhere']) {
      const response = await open(`${s3.endpoint}${path}`);
      expect(response.status).toBe(404);
      expect(response.body).toContain('<Code>NoSuchBucket</Code>');
    }
  });

  test('a clock skew of 16 minutes is refused, until the client has corrected it', async () => {
    s3.clock = new Date(Date.now() + 16 * 60_000);
    const client = s3.client(OWNER);
    expect(await failureOf(get({ Key: 'private' }, client))).toMatchObject({ name: 'RequestTimeTooSkewed' });
    expect(await get({ Key: 'private' }, client)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
  });
});

test('a bucket in another Region accepts requests that are signed for its Region, and no others', async () => {
  const inIreland = s3.client(OWNER, { region: 'eu-west-1' });
  const object = { Bucket: IN_IRELAND.name, Key: 'file' };
  await inIreland.send(new PutObjectCommand({ ...object, Body: 'content' }));
  expect((await get(object, inIreland)).text).toBe('content');
  expect((await open(await presign(object, inIreland))).body).toBe('content');

  expect(await failureOf(get(object, owner))).toMatchObject({
    name: 'AuthorizationHeaderMalformed',
    message: expect.stringMatching(/The credential scope must be \d{8}\/eu-west-1\/s3\/aws4_request/),
  });
  expect(await open(await presign(object, owner))).toMatchObject({ status: 400 });
  const fromIreland = await failureOf(get({ Key: 'full' }, inIreland));
  expect(fromIreland).toMatchObject({ name: 'AuthorizationHeaderMalformed' });
});

test('uploading an object in one PUT to an encrypted bucket requires kms:GenerateDataKey on the key', async () => {
  const put = new PutObjectCommand({ Bucket: ENCRYPTED.name, Key: 'refused', Body: 'content' });

  expect(await failureOf(s3.client(UPLOADER).send(put))).toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`is not authorized to perform: kms:GenerateDataKey on resource: ${KEY}`),
  });
});

test('reading an encrypted object or its checksum requires kms:Decrypt on its key; reading its headers does not', async () => {
  const object = { Bucket: ENCRYPTED.name, Key: 'file' };
  await put('file', 'content', ENCRYPTED.name);
  const other = s3.client(OTHER_DECRYPTER);

  expect((await get(object, s3.client(DECRYPTER))).text).toBe('content');
  expect(await failureOf(get(object, other))).toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`is not authorized to perform: kms:Decrypt on resource: ${KEY}`),
  });
  expect(await open(await presign(object, other))).toMatchObject({ status: 403 });
  expect(await other.send(new HeadObjectCommand(object))).toMatchObject({ ContentLength: 7 });
  const withChecksum = new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' });
  expect(await failureOf(other.send(withChecksum))).toMatchObject({ $metadata: { httpStatusCode: 403 } });
  expect(await s3.client(DECRYPTER).send(withChecksum)).toMatchObject({ ChecksumCRC32: '/sUwqQ==' });
  expect(await failureOf(get({ ...object, Key: 'absent' }, other))).toMatchObject({ message: 'Access Denied' });
});

describe('uploads', () => {
  const path = '/plain/upload';

  test.each<[string, Record<string, string>, number, string]>([
    ['a wrong hash', { 'x-amz-content-sha256': '0'.repeat(64) }, 400, 'XAmzContentSHA256Mismatch'],
    ['a wrong MD5', { 'content-md5': 'd3Jvbmc=' }, 400, 'BadDigest'],
    ['a wrong CRC-32', { 'x-amz-checksum-crc32': 'd3Jvbmc=' }, 400, 'BadDigest'],
    ['a wrong SHA-256 checksum', { 'x-amz-checksum-sha256': 'd3Jvbmc=' }, 400, 'BadDigest'],
    ['an unknown checksum', { 'x-amz-checksum-sha512': 'd3Jvbmc=' }, 501, 'NotImplemented'],
    ['chunks', { 'content-encoding': 'aws-chunked' }, 501, 'NotImplemented'],
    ['signed chunks', { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }, 501, 'NotImplemented'],
    ['an ACL', { 'x-amz-acl': 'public-read' }, 501, 'NotImplemented'],
    ['a copy source', { 'x-amz-copy-source': '/plain/private' }, 501, 'NotImplemented'],
    ['a condition on an ETag', { 'if-match': '"etag"' }, 501, 'NotImplemented'],
    ['another If-None-Match', { 'if-none-match': '"etag"' }, 501, 'NotImplemented'],
    ['a customer key', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 501, 'NotImplemented'],
  ])('with %s are refused and leave no file', async (_, headers, status, code) => {
    const files = await s3.files();
    const response = await s3.send('PUT', path, headers, 'body');
    expect(response.status).toBe(status);
    expect(response.body).toContain(`<Code>${code}</Code>`);
    expect(await s3.files()).toEqual(files);
  });

  test('must have a body that matches the signed hash', async () => {
    const response = await s3.send('PUT', path, {}, 'good', 'evil');
    expect(response.body).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    expect(await failureOf(get({ Key: 'upload' }))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('must have a Content-Length', async () => {
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'transfer-encoding': 'chunked' };
    const response = await s3.send('PUT', path, headers, '', 'body');
    expect(response).toMatchObject({ status: 411, body: expect.stringContaining('<Code>MissingContentLength</Code>') });
  });

  test('that are interrupted leave no file', async () => {
    const files = await s3.files();
    const socket = s3.beginPut(path, 1_000_000, 'x'.repeat(1_000));
    await until(async () => (await s3.files()).length > files.length);
    socket.destroy();
    await until(async () => (await s3.files()).length === files.length);
    expect(await s3.files()).toEqual(files);
  });

  test('keep their checksum, so that clients can verify it', async () => {
    const { ChecksumCRC32 } = await put('checked', 'x');
    const { headers } = await open(await presign({ Key: 'checked' }, owner));
    expect(headers['x-amz-checksum-crc32']).toBe(ChecksumCRC32);
  });

  test('without a checksum get the default one', async () => {
    const ChecksumCRC64NVME = Buffer.from('ae8b14860a799888', 'hex').toString('base64');
    const { headers } = await s3.send('PUT', '/plain/unchecked', {}, '123456789');
    expect(headers).toMatchObject({
      'x-amz-checksum-crc64nvme': ChecksumCRC64NVME,
      'x-amz-checksum-type': 'FULL_OBJECT',
    });
    const head = new HeadObjectCommand({ Bucket: PLAIN.name, Key: 'unchecked', ChecksumMode: 'ENABLED' });
    expect(await owner.send(head)).toMatchObject({ ChecksumCRC64NVME, ChecksumType: 'FULL_OBJECT' });
    const { ChecksumCRC64NVME: unasked } = await owner.send(
      new HeadObjectCommand({ ...head.input, ChecksumMode: undefined }),
    );
    expect(unasked).toBeUndefined();
  });

  test('with a checksum do not get the default one', async () => {
    await put('checked-once', 'x');
    const { ChecksumCRC32, ChecksumCRC64NVME } = await get({ Key: 'checked-once', ChecksumMode: 'ENABLED' });
    expect([ChecksumCRC32, ChecksumCRC64NVME]).toEqual([expect.any(String), undefined]);
  });

  test.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ])('are checked with the published %s', async (name, expected) => {
    const checksum = CHECKSUMS[name]?.();
    checksum?.update(Buffer.from('12345'));
    checksum?.update(Buffer.from('6789'));
    expect(Buffer.from((await checksum?.digest()) ?? []).toString('hex')).toBe(expected);
  });
});

test('the SDK sees unsupported operations as NotImplemented', async () => {
  const acl = owner.send(new GetBucketAclCommand({ Bucket: PLAIN.name }));
  expect(await failureOf(acl)).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
});

test.each([
  ['GET', '/'],
  ['GET', '/?list-type=2'],
  ['GET', '//key'],
  ['GET', '/plain?location='],
  ['PUT', '/plain'],
  ['GET', '/plain/shared?acl='],
  ['GET', '/plain/shared?partNumber=1'],
  ['GET', '/plain/shared?anything=1'],
  ['HEAD', '/plain/shared?uploadId=1'],
  ['DELETE', '/plain/shared?tagging='],
  ['HEAD', '/plain/shared?tagging='],
  ['GET', '/plain/shared?tagging=&versionId=null'],
  ['PUT', '/plain/shared?tagging=&uploadId=1'],
  ['POST', '/plain/shared?restore='],
  ['PATCH', '/plain/shared'],
  ['GET', '/plain?uploads=&delimiter=/'],
  ['PUT', '/plain/shared?partNumber=1'],
  ['DELETE', '/plain/shared?versionId=null'],
])('%s %s is refused with 501', async (method, path) => {
  const response = await s3.send(method, path);
  expect(response.status).toBe(501);
  expect(response.body).toMatch(method === 'HEAD' ? /^$/ : /The local emulator does not support/);
});

describe('connections', () => {
  const hasFdDirectory = existsSync('/proc/self/fd');

  /** Number of open files in the data directory. */
  function openFiles(): number {
    const descriptors = readdirSync('/proc/self/fd').map((fd) => `/proc/self/fd/${fd}`);
    // A descriptor may be closed before it is read.
    return descriptors.filter((path) => existsSync(path) && readlinkSync(path).startsWith(s3.directory)).length;
  }

  (hasFdDirectory ? test : test.skip)('that the client closes release the file', async () => {
    await put('big', Buffer.alloc(20_000_000));
    const outgoing = request(await presign({ Key: 'big' }), { agent: false }).end();
    const [response] = await once(outgoing, 'response');
    expect(openFiles()).toBe(1);
    response.destroy();
    await until(() => openFiles() === 0);
  });

  test('are closed by close', async () => {
    const again = await s3.start();
    const socket = connectSocket(Number(new URL(again.endpoint).port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    await again.close();
    await closed;
  });
});

test('an invalid bucket name is refused', async () => {
  await expect(s3.start({ buckets: [{ ...PLAIN, name: '../x' }] })).rejects.toThrow('Invalid bucket name: ../x');
});
