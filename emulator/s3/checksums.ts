import { createHash } from 'node:crypto';

/** Takes a body piece by piece. */
export interface Checksum {
  update(chunk: Buffer): void;
  /** May be called once. */
  digest(): Buffer;
}

/** What a checksum of an upload in parts speaks of: all bytes of the object, or the checksums of its parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** Reversed polynomials of CRC-32 (zlib), CRC-32C (Castagnoli) and CRC-64/NVME. */
const CRC32_POLYNOMIAL = 0xedb88320;
const CRC32C_POLYNOMIAL = 0x82f63b78;
const CRC64NVME_POLYNOMIAL = 0x9a6c9329ac4bc9b5n;

/**
 * The checksums that a client may send with an upload as `x-amz-checksum-<name>`, by name.
 *
 * The CRCs are computed here, since `zlib.crc32` is younger than the oldest Node that the emulator runs on.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
export const CHECKSUMS: Readonly<Record<string, () => Checksum>> = {
  crc32: () => createCrc(CRC32_POLYNOMIAL),
  crc32c: () => createCrc(CRC32C_POLYNOMIAL),
  crc64nvme: createCrc64,
  sha1: () => createHash('sha1'),
  sha256: () => createHash('sha256'),
};

/**
 * The types that S3 takes for uploads in parts, by name of the checksum; the first is the default.
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

/** In two halves of 32 bits: a BigInt for each byte would take minutes where this takes seconds. */
function createCrc64(): Checksum {
  const table = crc64Table();
  let high = 0xffffffff;
  let low = 0xffffffff;
  return {
    update(chunk: Buffer): void {
      for (const byte of chunk) {
        const entry = ((low ^ byte) & 0xff) * 2;
        low = ((low >>> 8) | (high << 24)) ^ (table[entry + 1] ?? 0);
        high = (high >>> 8) ^ (table[entry] ?? 0);
      }
    },
    digest(): Buffer {
      const digest = Buffer.alloc(8);
      digest.writeUInt32BE((high ^ 0xffffffff) >>> 0);
      digest.writeUInt32BE((low ^ 0xffffffff) >>> 0, 4);
      return digest;
    },
  };
}

/** The upper and the lower half of each entry in turn. */
function crc64Table(): Uint32Array {
  const table = new Uint32Array(512);
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 1n ? CRC64NVME_POLYNOMIAL ^ (crc >> 1n) : crc >> 1n;
    }
    table[byte * 2] = Number(crc >> 32n);
    table[byte * 2 + 1] = Number(crc & 0xffffffffn);
  }
  return table;
}
