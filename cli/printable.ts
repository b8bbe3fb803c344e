/**
 * Control characters, line and paragraph separators, direction overrides and marks, and the byte order mark: terminals and
 * readers act on them, and show nothing.
 */
const ACTIVE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** A text with `_` in place of what would do something where it is shown, in place of being seen. */
export function printable(text: string): string {
  return text.replace(ACTIVE, '_');
}
