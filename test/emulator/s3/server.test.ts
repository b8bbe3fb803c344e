import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import aws4 from 'aws4';
import { parseStatement } from '../../../emulator/iam/policy';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import { CHECKSUMS } from '../../../emulator/s3/checksums';
import { parseRange } from '../../../emulator/s3/range';
import { type LocalS3, type S3Options, startS3 } from '../../../emulator/s3/server';

const PLAIN = { name: 'plain', arn: 'arn:aws:s3:::plain', versioned: false };
const VERSIONED = { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true };
const ELSEWHERE = { name: 'elsewhere', arn: 'arn:aws:s3:::elsewhere', versioned: false, region: 'eu-west-1' };
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const ENCRYPTED = { name: 'encrypted', arn: 'arn:aws:s3:::encrypted', versioned: false, kmsKeyArn: KEY };
const EVERYTHING = parseStatement({ Effect: 'Allow', Action: 's3:*', Resource: '*' }, 'test');
const READ_PLAIN = parseStatement({ Effect: 'Allow', Action: 's3:GetObject', Resource: `${PLAIN.arn}/*` }, 'test');
const OWNER: Principal = {
  arn: 'arn:owner',
  accessKeyId: 'OWNER',
  secretAccessKey: 'owner-secret',
  statements: [EVERYTHING],
};
const READER: Principal = {
  arn: 'arn:reader',
  accessKeyId: 'READER',
  secretAccessKey: 'reader-secret',
  sessionToken: 't'.repeat(1_100),
  statements: [READ_PLAIN],
};
const ODD_KEYS = [
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
];

const calls: AwsCall[] = [];
let clock: Date | undefined;
let dataDirectory: string;
let s3: LocalS3;
let owner: S3Client;
let reader: S3Client;

function start(more: Partial<S3Options> = {}): Promise<LocalS3> {
  return startS3({
    buckets: [PLAIN, VERSIONED, ELSEWHERE, ENCRYPTED],
    dataDirectory,
    port: 0,
    region: 'us-east-1',
    principals: new Map([OWNER, READER].map((principal) => [principal.accessKeyId, principal])),
    now: () => clock ?? new Date(),
    onCall: (call) => calls.push(call),
    ...more,
  });
}

function connect({ endpoint }: LocalS3, credentials: Principal): S3Client {
  return new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 });
}

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 's3-test-'));
  s3 = await start();
  owner = connect(s3, OWNER);
  reader = connect(s3, READER);
});
afterEach(() => {
  clock = undefined;
});
afterAll(async () => {
  owner.destroy();
  reader.destroy();
  await s3.close();
  await rm(dataDirectory, { recursive: true });
});

