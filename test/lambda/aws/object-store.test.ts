import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { findObject, type Lookup } from '../../../lambda/aws/object-store';
import type { ObjectReference } from '../../../lambda/link/destination';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { type BucketEngine, NO_LISTER, NO_READER, NO_VERSIONS, ROLE, startBuckets } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { firstByte } from '../support/first-byte';

const OBJECT = { bucketName: 'plain', objectName: 'folder/S3 logo.png' };

async function outcomeOf(client: S3Client, object: ObjectReference): Promise<Lookup['outcome']> {
  return (await findObject(client, object)).outcome;
}

describe('findObject', () => {
  const s3 = mockClient(S3Client);
  const client = new S3Client({ region: 'us-east-1' });
  afterEach(() => s3.reset());
  afterAll(() => s3.restore());

  test.each<[ObjectReference, { readonly VersionId?: string }]>([
    [OBJECT, {}],
    [{ ...OBJECT, versionId: 'v1' }, { VersionId: 'v1' }],
  ])('sends one GET for the first byte of %j', async (object, version) => {
    const found = { ContentLength: 1, ContentRange: 'bytes 0-0/1234', ContentType: 'image/png', ...version };
    s3.on(GetObjectCommand).resolves({ Body: firstByte(), ...found });

    const { versionId } = object;
    const available = { outcome: 'available', versionId, sizeBytes: 1_234, contentType: 'image/png' };
    expect(await findObject(client, object)).toEqual(available);
    expect(s3.calls().map(({ args: [command] }) => command.input)).toEqual([
      { Bucket: 'plain', Key: 'folder/S3 logo.png', Range: 'bytes=0-0', ...version },
    ]);
  });

  test('does not wait for the body, and ignores errors in it', async () => {
    const body = firstByte();
    s3.on(GetObjectCommand).resolves({ Body: body, ContentLength: 1 });

    expect(await outcomeOf(client, OBJECT)).toBe('available');
    expect(body.readableEnded).toBe(false);

    const closed = new Promise((resolve) => body.once('close', resolve));
    body.destroy(new Error('the byte never arrives'));
    await closed;
  });

  test('does not read a longer body', async () => {
    const body = firstByte();
    s3.on(GetObjectCommand).resolves({ Body: body, ContentLength: 2 });

    await outcomeOf(client, OBJECT);

    expect([body.destroyed, body.readableDidRead]).toEqual([true, false]);
  });

  test.each([
    Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } }),
    Object.assign(new Error('not from S3'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
  ])('throws an error that is not a response from S3: %p', async (error) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await failureOf(outcomeOf(client, OBJECT))).toBe(error);
  });
});

test.each([
  ['bytes 0-0/1', 1, 1],
  ['bytes 0-0/5497558138880', 1, 5_497_558_138_880], // 5 TB, the largest object when this was written
  ['bytes 0-0/*', 1, 1],
  // From a server that ignores ranges.
  [undefined, 1_234, 1_234],
  // The object is empty.
  [undefined, 0, 0],
])('with Content-Range %j and %i bytes, the object has %i bytes', async (contentRange, contentLength, sizeBytes) => {
  const s3 = mockClient(S3Client);
  const range = contentRange === undefined ? {} : { ContentRange: contentRange };
  s3.on(GetObjectCommand).resolves({ Body: firstByte(), ContentLength: contentLength, ...range });

  expect(await findObject(new S3Client({ region: 'us-east-1' }), OBJECT)).toMatchObject({ sizeBytes });
  s3.restore();
});

test('findObject reuses its connection', async () => {
  let connections = 0;
  const server = createServer((_, response) => {
    response.writeHead(206, { 'Content-Length': 1, 'Content-Range': 'bytes 0-0/8' }).end('a');
  });
  server.on('connection', () => connections++).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', credentials: ROLE });
  try {
    for (let lookup = 0; lookup < 5; lookup++) {
      expect(await outcomeOf(client, OBJECT)).toBe('available');
      await delay(20);
    }
    expect(connections).toBe(1);
  } finally {
    client.destroy();
    server.closeAllConnections();
    server.close();
  }
});

