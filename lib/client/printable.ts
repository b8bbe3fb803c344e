/** Control characters, line and paragraph separators, and direction overrides, which terminals and readers act on. */
const ACTIVE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text with `_` in place of what would do something where it is shown, in place of being seen. */
export function printable(text: string): string {
  return text.replace(ACTIVE, '_');
}
