import { once } from 'node:events';
import { request } from 'node:http';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import aws4 from 'aws4';
import { allow, byAccessKey, failureOf, principal, S3Fixture, until } from '../support';

const PLAIN = { name: 'plain', arn: 'arn:aws:s3:::plain', versioned: false };
const VERSIONED = { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true };
const OWNER = principal('OWNER', allow('s3:*'));
/** May not read or list. */
const UPLOADER = principal('UPLOADER', allow('s3:PutObject'));
const EXISTS = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };
const CONFLICT = { name: 'ConditionalRequestConflict', $metadata: { httpStatusCode: 409 } };

const s3 = new S3Fixture({ buckets: [PLAIN, VERSIONED], principals: byAccessKey(OWNER, UPLOADER) }, OWNER);
let owner: S3Client;
let uploader: S3Client;

beforeAll(async () => {
  await s3.start();
  owner = s3.client(OWNER);
  uploader = s3.client(UPLOADER);
});
afterAll(() => s3.close());

async function create(Key: string, Body: string, Bucket = PLAIN.name) {
  return await uploader.send(new PutObjectCommand({ Bucket, Key, Body, IfNoneMatch: '*' }));
}

async function remove(Key: string, Bucket = PLAIN.name) {
  await owner.send(new DeleteObjectCommand({ Bucket, Key }));
}

async function read(Key: string, Bucket = PLAIN.name) {
  const { Body } = await owner.send(new GetObjectCommand({ Bucket, Key }));
  return await Body?.transformToString();
}

/** Starts a multipart upload of one part, and returns a function that completes it. */
async function beginUpload(Key: string, Body: string) {
  const upload = { Bucket: PLAIN.name, Key };
  const { UploadId } = await owner.send(new CreateMultipartUploadCommand(upload));
  const { ETag } = await owner.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body }));
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  return {
    parts: () => owner.send(new ListPartsCommand({ ...upload, UploadId })),
    complete: (IfNoneMatch?: string) =>
      owner.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload, IfNoneMatch })),
  };
}

describe.each([PLAIN.name, VERSIONED.name])('If-None-Match: * in the bucket %s', (bucket) => {
  test('creates an object, and does not replace it', async () => {
    expect(await create('once', 'first', bucket)).toMatchObject({ $metadata: { httpStatusCode: 200 } });
    expect(await failureOf(create('once', 'second', bucket))).toMatchObject(EXISTS);
    expect(await read('once', bucket)).toBe('first');
  });

  test('creates an object where one was deleted', async () => {
    await create('again', 'first', bucket);
    await remove('again', bucket);
    await create('again', 'second', bucket);
    expect(await read('again', bucket)).toBe('second');
  });
});

test('of 50 simultaneous uploads of one key, one succeeds', async () => {
  const files = await s3.files();
  const bodies = Array.from({ length: 50 }, (_, index) => `${index};`.repeat(20_000));
  const results = await Promise.all(bodies.map((body) => failureOf(create('raced', body))));

  expect(results.filter((failure) => failure === undefined)).toHaveLength(1);
  for (const failure of results.filter((one) => one !== undefined)) {
    expect(failure).toMatchObject(EXISTS);
  }
  expect(await read('raced')).toBe(bodies[results.indexOf(undefined)]);
  // A directory, its index and the content.
  expect(await s3.files()).toHaveLength(files.length + 3);
});

test('an upload that starts first and ends last is refused', async () => {
  const slow = begin('overtaken', 'slow');
  await until(async () => (await s3.files('uploads')).length === 1);
  await create('overtaken', 'fast');
  slow.end('slow');
  const [response] = await once(slow, 'response');
  expect(response.statusCode).toBe(412);
  expect(await read('overtaken')).toBe('fast');
});

test('an upload is refused with 409 if an object was deleted while it arrived', async () => {
  const slow = begin('deleted', 'slow');
  await until(async () => (await s3.files('uploads')).length === 1);
  await create('deleted', 'fast');
  await remove('deleted');
  slow.end('slow');
  const [response] = await once(slow, 'response');
  expect(response.statusCode).toBe(409);
  expect(await failureOf(read('deleted'))).toMatchObject({ name: 'NoSuchKey' });
  expect(await s3.files('uploads')).toEqual([]);
});

