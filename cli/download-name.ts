/** Longest name that a link takes: the usual file systems count at most 255 units. */
const MAX_NAME_BYTES = 255;
/** Longest that counts as a file's extension, and is kept when a name is cut. */
const MAX_EXTENSION_BYTES = 16;
/**
 * Control characters, line and paragraph separators, direction overrides, path separators, and halves of characters. Not the
 * marks that names in Arabic and Hebrew are written with: they turn nothing around.
 */
const REFUSED = /[\p{Cc}\u2028-\u202e\u2066-\u2069\p{Surrogate}/\\]/gu;

/**
 * Whether a link can make browsers save a file under this name. The API decides; to know before an upload, its rules are
 * here a second time, and a test holds them to be the same.
 */
export function isDownloadName(name: string): boolean {
  return name !== '' && fitDownloadName(name) === name;
}

/**
 * The nearest name that a link can carry: `_` in place of what it cannot, and cut in the middle of nothing but before the
 * extension if it is too long.
 */
export function fitDownloadName(name: string): string {
  const clean = name.replace(REFUSED, '_');
  return shorten(clean === '.' || clean === '..' ? '_' : clean);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) {
    return name;
  }
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= MAX_EXTENSION_BYTES ? name.slice(dot) : '';
  const room = MAX_NAME_BYTES - Buffer.byteLength(extension);
  let stem = '';
  // What people see as one character is kept whole.
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - extension.length))) {
    if (Buffer.byteLength(stem + segment) > room) {
      break;
    }
    stem += segment;
  }
  return stem + extension;
}
