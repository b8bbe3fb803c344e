import type { UploadDestination } from './destination';
import { fitDownloadName } from './download-name';
import type { LinkId } from './nonce';

/**
 * Longest prefix of the key of an upload, in bytes. It leaves room for the link ID and a file name:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export const MAX_UPLOAD_PREFIX_BYTES = 700;

/** The key that an upload gets. The link ID in it makes it unique, unless the link names the whole key. */
export function uploadKey({ key }: Pick<UploadDestination, 'key'>, linkId: LinkId, fileName: string): string {
  return 'objectName' in key ? key.objectName : `${key.prefix}${linkId}/${fitDownloadName(fileName)}`;
}
