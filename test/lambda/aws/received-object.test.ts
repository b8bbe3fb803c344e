import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { findUploadedObject } from '../../../lambda/aws/received-object';
import { linkIdOf } from '../../../lambda/link/nonce';
import { type BucketEngine, NO_READER, ROLE, startBuckets } from '../support/engines';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
/** SHA-256 of `abc`. */
const SHA256_OF_ABC = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';

let buckets: BucketEngine;
let s3: S3Client;
beforeAll(async () => {
  buckets = await startBuckets();
  s3 = buckets.connect(ROLE);
});
afterAll(() => buckets.close());

async function find(
  object: { readonly bucketName: string; readonly objectName: string; readonly versionId?: string | undefined },
  credentials = ROLE,
) {
  const signer = { credentials, urlSuffix: 'amazonaws.com', endpoint: buckets.endpoint };
  return await findUploadedObject({ region: 'us-east-1', versionId: undefined, ...object }, signer, new Date());
}

test.each(['inbox/id/abc.txt', 'inbox/id/größe & 50%.txt', 'inbox/id/line\nbreak'])(
  'the link, the size and the checksum of an uploaded object are found: %j',
  async (objectName) => {
    await s3.send(
      new PutObjectCommand({
        Bucket: 'plain',
        Key: objectName,
        Body: 'abc',
        Metadata: { 'link-id': LINK_ID },
        ChecksumSHA256: SHA256_OF_ABC,
      }),
    );

    expect(await find({ bucketName: 'plain', objectName })).toEqual({
      outcome: 'found',
      object: { linkId: LINK_ID, sizeBytes: 3, checksum: { algorithm: 'SHA256', value: SHA256_OF_ABC } },
    });
  },
);

test('in a versioned bucket, the version of the event is looked up', async () => {
  const object = { Bucket: 'versioned', Key: 'inbox/id/abc.txt' };
  const { VersionId: versionId } = await s3.send(
    new PutObjectCommand({ ...object, Body: 'abc', Metadata: { 'link-id': LINK_ID } }),
  );
  await s3.send(new PutObjectCommand({ ...object, Body: 'replaced by an operator' }));

  const reference = { bucketName: object.Bucket, objectName: object.Key };
  expect(await find({ ...reference, versionId })).toMatchObject({ object: { linkId: LINK_ID, sizeBytes: 3 } });
  expect(await find(reference)).toEqual({ outcome: 'none' });
});

test('an object without a link, and one that was deleted, are not found', async () => {
  const object = { Bucket: 'plain', Key: 'inbox/operator.txt' };
  await s3.send(new PutObjectCommand({ ...object, Body: 'abc', Metadata: { owner: 'ada' } }));

  expect(await find({ bucketName: object.Bucket, objectName: object.Key })).toEqual({ outcome: 'none' });
  await s3.send(new DeleteObjectCommand(object));
  expect(await find({ bucketName: object.Bucket, objectName: object.Key })).toEqual({ outcome: 'none' });
});

test('a role that may not read the object gets the status of S3, and an endpoint that does not respond no status', async () => {
  const object = { Bucket: 'plain', Key: 'inbox/forbidden.txt' };
  await s3.send(new PutObjectCommand({ ...object, Body: 'abc', Metadata: { 'link-id': LINK_ID } }));
  const reference = { bucketName: object.Bucket, objectName: object.Key, region: 'us-east-1', versionId: undefined };

  expect(await find(reference, NO_READER)).toEqual({ outcome: 'failed', error: 'S3Error', httpStatus: 403 });
  const nowhere = { credentials: ROLE, urlSuffix: 'amazonaws.com', endpoint: 'http://127.0.0.1:9' };
  expect(await findUploadedObject(reference, nowhere, new Date())).toMatchObject({ outcome: 'failed' });
});
