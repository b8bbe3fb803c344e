import { fail, type S3Failure } from './reply';

/** Maximum page size of S3. */
const MAX_ENTRIES = 1000;

/** Parameters that all listings share. */
export interface ListingOptions {
  /** The requested page size; the response repeats it. */
  readonly requested: string;
  /** Page size, at most 1,000. */
  readonly limit: number;
  readonly encodingType: string | undefined;
  /** Encodes a key or a prefix for the response. */
  readonly encode: (text: string) => string;
}

/** @param limitName name of the page-size parameter, for example `max-keys` */
export function readListingOptions(query: ReadonlyMap<string, string>, limitName: string): ListingOptions | S3Failure {
  const requested = query.get(limitName) ?? String(MAX_ENTRIES);
  const encodingType = query.get('encoding-type');
  if (!/^\d{1,9}$/.test(requested)) {
    return fail(400, 'InvalidArgument', `Argument ${limitName} must be an integer of 0 or more`);
  }
  if (encodingType !== undefined && encodingType !== 'url') {
    return fail(400, 'InvalidArgument', 'Invalid Encoding Method');
  }
  return {
    requested,
    limit: Math.min(Number(requested), MAX_ENTRIES),
    encodingType,
    encode: (text) => (encodingType === undefined ? text : encodeKey(text)),
  };
}

/** Compares keys by their UTF-8 bytes. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Like S3, does not encode slashes. */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/');
}
