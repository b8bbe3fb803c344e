import { createHash } from 'node:crypto';

/** Takes a body piece by piece. */
export interface Checksum {
  update(chunk: Buffer): void;
  /** May be called once. */
  digest(): Buffer;
}

/** Reversed polynomials of CRC-32 (zlib) and CRC-32C (Castagnoli). */
const CRC32_POLYNOMIAL = 0xedb88320;
const CRC32C_POLYNOMIAL = 0x82f63b78;

/**
 * The checksums that a client may send with an upload as `x-amz-checksum-<name>`, by name.
 *
 * The CRCs are computed here, since `zlib.crc32` is younger than the oldest Node that the stand runs on.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const CHECKSUMS: Readonly<Record<string, () => Checksum>> = {
  crc32: () => createCrc(CRC32_POLYNOMIAL),
  crc32c: () => createCrc(CRC32C_POLYNOMIAL),
  sha1: () => createHash('sha1'),
  sha256: () => createHash('sha256'),
};

function createCrc(polynomial: number): Checksum {
  const table = crcTable(polynomial);
  let crc = 0xffffffff;
  return {
    update(chunk: Buffer): void {
      for (const byte of chunk) {
        crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
      }
    },
    digest(): Buffer {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
      return digest;
    },
  };
}

function crcTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1 ? polynomial ^ (crc >>> 1) : crc >>> 1;
    }
    return crc;
  });
}
