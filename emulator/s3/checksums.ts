import { createHash } from 'node:crypto';
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';

/** An incremental checksum. */
export interface Checksum {
  update(chunk: Buffer): void;
  /** Can be called only once. */
  digest(): Uint8Array | Promise<Uint8Array>;
}

/** Whether the checksum of a multipart upload covers all bytes of the object or the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/**
 * Checksums that a client may send as `x-amz-checksum-<name>`, by name.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const CHECKSUMS: Readonly<Record<string, () => Checksum>> = {
  crc32: () => new Crc32(),
  crc32c: () => new Crc32c(),
  crc64nvme: () => new Crc64Nvme(),
  sha1: () => createHash('sha1'),
  sha256: () => createHash('sha256'),
};

/**
 * Checksum types that S3 supports for multipart uploads, by name of the checksum; the first is the default.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
export const MULTIPART_CHECKSUM_TYPES: ReadonlyMap<string, readonly [ChecksumType, ...ChecksumType[]]> = new Map([
  ['crc32', ['COMPOSITE', 'FULL_OBJECT']],
  ['crc32c', ['COMPOSITE', 'FULL_OBJECT']],
  ['crc64nvme', ['FULL_OBJECT']],
  ['sha1', ['COMPOSITE']],
  ['sha256', ['COMPOSITE']],
]);

/**
 * Checksum that S3 adds to an object that was uploaded without one.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Checksum.html
 */
export const DEFAULT_CHECKSUM = 'crc64nvme';

/** Formats a checksum as in headers. */
export async function base64Digest(checksum: Checksum): Promise<string> {
  return Buffer.from(await checksum.digest()).toString('base64');
}
