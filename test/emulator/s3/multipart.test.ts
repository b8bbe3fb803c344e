import { createHash } from 'node:crypto';
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
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { CHECKSUMS } from '../../../emulator/s3/checksums';
import { parsePartList } from '../../../emulator/s3/part-list';
import { allow, byAccessKey, failureOf, principal, S3Fixture, until } from '../support';

const Bucket = 'bucket';
const PLAIN = { name: Bucket, arn: 'arn:aws:s3:::bucket', versioned: false };
const VERSIONED = { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true };
const OWNER = principal('OWNER', allow('s3:*'));
const WRITER = principal('WRITER', allow('s3:PutObject'));
const READER = principal('READER', allow('s3:GetObject'));
const PART_BYTES = 5 * 1024 ** 2;
const A = Buffer.alloc(PART_BYTES, 'a');
const B = Buffer.alloc(PART_BYTES + 7, 'b');
const END = Buffer.from('the end');
const PARTS = [A, B, END];

const s3 = new S3Fixture({ buckets: [PLAIN, VERSIONED], principals: byAccessKey(OWNER, WRITER, READER) }, OWNER);
let owner: S3Client;
let writer: S3Client;
let reader: S3Client;

async function start(): Promise<void> {
  await s3.restart();
  owner = s3.client(OWNER);
  writer = s3.client(WRITER);
  reader = s3.client(READER);
}

beforeAll(start);
afterEach(async () => {
  for (const bucket of [PLAIN.name, VERSIONED.name]) {
    const { Uploads = [] } = await owner.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    for (const { Key, UploadId } of Uploads) {
      await owner.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    }
  }
  expect(await partFiles()).toEqual([]);
});
afterAll(() => s3.close());

/** Parameters that all commands for an upload have in common. */
interface BegunUpload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
}

type Algorithm = 'CRC32' | 'CRC32C' | 'SHA1' | 'SHA256';

async function begin(input: Partial<CreateMultipartUploadCommandInput> & { Key: string }): Promise<BegunUpload> {
  const { UploadId = '' } = await owner.send(new CreateMultipartUploadCommand({ Bucket, ...input }));
  return { Bucket: input.Bucket ?? Bucket, Key: input.Key, UploadId };
}

/** Starts an upload with headers that the SDK would not send. */
async function beginWith(headers: Record<string, string>, key: string) {
  const begun = await s3.send('POST', `/bucket/${key}?uploads=`, headers);
  return { ...begun, uploadId: /<UploadId>(.*)<\/UploadId>/.exec(begun.body)?.[1] ?? '' };
}

/** Uploads a part without a checksum, unless the upload has an algorithm. */
async function addPart(
  upload: BegunUpload,
  PartNumber: number,
  Body: Buffer | string,
  ChecksumAlgorithm?: Algorithm,
): Promise<CompletedPart> {
  if (ChecksumAlgorithm === undefined) {
    const path = `/${upload.Bucket}/${upload.Key}?partNumber=${PartNumber}&uploadId=${upload.UploadId}`;
    const { status, headers } = await s3.send('PUT', path, {}, Body);
    expect(status).toBe(200);
    return { PartNumber, ETag: String(headers['etag']) };
  }
  const part = await owner.send(new UploadPartCommand({ ...upload, PartNumber, Body, ChecksumAlgorithm }));
  const { ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 } = part;
  return { PartNumber, ETag, ChecksumCRC32, ChecksumCRC32C, ChecksumSHA1, ChecksumSHA256 };
}

function complete(upload: BegunUpload, Parts: CompletedPart[]) {
  return owner.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
}

async function get(Key: string, bucket = Bucket) {
  const { Body, ...rest } = await owner.send(new GetObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ...rest };
}

async function partFiles(): Promise<readonly string[]> {
  return await s3.files('uploads');
}

function md5(data: Buffer): Buffer {
  return createHash('md5').update(data).digest();
}

async function checksumOf(name: string, data: Buffer | string): Promise<string> {
  const checksum = CHECKSUMS[name]?.();
  checksum?.update(Buffer.from(data));
  return Buffer.from((await checksum?.digest()) ?? []).toString('base64');
}

