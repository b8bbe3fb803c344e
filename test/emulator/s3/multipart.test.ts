import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import aws4 from 'aws4';
import { parseStatement } from '../../../emulator/iam/policy';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import { CHECKSUMS } from '../../../emulator/s3/checksums';
import { parsePartList } from '../../../emulator/s3/part-list';
import { type LocalS3, startS3 } from '../../../emulator/s3/server';
import { type Answer, send as sendUnsigned } from '../../support/http';

const Bucket = 'bucket';
const PLAIN = { name: Bucket, arn: 'arn:aws:s3:::bucket', versioned: false };
const VERSIONED = { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true };
const OWNER = principal('OWNER', 's3:*');
/** May do nothing but put objects: neither look at uploads nor abort them. */
const WRITER = principal('WRITER', 's3:PutObject');
const STRANGER = principal('STRANGER', 's3:GetObject');
const PART_BYTES = 5 * 1024 ** 2;
/** Three parts that differ, the last of them short. */
const PARTS = [Buffer.alloc(PART_BYTES, 'a'), Buffer.alloc(PART_BYTES + 7, 'b'), Buffer.from('the end')];

const calls: AwsCall[] = [];
let dataDirectory: string;
let s3: LocalS3;
const clients: S3Client[] = [];
let owner: S3Client;
let writer: S3Client;
let stranger: S3Client;

function principal(name: string, action: string): Principal {
  const statements = [parseStatement({ Effect: 'Allow', Action: action, Resource: '*' }, 'test')];
  return { arn: `arn:${name}`, accessKeyId: name, secretAccessKey: `${name}-secret`, statements };
}

function start(): Promise<LocalS3> {
  return startS3({
    buckets: [PLAIN, VERSIONED],
    dataDirectory,
    port: 0,
    region: 'us-east-1',
    principals: new Map([OWNER, WRITER, STRANGER].map((one) => [one.accessKeyId, one])),
    now: () => new Date(),
    onCall: (call) => calls.push(call),
  });
}

function connect({ endpoint }: LocalS3, credentials: Principal): S3Client {
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 });
  clients.push(client);
  return client;
}

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'multipart-test-'));
  s3 = await start();
  owner = connect(s3, OWNER);
  writer = connect(s3, WRITER);
  stranger = connect(s3, STRANGER);
});
afterEach(async () => {
  for (const bucket of [PLAIN.name, VERSIONED.name]) {
    const { Uploads = [] } = await owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    for (const { Key, UploadId } of Uploads) {
      await owner.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  }
  expect(await files()).toEqual([]);
});
afterAll(async () => {
  for (const client of clients) {
    client.destroy();
  }
  await s3.close();
  await rm(dataDirectory, { recursive: true });
});

type Beginning = Partial<CreateMultipartUploadCommandInput> & { Key: string };

/** An upload that has begun: what the commands about it have in common. */
async function begin(input: Beginning): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { UploadId = '' } = await owner.send(new CreateMultipartUploadCommand({ Bucket, ...input }));
  return { Bucket: input.Bucket ?? Bucket, Key: input.Key, UploadId };
}

/** Uploads a part without a checksum, unless the upload has an algorithm. */
async function addPart(
  upload: { Bucket: string; Key: string; UploadId: string },
  PartNumber: number,
  Body: Buffer,
  ChecksumAlgorithm?: 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256',
): Promise<CompletedPart> {
  if (ChecksumAlgorithm === undefined) {
    const path = `/${upload.Bucket}/${upload.Key}?partNumber=${PartNumber}&uploadId=${upload.UploadId}`;
    const { status, headers } = await send('PUT', path, {}, Body);
    expect(status).toBe(200);
    return { PartNumber, ETag: String(headers['etag']) };
  }
  const part = await owner.send(new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm }));
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 } = part;
  return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 };
}

function complete(upload: { Bucket: string; Key: string; UploadId: string }, Parts: CompletedPart[]) {
  return owner.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
}

