import { createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Brand } from './brand';
import type { Destination, DownloadDestination, UploadDestination } from './destination';
import { linkIdOf, type Nonce, sealingKeyOf } from './nonce';
import { formatOf, type Operation, operationOf, RECORD_FORMAT, type RecordFormat } from './record-format';

/**
 * An encrypted destination: format byte, ciphertext, authentication tag. Only the nonce can unseal it, so it is safe
 * to store.
 */
export type SealedDestination = Brand<Uint8Array, 'SealedDestination'>;

/** Thrown for a record that was altered, or sealed with another nonce. */
export class TamperedRecordError extends Error {
  static override readonly name = 'TamperedRecordError';
  override readonly name = TamperedRecordError.name;
}

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/**
 * Maximum size of the plaintext: a URL of 7,168 characters, or an object reference, as JSON. This project does not seal
 * anything larger.
 */
const MAX_PLAIN_BYTES = 16_384;

/**
 * Seals a destination with the nonce of its link. The link ID is authenticated, so a record copied to another item
 * cannot be unsealed. The JSON is compressed: a key of 1,024 bytes makes a URL of 6 KB, and an authorizer context has
 * room for 4 KB.
 */
export function sealDestination(nonce: Nonce, destination: Destination): SealedDestination {
  const format = formatFor(destination);
  const { key, iv } = sealingKeyOf(nonce);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(format, nonce));
  const plain = deflateRawSync(JSON.stringify(destination));
  const sealed = [Buffer.of(format), cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(sealed)) as SealedDestination;
}

function formatFor(destination: Destination): RecordFormat {
  if (!('presign' in destination)) {
    return RECORD_FORMAT.upload;
  }
  return destination.presign === 'now' ? RECORD_FORMAT.storedUrl : RECORD_FORMAT.signedOnOpen;
}

/**
 * Unseals a record that {@link sealDestination} made.
 *
 * @throws TamperedRecordError if the record was altered, belongs to a link of another operation, or was sealed with another
 * nonce: a record that is stored under the nonce's link ID can otherwise always be unsealed.
 * @throws Error if the record has an unknown format.
 */
export function unsealDestination(nonce: Nonce, sealed: Uint8Array, operation: 'download'): DownloadDestination;
export function unsealDestination(nonce: Nonce, sealed: Uint8Array, operation: 'upload'): UploadDestination;
export function unsealDestination(nonce: Nonce, sealed: Uint8Array, operation: Operation): Destination {
  const format = formatOf(sealed);
  if (operationOf(format) !== operation) {
    throw new TamperedRecordError('the sealed record belongs to a link of another operation');
  }
  if (sealed.length <= 1 + TAG_BYTES) {
    throw new TamperedRecordError('the sealed record is cut short');
  }
  const { key, iv } = sealingKeyOf(nonce);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(format, nonce));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = authenticated(decipher, sealed.subarray(1, -TAG_BYTES));
  return JSON.parse(inflateRawSync(plain, { maxOutputLength: MAX_PLAIN_BYTES }).toString('utf8'));
}

function authenticated(decipher: DecipherGCM, ciphertext: Uint8Array): Buffer {
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    throw new TamperedRecordError('the sealed record was altered, or sealed with another nonce');
  }
}

function additionalData(format: RecordFormat, nonce: Nonce): Buffer {
  return Buffer.from(`${format}:${linkIdOf(nonce)}`);
}
