import { DeleteObjectCommand, GetObjectTaggingCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { UPLOAD_FOLDER, UPLOAD_TAG } from '../contract';
import { type LinkId, parseLinkId } from '../link/nonce';
import { withDeadline } from './client-settings';

/** The upload bucket and a client for it. */
export interface UploadBucket {
  readonly client: S3Client;
  readonly name: string;
}

/**
 * Lists the keys of uploaded files, in pages of up to 1,000.
 *
 * @throws the SDK's error if S3 gives no usable response.
 */
export async function* listUploads({ client, name }: UploadBucket): AsyncGenerator<readonly string[]> {
  let start: string | undefined;
  do {
    const list = new ListObjectsV2Command({ Bucket: name, Prefix: UPLOAD_FOLDER, ContinuationToken: start });
    const page = await withDeadline(async (options) => await client.send(list, options));
    yield (page.Contents ?? []).flatMap(({ Key: key }) => key ?? []);
    start = page.NextContinuationToken;
  } while (start !== undefined);
}

/**
 * Reads the link ID in a file's tag.
 *
 * @returns `undefined` if the file has no such tag.
 * @throws the SDK's error if S3 gives no usable response, or the file no longer exists.
 */
export async function linkIdOfUpload({ client, name }: UploadBucket, key: string): Promise<LinkId | undefined> {
  const get = new GetObjectTaggingCommand({ Bucket: name, Key: key });
  const { TagSet: tags = [] } = await withDeadline(async (options) => await client.send(get, options));
  return parseLinkId(tags.find(({ Key: tag }) => tag === UPLOAD_TAG)?.Value);
}

/**
 * Removes a file.
 *
 * @throws the SDK's error if S3 gives no usable response.
 */
export async function removeUpload({ client, name }: UploadBucket, key: string): Promise<void> {
  const remove = new DeleteObjectCommand({ Bucket: name, Key: key });
  await withDeadline(async (options) => await client.send(remove, options));
}