function put(key: string, body: string | Buffer, bucket = PLAIN.name) {
  return owner.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function get(input: Partial<GetObjectCommandInput> & { Key: string }, client = owner) {
  const { Body, ...rest } = await client.send(new GetObjectCommand({ Bucket: PLAIN.name, ...input }));
  return { text: await Body?.transformToString(), ...rest };
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function presign(
  input: Partial<GetObjectCommandInput> & { Key: string },
  client = reader,
  expiresIn = 60,
): Promise<string> {
  return getSignedUrl(client, new GetObjectCommand({ Bucket: PLAIN.name, ...input }), { expiresIn });
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Unlike `fetch`, sends the URL as it is. */
function open(url: string, method = 'GET', headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  const { origin } = new URL(url);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      origin,
      { path: url.slice(origin.length), method, headers, agent: false },
      async (response) => {
        const content = await buffer(response);
        resolve({ status: response.statusCode, headers: response.headers, body: content.toString() });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Sends what the SDK would not, signed by aws4. */
function send(method: string, path: string, extra: Record<string, string> = {}, body?: string): Promise<Answer> {
  const { host } = new URL(s3.endpoint);
  const sha256 = createHash('sha256')
    .update(body ?? '')
    .digest('hex');
  const headers = { 'x-amz-content-sha256': sha256, ...extra };
  const signed = aws4.sign(
    { host, service: 's3', region: 'us-east-1', method, path, headers, ...(body === undefined ? {} : { body }) },
    OWNER,
  );
  return open(`${s3.endpoint}${path}`, method, signed.headers as Record<string, string>, body);
}

async function filesBelow(directory: string): Promise<readonly string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}

describe('objects', () => {
  test('come back as they were put, with their headers', async () => {
    const body = 'some text';
    await owner.send(
      new PutObjectCommand({
        Bucket: PLAIN.name,
        Key: 'full',
        Body: body,
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'no-cache',
        ContentDisposition: 'inline',
        ContentEncoding: 'identity',
        ContentLanguage: 'de',
        Metadata: { colour: 'blue' },
      }),
    );
    expect(await get({ Key: 'full' })).toMatchObject({
      text: body,
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-cache',
      ContentDisposition: 'inline',
      ContentEncoding: 'identity',
      ContentLanguage: 'de',
      ContentLength: 9,
      Metadata: { colour: 'blue' },
      AcceptRanges: 'bytes',
      ETag: `"${createHash('md5').update(body).digest('hex')}"`,
      LastModified: expect.any(Date),
      $metadata: { httpStatusCode: 200, requestId: expect.stringMatching(/^[0-9A-F]{16}$/) },
    });
  });

  test('have no version id in a bucket without versions, but answer to the version null', async () => {
    expect((await put('unversioned', 'x')).VersionId).toBeUndefined();
    expect((await get({ Key: 'unversioned' })).VersionId).toBeUndefined();
    expect((await get({ Key: 'unversioned', VersionId: 'null' })).text).toBe('x');
  });

  test('may be empty', async () => {
    await put('empty', Buffer.alloc(0));
    expect(await get({ Key: 'empty' })).toMatchObject({ text: '', ContentLength: 0 });
  });

  test('are replaced, and their old content leaves the disk', async () => {
    await put('replaced', 'one');
    const before = await filesBelow(dataDirectory);
    await put('replaced', 'two');
    expect((await get({ Key: 'replaced' })).text).toBe('two');
    expect(await filesBelow(dataDirectory)).toHaveLength(before.length);
  });

  test('are whole, whichever of many simultaneous uploads comes last', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(bodies.map((body) => put('contested', body)));
    expect(bodies).toContain((await get({ Key: 'contested' })).text);
  });

  test('are deleted, also if there is none', async () => {
    await put('deleted', 'x');
    const command = new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'deleted' });
    expect((await owner.send(command)).$metadata.httpStatusCode).toBe(204);
    expect((await owner.send(command)).$metadata.httpStatusCode).toBe(204);
    expect(await failureOf(get({ Key: 'deleted' }))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('are described by HEAD without being sent', async () => {
    await put('described', 'content');
    const command = new HeadObjectCommand({ Bucket: PLAIN.name, Key: 'described' });
    expect(await owner.send(command)).toMatchObject({ ContentLength: 7, AcceptRanges: 'bytes' });
    const absent = owner.send(new HeadObjectCommand({ Bucket: PLAIN.name, Key: 'absent' }));
    expect(await failureOf(absent)).toMatchObject({ name: 'NotFound' });
  });

  test.each(ODD_KEYS)('may have the key %j', async (key) => {
    await put(key, key);
    expect((await get({ Key: key })).text).toBe(key);
    const link = await open(await presign({ Key: key }));
    expect(link).toMatchObject({ status: 200, body: key });
    const { Contents } = await owner.send(
      new ListObjectsV2Command({ Bucket: PLAIN.name, Prefix: key, EncodingType: 'url' }),
    );
    expect(Contents?.map((object) => decodeURIComponent(object.Key ?? ''))).toContain(key);
  });

  test('may not have a key over 1,024 bytes', async () => {
    expect(await failureOf(put('x'.repeat(1_025), 'x'))).toMatchObject({ name: 'KeyTooLongError' });
  });

  test('never give their key to a name on disk', async () => {
    await put('../../escape/secret-name', 'x');
    expect((await filesBelow(dataDirectory)).join()).not.toContain('secret-name');
  });

  test('can be placed by the emulator itself', async () => {
    await s3.putObject({ bucket: PLAIN.name, key: 'S3.png', body: Buffer.from('png'), contentType: 'image/png' });
    expect(await get({ Key: 'S3.png' }, reader)).toMatchObject({ text: 'png', ContentType: 'image/png' });
    const nowhere = s3.putObject({ bucket: 'nowhere', key: 'a', body: Buffer.alloc(0), contentType: 'a/b' });
    await expect(nowhere).rejects.toThrow(/nowhere/);
  });

  test('survive a restart, with their versions', async () => {
    await put('lasting', 'old', VERSIONED.name);
    await put('lasting', 'new', VERSIONED.name);
    const again = await start();
    const client = connect(again, OWNER);
    expect((await get({ Bucket: VERSIONED.name, Key: 'lasting' }, client)).text).toBe('new');
    client.destroy();
    await again.close();
  });
});

describe('ranges', () => {
  beforeAll(() => put('range', '0123456789'));

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('%s gives %s', async (Range, text, ContentRange) => {
    const answer = await get({ Key: 'range', Range });
    expect(answer).toMatchObject({
      text,
      ContentRange,
      ContentLength: text.length,
      $metadata: { httpStatusCode: 206 },
    });
  });

  test.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s cannot be satisfied', async (range) => {
    const answer = await open(await presign({ Key: 'range' }), 'GET', { range });
    expect(answer).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
    expect(answer.body).toContain('<Code>InvalidRange</Code>');
  });

  test.each(['bytes=4-2', 'bytes=-', 'bytes=1-2,4-5', 'lines=1-2', 'nonsense'])('%s is ignored', (range) => {
    expect(parseRange(range, 10)).toBe('whole');
  });

  test('an empty object has none', () => {
    expect(parseRange('bytes=0-', 0)).toBe('unsatisfiable');
  });

  test('If-Range sends the whole object if it is another by now', async () => {
    const url = await presign({ Key: 'range' });
    const { headers } = await open(url);
    const resumed = await open(url, 'GET', { range: 'bytes=5-', 'if-range': String(headers.etag) });
    expect(resumed).toMatchObject({ status: 206, body: '56789' });
    expect(await open(url, 'GET', { range: 'bytes=5-', 'if-range': '"other"' })).toMatchObject({ status: 200 });
  });
});

describe('conditions', () => {
  test.each<[string, (etag: string, date: string) => Record<string, string>, number]>([
    ['If-None-Match with the tag', (etag) => ({ 'if-none-match': etag }), 304],
    ['If-None-Match with another tag', () => ({ 'if-none-match': '"x"' }), 200],
    ['If-Match with the tag', (etag) => ({ 'if-match': etag }), 200],
    ['If-Match with another tag', () => ({ 'if-match': '"x"' }), 412],
    ['If-Modified-Since its date', (_, date) => ({ 'if-modified-since': date }), 304],
    ['If-Modified-Since long ago', () => ({ 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }), 200],
    ['If-Unmodified-Since long ago', () => ({ 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }), 412],
  ])('%s: %d', async (_, conditions, status) => {
    await put('conditional', 'x');
    const url = await presign({ Key: 'conditional' });
    const { headers } = await open(url);
    const answer = await open(url, 'GET', conditions(String(headers.etag), String(headers['last-modified'])));
    expect(answer.status).toBe(status);
  });
});

describe('versions', () => {
  const Bucket = VERSIONED.name;

  test('are kept, and each is reached by its id', async () => {
    const first = await put('page', 'one', Bucket);
    const second = await put('page', 'two', Bucket);
    expect(first.VersionId).not.toBe(second.VersionId);
    expect(await get({ Bucket, Key: 'page' })).toMatchObject({ text: 'two', VersionId: second.VersionId });
    expect(await get({ Bucket, Key: 'page', VersionId: first.VersionId })).toMatchObject({ text: 'one' });
    const url = await presign({ Bucket, Key: 'page', VersionId: first.VersionId }, owner);
    expect(await open(url)).toMatchObject({ body: 'one', headers: { 'x-amz-version-id': first.VersionId } });
  });

  test('are hidden by a delete marker, which is no object itself', async () => {
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

  test('that never were are refused', async () => {
    await put('page', 'x', Bucket);
    const absent = get({ Bucket, Key: 'page', VersionId: '0'.repeat(32) });
    expect(await failureOf(absent)).toMatchObject({ name: 'NoSuchVersion', $metadata: { httpStatusCode: 404 } });
    const nonsense = get({ Bucket, Key: 'page', VersionId: '../x' });
    expect(await failureOf(nonsense)).toMatchObject({ name: 'InvalidArgument', $metadata: { httpStatusCode: 400 } });
  });

  test('need s3:GetObjectVersion', async () => {
    await put('pinned', 'x');
    const error = await failureOf(get({ Key: 'pinned', VersionId: 'null' }, reader));
    expect(error).toMatchObject({ name: 'AccessDenied' });
    expect(String(error)).toContain('s3:GetObjectVersion');
  });
});

describe('listing', () => {
  const Bucket = VERSIONED.name;
  const keys = ['list/a/1', 'list/a/2', 'list/b', 'list/ä', 'list/z'];
  beforeAll(() => Promise.all(keys.map((key) => put(key, 'x', Bucket))));

  test('is in the order of UTF-8 bytes and goes on where it stopped', async () => {
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

  test('folds keys at a delimiter', async () => {
    const command = new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' });
    const { Contents, CommonPrefixes, KeyCount } = await owner.send(command);
    expect(CommonPrefixes).toEqual([{ Prefix: 'list/a/' }]);
    expect(Contents?.map(({ Key }) => Key)).toEqual(['list/b', 'list/z', 'list/ä']);
    expect(KeyCount).toBe(4);
  });

  test('escapes what XML would read', async () => {
    await put('<&>"\'', 'x', Bucket);
    const { Contents } = await owner.send(new ListObjectsV2Command({ Bucket, Prefix: '<' }));
    expect(Contents?.map(({ Key }) => Key)).toEqual(['<&>"\'']);
  });

  test('needs s3:ListBucket', async () => {
    const error = await failureOf(reader.send(new ListObjectsV2Command({ Bucket })));
    expect(error).toMatchObject({ name: 'AccessDenied' });
  });
});

describe('presigned URLs', () => {
  beforeAll(() => put('shared', 'shared content'));

  test('open with nothing but the URL', async () => {
    expect(await open(await presign({ Key: 'shared' }))).toMatchObject({ status: 200, body: 'shared content' });
  });

  test('open HEAD only if signed for HEAD', async () => {
    expect(await open(await presign({ Key: 'shared' }), 'HEAD')).toMatchObject({ status: 403 });
    const head = await getSignedUrl(reader, new HeadObjectCommand({ Bucket: PLAIN.name, Key: 'shared' }));
    expect(await open(head, 'HEAD')).toMatchObject({ status: 200, body: '', headers: { 'content-length': '14' } });
  });

  test.each<[string, (url: string) => string, number, string]>([
    ['another key', (url) => url.replace('/shared', '/other'), 403, 'SignatureDoesNotMatch'],
    ['another bucket', (url) => url.replace('/plain/', '/versioned/'), 403, 'SignatureDoesNotMatch'],
    ['a longer life', (url) => url.replace('Expires=60', 'Expires=600'), 403, 'SignatureDoesNotMatch'],
    ['another signature', (url) => url.replace(/(Signature=)./, '$1x'), 403, 'SignatureDoesNotMatch'],
    [
      'upper-case hex',
      (url) => url.replace(/Signature=\w+/, (s) => `Signature=${s.slice(10).toUpperCase()}`),
      403,
      'SignatureDoesNotMatch',
    ],
    ['an added override', (url) => `${url}&response-content-type=text/html`, 403, 'SignatureDoesNotMatch'],
    ['a token cut short', (url) => url.replace('ttt&', 'tt&'), 400, 'InvalidToken'],
    ['an unknown key', (url) => url.replace('READER', 'NOBODY'), 403, 'InvalidAccessKeyId'],
    ['a parameter given twice', (url) => `${url}&X-Amz-Expires=60`, 400, 'InvalidArgument'],
    ['a malformed encoding', (url) => `${url}&a=%zz`, 400, 'InvalidURI'],
    ['no signature', (url) => url.replace(/X-Amz-Signature=\w+&?/, ''), 403, 'AccessDenied'],
  ])('with %s are refused', async (_, change, status, code) => {
    const url = await presign({ Key: 'shared' });
    expect(change(url)).not.toBe(url);
    const answer = await open(change(url));
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
    expect(answer.body).not.toContain('shared content');
  });

  test('expire to the second', async () => {
    const url = await presign({ Key: 'shared' });
    const [, date = ''] = /X-Amz-Date=(\w+)/.exec(url) ?? [];
    const signedAt = Date.parse(date.replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'));
    clock = new Date(signedAt + 60_000);
    expect((await open(url)).status).toBe(200);
    clock = new Date(signedAt + 61_000);
    const expired = await open(url);
    expect(expired.status).toBe(403);
    expect(expired.body).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
  });

  test('set the headers of the answer, in whole and in part', async () => {
    const ResponseContentDisposition = `attachment; filename="a.txt"; filename*=UTF-8''%E2%82%AC.txt`;
    const url = await presign({ Key: 'shared', ResponseContentDisposition, ResponseContentType: 'text/x-own' });
    const headers = { 'content-disposition': ResponseContentDisposition, 'content-type': 'text/x-own' };
    expect(await open(url)).toMatchObject({ status: 200, headers });
    expect(await open(url, 'GET', { range: 'bytes=0-1' })).toMatchObject({ status: 206, headers, body: 'sh' });
  });

  test('do not set them on errors', async () => {
    const answer = await open(await presign({ Key: 'absent', ResponseContentType: 'text/html' }));
    expect(answer).toMatchObject({ status: 403, headers: { 'content-type': 'application/xml' } });
  });

  test.each(['a\r\nSet-Cookie: x=1', 'filename="€"', 'a\u0000b', 'a\u007fb'])(
    'refuse the header value %j',
    async (value) => {
      const answer = await open(await presign({ Key: 'shared', ResponseContentDisposition: value }));
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('<Code>InvalidArgument</Code>');
      expect(answer.headers['set-cookie']).toBeUndefined();
    },
  );

  test('do not combine with an Authorization header', async () => {
    const answer = await open(await presign({ Key: 'shared' }), 'GET', { authorization: 'AWS4-HMAC-SHA256 x' });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('Only one auth mechanism') });
  });
});

describe('permission', () => {
  beforeAll(() => put('private', 'private content'));

  test('is never given to strangers', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      expect(await open(`${s3.endpoint}/plain/private`, method)).toMatchObject({ status: 403 });
    }
    expect(await open(`${s3.endpoint}/plain?list-type=2`)).toMatchObject({ status: 403 });
    expect((await get({ Key: 'private' })).text).toBe('private content');
  });

  test('is refused for what the policy does not name, and nothing is stored', async () => {
    const files = await filesBelow(dataDirectory);
    const error = await failureOf(
      reader.send(new PutObjectCommand({ Bucket: PLAIN.name, Key: 'new', Body: 'x'.repeat(1e6) })),
    );
    expect(error).toMatchObject({ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
    expect(String(error)).toContain(
      'User: arn:reader is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::plain/new because no identity-based policy',
    );
    expect(await filesBelow(dataDirectory)).toEqual(files);
    const deletion = reader.send(new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'private' }));
    expect(await failureOf(deletion)).toMatchObject({ name: 'AccessDenied' });
    expect(await failureOf(get({ Bucket: VERSIONED.name, Key: 'page' }, reader))).toMatchObject({
      name: 'AccessDenied',
    });
  });

  test('to list decides whether a missing object is missing or forbidden', async () => {
    expect(await failureOf(get({ Key: 'absent' }))).toMatchObject({
      name: 'NoSuchKey',
      $metadata: { httpStatusCode: 404 },
    });
    expect(await failureOf(get({ Key: 'absent' }, reader))).toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    });
  });

  test('is reported where it was used', async () => {
    calls.length = 0;
    await get({ Key: 'private' }, reader);
    await failureOf(reader.send(new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'private' })));
    expect(calls).toEqual([
      { principalArn: 'arn:reader', action: 's3:GetObject', resource: 'arn:aws:s3:::plain/private' },
    ]);
  });

  test('does not make buckets', async () => {
    expect(await failureOf(get({ Bucket: 'nowhere', Key: 'x' }))).toMatchObject({ name: 'NoSuchBucket' });
  });

  test('needs the clocks to agree', async () => {
    clock = new Date(Date.now() + 16 * 60_000);
    // A client of its own: it goes by the server's clock from then on.
    const client = connect(s3, OWNER);
    try {
      expect(await failureOf(get({ Key: 'private' }, client))).toMatchObject({ name: 'RequestTimeTooSkewed' });
      expect(await get({ Key: 'private' }, client)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    } finally {
      client.destroy();
    }
  });
});