async function get(Key: string, bucket = Bucket) {
  const { Body, ...rest } = await owner.send(new GetObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ...rest };
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Sends what the SDK would not, signed by aws4. */
function send(
  method: string,
  path: string,
  extra: Record<string, string> = {},
  body: Buffer | string = '',
): Promise<Answer> {
  const { host } = new URL(s3.endpoint);
  const headers = { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'), ...extra };
  const signed = aws4.sign({ host, service: 's3', region: 'us-east-1', method, path, headers, body }, OWNER);
  return sendUnsigned(`${s3.endpoint}${path}`, { method, headers: signed.headers as Record<string, string>, body });
}

function files(): Promise<readonly string[]> {
  return readdir(join(dataDirectory, 'uploads'));
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500 && !(await condition()); tries++) {
    await delay(10);
  }
}

function md5(data: Buffer): Buffer {
  return createHash('md5').update(data).digest();
}

async function checksumOf(name: string, data: Buffer): Promise<string> {
  const checksum = CHECKSUMS[name]?.();
  checksum?.update(data);
  return Buffer.from((await checksum?.digest()) ?? []).toString('base64');
}

describe('an upload in parts', () => {
  test('becomes one object, byte for byte, with the headers that it began with', async () => {
    const upload = await begin({ Key: 'whole', ContentType: 'text/x-own', Metadata: { colour: 'blue' } });
    const parts = await Promise.all(PARTS.map((part, index) => addPart(upload, index + 1, part, 'CRC32')));

    const completed = await complete(upload, parts);

    const etag = `"${md5(Buffer.concat(PARTS.map(md5))).toString('hex')}-3"`;
    expect(completed).toMatchObject({ ETag: etag, Bucket, Key: 'whole', Location: `${s3.endpoint}/bucket/whole` });
    const found = await get('whole');
    expect(found.bytes.equals(Buffer.concat(PARTS))).toBe(true);
    expect(found).toMatchObject({ ETag: etag, ContentType: 'text/x-own', Metadata: { colour: 'blue' } });
    expect(await files()).toEqual([]);
  });

  test('is what lib-storage sends of a stream, and what its checksum says', async () => {
    const Body = Readable.from(PARTS);
    await new Upload({ client: owner, params: { Bucket, Key: 'by lib-storage ü', Body } }).done();

    const found = await get('by lib-storage ü');

    expect(found.bytes.equals(Buffer.concat(PARTS))).toBe(true);
    expect(found).toMatchObject({ ChecksumType: 'COMPOSITE', ChecksumCRC32: expect.stringMatching(/^[\w+/]{6}==-3$/) });
    expect(await files()).toEqual([]);
  });

  test('is not seen before it is complete', async () => {
    const upload = await begin({ Key: 'unseen' });
    await addPart(upload, 1, PARTS[2] ?? Buffer.alloc(0));

    const { Contents = [] } = await owner.send(new ListObjectsV2Command({ Bucket, Prefix: 'unseen' }));
    expect(Contents).toEqual([]);
    expect(await failureOf(get('unseen'))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('leaves an object of its key as it is until then, and makes a version where there are versions', async () => {
    const first = await begin({ Bucket: VERSIONED.name, Key: 'page' });
    const { VersionId: old } = await complete(first, [await addPart(first, 1, Buffer.from('old'))]);
    const second = await begin({ Bucket: VERSIONED.name, Key: 'page' });
    const part = await addPart(second, 1, Buffer.from('new'));

    expect((await get('page', VERSIONED.name)).bytes.toString()).toBe('old');
    const { VersionId: newer } = await complete(second, [part]);

    expect((await get('page', VERSIONED.name)).bytes.toString()).toBe('new');
    expect(newer).not.toBe(old);
  });

  test('takes parts in any order, the last of a number counts, and those not listed are left out', async () => {
    const upload = await begin({ Key: 'rearranged' });
    await addPart(upload, 2, Buffer.alloc(PART_BYTES, 'x'));
    const last = await addPart(upload, 9, Buffer.from('last'));
    const second = await addPart(upload, 2, Buffer.alloc(PART_BYTES, 'y'));
    await addPart(upload, 3, Buffer.from('left out'));
    expect(await files()).toHaveLength(3);

    await complete(upload, [second, last]);

    expect(
      (await get('rearranged')).bytes.equals(Buffer.concat([Buffer.alloc(PART_BYTES, 'y'), Buffer.from('last')])),
    ).toBe(true);
    expect(await files()).toEqual([]);
  });

  test('may be one part of no bytes', async () => {
    const upload = await begin({ Key: 'nothing' });
    await complete(upload, [await addPart(upload, 1, Buffer.alloc(0))]);
    expect((await get('nothing')).bytes).toHaveLength(0);
  });

  test('is gone with its parts when it is aborted, also for a part that is still arriving', async () => {
    const upload = await begin({ Key: 'aborted' });
    await addPart(upload, 1, Buffer.from('x'));
    const { host, port } = new URL(s3.endpoint);
    const path = `/bucket/aborted?partNumber=2&uploadId=${upload.UploadId}`;
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-length': '4' };
    const signed = aws4.sign({ host, service: 's3', region: 'us-east-1', method: 'PUT', path, headers }, OWNER);
    const lines = Object.entries(signed.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connectSocket(Number(port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(`PUT ${path} HTTP/1.1\r\n${lines.join('')}\r\nxx`);
    await until(async () => (await files()).length === 2);

    await owner.send(new AbortMultipartUploadCommand(upload));
    socket.write('xx');
    await until(async () => answer.includes('</Error>'));
    socket.destroy();

    expect(answer).toContain('<Code>NoSuchUpload</Code>');
    expect(await files()).toEqual([]);
    expect(await failureOf(owner.send(new AbortMultipartUploadCommand(upload)))).toMatchObject({
      name: 'NoSuchUpload',
    });
    expect(await failureOf(complete(upload, [{ PartNumber: 1, ETag: 'x' }]))).toMatchObject({ name: 'NoSuchUpload' });
  });

  test('leaves nothing of a part that breaks off', async () => {
    const upload = await begin({ Key: 'broken' });
    const { host, port } = new URL(s3.endpoint);
    const path = `/bucket/broken?partNumber=1&uploadId=${upload.UploadId}`;
    const headers = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-length': '1000000' };
    const signed = aws4.sign({ host, service: 's3', region: 'us-east-1', method: 'PUT', path, headers }, OWNER);
    const lines = Object.entries(signed.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
    const socket = connectSocket(Number(port), '127.0.0.1');
    socket.write(`PUT ${path} HTTP/1.1\r\n${lines.join('')}\r\nxx`);
    await until(async () => (await files()).length === 1);
    socket.destroy();
    await until(async () => (await files()).length === 0);

    expect(await files()).toEqual([]);
    expect((await owner.send(new ListPartsCommand(upload))).Parts).toBeUndefined();
  });

  test('is over when the emulator starts again, and its parts are gone from the disk', async () => {
    const upload = await begin({ Key: 'left' });
    await addPart(upload, 1, Buffer.from('x'));
    await s3.close();
    expect(await files()).toHaveLength(1);

    s3 = await start();
    owner = connect(s3, OWNER);
    writer = connect(s3, WRITER);
    stranger = connect(s3, STRANGER);

    expect(await files()).toEqual([]);
    expect(await failureOf(owner.send(new ListPartsCommand(upload)))).toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('completing is refused, and the upload goes on', () => {
  test.each<[string, (parts: CompletedPart[]) => CompletedPart[], string]>([
    ['out of order', (parts) => [...parts].reverse(), 'InvalidPartOrder'],
    ['with a part twice', ([part = {}]) => [part, part], 'InvalidPartOrder'],
    ['with a part that never came', (parts) => [...parts, { PartNumber: 4, ETag: '"x"' }], 'InvalidPart'],
    ['with another etag', ([part]) => [{ ...part, ETag: '"0123"' }], 'InvalidPart'],
    ['with another checksum', ([part]) => [{ ...part, ChecksumCRC32: 'AAAAAA==' }], 'InvalidPart'],
    ['with the checksum of another algorithm', ([part]) => [{ ...part, ChecksumSHA1: 'x' }], 'InvalidPart'],
    ['without checksums', (parts) => parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })), 'InvalidRequest'],
    ['with a part before the last that is small', (parts) => parts, 'EntityTooSmall'],
    ['with a gap', ([first = {}, , third = {}]) => [first, third], 'InternalError'],
    ['without parts', () => [], 'MalformedXML'],
  ])('%s', async (_, change, code) => {
    const upload = await begin({ Key: 'refused', ChecksumAlgorithm: 'CRC32' });
    const bodies = code === 'EntityTooSmall' ? [...PARTS, Buffer.from('more')] : PARTS;
    const parts = [];
    for (const [index, body] of bodies.entries()) {
      parts.push(await addPart(upload, index + 1, body, 'CRC32'));
    }

    const refused = complete(upload, change(parts));

    expect(await failureOf(refused)).toMatchObject({ name: code });
    expect((await owner.send(new ListPartsCommand(upload))).Parts).toHaveLength(bodies.length);
    expect(await failureOf(get('refused'))).toMatchObject({ name: 'NoSuchKey' });
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['with another size', { 'x-amz-mp-object-size': '5' }, 400, 'InvalidRequest'],
    ['with another type of checksum', { 'x-amz-checksum-type': 'COMPOSITE' }, 400, 'BadDigest'],
    ['with another checksum of the whole', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 400, 'BadDigest'],
    ['with a condition', { 'if-none-match': '*' }, 501, 'NotImplemented'],
    ['with another hash than signed', { 'x-amz-content-sha256': '0'.repeat(64) }, 400, 'XAmzContentSHA256Mismatch'],
  ])('%s', async (_, headers, status, code) => {
    const upload = await begin({ Key: 'refused', ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const { ETag } = await addPart(upload, 1, Buffer.from('four'), 'CRC32');
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag></Part></CompleteMultipartUpload>`;
    const path = `/bucket/refused?uploadId=${upload.UploadId}`;

    const refused = await send('POST', path, headers, body);
    expect(refused.status).toBe(status);
    expect(refused.body).toContain(`<Code>${code}</Code>`);
    expect(await failureOf(get('refused'))).toMatchObject({ name: 'NoSuchKey' });

    expect((await send('POST', path, { 'x-amz-mp-object-size': '4' }, body)).status).toBe(200);
    expect((await get('refused')).bytes.toString()).toBe('four');
    await send('DELETE', '/bucket/refused');
  });
});

describe('the list of parts', () => {
  const part = '<Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part>';
  const list = (inner: string): string => `<CompleteMultipartUpload>${inner}</CompleteMultipartUpload>`;

  test('is read with and without quotes, name space and white space', () => {
    const expected = [{ partNumber: 1, etag: 'x', checksums: {} }];
    expect(parsePartList(list(part))).toEqual(expected);
    expect(parsePartList(list(' <Part>\n<ETag> x </ETag><PartNumber>1</PartNumber></Part>\n'))).toEqual(expected);
    expect(
      parsePartList(
        `<?xml version="1.0"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${part}</CompleteMultipartUpload>`,
      ),
    ).toEqual(expected);
    expect(
      parsePartList(
        list('<Part><PartNumber>1</PartNumber><ETag>&quot;x&quot;</ETag><ChecksumSHA1>y</ChecksumSHA1></Part>'),
      ),
    ).toEqual([{ partNumber: 1, etag: 'x', checksums: { sha1: 'y' } }]);
  });

  test.each([
    ['nothing', ''],
    ['no XML', 'hello'],
    ['half of it', list(part).slice(0, -3)],
    ['two of them', list(part) + list(part)],
    ['another root', list(part).replaceAll('CompleteMultipartUpload', 'Complete')],
    ['another name space', list(part).replace('Upload>', 'Upload xmlns="urn:other">')],
    ['no parts', list('')],
    ['text between', list(`${part}x`)],
    ['an unknown element', list(part.replace('<ETag>', '<Size>1</Size><ETag>'))],
    ['an element twice', list(part.replace('<ETag>', '<PartNumber>2</PartNumber><ETag>'))],
    ['elements in elements', list(part.replace('"x"', '<b>x</b>'))],
    ['no etag', list('<Part><PartNumber>1</PartNumber></Part>')],
    ['no number', list('<Part><ETag>x</ETag></Part>')],
    ['a number that is none', list(part.replace('1', '1e3'))],
    ['an entity of its own', `<!DOCTYPE a [<!ENTITY b "c">]>${list(part)}`],
    ['an entity that is not there', list(part.replace('"x"', '&b;'))],
  ])('is refused if it is %s', (_, body) => {
    expect(parsePartList(body)).toBeUndefined();
  });
});

describe('a part is refused', () => {
  test.each(['0', '10001', '1.5', 'x', ''])('with the number %j', async (number) => {
    const upload = await begin({ Key: 'numbers' });
    const answer = await send('PUT', `/bucket/numbers?partNumber=${number}&uploadId=${upload.UploadId}`, {}, 'x');
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('<Code>InvalidArgument</Code>') });
  });

  test.each<[string, 'SHA256' | undefined, Record<string, string>, string]>([
    ['without the checksum of its upload', 'SHA256', {}, 'expected checksum Type: sha256, actual checksum Type: null'],
    [
      'with another',
      'SHA256',
      { 'x-amz-checksum-crc32': 'x' },
      'expected checksum Type: sha256, actual checksum Type: crc32',
    ],
    ['that is not what its checksum says', 'SHA256', { 'x-amz-checksum-sha256': 'x' }, 'BadDigest'],
    ['that is not what the SDK adds by itself', undefined, { 'x-amz-checksum-crc32': 'x' }, 'BadDigest'],
    ['that is not what its MD5 says', undefined, { 'content-md5': 'x' }, 'BadDigest'],
  ])('%s, and leaves nothing', async (_, algorithm, headers, message) => {
    const path = '/bucket/checked';
    const begun = await send('POST', `${path}?uploads=`, algorithm ? { 'x-amz-checksum-algorithm': algorithm } : {});
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(begun.body) ?? [];

    const answer = await send('PUT', `${path}?partNumber=1&uploadId=${uploadId}`, headers, 'x');

    expect(answer.status).toBe(400);
    expect(answer.body).toContain(message);
    expect(await files()).toEqual([]);
  });

  test.each(['other', 'checked/'])('under the key %s, if the upload is of another', async (key) => {
    const upload = await begin({ Key: 'checked' });
    const answer = await send('PUT', `/bucket/${key}?partNumber=1&uploadId=${upload.UploadId}`, {}, 'x');
    expect(answer).toMatchObject({ status: 404, body: expect.stringContaining('<Code>NoSuchUpload</Code>') });
  });
});

describe('checksums of the whole', () => {
  test.each(['crc32', 'crc32c', 'sha1', 'sha256'] as const)('%s: of the checksums of the parts', async (name) => {
    const algorithm = name.toUpperCase() as 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256';
    const upload = await begin({ Key: name, ChecksumAlgorithm: algorithm });
    const parts = [await addPart(upload, 1, PARTS[0] ?? Buffer.alloc(0), algorithm)];
    parts.push(await addPart(upload, 2, PARTS[2] ?? Buffer.alloc(0), algorithm));
    const ofParts = await Promise.all(
      [PARTS[0], PARTS[2]].map(async (part = Buffer.alloc(0)) => Buffer.from(await checksumOf(name, part), 'base64')),
    );
    const expected = { [`Checksum${algorithm}`]: `${await checksumOf(name, Buffer.concat(ofParts))}-2` };

    expect(await complete(upload, parts)).toMatchObject({ ...expected, ChecksumType: 'COMPOSITE' });

    const head = new HeadObjectCommand({ Bucket, Key: name, ChecksumMode: 'ENABLED' });
    expect(await owner.send(head)).toMatchObject({ ...expected, ChecksumType: 'COMPOSITE' });
  });

  test.each(['crc32', 'crc32c', 'crc64nvme'])('%s: of all bytes, as the AWS CLI asks for', async (name) => {
    const path = `/bucket/full-${name}`;
    const type: Record<string, string> = name === 'crc64nvme' ? {} : { 'x-amz-checksum-type': 'FULL_OBJECT' };
    const begun = await send('POST', `${path}?uploads=`, { 'x-amz-checksum-algorithm': name.toUpperCase(), ...type });
    expect(begun.headers).toMatchObject({ 'x-amz-checksum-type': 'FULL_OBJECT' });
    const [, uploadId = ''] = /<UploadId>(.*)<\/UploadId>/.exec(begun.body) ?? [];
    const bodies = [PARTS[0] ?? Buffer.alloc(0), Buffer.from('end')];
    const elements = [];
    for (const [index, body] of bodies.entries()) {
      const part = `${path}?partNumber=${index + 1}&uploadId=${uploadId}`;
      const checksum = await checksumOf(name, body);
      const { headers } = await send('PUT', part, { [`x-amz-checksum-${name}`]: checksum }, body);
      expect(headers[`x-amz-checksum-${name}`]).toBe(checksum);
      elements.push(`<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers['etag']}</ETag></Part>`);
    }

    const whole = await checksumOf(name, Buffer.concat(bodies));
    const list = `<CompleteMultipartUpload>${elements.join('')}</CompleteMultipartUpload>`;
    const completed = await send('POST', `${path}?uploadId=${uploadId}`, { [`x-amz-checksum-${name}`]: whole }, list);

    expect(completed.body).toContain(`<Checksum${name.toUpperCase()}>${whole}<`);
    const found = await send('HEAD', path, { 'x-amz-checksum-mode': 'ENABLED' });
    expect(found.headers).toMatchObject({ [`x-amz-checksum-${name}`]: whole, 'x-amz-checksum-type': 'FULL_OBJECT' });
  });

  test('are not kept where the upload began without: the SDK adds one to each part by itself', async () => {
    const upload = await begin({ Key: 'unasked' });
    const part = await addPart(upload, 1, Buffer.from('x'), 'CRC32');
    expect(part.ChecksumCRC32).toBe(await checksumOf('crc32', Buffer.from('x')));

    await complete(upload, [part]);

    expect((await get('unasked')).ChecksumCRC32).toBeUndefined();
  });

  test.each<[Record<string, string>, number]>([
    [{ 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'FULL_OBJECT' }, 400],
    [{ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' }, 400],
    [{ 'x-amz-checksum-type': 'FULL_OBJECT' }, 400],
    [{ 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'PARTIAL' }, 400],
    [{ 'x-amz-checksum-algorithm': 'CONSTRUCTOR' }, 501],
    [{ 'x-amz-acl': 'public-read' }, 501],
    [{ 'x-amz-storage-class': 'GLACIER' }, 501],
  ])('an upload does not begin with %j', async (headers, status) => {
    expect((await send('POST', '/bucket/odd?uploads=', headers)).status).toBe(status);
    expect((await owner.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });
});

describe('what is under way', () => {
  test('is listed by key and time, and goes on where it stopped', async () => {
    const begun = [];
    for (const Key of ['list/b', 'list/a', 'list/ä', 'list/a', 'other']) {
      begun.push(await begin({ Key }));
      await delay(2);
    }
    const [b, a1, umlaut, a2] = begun;
    const pages: (string | undefined)[][] = [];
    let markers = {};
    for (let more = true; more; ) {
      const page = await owner.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: 'list/', MaxUploads: 1, ...markers }),
      );
      pages.push((page.Uploads ?? []).map(({ UploadId }) => UploadId));
      markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
      more = page.IsTruncated ?? false;
    }

    expect(pages.flat()).toEqual([a1, a2, b, umlaut].map((upload) => upload?.UploadId));
  });

  test('is listed part by part', async () => {
    const upload = await begin({ Key: 'parts', ChecksumAlgorithm: 'SHA1' });
    for (const number of [3, 1, 2]) {
      await addPart(upload, number, Buffer.from(String(number)), 'SHA1');
    }

    const first = await owner.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    const second = await owner.send(new ListPartsCommand({ ...upload, PartNumberMarker: first.NextPartNumberMarker }));

    expect(first).toMatchObject({ IsTruncated: true, ChecksumAlgorithm: 'SHA1', ChecksumType: 'COMPOSITE' });
    expect([...(first.Parts ?? []), ...(second.Parts ?? [])].map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual(
      [
        [1, 1],
        [2, 1],
        [3, 1],
      ],
    );
    expect(first.Parts?.[0]).toMatchObject({
      ETag: `"${md5(Buffer.from('1')).toString('hex')}"`,
      ChecksumSHA1: await checksumOf('sha1', Buffer.from('1')),
      LastModified: expect.any(Date),
    });
  });

  test.each(['max-parts=x', 'part-number-marker=x'])('is not listed with %s', async (parameter) => {
    const upload = await begin({ Key: 'parts' });
    expect(await send('GET', `/bucket/parts?${parameter}&uploadId=${upload.UploadId}`)).toMatchObject({ status: 400 });
  });
});

describe('permission', () => {
  test('of each action is asked for by its own name', async () => {
    calls.length = 0;
    const upload = await begin({ Key: 'named' });
    const part = await addPart(upload, 1, Buffer.from('x'));
    await owner.send(new ListPartsCommand(upload));
    await owner.send(new ListMultipartUploadsCommand({ Bucket }));
    await complete(upload, [part]);
    await owner.send(new AbortMultipartUploadCommand(await begin({ Key: 'named' })));

    const key = 'arn:aws:s3:::bucket/named';
    expect(calls.map(({ action, resource }) => [action, resource])).toEqual([
      ['s3:PutObject', key],
      ['s3:PutObject', key],
      ['s3:ListMultipartUploadParts', key],
      ['s3:ListBucketMultipartUploads', 'arn:aws:s3:::bucket'],
      ['s3:PutObject', key],
      ['s3:PutObject', key],
      ['s3:AbortMultipartUpload', key],
    ]);
  });

  test('to put objects is not permission to look at uploads or to abort them', async () => {
    const upload = await begin({ Key: 'restricted' });
    const denied = { name: 'AccessDenied', $metadata: expect.objectContaining({ httpStatusCode: 403 }) };

    expect(await failureOf(writer.send(new AbortMultipartUploadCommand(upload)))).toMatchObject(denied);
    expect(await failureOf(writer.send(new ListPartsCommand(upload)))).toMatchObject(denied);
    expect(await failureOf(writer.send(new ListMultipartUploadsCommand({ Bucket })))).toMatchObject(denied);
    const more = { Bucket, Key: 'restricted', UploadId: upload.UploadId };
    expect(await failureOf(stranger.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' })))).toMatchObject(
      denied,
    );
    expect(await failureOf(stranger.send(new UploadPartCommand({ ...more, PartNumber: 1, Body: 'x' })))).toMatchObject(
      denied,
    );
    expect(
      await failureOf(stranger.send(new CompleteMultipartUploadCommand({ ...more, MultipartUpload: { Parts: [] } }))),
    ).toMatchObject(denied);
  });

  test('is never given to strangers without a signature', async () => {
    const upload = await begin({ Key: 'restricted' });
    for (const [method, path] of [
      ['POST', '/bucket/restricted?uploads='],
      ['PUT', `/bucket/restricted?partNumber=1&uploadId=${upload.UploadId}`],
      ['POST', `/bucket/restricted?uploadId=${upload.UploadId}`],
      ['DELETE', `/bucket/restricted?uploadId=${upload.UploadId}`],
      ['GET', `/bucket/restricted?uploadId=${upload.UploadId}`],
      ['GET', '/bucket?uploads='],
    ] as const) {
      expect(await sendUnsigned(`${s3.endpoint}${path}`, { method })).toMatchObject({ status: 403 });
    }
  });
});
