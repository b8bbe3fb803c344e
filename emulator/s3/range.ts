/** First and last byte, both inclusive. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Evaluates a `Range` header for an object of `size` bytes.
 *
 * Like S3, supports a single byte range. Anything else is ignored, as RFC 9110 allows, and the whole object is sent.
 *
 * @returns `whole` if the header is missing or ignored, `unsatisfiable` if the object has no byte in the range
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [matched, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (matched === undefined || (first === '' && last === '')) {
    return 'whole';
  }
  if (first !== '' && last !== '' && Number(last) < Number(first)) {
    return 'whole';
  }
  const range =
    first === ''
      ? { first: Math.max(0, size - Number(last)), last: size - 1 }
      : { first: Number(first), last: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
  return range.first > range.last ? 'unsatisfiable' : range;
}
