import { createHash, createHmac } from 'node:crypto';

/** What is signed: nothing that needs normalising, only headers in lower case. */
export interface SignedParts {
  readonly service: 'dynamodb' | 's3';
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Sorted and encoded. */
  readonly query: string;
  /** Sorted by name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly payloadHash: string;
}

const { AWS_REGION: region = '', AWS_SECRET_ACCESS_KEY: secret = '' } = process.env;

/**
 * Signature version 4, written for the bench: as little of it as will do. Deployed functions leave it to the SDK.
 *
 * @param timestamp of the request, for example `20261122T081500Z`.
 */
export function signature(parts: SignedParts, timestamp: string): string {
  const names = Object.keys(parts.headers);
  const canonical = [
    parts.method,
    parts.path,
    parts.query,
    ...names.map((name) => `${name}:${parts.headers[name]}`),
    '',
    names.join(';'),
    parts.payloadHash,
  ].join('\n');
  const scope = credentialScope(parts.service, timestamp);
  const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  const key = scope.split('/').reduce<string | Buffer>((secretOrKey, part) => hmac(secretOrKey, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

export function credentialScope(service: SignedParts['service'], timestamp: string): string {
  return `${timestamp.slice(0, 8)}/${region}/${service}/aws4_request`;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function timestampOf(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
