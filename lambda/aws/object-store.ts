import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { LinkRequest } from '../link/link-request';
import type { PresignedUrl } from '../link/sealed-url';

/** The object of a request, as far as finding it goes. */
export type ObjectReference = Pick<LinkRequest, 'bucketName' | 'objectName' | 'versionId'>;

/** Whether a presigned GET of the object would be answered with its bytes. */
export type Availability = 'available' | 'not-found' | 'archived' | 'forbidden' | 'unreadable';

/**
 * Looks whether the object can be downloaded now, so that no link is spent on one that cannot: asks for its first byte,
 * with the very right that the link will use. HEAD would find an object that is encrypted with a key we may not use.
 *
 * @throws whatever the SDK throws when S3 does not answer, or answers for a reason of its own.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export async function objectAvailability(client: S3Client, object: ObjectReference): Promise<Availability> {
  try {
    const { Body: body } = await client.send(new GetObjectCommand({ ...objectInput(object), Range: 'bytes=0-0' }));
    // The head of the answer says it all. The byte is left where it is: it could fail to come, outside the SDK's retries.
    if (body instanceof Readable) {
      body.destroy();
    }
    return 'available';
  } catch (error) {
    if (error instanceof S3ServiceException) {
      switch (error.name) {
        case 'InvalidRange': // The object is empty.
          return 'available';
        case 'NoSuchKey':
        case 'NoSuchVersion':
        case 'MethodNotAllowed': // The version is a delete marker.
          return 'not-found';
        case 'InvalidObjectState':
          return 'archived';
        case 'AccessDenied':
          return 'forbidden';
        case 'InvalidArgument': // A malformed version id.
        case 'InvalidRequest': // The object has a key that only its owner has (SSE-C).
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
