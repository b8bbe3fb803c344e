import type { S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { findUploadedObject } from './aws/received-object';
import { s3ClientFor } from './aws/s3-clients';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure, StorageUnavailableError } from './runtime/outage';

const client = s3ClientFor(requiredEnvironment('AWS_REGION'));

/**
 * Invoked by EventBridge for new objects under the upload prefixes. Logs which link an object was uploaded through; the log is
 * what receipts and events are made from.
 *
 * @throws StorageUnavailableError if S3 did not respond. Lambda then retries the event.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
 */
export async function handler({ detail }: S3ObjectCreatedNotificationEvent): Promise<void> {
  const { bucket, object } = detail;
  const reference = { bucketName: bucket.name, objectName: object.key, versionId: object['version-id'] };
  const found = await findUploadedObject(client, reference).catch((error: unknown) => {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, { request_id: detail['request-id'] });
    throw new StorageUnavailableError();
  });
  if (found !== undefined) {
    log({
      event: 'object_received',
      link_id: found.linkId,
      request_id: detail['request-id'],
      source_ip: detail['source-ip-address'],
      bucket_name: reference.bucketName,
      object_name: reference.objectName,
      size_bytes: found.sizeBytes,
      checksum_algorithm: found.checksum?.algorithm,
      checksum: found.checksum?.value,
    });
  }
}
