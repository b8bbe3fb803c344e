import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { findObject, type Lookup, presignDownload } from '../../../lambda/aws/object-store';
import { attachmentNamed } from '../../../lambda/link/content-disposition';
import type { ObjectAddress, ObjectReference } from '../../../lambda/link/destination';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import {
  type BucketEngine,
  NO_LISTER,
  NO_READER,
  NO_VERSIONS,
  ROLE,
  ROLE_CREDENTIALS,
  startBuckets,
} from '../support/engines';
import { failureOf } from '../support/failure-of';
import { firstByte } from '../support/first-byte';

async function outcomeOf(client: S3Client, object: ObjectReference): Promise<Lookup['outcome']> {
  return (await findObject(client, object)).outcome;
}

const OBJECT = { bucketName: 'plain', objectName: 'folder/S3 logo.png' };

function s3Failure(httpStatusCode: number, name: string): S3ServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new S3ServiceException({ name, $fault, message: 'no', $metadata: { httpStatusCode, attempts: 1 } });
}

describe('findObject', () => {
  const s3 = mockClient(S3Client);
  const client = new S3Client({ region: 'us-east-1' });
  afterEach(() => s3.reset());
  afterAll(() => s3.restore());

  const inputs = () => s3.commandCalls(GetObjectCommand).map(({ args: [command] }) => command.input);

  test('sends one GET for the first byte of the newest version', async () => {
    s3.on(GetObjectCommand).resolves({ Body: firstByte() });

    expect(await findObject(client, OBJECT)).toEqual({ outcome: 'available' });
    expect(s3.calls()).toHaveLength(1);
    expect(inputs()).toEqual([{ Bucket: 'plain', Key: 'folder/S3 logo.png', Range: 'bytes=0-0' }]);
  });

  test('sends one GET for the first byte of a pinned version', async () => {
    s3.on(GetObjectCommand).resolves({ Body: firstByte(), VersionId: 'v1' });

    await outcomeOf(client, { ...OBJECT, versionId: 'v1' });

    expect(s3.calls()).toHaveLength(1);
    expect(inputs()).toEqual([{ Bucket: 'plain', Key: 'folder/S3 logo.png', VersionId: 'v1', Range: 'bytes=0-0' }]);
  });

  test('does not wait for the byte, and ignores an error of the body', async () => {
    const body = firstByte();
    s3.on(GetObjectCommand).resolves({ Body: body, ContentLength: 1 });

    expect(await outcomeOf(client, OBJECT)).toBe('available');
    expect(body.readableEnded).toBe(false);

    const closed = new Promise((resolve) => body.once('close', resolve));
    body.destroy(new Error('the byte does not come'));
    await closed;
  });

  test('does not read a longer body', async () => {
    const body = firstByte();
    s3.on(GetObjectCommand).resolves({ Body: body, ContentLength: 2 });

    await outcomeOf(client, OBJECT);

    expect(body.destroyed).toBe(true);
    expect(body.readableDidRead).toBe(false);
  });

  test.each([
    ['a missing bucket', s3Failure(404, 'NoSuchBucket')],
    ['a bucket in another region', s3Failure(301, 'PermanentRedirect')],
    ['credentials that have expired', s3Failure(400, 'ExpiredToken')],
    ['a wrong signature', s3Failure(403, 'SignatureDoesNotMatch')],
    ['throttling', s3Failure(429, 'TooManyRequests')],
    ['slow down', s3Failure(503, 'SlowDown')],
    ['an S3 failure', s3Failure(500, 'InternalError')],
    ['no connection', Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } })],
    [
      'an error that is not from S3',
      Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } }),
    ],
  ])('throws the SDK’s error for %s', async (_, error) => {
    s3.on(GetObjectCommand).rejects(error);

    expect(await failureOf(outcomeOf(client, OBJECT))).toBe(error);
    expect(isAwsFailure(error)).toBe(true);
  });
});

test('findObject reuses its connection', async () => {
  let connections = 0;
  const server = createServer((_, response) => {
    response.writeHead(206, { 'Content-Length': 1, 'Content-Range': 'bytes 0-0/8' }).end('a');
  });
  server.on('connection', () => connections++).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: ROLE_CREDENTIALS,
  });
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