describe('a multipart upload', () => {
  test('becomes one object with the headers from the start of the upload', async () => {
    const upload = await begin({ Key: 'whole', ContentType: 'text/x-own', Metadata: { color: 'blue' } });
    const parts = await Promise.all(PARTS.map((part, index) => addPart(upload, index + 1, part, 'CRC32')));

    const completed = await complete(upload, parts);

    const etag = `"${md5(Buffer.concat(PARTS.map(md5))).toString('hex')}-3"`;
    expect(completed).toMatchObject({ ETag: etag, Bucket, Key: 'whole', Location: `${s3.endpoint}/bucket/whole` });
    const found = await get('whole');
    expect(found.bytes.equals(Buffer.concat(PARTS))).toBe(true);
    expect(found).toMatchObject({ ETag: etag, ContentType: 'text/x-own', Metadata: { color: 'blue' } });
  });

  test('that lib-storage sends from a stream becomes one object with a checksum', async () => {
    await new Upload({ client: owner, params: { Bucket, Key: 'stream ü', Body: Readable.from(PARTS) } }).done();

    const found = await get('stream ü');
    expect(found.bytes.equals(Buffer.concat(PARTS))).toBe(true);
    expect(found).toMatchObject({ ChecksumType: 'COMPOSITE', ChecksumCRC32: expect.stringMatching(/^[\w+/]{6}==-3$/) });
  });

  test('is invisible until it is complete', async () => {
    const upload = await begin({ Key: 'unseen' });
    await addPart(upload, 1, END);

    const { Contents } = await owner.send(new ListObjectsV2Command({ Bucket, Prefix: 'unseen' }));
    expect(Contents).toBeUndefined();
    expect(await failureOf(get('unseen'))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('replaces an object when it is complete, with a new version in a versioned bucket', async () => {
    const first = await begin({ Bucket: VERSIONED.name, Key: 'page' });
    const { VersionId: old } = await complete(first, [await addPart(first, 1, 'old')]);
    const second = await begin({ Bucket: VERSIONED.name, Key: 'page' });
    const part = await addPart(second, 1, 'new');

    expect((await get('page', VERSIONED.name)).bytes.toString()).toBe('old');
    const { VersionId: newer } = await complete(second, [part]);

    expect((await get('page', VERSIONED.name)).bytes.toString()).toBe('new');
    expect(newer).not.toBe(old);
  });

  test('accepts parts in any order, replaces a part with the same number, and drops parts that are not listed', async () => {
    const upload = await begin({ Key: 'rearranged' });
    await addPart(upload, 2, B);
    const last = await addPart(upload, 9, END);
    const second = await addPart(upload, 2, A);
    await addPart(upload, 3, 'not listed');
    expect(await partFiles()).toHaveLength(3);

    await complete(upload, [second, last]);

    expect((await get('rearranged')).bytes.equals(Buffer.concat([A, END]))).toBe(true);
  });

  test('can be one empty part', async () => {
    const upload = await begin({ Key: 'nothing' });
    await complete(upload, [await addPart(upload, 1, '')]);
    expect((await get('nothing')).bytes).toHaveLength(0);
  });

  test('is removed with its parts when it is aborted, including a part that is still arriving', async () => {
    const upload = await begin({ Key: 'aborted' });
    await addPart(upload, 1, 'x');
    const socket = s3.beginPut(`/bucket/aborted?partNumber=2&uploadId=${upload.UploadId}`, 4, 'xx');
    let response = '';
    socket.on('data', (chunk) => {
      response += chunk;
    });
    await until(async () => (await partFiles()).length === 2);

    await owner.send(new AbortMultipartUploadCommand(upload));
    socket.write('xx');
    await until(() => response.includes('</Error>'));
    socket.destroy();

    expect(response).toContain('<Code>NoSuchUpload</Code>');
    expect(await partFiles()).toEqual([]);
    const aborted = owner.send(new AbortMultipartUploadCommand(upload));
    expect(await failureOf(aborted)).toMatchObject({ name: 'NoSuchUpload' });
    expect(await failureOf(complete(upload, [{ PartNumber: 1, ETag: 'x' }]))).toMatchObject({ name: 'NoSuchUpload' });
  });

  test('does not keep an interrupted part', async () => {
    const upload = await begin({ Key: 'broken' });
    const socket = s3.beginPut(`/bucket/broken?partNumber=1&uploadId=${upload.UploadId}`, 1_000_000, 'xx');
    await until(async () => (await partFiles()).length === 1);
    socket.destroy();
    await until(async () => (await partFiles()).length === 0);

    expect((await owner.send(new ListPartsCommand(upload))).Parts).toBeUndefined();
  });

  test('is removed with its parts when the emulator starts again', async () => {
    const upload = await begin({ Key: 'left' });
    await addPart(upload, 1, 'x');
    await start();

    expect(await partFiles()).toEqual([]);
    expect(await failureOf(owner.send(new ListPartsCommand(upload)))).toMatchObject({ name: 'NoSuchUpload' });
  });
});

describe('completing an upload is refused, and the upload is kept,', () => {
  test.each<[string, (parts: CompletedPart[]) => CompletedPart[], string]>([
    ['out of order', (parts) => [...parts].reverse(), 'InvalidPartOrder'],
    ['with a repeated part', ([part = {}]) => [part, part], 'InvalidPartOrder'],
    ['with an unknown part', (parts) => [...parts, { PartNumber: 4, ETag: '"x"' }], 'InvalidPart'],
    ['with a wrong ETag', ([part]) => [{ ...part, ETag: '"0123"' }], 'InvalidPart'],
    ['with a wrong checksum', ([part]) => [{ ...part, ChecksumCRC32: 'AAAAAA==' }], 'InvalidPart'],
    ['with the checksum of another algorithm', ([part]) => [{ ...part, ChecksumSHA1: 'x' }], 'InvalidPart'],
    ['without checksums', (parts) => parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })), 'InvalidRequest'],
    ['with a small part before the last', (parts) => parts, 'EntityTooSmall'],
    ['with a gap', ([first = {}, , third = {}]) => [first, third], 'InternalError'],
    ['without parts', () => [], 'MalformedXML'],
  ])('%s', async (_, change, code) => {
    const upload = await begin({ Key: 'refused', ChecksumAlgorithm: 'CRC32' });
    const bodies = code === 'EntityTooSmall' ? [...PARTS, 'more'] : PARTS;
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
    ['with a wrong size', { 'x-amz-mp-object-size': '5' }, 400, 'InvalidRequest'],
    ['with a different checksum type', { 'x-amz-checksum-type': 'COMPOSITE' }, 400, 'BadDigest'],
    ['with a wrong checksum of the object', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 400, 'BadDigest'],
    ['with a condition on an ETag', { 'if-match': '"etag"' }, 501, 'NotImplemented'],
    ['with a wrong hash', { 'x-amz-content-sha256': '0'.repeat(64) }, 400, 'XAmzContentSHA256Mismatch'],
  ])('%s', async (_, headers, status, code) => {
    const upload = await begin({ Key: 'refused', ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const { ETag } = await addPart(upload, 1, 'four', 'CRC32');
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${ETag}</ETag></Part></CompleteMultipartUpload>`;
    const path = `/bucket/refused?uploadId=${upload.UploadId}`;

    const refused = await s3.send('POST', path, headers, body);
    expect(refused.status).toBe(status);
    expect(refused.body).toContain(`<Code>${code}</Code>`);
    expect(await failureOf(get('refused'))).toMatchObject({ name: 'NoSuchKey' });

    expect((await s3.send('POST', path, { 'x-amz-mp-object-size': '4' }, body)).status).toBe(200);
    expect((await get('refused')).bytes.toString()).toBe('four');
    await s3.send('DELETE', '/bucket/refused');
  });
});

describe('the body of CompleteMultipartUpload', () => {
  const part = '<Part><PartNumber>1</PartNumber><ETag>"x"</ETag></Part>';
  const list = (inner: string): string => `<CompleteMultipartUpload>${inner}</CompleteMultipartUpload>`;

  test('is parsed with and without quotes, namespace and white space', () => {
    const expected = [{ partNumber: 1, etag: 'x', checksums: {} }];
    expect(parsePartList(list(part))).toEqual(expected);
    expect(parsePartList(list(' <Part>\n<ETag> x </ETag><PartNumber>1</PartNumber></Part>\n'))).toEqual(expected);
    expect(
      parsePartList(
        '<?xml version="1.0"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Part><PartNumber>1' +
          '</PartNumber><ETag>&quot;x&quot;</ETag><ChecksumSHA1>y</ChecksumSHA1></Part></CompleteMultipartUpload>',
      ),
    ).toEqual([{ partNumber: 1, etag: 'x', checksums: { sha1: 'y' } }]);
  });

  test.each([
    ['nothing', ''],
    ['not XML', 'hello'],
    ['truncated', list(part).slice(0, -3)],
    ['two documents', list(part) + list(part)],
    ['another root', list(part).replaceAll('CompleteMultipartUpload', 'Complete')],
    ['another namespace', list(part).replace('Upload>', 'Upload xmlns="urn:other">')],
    ['no parts', list('')],
    ['text between parts', list(`${part}x`)],
    ['an unknown element', list(part.replace('<ETag>', '<Size>1</Size><ETag>'))],
    ['a repeated element', list(part.replace('<ETag>', '<PartNumber>2</PartNumber><ETag>'))],
    ['a nested element', list(part.replace('"x"', '<b>x</b>'))],
    ['a part without an ETag', list('<Part><PartNumber>1</PartNumber></Part>')],
    ['a part without a number', list('<Part><ETag>x</ETag></Part>')],
    ['a malformed part number', list(part.replace('1', '1e3'))],
    ['an entity declaration', `<!DOCTYPE a [<!ENTITY b "c">]>${list(part)}`],
    ['an unknown entity', list(part.replace('"x"', '&b;'))],
  ])('is refused: %s', (_, body) => {
    expect(parsePartList(body)).toBeUndefined();
  });
});

describe('a part is refused,', () => {
  test.each(['0', '10001', '1.5', 'x', ''])('with the number %j', async (number) => {
    const upload = await begin({ Key: 'numbers' });
    const response = await s3.send('PUT', `/bucket/numbers?partNumber=${number}&uploadId=${upload.UploadId}`, {}, 'x');
    expect(response).toMatchObject({ status: 400, body: expect.stringContaining('<Code>InvalidArgument</Code>') });
  });

  const SHA256 = { 'x-amz-checksum-algorithm': 'SHA256' };
  test.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['without the checksum of its upload', SHA256, {}, 'expected checksum Type: sha256, actual checksum Type: null'],
    ['with another checksum', SHA256, { 'x-amz-checksum-crc32': 'x' }, 'sha256, actual checksum Type: crc32'],
    ['with a wrong checksum', SHA256, { 'x-amz-checksum-sha256': 'x' }, 'BadDigest'],
    ['with a wrong checksum that the SDK added', {}, { 'x-amz-checksum-crc32': 'x' }, 'BadDigest'],
    ['with a wrong MD5', {}, { 'content-md5': 'x' }, 'BadDigest'],
  ])('%s, and leaves no file', async (_, ofUpload, headers, message) => {
    const { uploadId } = await beginWith(ofUpload, 'checked');

    const response = await s3.send('PUT', `/bucket/checked?partNumber=1&uploadId=${uploadId}`, headers, 'x');

    expect(response).toMatchObject({ status: 400, body: expect.stringContaining(message) });
    expect(await partFiles()).toEqual([]);
  });

  test.each(['other', 'checked/'])('with the key %s, if the upload has a different key', async (key) => {
    const upload = await begin({ Key: 'checked' });
    const response = await s3.send('PUT', `/bucket/${key}?partNumber=1&uploadId=${upload.UploadId}`, {}, 'x');
    expect(response).toMatchObject({ status: 404, body: expect.stringContaining('<Code>NoSuchUpload</Code>') });
  });
});

describe('checksums of the object', () => {
  test.each<[string, Algorithm]>([
    ['crc32', 'CRC32'],
    ['crc32c', 'CRC32C'],
    ['sha1', 'SHA1'],
    ['sha256', 'SHA256'],
  ])('%s: computed from the parts’ checksums', async (name, algorithm) => {
    const upload = await begin({ Key: name, ChecksumAlgorithm: algorithm });
    const parts = [await addPart(upload, 1, A, algorithm), await addPart(upload, 2, END, algorithm)];
    const ofParts = [await checksumOf(name, A), await checksumOf(name, END)].map((text) => Buffer.from(text, 'base64'));
    const whole = `${await checksumOf(name, Buffer.concat(ofParts))}-2`;
    const expected = { [`Checksum${algorithm}`]: whole, ChecksumType: 'COMPOSITE' };

    expect(await complete(upload, parts)).toMatchObject(expected);
    const head = new HeadObjectCommand({ Bucket, Key: name, ChecksumMode: 'ENABLED' });
    expect(await owner.send(head)).toMatchObject(expected);
  });

  const FULL_OBJECT = { 'x-amz-checksum-type': 'FULL_OBJECT' };
  test.each<[string, Record<string, string>]>([
    ['crc32', { 'x-amz-checksum-algorithm': 'CRC32', ...FULL_OBJECT }],
    ['crc32c', { 'x-amz-checksum-algorithm': 'CRC32C', ...FULL_OBJECT }],
    ['crc64nvme', { 'x-amz-checksum-algorithm': 'CRC64NVME' }],
  ])('%s: computed from all bytes, as the AWS CLI requests', async (name, algorithm) => {
    const key = `full-${name}`;
    const { headers: begun, uploadId } = await beginWith(algorithm, key);
    expect(begun).toMatchObject(FULL_OBJECT);
    const header = `x-amz-checksum-${name}`;
    const bodies = [A, Buffer.from('end')];
    const elements = [];
    for (const [index, body] of bodies.entries()) {
      const checksum = await checksumOf(name, body);
      const part = `/bucket/${key}?partNumber=${index + 1}&uploadId=${uploadId}`;
      const { headers } = await s3.send('PUT', part, { [header]: checksum }, body);
      expect(headers[header]).toBe(checksum);
      elements.push(`<Part><PartNumber>${index + 1}</PartNumber><ETag>${headers['etag']}</ETag></Part>`);
    }

    const whole = await checksumOf(name, Buffer.concat(bodies));
    const list = `<CompleteMultipartUpload>${elements.join('')}</CompleteMultipartUpload>`;
    const completed = await s3.send('POST', `/bucket/${key}?uploadId=${uploadId}`, { [header]: whole }, list);

    expect(completed.body).toContain(`<Checksum${name.toUpperCase()}>${whole}<`);
    const found = await s3.send('HEAD', `/bucket/${key}`, { 'x-amz-checksum-mode': 'ENABLED' });
    expect(found.headers).toMatchObject({ [header]: whole, ...FULL_OBJECT });
  });

  test('have the default algorithm if the upload has none, although the SDK adds another to each part', async () => {
    const upload = await begin({ Key: 'unasked' });
    const part = await addPart(upload, 1, 'x', 'CRC32');
    expect(part.ChecksumCRC32).toBe(await checksumOf('crc32', 'x'));

    await complete(upload, [part]);

    const { ChecksumCRC32, ChecksumCRC64NVME, ChecksumType } = await get('unasked');
    expect([ChecksumCRC32, ChecksumCRC64NVME]).toEqual([undefined, await checksumOf('crc64nvme', 'x')]);
    expect(ChecksumType).toBe('FULL_OBJECT');
  });

  test.each<[Record<string, string>, number]>([
    [{ 'x-amz-checksum-algorithm': 'SHA256', 'x-amz-checksum-type': 'FULL_OBJECT' }, 400],
    [{ 'x-amz-checksum-algorithm': 'CRC64NVME', 'x-amz-checksum-type': 'COMPOSITE' }, 400],
    [{ 'x-amz-checksum-type': 'FULL_OBJECT' }, 400],
    [{ 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'PARTIAL' }, 400],
    [{ 'x-amz-checksum-algorithm': 'CONSTRUCTOR' }, 501],
    [{ 'x-amz-acl': 'public-read' }, 501],
    [{ 'x-amz-storage-class': 'GLACIER' }, 501],
  ])('are refused with %j', async (headers, status) => {
    expect((await s3.send('POST', '/bucket/odd?uploads=', headers)).status).toBe(status);
    expect((await owner.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });
});

describe('listings', () => {
  test('of uploads are ordered by key and start time, in pages', async () => {
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

  test('of parts are ordered by number, in pages', async () => {
    const upload = await begin({ Key: 'parts', ChecksumAlgorithm: 'SHA1' });
    for (const number of [3, 1, 2]) {
      await addPart(upload, number, String(number), 'SHA1');
    }

    const first = await owner.send(new ListPartsCommand({ ...upload, MaxParts: 2 }));
    const second = await owner.send(new ListPartsCommand({ ...upload, PartNumberMarker: first.NextPartNumberMarker }));

    expect(first).toMatchObject({ IsTruncated: true, ChecksumAlgorithm: 'SHA1', ChecksumType: 'COMPOSITE' });
    const parts = [...(first.Parts ?? []), ...(second.Parts ?? [])];
    expect(parts.map(({ PartNumber, Size }) => `${PartNumber}: ${Size}`)).toEqual(['1: 1', '2: 1', '3: 1']);
    expect(first.Parts?.[0]).toMatchObject({
      ETag: `"${md5(Buffer.from('1')).toString('hex')}"`,
      ChecksumSHA1: await checksumOf('sha1', '1'),
      LastModified: expect.any(Date),
    });
  });

  test.each(['max-parts=x', 'part-number-marker=x'])('of parts refuse %s', async (parameter) => {
    const upload = await begin({ Key: 'parts' });
    expect(await s3.send('GET', `/bucket/parts?${parameter}&uploadId=${upload.UploadId}`)).toMatchObject({
      status: 400,
    });
  });
});

describe('permissions', () => {
  test('are checked for the action of each operation', async () => {
    s3.calls.length = 0;
    const upload = await begin({ Key: 'named' });
    const part = await addPart(upload, 1, 'x');
    await owner.send(new ListPartsCommand(upload));
    await owner.send(new ListMultipartUploadsCommand({ Bucket }));
    await complete(upload, [part]);
    await owner.send(new AbortMultipartUploadCommand(await begin({ Key: 'named' })));

    const key = 'arn:aws:s3:::bucket/named';
    expect(s3.calls.map(({ action, resource }) => [action, resource])).toEqual([
      ['s3:PutObject', key],
      ['s3:PutObject', key],
      ['s3:ListMultipartUploadParts', key],
      ['s3:ListBucketMultipartUploads', 'arn:aws:s3:::bucket'],
      ['s3:PutObject', key],
      ['s3:PutObject', key],
      ['s3:AbortMultipartUpload', key],
    ]);
  });

  test('to put objects do not allow listing or aborting uploads, and those to read objects allow no upload', async () => {
    const upload = await begin({ Key: 'restricted' });
    const denied = { name: 'AccessDenied', $metadata: expect.objectContaining({ httpStatusCode: 403 }) };

    for (const call of [
      () => writer.send(new AbortMultipartUploadCommand(upload)),
      () => writer.send(new ListPartsCommand(upload)),
      () => writer.send(new ListMultipartUploadsCommand({ Bucket })),
      () => reader.send(new CreateMultipartUploadCommand({ Bucket, Key: 'x' })),
      () => reader.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' })),
      () => reader.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [] } })),
    ]) {
      expect(await failureOf(call())).toMatchObject(denied);
    }
  });
});
