// The rest of negotiator knows languages, encodings and charsets, and would be in every bundle.
import preferredMediaTypes from 'negotiator/lib/mediaType';
import type { HeaderValues } from '../link/automated-opener';

/**
 * Picks the media type that the caller likes best (RFC 9110, section 12.5.1).
 *
 * @param offered by preference of ours; the first one is the answer when the caller has no say or likes none of them.
 */
export function preferredMediaType<T extends string>(headers: HeaderValues, offered: readonly [T, ...T[]]): T {
  // A charset has no meaning for JSON (RFC 8259, section 11), yet many clients send one; it would rule every offer out.
  const accept = headers('accept')
    .join(', ')
    .replace(/;\s*charset=(?:"[^"]*"|[^;,]*)/gi, '');
  const [best] = preferredMediaTypes(accept || '*/*', offered);
  return offered.find((type) => type === best) ?? offered[0];
}
