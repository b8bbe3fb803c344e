// Imports only this module, because the others are for languages, encodings and charsets.
import preferredMediaTypes from 'negotiator/lib/mediaType';
import type { HeaderValues } from '../link/automated-client';

/**
 * Picks the media type that the caller prefers (RFC 9110, section 12.5.1).
 *
 * @param offered in our order of preference; the first is the default when `Accept` is missing or accepts none.
 */
export function preferredMediaType<T extends string>(headers: HeaderValues, offered: readonly [T, ...T[]]): T {
  // Many clients add a charset to JSON, which defines none (RFC 8259, section 11). With the charset, no offer would
  // match.
  const accept = headers('accept')
    .join(', ')
    .replace(/;\s*charset=(?:"[^"]*"|[^;,]*)/gi, '');
  const [best] = preferredMediaTypes(accept || '*/*', offered);
  return offered.find((type) => type === best) ?? offered[0];
}
