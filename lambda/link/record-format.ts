/**
 * Formats of a sealed record: its first byte, and `record_format` of its item. The authorizer does not redeem a link
 * with a higher format than its deployment can serve. A new cipher, key derivation or plaintext gets the next number.
 */
export const RECORD_FORMAT = {
  /** A URL that was signed when the link was issued. Every deployment can serve it. */
  storedUrl: 1,
  /** The address of an object. Only a deployment that signs on redemption can serve it. */
  signedOnOpen: 2,
} as const;

/** A format that this version can read. */
export type RecordFormat = (typeof RECORD_FORMAT)[keyof typeof RECORD_FORMAT];

/**
 * The format of a sealed record.
 *
 * @throws Error if this version cannot read it.
 */
export function formatOf(sealed: Uint8Array): RecordFormat {
  const format = Object.values(RECORD_FORMAT).find((known) => known === sealed[0]);
  if (format === undefined) {
    throw new Error('the sealed record has an unknown format');
  }
  return format;
}
