import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { authorize } from './access';
import type { LocalBucket } from './bucket-model';
import { type ChecksumType, DEFAULT_CHECKSUM } from './checksums';
import { writeObject } from './conditional-write';
import type { S3Context } from './context';
import { publishCreation } from './events';
import { receiveBody } from './receive-body';
import { isFailure, type S3Failure, type S3Reply } from './reply';

const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
/** Upload headers that downloads return. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

/**
 * Stores the body of a PUT if it matches its headers. Writes to a temporary file first, so that refused or interrupted
 * uploads leave nothing behind.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export async function putObject(context: S3Context): Promise<S3Reply | S3Failure> {
  const { request, target, store, bucket, now } = context;
  const denial = bucket.kmsKeyArn && authorize(context, 'kms:GenerateDataKey', bucket.kmsKeyArn);
  if (denial) {
    return denial;
  }
  const removalsBefore = store.removals(bucket, target.key);
  const temporaryFile = store.temporaryFile();
  try {
    const received = await receiveBody(request, temporaryFile, DEFAULT_CHECKSUM);
    if (isFailure(received)) {
      return received;
    }
    const { size, checksums } = received;
    const etag = received.md5.toString('hex');
    const content = { size, etag, checksums, headers: keptHeaders(request.headers) };
    const version = await writeObject(context, { file: temporaryFile, content, now }, removalsBefore);
    if (isFailure(version)) {
      return version;
    }
    publishCreation(context, version, 'PutObject');
    return {
      status: 200,
      headers: { etag: `"${etag}"`, ...checksumHeaders(checksums), ...versionHeaders(bucket, version.versionId) },
    };
  } finally {
    await rm(temporaryFile, { force: true });
  }
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export async function deleteObject({ target, store, bucket, now }: S3Context): Promise<S3Reply> {
  const removed = await store.remove(bucket, target.key, now);
  const marker =
    bucket.versioned && removed ? { 'x-amz-delete-marker': 'true', 'x-amz-version-id': removed.versionId } : {};
  return { status: 204, headers: marker };
}

/** `x-amz-meta-*`: stored with the object and returned. */
export function isUserMetadata(headerName: string): boolean {
  return headerName.startsWith('x-amz-meta-');
}

/** Response headers with the stored checksums. */
export function checksumHeaders(
  checksums: Readonly<Record<string, string>>,
  type: ChecksumType = 'FULL_OBJECT',
): Readonly<Record<string, string>> {
  const entries = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value]);
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': type };
}

/** XML elements with the checksums of an object or a part. */
export function checksumElements(checksums: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(checksums).map(([name, value]) => [`Checksum${name.toUpperCase()}`, value]);
  return Object.fromEntries(entries);
}

/** Response header with the new version; empty if the bucket is not versioned. */
export function versionHeaders(bucket: LocalBucket, versionId: string): Readonly<Record<string, string>> {
  return bucket.versioned ? { 'x-amz-version-id': versionId } : {};
}

/** Selects the upload headers that downloads return. */
export function keptHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.includes(name) || isUserMetadata(name));
  return {
    'content-type': DEFAULT_CONTENT_TYPE,
    ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
  };
}
