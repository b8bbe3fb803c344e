import { createCipheriv, createDecipheriv } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Brand } from './brand';
import { type LinkId, linkIdOf, type Nonce, sealingKeyOf } from './nonce';

/** Address that S3 serves one object at, to whoever holds it. A secret: never logged, stored only sealed. */
export type PresignedUrl = Brand<string, 'PresignedUrl'>;

/** A presigned URL that only the link's nonce opens: version byte, ciphertext, authentication tag. Safe to store. */
export type SealedUrl = Brand<Uint8Array, 'SealedUrl'>;

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/** First byte of a record. A change of cipher, derivation or dictionary takes the next number. */
const VERSION = 1;

/**
 * What presigned URLs have in common, the likeliest last. Compressing against it leaves little but the signer's session
 * token: up to about 800 characters of that, the item stays below the 1,024 bytes at which DynamoDB starts to charge a
 * second write unit. Part of version 1: never edit, add a version.
 */
const DICTIONARY = Buffer.from(
  '%E2%80%99%20%28%29response-content-disposition=attachment%3B%20filename%3D%22%22%3B%20filename%2A%3DUTF-8%27%27' +
    '&versionId=.dualstack.s3.cn-north-1.amazonaws.com.cn/ap-southeast-1.eu-central-1.us-west-2.eu-west-1.us-east-1' +
    '&x-amz-checksum-mode=ENABLED&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaCXVzLWVhc3QtMSJ' +
    'https://s3.us-east-1.amazonaws.com/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
    '&X-Amz-Credential=ASIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=3600' +
    '&X-Amz-Security-Token=&X-Amz-Signature=&X-Amz-SignedHeaders=host&x-id=GetObject',
);

/** The plain text is a URL of at most 8 KB (`MAX_PRESIGNED_URL_LENGTH`); a record that inflates beyond that is not ours. */
const MAX_PLAIN_TEXT_BYTES = 16_384;

/** Seals a presigned URL with the link's nonce. The link id is bound in: the record opens under its own key only. */
export function sealUrl(nonce: Nonce, url: PresignedUrl): SealedUrl {
  const { key, iv } = sealingKeyOf(nonce);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(linkIdOf(nonce)));
  const compressed = deflateRawSync(url, { dictionary: DICTIONARY, level: 9 });
  const sealed = [Buffer.of(VERSION), cipher.update(compressed), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(sealed)) as SealedUrl;
}

/**
 * Opens what {@link sealUrl} made.
 *
 * @throws Error if the record was not sealed with this nonce, was altered, or has another version. A record that came
 * out of the store under the nonce's own link id always opens, so this is a fault and not an outcome.
 */
export function unsealUrl(nonce: Nonce, sealed: Uint8Array): PresignedUrl {
  if (sealed[0] !== VERSION || sealed.length <= 1 + TAG_BYTES) {
    throw new Error('the sealed record has an unknown format');
  }
  const { key, iv } = sealingKeyOf(nonce);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(linkIdOf(nonce)));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const compressed = Buffer.concat([decipher.update(sealed.subarray(1, -TAG_BYTES)), decipher.final()]);
  const url = inflateRawSync(compressed, { dictionary: DICTIONARY, maxOutputLength: MAX_PLAIN_TEXT_BYTES });
  return url.toString('utf8') as PresignedUrl;
}

function additionalData(linkId: LinkId): Buffer {
  return Buffer.from(`${VERSION}:${linkId}`);
}
