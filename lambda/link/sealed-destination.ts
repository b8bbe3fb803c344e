import { createCipheriv, createDecipheriv } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Brand } from './brand';
import type { Destination, ObjectAddress, PresignedUrl } from './destination';
import { type LinkId, linkIdOf, type Nonce, sealingKeyOf } from './nonce';

/** What a link leads to, as only its nonce opens it: format byte, ciphertext, authentication tag. Safe to store. */
export type SealedDestination = Brand<Uint8Array, 'SealedDestination'>;

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/**
 * First byte of a record: what is in it, and how. A change of cipher, derivation, dictionary or fields takes the next
 * number, and the old one is read as long as links that have it can be open.
 */
const FORMAT = { compressedUrl: 1, objectAddress: 2, dissectedUrl: 3 } as const;

/**
 * What presigned URLs have in common, the likeliest last. Compressing against it leaves little but what is random in them.
 * Part of formats 1 and 3: never edit, add a format.
 */
const DICTIONARY = Buffer.from(
  '%E2%80%99%20%28%29response-content-disposition=attachment%3B%20filename%3D%22%22%3B%20filename%2A%3DUTF-8%27%27' +
    '&versionId=.dualstack.s3.cn-north-1.amazonaws.com.cn/ap-southeast-1.eu-central-1.us-west-2.eu-west-1.us-east-1' +
    '&x-amz-checksum-mode=ENABLED&X-Amz-Security-Token=IQoJb3JpZ2luX2VjE%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaCXVzLWVhc3QtMSJ' +
    'https://s3.us-east-1.amazonaws.com/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD' +
    '&X-Amz-Credential=ASIA%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=3600' +
    '&X-Amz-Security-Token=&X-Amz-Signature=&X-Amz-SignedHeaders=host&x-id=GetObject',
);

/** And what this stack calls its bucket, if nobody gave the stack another name. Part of format 3. */
const DICTIONARY_OF_STACK = Buffer.concat([DICTIONARY, Buffer.from('https://presignedurlstack-sharedbucket')]);

/**
 * What is random in a presigned URL: the signer's session token, which is base64, and the signature, which is hex. As text
 * they cannot be compressed below their bytes; as bytes, up to about 970 characters of token leave the item below the 1,024
 * bytes at which DynamoDB starts to charge a second write unit.
 */
const RANDOM_PARTS = /X-Amz-Security-Token=((?:[A-Za-z0-9]|%2[BF]|%3D){1,8192})&X-Amz-Signature=([0-9a-f]{64})/;
const WITHOUT_RANDOM_PARTS = 'X-Amz-Security-Token=&X-Amz-Signature=';
const SIGNATURE_BYTES = 32;
const TOKEN_AT = SIGNATURE_BYTES + Uint16Array.BYTES_PER_ELEMENT;

/** The plain text is a URL of at most 8 KB (`MAX_PRESIGNED_URL_LENGTH`); a record that inflates beyond that is not ours. */
const MAX_URL_BYTES = 16_384;

/** Between the fields of an address. Only a key may hold it, and the key comes last. */
const FIELD_END = '\0';

/** Seals a link's destination with its nonce. The link id is bound in: the record opens under its own key only. */
export function sealDestination(nonce: Nonce, destination: Destination): SealedDestination {
  const { format, content } = encode(destination);
  const { key, iv } = sealingKeyOf(nonce);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(format, linkIdOf(nonce)));
  const sealed = [Buffer.of(format), cipher.update(content), cipher.final(), cipher.getAuthTag()];
  return new Uint8Array(Buffer.concat(sealed)) as SealedDestination;
}

/**
 * Opens what {@link sealDestination} made.
 *
 * @throws Error if the record was not sealed with this nonce, was altered, or has an unknown format. A record that came
 * out of the store under the nonce's own link id always opens, so this is a fault and not an outcome.
 */
