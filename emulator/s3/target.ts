import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { fail, type S3Failure } from './reply';

/** The parsed address of a request, and the parts of it that are signed. */
export interface S3Target {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly bucketName: string;
  /** Object key; empty for the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
}

/** S3 limits keys to 1,024 bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** Parses a path-style address, `/bucket/key`. Fails for malformed encodings and repeated parameters. */
export function parseTarget(request: IncomingMessage): S3Target | S3Failure {
  const [rawPath = '', ...queryParts] = (request.url ?? '').split('?');
  const rawQuery = queryParts.join('?');
  const [empty, rawBucket = '', ...rawKey] = rawPath.split('/');
  const bucketName = decode(rawBucket);
  const key = decode(rawKey.join('/'));
  const pairs = rawQuery.split('&').map((piece) => piece.split(/=(.*)/s, 2).map(decode));
  if (empty !== '' || bucketName === undefined || key === undefined || pairs.flat().includes(undefined)) {
    return fail(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    return fail(400, 'KeyTooLongError', 'Your key is too long');
  }
  const named = pairs.map(([name = '', value = '']) => [name, value] as const).filter(([name]) => name !== '');
  const query = new Map(named);
  if (query.size < named.length) {
    return fail(400, 'InvalidArgument', 'A query parameter occurs more than once');
  }
  const { method = '', rawHeaders, headers } = request;
  return { method, rawPath, rawQuery, rawHeaders, headers, bucketName, key, query };
}

/** S3 decodes `+` as a space, even in paths. */
function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', '%20'));
  } catch {
    return undefined;
  }
}
