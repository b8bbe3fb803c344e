import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { ObjectAddress } from '../link/destination';
import type { Unavailable } from '../link/unavailable-object';

/** An object, as far as finding it goes. */
export type ObjectReference = Pick<ObjectAddress, 'bucketName' | 'objectName' | 'versionId'>;

/** What a look at an object came to. */
export type Lookup =
  /** It can be downloaded. Where its bucket has versions, the one to link to. */
  { readonly outcome: 'available'; readonly versionId: string | undefined } | { readonly outcome: Unavailable };

const FIRST_BYTE = 'bytes=0-0';

/**
 * Looks whether the object can be downloaded now, so that no link is spent on one that cannot. In a bucket with versions
 * the one found is the one to link to, whatever comes after it; then that one is looked at, since it takes another right.
 *
 * @throws whatever the SDK throws when S3 does not answer, or answers for a reason of its own.
 */
export async function findObject(client: S3Client, object: ObjectReference): Promise<Lookup> {
  const found = await look(client, object, FIRST_BYTE);
  if (found.outcome !== 'available' || found.versionId === undefined || found.versionId === object.versionId) {
    return found;
  }
  return await look(client, { ...object, versionId: found.versionId }, FIRST_BYTE);
}

/**
 * Asks for the first byte of the object, with the right that a download takes. HEAD would find an object that is encrypted
 * with a key we may not use.
 *
 * @param range left out to ask for the whole object, of which nothing is read.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
async function look(client: S3Client, object: ObjectReference, range?: typeof FIRST_BYTE): Promise<Lookup> {
  try {
    const command = new GetObjectCommand({ ...objectInput(object), ...(range && { Range: range }) });
    const { Body: body, ContentLength: length, VersionId: versionId } = await client.send(command);
    if (body instanceof Readable) {
      letGo(body, length);
    }
    return { outcome: 'available', versionId };
  } catch (error) {
    if (error instanceof S3ServiceException) {
      if (error.name === 'InvalidRange' && object.versionId === undefined && range !== undefined) {
        // The object is empty: it has no first byte. This answer does not say which version it is; one of all of it does.
        return await look(client, object);
      }
      switch (error.name) {
        case 'InvalidRange': // The version is empty.
          return { outcome: 'available', versionId: object.versionId };
        case 'NoSuchKey':
        case 'NoSuchVersion':
        case 'MethodNotAllowed': // The version is a delete marker.
          return { outcome: 'not-found' };
        case 'InvalidObjectState':
          return { outcome: 'archived' };
        case 'AccessDenied':
          return { outcome: 'forbidden' };
        case 'InvalidArgument': // A malformed version id.
        case 'InvalidRequest': // The object has a key that only its owner has (SSE-C).
          return { outcome: 'unreadable' };
      }
    }
    throw error;
  }
}

/**
 * The head of an answer says it all: nobody waits for its body, and if that fails to come, nobody minds. One byte is taken
 * off the connection all the same, so that it serves the next request; with more the connection ends.
 */
function letGo(body: Readable, length: number | undefined): void {
  body.on('error', () => {});
  if (length === 1) {
    body.resume();
  } else {
    body.destroy();
  }
}

/** What S3 says of a bucket that is not there, and of one that is in another region than the request was signed for. */
const MISPLACED = ['NoSuchBucket', 'PermanentRedirect', 'AuthorizationHeaderMalformed'];

/** Whether S3 failed because the bucket is not where the deployment says it is: trying again will not help. */
export function isMisplacedBucket(error: unknown): boolean {
  return error instanceof S3ServiceException && MISPLACED.includes(error.name);
}

function objectInput(object: ObjectReference): { Bucket: string; Key: string; VersionId?: string } {
  return {
    Bucket: object.bucketName,
    Key: object.objectName,
    ...(object.versionId === undefined ? {} : { VersionId: object.versionId }),
  };
}
