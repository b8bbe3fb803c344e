import {
  DeleteObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  NotFound,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { objectAvailability, presignGet } from '../../../lambda/aws/object-store';
import { attachmentNamed } from '../../../lambda/link/content-disposition';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { type BucketEngine, NO_LISTER, ROLE, startBuckets } from '../support/engines';

const OBJECT = { bucketName: 'plain', objectName: 'folder/S3 logo.png' };

function s3Failure(httpStatusCode: number, name = String(httpStatusCode)): S3ServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new S3ServiceException({ name, $fault, message: 'UnknownError', $metadata: { httpStatusCode, attempts: 1 } });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the look at an object', () => {
  const s3 = mockClient(S3Client);
  const client = new S3Client({ region: 'us-east-1' });
  afterEach(() => s3.reset());
  afterAll(() => s3.restore());

  const inputs = () => s3.commandCalls(HeadObjectCommand).map(({ args: [command] }) => command.input);

  test('is one HEAD of the newest version', async () => {
    s3.on(HeadObjectCommand).resolves({});

    expect(await objectAvailability(client, OBJECT)).toBe('available');
    expect(s3.calls()).toHaveLength(1);
    expect(inputs()).toEqual([{ Bucket: 'plain', Key: 'folder/S3 logo.png' }]);
  });

  test('is a HEAD of the version that the request pins', async () => {
    s3.on(HeadObjectCommand).resolves({});

    await objectAvailability(client, { ...OBJECT, versionId: 'v1' });

    expect(inputs()).toEqual([{ Bucket: 'plain', Key: 'folder/S3 logo.png', VersionId: 'v1' }]);
  });

  test.each<[string, Partial<HeadObjectCommandOutput>, string]>([
    ['the standard class', {}, 'available'],
    ['infrequent access', { StorageClass: 'STANDARD_IA' }, 'available'],
    ['instant retrieval', { StorageClass: 'GLACIER_IR' }, 'available'],
    ['intelligent tiering', { StorageClass: 'INTELLIGENT_TIERING' }, 'available'],
    ['flexible retrieval', { StorageClass: 'GLACIER' }, 'archived'],
    ['deep archive', { StorageClass: 'DEEP_ARCHIVE' }, 'archived'],
    [
      'an archive tier of intelligent tiering',
      { StorageClass: 'INTELLIGENT_TIERING', ArchiveStatus: 'ARCHIVE_ACCESS' },
      'archived',
    ],
    [
      'an archive, with a restore under way',
      { StorageClass: 'GLACIER', Restore: 'ongoing-request="true"' },
      'archived',
    ],
    [
      'an archive, restored',
      { StorageClass: 'GLACIER', Restore: 'ongoing-request="false", expiry-date="Fri, 21 Dec 2026 00:00:00 GMT"' },
      'available',
    ],
  ])('finds an object in %s to be so', async (_, answer, availability) => {
    s3.on(HeadObjectCommand).resolves(answer);

    expect(await objectAvailability(client, OBJECT)).toBe(availability);
  });

  test.each([
    ['not-found', 'a missing object', new NotFound({ message: 'UnknownError', $metadata: { httpStatusCode: 404 } })],
    ['not-found', 'a missing bucket', s3Failure(404, 'NoSuchBucket')],
    ['not-found', 'a delete marker', s3Failure(405)],
    ['unreadable', 'a malformed version id', s3Failure(400)],
  ])('says %s of %s', async (availability, _, error) => {
    s3.on(HeadObjectCommand).rejects(error);

    expect(await objectAvailability(client, OBJECT)).toBe(availability);
  });

  test.each([
    ['a refusal', s3Failure(403)],
    ['a bucket in another region', s3Failure(301, 'PermanentRedirect')],
    ['throttling', s3Failure(429)],
    ['a plea to slow down', s3Failure(503, 'SlowDown')],
    ['a fault of S3', s3Failure(500)],
    ['no connection', Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } })],
  ])('throws %s on as it came', async (_, error) => {
    s3.on(HeadObjectCommand).rejects(error);

    expect(await failureOf(objectAvailability(client, OBJECT))).toBe(error);
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
  afterEach(() => buckets.setClock(undefined));
  afterAll(() => buckets.close());

  async function put(bucketName: string, objectName: string, body: string): Promise<string | undefined> {
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: bucketName, Key: objectName, Body: body }));
    return VersionId;
  }

  const signed = (object: Parameters<typeof presignGet>[1], contentDisposition?: string, now = new Date()) =>
    presignGet(s3, object, { expiresInSeconds: 60, contentDisposition, now });

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
  ])('is found and fetched by its presigned URL under the key %j', async (objectName) => {
    const object = { bucketName: 'plain', objectName };
    await put('plain', objectName, `the content of ${objectName}`);

    expect(await objectAvailability(s3, object)).toBe('available');
    const response = await fetch(await signed(object));

    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`the content of ${objectName}`);
  });

  test('is fetched by a plain browser: the URL signs no header but host, and asks for nothing else', async () => {
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
    'is saved under the name %j',
    async (fileName) => {
      await put('plain', 'named', 'content');

      const response = await fetch(
        await signed({ bucketName: 'plain', objectName: 'named' }, attachmentNamed(fileName)),
      );

      expect(response.headers.get('content-disposition')).toBe(attachmentNamed(fileName));
      expect(await response.text()).toBe('content');
    },
  );

  test('is fetched in the version that the request pins, whatever came after', async () => {
    const object = { bucketName: 'versioned', objectName: 'report' };
    const first = await put('versioned', 'report', 'first');
    await put('versioned', 'report', 'second');
    const pinned = { ...object, ...(first === undefined ? {} : { versionId: first }) };

    expect(await objectAvailability(s3, pinned)).toBe('available');
    const responses = [await fetch(await signed(pinned)), await fetch(await signed(object))];

    expect(responses[0]?.headers.get('x-amz-version-id')).toBe(first);
    expect(await Promise.all(responses.map((response) => response.text()))).toEqual(['first', 'second']);
  });

  test('is fetched until its URL expires, and not a second longer', async () => {
    await put('plain', 'timed', 'content');
    const now = new Date('2026-11-22T08:15:00.900Z');
    const url = await signed({ bucketName: 'plain', objectName: 'timed' }, undefined, now);
    const statusAt = async (time: string): Promise<number> => {
      buckets.setClock(new Date(time));
      const response = await fetch(url);
      await response.arrayBuffer();
      return response.status;
    };

    expect(new URL(url).searchParams.get('X-Amz-Date')).toBe('20261122T081500Z');
    expect(new URL(url).searchParams.get('X-Amz-Expires')).toBe('60');
    expect(await statusAt('2026-11-22T08:15:59Z')).toBe(200);
    expect(await statusAt('2026-11-22T08:16:01Z')).toBe(403);
  });

  test('is not fetched by a URL that was changed to name another', async () => {
    await put('plain', 'mine', 'mine');
    await put('plain', 'theirs', 'theirs');
    const url = await signed({ bucketName: 'plain', objectName: 'mine' });

    const response = await fetch(url.replace('/mine?', '/theirs?'));

    expect(response.status).toBe(403);
  });

  test('that is missing is not found', async () => {
    expect(await objectAvailability(s3, { bucketName: 'plain', objectName: 'missing' })).toBe('not-found');
    expect(await objectAvailability(s3, { bucketName: 'no-such-bucket', objectName: 'x' })).toBe('not-found');
  });

  test('that was deleted is not found, nor is its delete marker, but its old version is', async () => {
    const version = await put('versioned', 'deleted', 'content');
    const { VersionId: marker } = await s3.send(new DeleteObjectCommand({ Bucket: 'versioned', Key: 'deleted' }));
    const object = { bucketName: 'versioned', objectName: 'deleted' };

    expect(await objectAvailability(s3, object)).toBe('not-found');
    expect(await objectAvailability(s3, { ...object, versionId: String(marker) })).toBe('not-found');
    expect(await objectAvailability(s3, { ...object, versionId: String(version) })).toBe('available');
    expect(await objectAvailability(s3, { ...object, versionId: '0'.repeat(32) })).toBe('not-found');
  });

  test('under a malformed version id is unreadable', async () => {
    await put('versioned', 'whole', 'content');
    const object = { bucketName: 'versioned', objectName: 'whole', versionId: 'no-version-id' };

    expect(await objectAvailability(s3, object)).toBe('unreadable');
  });

  test('that is missing is a refusal to a role that may not list the bucket: an outage, not an answer', async () => {
    const error = await failureOf(
      objectAvailability(buckets.connect(NO_LISTER), { bucketName: 'plain', objectName: 'missing' }),
    );

    expect(error).toMatchObject({ $metadata: { httpStatusCode: 403 } });
  });
});