describe('a bucket in another region', () => {
  const client = (region: string) =>
    new S3Client({ endpoint: s3.endpoint, region, credentials: OWNER, forcePathStyle: true, maxAttempts: 1 });

  test('answers requests that are signed for its region, and no others', async () => {
    const [there, here] = [client('eu-west-1'), client('us-east-1')];
    const object = { Bucket: ELSEWHERE.name, Key: 'file' };
    try {
      await there.send(new PutObjectCommand({ ...object, Body: 'content' }));
      expect((await get(object, there)).text).toBe('content');
      expect((await open(await presign(object, there))).body).toBe('content');

      expect(await failureOf(get(object, here))).toMatchObject({
        name: 'AuthorizationHeaderMalformed',
        message: expect.stringMatching(/The credential scope must be \d{8}\/eu-west-1\/s3\/aws4_request/),
      });
      expect(await open(await presign(object, here))).toMatchObject({ status: 400 });
      expect(await failureOf(get({ Key: 'private' }, there))).toMatchObject({ name: 'AuthorizationHeaderMalformed' });
    } finally {
      there.destroy();
      here.destroy();
    }
  });
});

describe('a bucket that is encrypted with a key', () => {
  const allow = (Action: string, Resource: string) => parseStatement({ Effect: 'Allow', Action, Resource }, 'test');
  const may = (accessKeyId: string, ...statements: Principal['statements'][number][]): Principal => ({
    ...READER,
    accessKeyId,
    statements: [allow('s3:GetObject', `${ENCRYPTED.arn}/*`), ...statements],
  });
  const DECRYPTER = may('DECRYPTER', allow('kms:Decrypt', KEY));
  const STRANGER = may('STRANGER', allow('kms:Decrypt', KEY.replace('1234abcd', 'ffffffff')));
  const object = { Bucket: ENCRYPTED.name, Key: 'file' };

  test('is read by those who may decrypt with that key; its headers by everybody who may read', async () => {
    const principals = new Map([OWNER, DECRYPTER, STRANGER].map((one) => [one.accessKeyId, one]));
    const guarded = await start({ principals });
    const clients = [OWNER, DECRYPTER, STRANGER].map((one) => connect(guarded, one)) as [S3Client, S3Client, S3Client];
    const [writer, decrypter, stranger] = clients;
    try {
      await writer.send(new PutObjectCommand({ ...object, Body: 'content' }));

      expect((await get(object, decrypter)).text).toBe('content');
      expect(await failureOf(get(object, stranger))).toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(`is not authorized to perform: kms:Decrypt on resource: ${KEY}`),
      });
      expect(await open(await presign(object, stranger))).toMatchObject({ status: 403 });
      expect(await stranger.send(new HeadObjectCommand(object))).toMatchObject({ ContentLength: 7 });
      expect(await failureOf(get({ ...object, Key: 'absent' }, stranger))).toMatchObject({ message: 'Access Denied' });
    } finally {
      for (const client of clients) {
        client.destroy();
      }
      await guarded.close();
    }
  });
});

