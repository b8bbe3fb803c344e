/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads a `Range` header against an object's size.
 *
 * Like S3 it knows single ranges only: what is not one (another unit, several ranges, nonsense) is ignored, as RFC 9110
 * allows, and the whole object is sent.
 *
 * @returns `whole` if the header does not apply, `unsatisfiable` if no byte lies in the range
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
