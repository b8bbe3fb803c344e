import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { ObjectReference } from '../link/destination';
import { withDeadline } from './client-settings';

/** Whether a presigned GET of an object would succeed. */
export type Lookup =
  | {
      readonly outcome: 'available';
      /** The version to link to, in a versioned bucket. */
      readonly versionId: string | undefined;
      readonly sizeBytes: number;
      /** `Content-Type` of the object; `undefined` if it has none, or if an empty version was requested. */
      readonly contentType: string | undefined;
    }
  | { readonly outcome: 'not-found' | 'archived' | 'forbidden' | 'unreadable' };

const FIRST_BYTE = 'bytes=0-0';

/**
 * Checks that an object can be downloaded now, so that no link leads to an error. In a versioned bucket, the link is
 * pinned to the version found. The check requests that version by its ID, which requires another permission.
 *
 * @throws the SDK's error if S3 gives no usable response.
 */
export async function findObject(client: S3Client, object: ObjectReference): Promise<Lookup> {
  const found = await requestObject(client, object, FIRST_BYTE);
  if (found.outcome !== 'available' || found.versionId === undefined || found.versionId === object.versionId) {
    return found;
  }
  const pinned = await requestObject(client, { ...object, versionId: found.versionId }, FIRST_BYTE);
  return pinned.outcome === 'available' ? found : pinned;
}

/**
 * Requests the first byte of an object, which requires the same permissions as a download. HEAD would succeed even
 * without permission to use the KMS key of the object.
 *
 * @param range byte range; if omitted, the whole object is requested and its body is not read.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
async function requestObject(client: S3Client, object: ObjectReference, range?: typeof FIRST_BYTE): Promise<Lookup> {
  try {
    const command = new GetObjectCommand({ ...objectInput(object), ...(range && { Range: range }) });
    const found = await withDeadline(async (options) => await client.send(command, options));
    const { Body: body, ContentLength: length = 0, VersionId: versionId, ContentType: contentType } = found;
    if (body instanceof Readable) {
      discard(body, length);
    }
    const sizeBytes = totalBytes(found.ContentRange) ?? length;
    return { outcome: 'available', versionId, sizeBytes, contentType };
  } catch (error) {
    if (error instanceof S3ServiceException) {
      if (error.name === 'InvalidRange' && object.versionId === undefined && range !== undefined) {
        // The object is empty. Only a response for the whole object has its version ID.
        return await requestObject(client, object);
      }
      switch (error.name) {
        case 'InvalidRange': // The version is empty.
          return { outcome: 'available', versionId: object.versionId, sizeBytes: 0, contentType: undefined };
        case 'NoSuchKey':
        case 'NoSuchVersion':
        case 'MethodNotAllowed': // The version is a delete marker.
          return { outcome: 'not-found' };
        case 'InvalidObjectState':
          return { outcome: 'archived' };
        case 'AccessDenied':
          return { outcome: 'forbidden' };
        case 'InvalidArgument': // The version ID is malformed.
        case 'InvalidRequest': // The object is encrypted with a customer-provided key (SSE-C).
          return { outcome: 'unreadable' };
      }
    }
    throw error;
  }
}

/** Reads the size of the object from `Content-Range: bytes 0-0/1234` (RFC 9110, section 14.4). */
function totalBytes(contentRange: string | undefined): number | undefined {
  const [, total] = /\/(\d+)$/.exec(contentRange ?? '') ?? [];
  return total === undefined ? undefined : Number(total);
}

/** Only the headers matter. Drains a one-byte body so the connection can be reused; destroys anything longer. */
function discard(body: Readable, length: number): void {
  body.on('error', () => {});
  if (length === 1) {
    body.resume();
  } else {
    body.destroy();
  }
}

/** S3's errors for a missing bucket, and for a bucket in a Region other than the one the request was signed for. */
const MISPLACED = ['NoSuchBucket', 'PermanentRedirect', 'AuthorizationHeaderMalformed'];

/** Whether S3 failed because the bucket is missing or in another Region than configured. A retry does not help. */
export function isMisplacedBucket(error: unknown): boolean {
  return error instanceof S3ServiceException && MISPLACED.includes(error.name);
}

function objectInput({ bucketName, objectName, versionId }: ObjectReference) {
  return { Bucket: bucketName, Key: objectName, ...(versionId !== undefined && { VersionId: versionId }) };
}