describe('uploads', () => {
  const key = '/plain/upload';
  const wrong = Buffer.from('wrong').toString('base64');

  test.each<[string, Record<string, string>, number, string]>([
    ['another hash than signed', { 'x-amz-content-sha256': '0'.repeat(64) }, 400, 'XAmzContentSHA256Mismatch'],
    ['another MD5', { 'content-md5': wrong }, 400, 'BadDigest'],
    ['another CRC-32', { 'x-amz-checksum-crc32': wrong }, 400, 'BadDigest'],
    ['another SHA-256 checksum', { 'x-amz-checksum-sha256': wrong }, 400, 'BadDigest'],
    ['a checksum that is not known', { 'x-amz-checksum-sha512': wrong }, 501, 'NotImplemented'],
    ['chunks', { 'content-encoding': 'aws-chunked' }, 501, 'NotImplemented'],
    ['signed chunks', { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }, 501, 'NotImplemented'],
    ['an ACL', { 'x-amz-acl': 'public-read' }, 501, 'NotImplemented'],
    ['a copy source', { 'x-amz-copy-source': '/plain/private' }, 501, 'NotImplemented'],
    ['a condition', { 'if-none-match': '*' }, 501, 'NotImplemented'],
    ['own encryption', { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 501, 'NotImplemented'],
  ])('with %s are refused and leave nothing', async (_, headers, status, code) => {
    const files = await filesBelow(dataDirectory);
    const answer = await send('PUT', key, headers, 'body');
    expect(answer.status).toBe(status);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
    expect(await filesBelow(dataDirectory)).toEqual(files);
  });

  test('are held to their hash, although the signature over the declared hash is right', async () => {
    const { host } = new URL(s3.endpoint);
    const signed = aws4.sign(
      { host, service: 's3', region: 'us-east-1', method: 'PUT', path: key, body: 'good' },
      OWNER,
    );
    const answer = await open(`${s3.endpoint}${key}`, 'PUT', signed.headers as Record<string, string>, 'evil');
    expect(answer.body).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    expect(await failureOf(get({ Key: 'upload' }))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('must say their length', async () => {
    const { host } = new URL(s3.endpoint);
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'transfer-encoding': 'chunked' };
    const signed = aws4.sign({ host, service: 's3', region: 'us-east-1', method: 'PUT', path: key, headers }, OWNER);
    expect(await open(`${s3.endpoint}${key}`, 'PUT', signed.headers as Record<string, string>, 'body')).toMatchObject({
      status: 411,
      body: expect.stringContaining('<Code>MissingContentLength</Code>'),
    });
  });

  test('that break off leave nothing', async () => {
    const files = await filesBelow(dataDirectory);
    const { host, port } = new URL(s3.endpoint);
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-length': '1000000' };
    const signed = aws4.sign({ host, service: 's3', region: 'us-east-1', method: 'PUT', path: key, headers }, OWNER);
    const lines = Object.entries(signed.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connectSocket(Number(port), '127.0.0.1');
    socket.write(`PUT ${key} HTTP/1.1\r\n${lines.join('')}\r\n${'x'.repeat(1_000)}`);
    await until(async () => (await filesBelow(dataDirectory)).length > files.length);
    socket.destroy();
    await until(async () => (await filesBelow(dataDirectory)).length === files.length);
    expect(await filesBelow(dataDirectory)).toEqual(files);
  });

  test('give their checksum back to a client that checks it', async () => {
    const { ChecksumCRC32 } = await put('checked', 'x');
    const { headers } = await open(await presign({ Key: 'checked' }, owner));
    expect(headers['x-amz-checksum-crc32']).toBe(ChecksumCRC32);
  });

  test.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ])('have their %s checked as it is published', async (name, expected) => {
    const checksum = CHECKSUMS[name]?.();
    checksum?.update(Buffer.from('12345'));
    checksum?.update(Buffer.from('6789'));
    expect(Buffer.from((await checksum?.digest()) ?? []).toString('hex')).toBe(expected);
  });
});

describe('what the emulator does not do', () => {
  test('is refused with 501', async () => {
    const acl = owner.send(new GetBucketAclCommand({ Bucket: PLAIN.name }));
    expect(await failureOf(acl)).toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/plain?location='],
      ['PUT', '/plain'],
      ['GET', '/plain/shared?acl='],
      ['GET', '/plain/shared?partNumber=1'],
      ['GET', '/plain/shared?anything=1'],
      ['PUT', '/plain/shared?tagging='],
      ['POST', '/plain/shared?restore='],
      ['GET', '/plain?uploads=&delimiter=/'],
      ['PUT', '/plain/shared?partNumber=1'],
      ['DELETE', '/plain/shared?versionId=null'],
    ] as const) {
      const answer = await send(method, path);
      expect([path, answer.status]).toEqual([path, 501]);
      expect(answer.body).toContain('The local emulator does not support');
    }
  });
});

