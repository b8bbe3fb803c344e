import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { findUploadedObject } from '../../../lambda/aws/received-object';
import { linkIdOf } from '../../../lambda/link/nonce';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { type BucketEngine, NO_READER, ROLE, startBuckets } from '../support/engines';
import { failureOf } from '../support/failure-of';
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

    expect(await findUploadedObject(s3, { bucketName: 'plain', objectName })).toEqual({
      linkId: LINK_ID,
      sizeBytes: 3,
      checksum: { algorithm: 'SHA256', value: SHA256_OF_ABC },
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
  expect(await findUploadedObject(s3, { ...reference, versionId })).toMatchObject({ linkId: LINK_ID, sizeBytes: 3 });
  expect(await findUploadedObject(s3, reference)).toBeUndefined();
});

test('an object without a link, and one that was deleted, are not found', async () => {
  const object = { Bucket: 'plain', Key: 'inbox/operator.txt' };
  await s3.send(new PutObjectCommand({ ...object, Body: 'abc', Metadata: { owner: 'ada' } }));

  expect(await findUploadedObject(s3, { bucketName: object.Bucket, objectName: object.Key })).toBeUndefined();
  await s3.send(new DeleteObjectCommand(object));
  expect(await findUploadedObject(s3, { bucketName: object.Bucket, objectName: object.Key })).toBeUndefined();
});

test('a role that may not read the object gets the SDK’s error', async () => {
  const object = { Bucket: 'plain', Key: 'inbox/forbidden.txt' };
  await s3.send(new PutObjectCommand({ ...object, Body: 'abc', Metadata: { 'link-id': LINK_ID } }));

  const reference = { bucketName: object.Bucket, objectName: object.Key };
  const error = await failureOf(findUploadedObject(buckets.connect(NO_READER), reference));

  expect(error).toMatchObject({ $metadata: { httpStatusCode: 403 } });
  expect(isAwsFailure(error)).toBe(true);
});
