import { HeadObjectCommand, type HeadObjectCommandOutput, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { LINK_ID_METADATA } from '../contract';
import { type LinkId, parseLinkId } from '../link/nonce';
import type { ObjectChecksum } from '../link/receipt';
import { withDeadline } from './client-settings';

/** An object under an upload prefix, and the link that it was uploaded through. */
export interface UploadedObject {
  readonly linkId: LinkId;
  readonly sizeBytes: number;
  /** @default - S3 stores none for the object */
  readonly checksum?: ObjectChecksum;
}

/** Key of {@link LINK_ID_METADATA} in the SDK's metadata. */
const METADATA_KEY = LINK_ID_METADATA.replace('x-amz-meta-', '');

/**
 * Finds the link that an object was uploaded through.
 *
 * @returns `undefined` if the object was not uploaded through a link, or no longer exists.
 * @throws the SDK's error if S3 gives no usable response.
 */
export async function findUploadedObject(
  client: S3Client,
  object: { readonly bucketName: string; readonly objectName: string; readonly versionId?: string | undefined },
): Promise<UploadedObject | undefined> {
  const head = new HeadObjectCommand({
    Bucket: object.bucketName,
    Key: object.objectName,
    VersionId: object.versionId,
    ChecksumMode: 'ENABLED',
  });
  try {
    const found = await withDeadline(async (options) => await client.send(head, options));
    const linkId = parseLinkId(found.Metadata?.[METADATA_KEY]);
    const checksum = checksumOf(found);
    return linkId && { linkId, sizeBytes: found.ContentLength ?? 0, ...(checksum && { checksum }) };
  } catch (error) {
    if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) {
      return undefined;
    }
    throw error;
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumOf(found: HeadObjectCommandOutput): ObjectChecksum | undefined {
  const known = { SHA256: found.ChecksumSHA256, CRC64NVME: found.ChecksumCRC64NVME };
  const [[algorithm, value] = []] = Object.entries(known).filter(([, stored]) => stored !== undefined);
  return algorithm !== undefined && value !== undefined ? { algorithm, value } : undefined;
}