describe('connections', () => {
  /** How many files of the data directory this process holds open; `undefined` where the system does not tell. */
  function openFiles(): number | undefined {
    if (!existsSync('/proc/self/fd')) {
      return undefined;
    }
    const links = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    });
    return links.filter((link) => link.startsWith(dataDirectory)).length;
  }

  test('that a client breaks off release the file', async () => {
    if (openFiles() === undefined) {
      process.stderr.write('skipped: this system has no /proc/self/fd\n');
      return;
    }
    await put('big', Buffer.alloc(20_000_000));
    const url = new URL(await presign({ Key: 'big' }));
    await new Promise<void>((resolve) => {
      const outgoing = request(url, { agent: false }, (response) => {
        response.once('data', () => {
          expect(openFiles()).toBe(1);
          response.destroy();
          resolve();
        });
      });
      outgoing.end();
    });
    await until(async () => openFiles() === 0);
    expect(openFiles()).toBe(0);
  });

  test('are ended by close, which waits for nobody', async () => {
    const again = await start();
    const { port } = new URL(again.endpoint);
    const socket = connectSocket(Number(port), '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('connect', resolve));
    await again.close();
    await closed;
  });
});

test('a bucket name that S3 would not take is refused', async () => {
  await expect(start({ buckets: [{ ...PLAIN, name: '../x' }] })).rejects.toThrow(/Invalid bucket name/);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200 && !(await condition()); tries++) {
    await delay(10);
  }
}