describe('according to the response from S3, an object is', () => {
  /** Looks up the object with a client whose first response is this one. */
  function lookUp(statusCode: number, headers: Record<string, string>, body: string): Promise<Lookup['outcome']> {
    const responses = [
      { statusCode, headers, body: Readable.from([body]) },
      { statusCode: 200, headers: {}, body: Readable.from([]) },
    ];
    const requestHandler = { handle: async () => ({ response: responses.shift() }) };
    return outcomeOf(new S3Client({ region: 'us-east-1', credentials: ROLE, maxAttempts: 1, requestHandler }), OBJECT);
  }

  test.each<Record<string, string>>([
    {},
    { 'x-amz-storage-class': 'STANDARD_IA' },
    { 'x-amz-storage-class': 'GLACIER_IR' },
    { 'x-amz-storage-class': 'INTELLIGENT_TIERING' },
    { 'x-amz-storage-class': 'GLACIER', 'x-amz-restore': 'ongoing-request="false"' },
  ])('available in the storage class %j', async (headers) => {
    expect(await lookUp(206, { 'content-range': 'bytes 0-0/9', ...headers }, 'x')).toBe('available');
  });

  test.each([
    ['available', 416, 'InvalidRange', '<ActualObjectSize>0</ActualObjectSize>'], // empty object
    ['not-found', 404, 'NoSuchKey', ''],
    ['not-found', 404, 'NoSuchVersion', ''],
    ['not-found', 405, 'MethodNotAllowed', '<Method>GET</Method>'], // delete marker
    ['archived', 403, 'InvalidObjectState', '<StorageClass>GLACIER</StorageClass>'],
    ['archived', 403, 'InvalidObjectState', '<AccessTier>ARCHIVE_ACCESS</AccessTier>'],
    ['forbidden', 403, 'AccessDenied', ''],
    ['unreadable', 400, 'InvalidArgument', '<ArgumentName>versionId</ArgumentName>'],
    ['unreadable', 400, 'InvalidRequest', ''], // encrypted with SSE-C
  ])('%s: %i %s', async (outcome, status, code, details) => {
    const document = `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message>${details}</Error>`;

    expect(await lookUp(status, { 'content-type': 'application/xml' }, document)).toBe(outcome);
  });

  test.each([
    [301, 'PermanentRedirect'],
    [400, 'ExpiredToken'],
    [403, 'SignatureDoesNotMatch'],
    [404, 'NoSuchBucket'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'SlowDown'],
  ])('unknown, and an error is thrown: %i %s', async (status, code) => {
    const document = `<Error><Code>${code}</Code><Message>no</Message></Error>`;

    const error = await failureOf(lookUp(status, { 'content-type': 'application/xml' }, document));

    expect(error).toMatchObject({ name: code, $metadata: { httpStatusCode: status } });
    expect(isAwsFailure(error)).toBe(true);
  });
});

