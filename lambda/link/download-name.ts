import { MAX_FILE_NAME_BYTES } from '../contract';

/** Why a file name cannot be used for a download. */
export type DownloadNameProblem = 'empty' | 'too-long' | 'control-character' | 'path';

/**
 * Control characters, line breaks, and direction overrides, which can display `gpj.exe` as `exe.jpg`. The direction
 * marks that Arabic and Hebrew names contain are allowed.
 */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const SEPARATOR = /[/\\]/;
const UNFIT = new RegExp(`${CONTROL.source}|${SEPARATOR.source}|\\p{Surrogate}`, 'gu');

/** Maximum length of an extension that is kept when a name is shortened. */
const MAX_EXTENSION_BYTES = 16;

/** Returns whether the text contains control characters, line breaks or direction overrides. */
export function hasControlCharacter(text: string): boolean {
  return CONTROL.test(text);
}

/** Checks a file name for a download. @returns `undefined` if it is valid. */
export function downloadNameProblem(name: string): DownloadNameProblem | undefined {
  if (name === '') {
    return 'empty';
  }
  if (Buffer.byteLength(name) > MAX_FILE_NAME_BYTES) {
    return 'too-long';
  }
  if (hasControlCharacter(name) || /\p{Surrogate}/u.test(name)) {
    return 'control-character';
  }
  return SEPARATOR.test(name) || name === '.' || name === '..' ? 'path' : undefined;
}

/** The file name in an S3 key: its last non-empty segment. */
export function nameOfKey(key: string): string {
  return key.split('/').findLast((segment) => segment !== '') ?? key;
}

/** Makes a name valid: replaces invalid characters with `_`, and shortens a long name before its extension. */
export function fitDownloadName(name: string): string {
  const fitted = shorten(name.replace(UNFIT, '_'));
  return fitted === '' || fitted === '.' || fitted === '..' ? '_' : fitted;
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_FILE_NAME_BYTES) {
    return name;
  }
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && Buffer.byteLength(name.slice(dot)) <= MAX_EXTENSION_BYTES ? name.slice(dot) : '';
  const room = MAX_FILE_NAME_BYTES - Buffer.byteLength(extension);
  let stem = '';
  // Cuts only between graphemes, which people see as one character.
  for (const { segment } of new Intl.Segmenter().segment(name.slice(0, name.length - extension.length))) {
    if (Buffer.byteLength(stem + segment) > room) {
      break;
    }
    stem += segment;
  }
  return stem + extension;
}
