import { randomBytes } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { UPLOAD_FOLDER } from '../../lambda/contract';
import { type Deployment, s3Settings } from '../deployment';
import { explainAws } from '../errors';
import type { UploadBucket } from '../stack-outputs';

const SIZE_BYTES = 64 * 1024;

/** The bucket for test objects: the default bucket, or one that the user named. */
export type TestBucket = UploadBucket | Pick<UploadBucket, 'name'>;

/** An object with random bytes below the upload folder. */
export interface TestObject {
  readonly bucket: string;
  readonly isInDefaultBucket: boolean;
  readonly key: string;
  readonly bytes: Buffer;
  /** Stores it, or other bytes under the same key. @returns the version, in a bucket with versioning. @throws CliError */
  put(bytes: Buffer): Promise<string | undefined>;
  /** Removes the object, even after an interruption. Calls after the first do nothing more. */
  remove(): Promise<void>;
}

/** Prepares the object. Its name has characters that need encoding. */
export function prepareTestObject(deployment: Deployment, bucket: TestBucket): TestObject {
  const { s3Endpoint } = deployment;
  const client = new S3Client(s3Settings(deployment));
  const key = `${UPLOAD_FOLDER}${randomBytes(16).toString('base64url')}/vérify 検証+1.bin`;
  const isInDefaultBucket = 'owner' in bucket;
  const object = { Bucket: bucket.name, Key: key, ...(isInDefaultBucket && { ExpectedBucketOwner: bucket.owner }) };
  const explain = (error: unknown): never => {
    throw explainAws(error, { name: 'S3', ...(s3Endpoint && { emulatorEndpoint: s3Endpoint }) });
  };
  let lastPut: Promise<unknown> | undefined;
  let removal: Promise<void> | undefined;
  const deleteObject = async (): Promise<void> => {
    try {
      // S3 may apply a put after a delete that was sent later.
      await Promise.allSettled([lastPut]);
      await client.send(new DeleteObjectCommand(object)).catch(explain);
    } finally {
      client.destroy();
    }
  };
  return {
    bucket: bucket.name,
    isInDefaultBucket,
    key,
    bytes: randomBytes(SIZE_BYTES),
    async put(bytes) {
      if (removal !== undefined) {
        throw new Error('the object has been removed');
      }
      const command = new PutObjectCommand({ ...object, Body: bytes, ContentType: 'application/octet-stream' });
      const sent = client.send(command);
      lastPut = sent;
      return (await sent.catch(explain)).VersionId;
    },
    remove() {
      removal ??= deleteObject();
      return removal;
    },
  };
}
