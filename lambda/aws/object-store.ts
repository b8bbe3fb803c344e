import { GetObjectCommand, HeadObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { LinkRequest } from '../link/link-request';
import type { PresignedUrl } from '../link/sealed-url';

/** The object of a request, as far as finding it goes. */
export type ObjectReference = Pick<LinkRequest, 'bucketName' | 'objectName' | 'versionId'>;

/** Whether a presigned GET of the object would be answered with its bytes. */
export type Availability = 'available' | 'not-found' | 'archived' | 'unreadable';

/** Storage classes that S3 serves only after a restore. */
const ARCHIVES: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/**
 * Looks whether the object can be downloaded now, so that no link is spent on one that cannot.
 *
 * @throws whatever the SDK throws when S3 does not answer, or refuses us.
 */
export async function objectAvailability(client: S3Client, object: ObjectReference): Promise<Availability> {
  try {
    const found = await client.send(new HeadObjectCommand(objectInput(object)));
    const archived = ARCHIVES.has(found.StorageClass ?? '') || found.ArchiveStatus !== undefined;
    return archived && !found.Restore?.includes('ongoing-request="false"') ? 'archived' : 'available';
  } catch (error) {
    if (error instanceof S3ServiceException) {
      switch (error.$metadata.httpStatusCode) {
        case 404: // No such object or version.
        case 405: // The version is a delete marker.
          return 'not-found';
        case 400: // A malformed version id, or an object under a key that only its owner has (SSE-C).
          return 'unreadable';
      }
    }
    throw error;
  }
}

/**
 * Presigns a GET of the object. Local: no request is made.
 *
 * @param contentDisposition what S3 is to answer as `Content-Disposition`.
 * @param now when the URL starts to be valid; it ends `expiresInSeconds` later.
 */
export async function presignGet(
  client: S3Client,
  object: ObjectReference,
  options: { readonly expiresInSeconds: number; readonly contentDisposition: string | undefined; readonly now: Date },
): Promise<PresignedUrl> {
  const command = new GetObjectCommand({
    ...objectInput(object),
    ...(options.contentDisposition === undefined ? {} : { ResponseContentDisposition: options.contentDisposition }),
  });
  const url = await getSignedUrl(client, command, { expiresIn: options.expiresInSeconds, signingDate: options.now });
  return url as PresignedUrl;
}

function objectInput(object: ObjectReference): { Bucket: string; Key: string; VersionId?: string } {
  return {
    Bucket: object.bucketName,
    Key: object.objectName,
    ...(object.versionId === undefined ? {} : { VersionId: object.versionId }),
  };
}
