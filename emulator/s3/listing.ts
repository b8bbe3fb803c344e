import { fail, type S3Failure } from './reply';

/** The most that S3 returns at once. */
const MAX_ENTRIES = 1000;

/** What every listing takes: how many entries at once, and how keys are written. */
export interface ListingOptions {
  /** As it was asked for; the answer repeats it. */
  readonly requested: string;
  /** How many to give: never more than {@link MAX_ENTRIES}. */
  readonly limit: number;
  readonly encodingType: string | undefined;
  /** Writes a key or a prefix. */
  readonly encode: (text: string) => string;
}

/** @param limitName parameter that says how many entries are wanted, for example `max-keys`. */
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

/** Order of two keys, by their UTF-8 bytes: that of every listing. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Slashes stay as they are, as S3 does it. */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/');
}
