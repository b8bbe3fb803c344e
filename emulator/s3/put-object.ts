import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { LocalBucket } from './access';
import type { ChecksumType } from './checksums';
import { receiveBody } from './receive-body';
import { isFailure, type S3Failure, type S3Reply } from './reply';
import { isUserMetadata } from './request';
import type { ObjectStore } from './store';

const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
/** Headers of the upload that come back with every download. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/**
 * Stores the body of a PUT if it is what its headers say. It is written to a temporary file, so that a refused or
 * broken-off upload leaves nothing behind.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export async function putObject(
  request: IncomingMessage,
  store: ObjectStore,
  bucket: LocalBucket,
  key: string,
  now: Date,
): Promise<S3Reply | S3Failure> {
  const temporaryFile = store.temporaryFile();
  try {
    const received = await receiveBody(request, temporaryFile);
    if (isFailure(received)) {
      return received;
    }
    const { size, checksums } = received;
    const etag = received.md5.toString('hex');
    const content = { size, etag, checksums, headers: keptHeaders(request.headers) };
    const { versionId } = await store.put(bucket, key, temporaryFile, content, now);
    return {
      status: 200,
      headers: { etag: `"${etag}"`, ...checksumHeaders(checksums), ...versionHeaders(bucket, versionId) },
    };
  } finally {
    await rm(temporaryFile, { force: true });
  }
}

/** The headers that tell a client the checksums which S3 holds. */
export function checksumHeaders(
  checksums: Readonly<Record<string, string>>,
  type: ChecksumType = 'FULL_OBJECT',
): Readonly<Record<string, string>> {
  const entries = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value]);
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': type };
}

/** The elements that tell a client the checksums of an object or a part. */
export function checksumElements(checksums: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(checksums).map(([name, value]) => [`Checksum${name.toUpperCase()}`, value]);
  return Object.fromEntries(entries);
}

/** The header that names the version which an upload made; none where the bucket keeps no versions. */
export function versionHeaders(bucket: LocalBucket, versionId: string): Readonly<Record<string, string>> {
  return bucket.versioned ? { 'x-amz-version-id': versionId } : {};
}

/** What is kept of an upload's headers, to be given back. */
export function keptHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.includes(name) || isUserMetadata(name));
  return {
    'content-type': DEFAULT_CONTENT_TYPE,
    ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
  };
}
