import type { S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { findUploadedObject } from './aws/received-object';
import { requiredEnvironment, signerFromEnvironment } from './runtime/environment';
import { log } from './runtime/log';
import { StorageUnavailableError } from './runtime/outage';

const region = requiredEnvironment('AWS_REGION');
const signer = signerFromEnvironment();

/**
 * Invoked by EventBridge for new objects under the upload prefixes. Logs which link an object was uploaded through; receipts and
 * events come from this log.
 *
 * @throws StorageUnavailableError if S3 did not respond. Lambda then retries the event.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
 */
export async function handler({ detail }: S3ObjectCreatedNotificationEvent): Promise<void> {
  const { bucket, object, 'request-id': requestId, 'source-ip-address': sourceIp } = detail;
  const reference = { bucketName: bucket.name, objectName: object.key, region, versionId: object['version-id'] };
  const found = await findUploadedObject(reference, signer, new Date());
  if (found.outcome === 'failed') {
    const { error, httpStatus } = found;
    log({
      event: 'storage_failed',
      error,
      request_id: requestId,
      ...(httpStatus !== undefined && { http_status: httpStatus }),
    });
    throw new StorageUnavailableError();
  }
  if (found.outcome === 'found') {
    const { linkId, sizeBytes, checksum } = found.object;
    log({
      event: 'object_received',
      link_id: linkId,
      request_id: requestId,
      source_ip: sourceIp,
      bucket_name: bucket.name,
      object_name: object.key,
      size_bytes: sizeBytes,
      checksum_algorithm: checksum?.algorithm,
      checksum: checksum?.value,
    });
  }
}