describe('findObject, by the response of S3', () => {
  function availabilityBy(statusCode: number, headers: Readonly<Record<string, string>>, body: string) {
    const response = { statusCode, headers: { ...headers }, body: Readable.from([body]) };
    const client = new S3Client({
      region: 'us-east-1',
      credentials: ROLE,
      maxAttempts: 1,
      // The whole object is requested only if it has no first byte.
      requestHandler: {
        handle: async ({ headers }: { readonly headers: Readonly<Record<string, string>> }) => ({
          response:
            headers['range'] === undefined ? { statusCode: 200, headers: {}, body: Readable.from([]) } : response,
        }),
      },
    });
    return outcomeOf(client, OBJECT);
  }

  test.each<[string, Readonly<Record<string, string>>]>([
    ['the standard class', {}],
    ['infrequent access', { 'x-amz-storage-class': 'STANDARD_IA' }],
    ['instant retrieval', { 'x-amz-storage-class': 'GLACIER_IR' }],
    ['intelligent tiering', { 'x-amz-storage-class': 'INTELLIGENT_TIERING' }],
    [
      'a restored archive',
      {
        'x-amz-storage-class': 'GLACIER',
        'x-amz-restore': 'ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"',
      },
    ],
  ])('finds an object in %s available', async (_, headers) => {
    expect(await availabilityBy(206, { 'content-range': 'bytes 0-0/9', ...headers }, 'x')).toBe('available');
  });

  test.each([
    ['available', 'an empty object', 416, 'InvalidRange', '<ActualObjectSize>0</ActualObjectSize>'],
    ['not-found', 'a missing object', 404, 'NoSuchKey', ''],
    ['not-found', 'a missing version', 404, 'NoSuchVersion', ''],
    ['not-found', 'a delete marker', 405, 'MethodNotAllowed', '<Method>GET</Method>'],
    ['archived', 'flexible retrieval', 403, 'InvalidObjectState', '<StorageClass>GLACIER</StorageClass>'],
    ['archived', 'deep archive', 403, 'InvalidObjectState', '<StorageClass>DEEP_ARCHIVE</StorageClass>'],
    [
      'archived',
      'an archive tier of intelligent tiering',
      403,
      'InvalidObjectState',
      '<StorageClass>INTELLIGENT_TIERING</StorageClass><AccessTier>ARCHIVE_ACCESS</AccessTier>',
    ],
    ['forbidden', 'an object or KMS key that a policy forbids', 403, 'AccessDenied', ''],
    ['unreadable', 'a malformed version ID', 400, 'InvalidArgument', '<ArgumentName>versionId</ArgumentName>'],
    ['unreadable', 'an object with SSE-C', 400, 'InvalidRequest', ''],
  ])('is %s for %s: %i %s', async (availability, _, status, code, details) => {
    const document = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>no</Message>${details}</Error>`;

    expect(await availabilityBy(status, { 'content-type': 'application/xml' }, document)).toBe(availability);
  });

  test.each([
    [400, 'ExpiredToken'],
    [404, 'NoSuchBucket'],
    [500, 'InternalError'],
    [503, 'SlowDown'],
  ])('throws an error that says nothing about the object: %i %s', async (status, code) => {
    const document = `<Error><Code>${code}</Code><Message>no</Message></Error>`;

    const error = await failureOf(availabilityBy(status, { 'content-type': 'application/xml' }, document));

    expect(error).toMatchObject({ name: code, $metadata: { httpStatusCode: status } });
    expect(isAwsFailure(error)).toBe(true);
  });
});

describe('an object in a real bucket', () => {
  let buckets: BucketEngine;
  let s3: S3Client;
  beforeAll(async () => {
    buckets = await startBuckets();
    s3 = buckets.connect(ROLE);
  });
  afterAll(() => buckets.close());

  async function put(bucketName: string, objectName: string, body: string): Promise<string | undefined> {
    const command = new PutObjectCommand({ Bucket: bucketName, Key: objectName, Body: Buffer.from(body) });
    const { VersionId } = await s3.send(command);
    return VersionId;
  }

  const signed = (object: Omit<ObjectAddress, 'region'>) =>
    presignDownload(s3, { ...object, region: 'us-east-1' }, { expiresInSeconds: 60, now: new Date() });

  test.each([
    'plain.txt',
    'folder/S3 logo.png',
    '/leading//double/',
    'a+b%20c&d=e?f#g.txt',
    'quotes\'"(parens)!*~.txt',
    'ünïcödé/€/📦.txt',
    'line\nbreak',
    '.hidden/...',
    'a\\b',
    `${'€'.repeat(341)}x`,
  ])('is found, and downloaded by its presigned URL, under the key %j', async (objectName) => {
    const object = { bucketName: 'plain', objectName };
    await put('plain', objectName, `the content of ${objectName}`);

    expect(await outcomeOf(s3, object)).toBe('available');
    const response = await fetch(await signed(object));

    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`the content of ${objectName}`);
  });

  test('is downloaded by a browser: only the host header is signed', async () => {
    const { searchParams } = new URL(await signed(OBJECT));

    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host');
    expect([...searchParams.keys()].sort()).toEqual([
      'X-Amz-Algorithm',
      'X-Amz-Content-Sha256',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Security-Token',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
      'x-id',
    ]);
  });

  test.each(['report.pdf', 'the "best".txt', 'résumé 📦 100%.pdf', '文'.repeat(85)])(
    'is downloaded under the file name %j',
    async (fileName) => {
      await put('plain', 'named', 'content');

      const response = await fetch(await signed({ bucketName: 'plain', objectName: 'named', downloadAs: fileName }));

      expect(response.headers.get('content-disposition')).toBe(attachmentNamed(fileName));
      expect(await response.text()).toBe('content');
    },
  );

  test('is downloaded in the pinned version, whatever was uploaded later', async () => {
    const object = { bucketName: 'versioned', objectName: 'report' };
    const first = await put('versioned', 'report', 'first');
    await put('versioned', 'report', 'second');
    const pinned = { ...object, ...(first === undefined ? {} : { versionId: first }) };

    expect(await outcomeOf(s3, pinned)).toBe('available');
    const responses = [await fetch(await signed(pinned)), await fetch(await signed(object))];

    expect(responses[0]?.headers.get('x-amz-version-id')).toBe(first);
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(['first', 'second']);
  });

  test('is available if it is empty', async () => {
    const object = { bucketName: 'plain', objectName: 'empty' };
    await put('plain', 'empty', '');

    expect(await outcomeOf(s3, object)).toBe('available');
    const response = await fetch(await signed(object));

    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  test('that does not exist is not found', async () => {
    expect(await outcomeOf(s3, { bucketName: 'plain', objectName: 'missing' })).toBe('not-found');
  });

  test('in a bucket that does not exist is an outage: the deployment names the bucket', async () => {
    const error = await failureOf(outcomeOf(s3, { bucketName: 'no-such-bucket', objectName: 'x' }));

    expect(error).toMatchObject({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
    expect(isAwsFailure(error)).toBe(true);
  });

  test.each(['content', ''])('of a versioned bucket is found with its version ID: content %j', async (body) => {
    const object = { bucketName: 'versioned', objectName: 'pinned' };
    const first = await put('versioned', 'pinned', body);
    const found = await findObject(s3, object);
    await put('versioned', 'pinned', 'another');

    expect(found).toEqual({ outcome: 'available', versionId: first });
    const response = await fetch(await signed({ ...object, versionId: String(first) }));
    expect(await response.text()).toBe(body);
  });

  test('that is empty takes three requests at most', async () => {
    await put('versioned', 'empty-pinned', '');
    const calls = jest.spyOn(s3, 'send');
    try {
      expect(await outcomeOf(s3, { bucketName: 'versioned', objectName: 'empty-pinned' })).toBe('available');
      expect(calls).toHaveBeenCalledTimes(3);
    } finally {
      calls.mockRestore();
    }
  });

  test('of a bucket without versioning is found without a version ID', async () => {
    await put('plain', 'unversioned', 'content');
    await put('plain', 'unversioned-empty', '');

    for (const objectName of ['unversioned', 'unversioned-empty']) {
      expect(await findObject(s3, { bucketName: 'plain', objectName })).toEqual({ outcome: 'available' });
    }
  });

  test('whose versions may not be read is forbidden if the link would pin one', async () => {
    await put('plain', 'unpinned', 'content');
    await put('versioned', 'unpinned', 'content');
    const client = buckets.connect(NO_VERSIONS);

    expect(await outcomeOf(client, { bucketName: 'plain', objectName: 'unpinned' })).toBe('available');
    expect(await outcomeOf(client, { bucketName: 'versioned', objectName: 'unpinned' })).toBe('forbidden');
  });

  test('that was deleted is not found, nor its delete marker, but its old version is', async () => {
    const version = await put('versioned', 'deleted', 'content');
    const { VersionId: marker } = await s3.send(new DeleteObjectCommand({ Bucket: 'versioned', Key: 'deleted' }));
    const object = { bucketName: 'versioned', objectName: 'deleted' };

    expect(await outcomeOf(s3, object)).toBe('not-found');
    expect(await outcomeOf(s3, { ...object, versionId: String(marker) })).toBe('not-found');
    expect(await outcomeOf(s3, { ...object, versionId: String(version) })).toBe('available');
    expect(await outcomeOf(s3, { ...object, versionId: '0'.repeat(32) })).toBe('not-found');
  });

  test('under a malformed version ID is unreadable', async () => {
    await put('versioned', 'whole', 'content');
    const object = { bucketName: 'versioned', objectName: 'whole', versionId: 'no-version-id' };

    expect(await outcomeOf(s3, object)).toBe('unreadable');
  });

  test('is available to a role that may read it, and forbidden to one that may only list', async () => {
    await put('plain', 'guarded', 'content');
    const object = { bucketName: 'plain', objectName: 'guarded' };

    expect(await outcomeOf(buckets.connect(NO_LISTER), object)).toBe('available');
    expect(await outcomeOf(buckets.connect(NO_READER), object)).toBe('forbidden');
  });

  test('that does not exist is forbidden to a role that may not list the bucket', async () => {
    const object = { bucketName: 'plain', objectName: 'missing' };

    expect(await outcomeOf(buckets.connect(NO_LISTER), object)).toBe('forbidden');
  });
});
