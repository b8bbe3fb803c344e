import { createHash } from 'node:crypto';
import type { DownloadDestination, ObjectDescription, PresignedUrl } from '../../../lambda/link/destination';
import { linkIdOf, type Nonce, nonceFromBytes } from '../../../lambda/link/nonce';

/** Returns a nonce for a number, the same in every run. */
export function nonceNumber(number: number): Nonce {
  return nonceFromBytes(createHash('sha256').update(`nonce ${number}`).digest());
}

/** Incompressible text, the same in every run. */
export function noise(encoding: 'base64' | 'hex', length: number, seed = 0): string {
  let text = '';
  for (let block = 0; text.length < length; block++) {
    text += createHash('sha384').update(`noise ${seed} ${block}`).digest(encoding);
  }
  return text.slice(0, length);
}

/** A session token in the format of a Lambda role's tokens. */
export function sessionToken(length: number, seed = 0): string {
  const start = 'IQoJb3JpZ2luX2VjE';
  return start + noise('base64', length - start.length, seed);
}

/** Parts of a {@link presignedUrl}. */
export interface PresignedUrlParts {
  readonly key?: string;
  readonly region?: string;
  readonly token?: string;
  readonly versionId?: string;
  readonly contentDisposition?: string;
  readonly seed?: number;
}

const LINK_ID = linkIdOf(nonceNumber(0));

/** A presigned URL in the SDK's format, with a made-up signature. */
export function presignedUrl({
  key = 'S3.png',
  region = 'us-east-1',
  token,
  versionId,
  contentDisposition = 'inline',
  seed = 0,
}: PresignedUrlParts = {}): PresignedUrl {
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD',
    'X-Amz-Credential': `ASIA${noise('hex', 16, seed).toUpperCase()}/20261122/${region}/s3/aws4_request`,
    'X-Amz-Date': '20261122T081500Z',
    'X-Amz-Expires': '3600',
    ...(token === undefined ? {} : { 'X-Amz-Security-Token': token }),
    'X-Amz-Signature': noise('hex', 64, seed + 1),
    'X-Amz-SignedHeaders': 'host',
    'response-content-disposition': contentDisposition,
    ...(versionId === undefined ? {} : { versionId }),
    'x-id': 'GetObject',
    'x-link-id': LINK_ID,
  };
  const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const path = key.split('/').map(encodeURIComponent).join('/');
  const host = `presignedurlstack-sharedbucket83908e77-1a2b3c4d5e6f.s3.${region}.amazonaws.com`;
  return `https://${host}/${path}?${search.join('&')}` as PresignedUrl;
}

export const DESCRIPTION: ObjectDescription = {
  fileName: 'S3.png',
  sizeBytes: 1_234_567,
  contentType: 'image/png',
  from: 'Ada Lovelace',
};

/** The destination of a link with presign `now`. */
export function storedUrl(url: PresignedUrl, description = DESCRIPTION): DownloadDestination {
  return { presign: 'now', url, description };
}
