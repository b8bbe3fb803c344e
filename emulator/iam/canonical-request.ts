import { createHash, createHmac } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
export const TERMINATOR = 'aws4_request';

/** Header values by lower-case name, trimmed, with repeated spaces collapsed. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;
/** Percent-decoded names and values, with one character per byte (Latin-1). */
export type QueryPairs = readonly (readonly [name: string, value: string])[];

/** Input of {@link canonicalRequest}; `query` excludes the signature itself. */
export interface CanonicalParts {
  readonly service: string;
  readonly method: string;
  readonly rawPath: string;
  readonly query: QueryPairs;
  readonly headers: HeaderValues;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

/**
 * Step 1 of Signature Version 4. The result is Latin-1, as Node decodes header bytes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function canonicalRequest(parts: CanonicalParts): string {
  const canonicalHeaders = parts.signedHeaders.map((name) => `${name}:${joinedHeader(parts.headers, name)}\n`).join('');
  return [
    parts.method,
    canonicalUri(parts.service, parts.rawPath),
    canonicalQueryString(parts.query),
    canonicalHeaders,
    parts.signedHeaders.join(';'),
    parts.payloadHash,
  ].join('\n');
}

/** Steps 2 and 3. `scope` is `date/region/service/aws4_request`. */
export function stringToSign(timestamp: string, scope: string, canonical: string): string {
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  return [ALGORITHM, timestamp, scope, hash].join('\n');
}

/** Step 4: derives the signing key for one day, Region and service. */
export function signingKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  return [date, region, service, TERMINATOR].reduce<Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
}

/** Splits and percent-decodes a query string, `+` as a space; `undefined` if an encoding is malformed. */
export function parseQuery(rawQuery: string): QueryPairs | undefined {
  const encoded = rawQuery.replaceAll('+', '%20');
  if (isMalformed(encoded)) {
    return undefined;
  }
  const pieces = encoded.split('&').filter((piece) => piece !== '');
  return pieces.map((piece) => {
    const [name = '', ...value] = piece.split('=');
    return [decodeBytes(name), decodeBytes(value.join('='))];
  });
}

/** Groups raw headers by name. */
export function groupHeaders(rawHeaders: readonly string[]): HeaderValues {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').trim().replace(/[ \t]+/g, ' ');
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return headers;
}

/** The values of a header, joined by commas. */
export function joinedHeader(headers: HeaderValues, name: string): string | undefined {
  return headers.get(name)?.join(',');
}

/** Whether a `%` does not start an encoded byte. */
export function isMalformed(encoded: string): boolean {
  return /%(?![0-9a-f]{2})/i.test(encoded);
}

/** S3 signs the decoded path, encoded once; other services sign the normalized path as sent, encoded again. */
function canonicalUri(service: string, rawPath: string): string {
  const path = service === 's3' ? decodeBytes(rawPath.replaceAll('+', '%20')) : normalizePath(rawPath);
  return path.split('/').map(encodeBytes).join('/');
}

function normalizePath(rawPath: string): string {
  const segments: string[] = [];
  for (const segment of rawPath.split('/')) {
    if (segment === '..') {
      segments.pop();
    } else if (segment !== '' && segment !== '.') {
      segments.push(segment);
    }
  }
  const trailingSlash = rawPath.endsWith('/') && segments.length > 0 ? '/' : '';
  return `/${segments.join('/')}${trailingSlash}`;
}

function canonicalQueryString(query: QueryPairs): string {
  return query
    .map(([name, value]) => [encodeBytes(name), encodeBytes(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compare(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

function decodeBytes(encoded: string): string {
  return encoded.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function encodeBytes(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