describe('in a real bucket', () => {
  let buckets: BucketEngine;
  let s3: S3Client;
  beforeAll(async () => {
    buckets = await startBuckets();
    s3 = buckets.connect(ROLE);
  });
  afterAll(() => buckets.close());

  async function put(bucketName: string, objectName: string, body: string): Promise<string> {
    const object = { Bucket: bucketName, Key: objectName, Body: Buffer.from(body), ContentType: 'image/png' };
    const command = new PutObjectCommand(object);
    return (await s3.send(command)).VersionId ?? '';
  }

  test.each(['', 'a', 'a'.repeat(70_000)])(
    'the size of an object is found, as well as that of a version (%#)',
    async (body) => {
      await put('plain', 'sized', body);
      const versionId = await put('versioned', 'sized', body);
      await put('versioned', 'sized', 'newer');

      const version = { bucketName: 'versioned', objectName: 'sized', versionId };
      expect(await findObject(s3, { bucketName: 'plain', objectName: 'sized' })).toMatchObject({
        sizeBytes: body.length,
      });
      expect(await findObject(s3, version)).toMatchObject({ versionId, sizeBytes: body.length });
    },
  );

  test.each([
    ...['plain.txt', 'folder/S3 logo.png', '/leading//double/', 'a+b%20c&d=e?f#g.txt', 'quotes\'"(parens)!*~.txt'],
    ...['ünïcödé/€/📦.txt', 'line\nbreak', '.hidden/...', 'a\\b', `${'€'.repeat(341)}x`],
  ])('an object is found, with its type, under the key %j', async (objectName) => {
    await put('plain', objectName, `the content of ${objectName}`);

    const found = await findObject(s3, { bucketName: 'plain', objectName });
    const sizeBytes = Buffer.byteLength(`the content of ${objectName}`);
    expect(found).toEqual({ outcome: 'available', sizeBytes, contentType: 'image/png' });
  });

  test('an empty object is found, with its type', async () => {
    await put('plain', 'empty', '');

    const found = await findObject(s3, { bucketName: 'plain', objectName: 'empty' });
    expect(found).toEqual({ outcome: 'available', sizeBytes: 0, contentType: 'image/png' });
  });

  test.each(['content', ''])('in a versioned bucket, the version found is pinned: content %j', async (body) => {
    const object = { bucketName: 'versioned', objectName: `pinned ${body}` };
    const versionId = await put('versioned', object.objectName, body);
    const calls = jest.spyOn(s3, 'send');

    const found = { outcome: 'available', versionId, sizeBytes: body.length, contentType: 'image/png' };
    expect(await findObject(s3, object)).toEqual(found);

    expect(calls.mock.calls.length).toBeLessThanOrEqual(3);
    calls.mockRestore();
    await put('versioned', object.objectName, 'another');
    expect(await outcomeOf(s3, { ...object, versionId })).toBe('available');
  });

  test('neither a deleted object nor its delete marker is found, but the old version is', async () => {
    const object = { bucketName: 'versioned', objectName: 'deleted' };
    const versionId = await put('versioned', 'deleted', 'content');
    const { VersionId: marker = '' } = await s3.send(new DeleteObjectCommand({ Bucket: 'versioned', Key: 'deleted' }));

    expect(await outcomeOf(s3, object)).toBe('not-found');
    expect(await outcomeOf(s3, { ...object, versionId: marker })).toBe('not-found');
    expect(await outcomeOf(s3, { ...object, versionId })).toBe('available');
    expect(await outcomeOf(s3, { ...object, versionId: '0'.repeat(32) })).toBe('not-found');
    expect(await outcomeOf(s3, { ...object, versionId: 'malformed' })).toBe('unreadable');
  });

  test('a missing object is not found, but a missing bucket is an outage, because the deployment is misconfigured', async () => {
    expect(await outcomeOf(s3, { bucketName: 'plain', objectName: 'missing' })).toBe('not-found');
    expect(await failureOf(outcomeOf(s3, { bucketName: 'no-such-bucket', objectName: 'x' }))).toMatchObject({
      name: 'NoSuchBucket',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test.each([
    ['may not list', NO_LISTER, 'plain', 'guarded', 'available'],
    ['may not list', NO_LISTER, 'plain', 'missing', 'forbidden'],
    ['may only list', NO_READER, 'plain', 'guarded', 'forbidden'],
    ['may not read versions', NO_VERSIONS, 'plain', 'guarded', 'available'],
    ['may not read versions, which the link would pin', NO_VERSIONS, 'versioned', 'guarded', 'forbidden'],
  ])(
    'for a role that %s (%#), checking an object gives the same result as downloading it',
    async (_, role, bucketName, objectName, outcome) => {
      await put('plain', 'guarded', 'content');
      await put('versioned', 'guarded', 'content');

      expect(await outcomeOf(buckets.connect(role), { bucketName, objectName })).toBe(outcome);
    },
  );
});