/** Sends the headers of a conditional PUT, which waits for its body. */
function begin(key: string, body: string, headers: Record<string, string> = {}) {
  const { host } = new URL(s3.endpoint);
  const all = {
    'if-none-match': '*',
    'content-length': String(body.length),
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    ...headers,
  };
  const path = `/plain/${key}`;
  const signed = aws4.sign({ host, service: 's3', region: 'us-east-1', method: 'PUT', path, headers: all }, OWNER);
  const outgoing = request(`${s3.endpoint}${path}`, { method: 'PUT', headers: signed.headers as typeof all });
  outgoing.flushHeaders();
  return outgoing;
}

describe('a client that expects 100 (Continue)', () => {
  test('is refused before it sends the body', async () => {
    await create('expected', 'first');
    const outgoing = begin('expected', 'x'.repeat(1_000_000), { expect: '100-continue' });
    const onContinue = jest.fn();
    outgoing.on('continue', onContinue);
    const [response] = await once(outgoing, 'response');
    expect(response).toMatchObject({ statusCode: 412, headers: { connection: 'close' } });
    expect(onContinue).not.toHaveBeenCalled();
    outgoing.destroy();
  });

  test('gets 100 Continue if there is no such object', async () => {
    const outgoing = begin('continued', 'body', { expect: '100-continue' });
    await once(outgoing, 'continue');
    outgoing.end('body');
    const [response] = await once(outgoing, 'response');
    expect(response.statusCode).toBe(200);
    expect(await read('continued')).toBe('body');
  });
});

test('a refused upload without expectation is read to its end, so that the client receives the response', async () => {
  await create('drained', 'first');
  const Body = Buffer.alloc(20_000_000);
  const refused = uploader.send(new PutObjectCommand({ Bucket: PLAIN.name, Key: 'drained', Body, IfNoneMatch: '*' }));
  expect(await failureOf(refused)).toMatchObject(EXISTS);
});

test('other values of If-None-Match are not implemented', async () => {
  const response = await s3.send('PUT', '/plain/other', { 'if-none-match': '"etag"' }, 'x');
  expect(response.status).toBe(501);
  expect(response.body).toContain('<Code>NotImplemented</Code>');
  expect(response.body).toContain('<Header>If-None-Match</Header>');
});

describe('a multipart upload with If-None-Match: *', () => {
  test('creates an object', async () => {
    const upload = await beginUpload('parts', 'content');
    await upload.complete('*');
    expect(await read('parts')).toBe('content');
  });

  test('does not replace an object, and is kept', async () => {
    const upload = await beginUpload('parts-late', 'parts');
    await create('parts-late', 'first');
    expect(await failureOf(upload.complete('*'))).toMatchObject(EXISTS);
    expect(await read('parts-late')).toBe('first');
    expect((await upload.parts()).Parts).toHaveLength(1);
    await upload.complete();
    expect(await read('parts-late')).toBe('parts');
  });

  test('cannot be completed after an object was deleted during the upload', async () => {
    const upload = await beginUpload('parts-deleted', 'parts');
    await create('parts-deleted', 'first');
    await remove('parts-deleted');
    expect(await failureOf(upload.complete('*'))).toMatchObject(CONFLICT);
    expect(await failureOf(upload.complete('*'))).toMatchObject(CONFLICT);
    await (await beginUpload('parts-deleted', 'second')).complete('*');
    expect(await read('parts-deleted')).toBe('second');
  });

  test('loses or wins against others, but only one succeeds', async () => {
    const uploads = await Promise.all(['a', 'b', 'c', 'd'].map((body) => beginUpload('parts-raced', body)));
    const results = await Promise.all([
      ...uploads.map((upload) => failureOf(upload.complete('*'))),
      failureOf(create('parts-raced', 'e')),
    ]);
    expect(results.filter((failure) => failure === undefined)).toHaveLength(1);
    expect(await read('parts-raced')).toBe('abcde'[results.indexOf(undefined)]);
  });
});
