// Imports one module of negotiator. The others are for media types, encodings and charsets.
import preferredLanguages from 'negotiator/lib/language';
import type { HeaderValues } from '../link/automated-client';

/**
 * Picks the language that the reader prefers (RFC 9110, section 12.5.4). `pt-BR` accepts `pt`.
 *
 * @param offered language tags; the first is the default when `Accept-Language` is missing or accepts none.
 */
export function preferredLanguage<T extends string>(headers: HeaderValues, offered: readonly [T, ...T[]]): T {
  const [best] = preferredLanguages(headers('accept-language').join(', ') || '*', offered);
  return offered.find((language) => language === best) ?? offered[0];
}
