/**
 * Formats of a sealed record: its first byte, and `record_format` of its item. The authorizer redeems only links of formats
 * that its deployment can serve. A new cipher, key derivation or plaintext gets the next number.
 */
export const RECORD_FORMAT = {
  /** A URL that was signed when the link was issued. Every deployment can serve it. */
  storedUrl: 1,
  /** The address of an object. Only a deployment that signs on redemption can serve it. */
  signedOnOpen: 2,
  /** Where an upload goes. */
  upload: 3,
} as const;

/** A format that this version can read. */
export type RecordFormat = (typeof RECORD_FORMAT)[keyof typeof RECORD_FORMAT];

/** What a link is for. */
export type Operation = 'download' | 'upload';

/** The operation of links of a format; `undefined` for a format that this version does not know. */
export function operationOf(format: number): Operation | undefined {
  switch (format) {
    case RECORD_FORMAT.storedUrl:
    case RECORD_FORMAT.signedOnOpen:
      return 'download';
    case RECORD_FORMAT.upload:
      return 'upload';
    default:
      return undefined;
  }
}

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