export function unsealDestination(nonce: Nonce, sealed: Uint8Array): Destination {
  const [format] = sealed;
  const known = Object.values<number | undefined>(FORMAT).includes(format);
  if (format === undefined || !known || sealed.length <= 1 + TAG_BYTES) {
    throw new Error('the sealed record has an unknown format');
  }
  const { key, iv } = sealingKeyOf(nonce);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(format, linkIdOf(nonce)));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const content = Buffer.concat([decipher.update(sealed.subarray(1, -TAG_BYTES)), decipher.final()]);
  if (format === FORMAT.objectAddress) {
    return { presign: 'on_open', object: decodeAddress(content) };
  }
  const url = format === FORMAT.dissectedUrl ? assembleUrl(content) : inflate(content, DICTIONARY);
  return { presign: 'now', url: url as PresignedUrl };
}

function encode(destination: Destination): { readonly format: number; readonly content: Uint8Array } {
  if (destination.presign === 'on_open') {
    return { format: FORMAT.objectAddress, content: encodeAddress(destination.object) };
  }
  const { url } = destination;
  const dissected = dissectUrl(url);
  // What does not come back as it went is not taken apart.
  return dissected !== undefined && assembleUrl(dissected) === url
    ? { format: FORMAT.dissectedUrl, content: dissected }
    : { format: FORMAT.compressedUrl, content: deflate(url, DICTIONARY) };
}

/** Signature, length of the token, token, and the rest of the URL, compressed. */
function dissectUrl(url: string): Buffer | undefined {
  const [parts, encodedToken = '', signature = ''] = RANDOM_PARTS.exec(url) ?? [];
  if (parts === undefined) {
    return undefined;
  }
  const token = Buffer.from(decodeURIComponent(encodedToken), 'base64');
  const tokenLength = Buffer.alloc(Uint16Array.BYTES_PER_ELEMENT);
  tokenLength.writeUInt16BE(token.length);
  const rest = deflate(url.replace(parts, WITHOUT_RANDOM_PARTS), DICTIONARY_OF_STACK);
  return Buffer.concat([Buffer.from(signature, 'hex'), tokenLength, token, rest]);
}

function assembleUrl(content: Buffer): string {
  const tokenEnd = TOKEN_AT + content.readUInt16BE(SIGNATURE_BYTES);
  const token = encodeURIComponent(content.toString('base64', TOKEN_AT, tokenEnd));
  const signature = content.toString('hex', 0, SIGNATURE_BYTES);
  return inflate(content.subarray(tokenEnd), DICTIONARY_OF_STACK).replace(
    WITHOUT_RANDOM_PARTS,
    `X-Amz-Security-Token=${token}&X-Amz-Signature=${signature}`,
  );
}

function deflate(text: string, dictionary: Buffer): Buffer {
  return deflateRawSync(text, { dictionary, level: 9 });
}

function inflate(compressed: Uint8Array, dictionary: Buffer): string {
  return inflateRawSync(compressed, { dictionary, maxOutputLength: MAX_URL_BYTES }).toString('utf8');
}

/** Plain text, uncompressed: no key of 500 bytes, however random, takes more than its own length. */
function encodeAddress({ bucketName, region, versionId = '', downloadAs = '', objectName }: ObjectAddress): Buffer {
  const fields = [bucketName, region, versionId, downloadAs];
  if (fields.some((field) => field.includes(FIELD_END))) {
    throw new RangeError('only the key of an object may hold a NUL character');
  }
  return Buffer.from([...fields, objectName].join(FIELD_END));
}

function decodeAddress(content: Buffer): ObjectAddress {
  const [bucketName = '', region = '', versionId, downloadAs, ...key] = content.toString('utf8').split(FIELD_END);
  return {
    bucketName,
    region,
    objectName: key.join(FIELD_END),
    ...(versionId ? { versionId } : {}),
    ...(downloadAs ? { downloadAs } : {}),
  };
}

function additionalData(format: number, linkId: LinkId): Buffer {
  return Buffer.from(`${format}:${linkId}`);
}
