import { MAX_FROM_CHARACTERS } from '../contract';
import { shownTextProblem } from './shown-text';

/** Names and values of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** An invalid field. Its message says what to change, and never repeats a value. */
export class FieldError extends Error {}

/** Default of `expires_in`, or the deployment's maximum if that is shorter. */
const DEFAULT_EXPIRES_IN_SECONDS = 3600;
/** S3 object keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_OBJECT_NAME_BYTES = 1024;

/** Reads a field that may be absent. */
export function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

/** Reads a non-empty string. */
export function text(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new FieldError(`${field} must be a non-empty string.`);
  }
  if (/\p{Surrogate}/u.test(value)) {
    throw new FieldError(`${field} must be well-formed Unicode: it contains half of a surrogate pair.`);
  }
  return value;
}

/** Reads a key, or the start of one. */
export function keyField(field: string, value: unknown, maxBytes = MAX_OBJECT_NAME_BYTES): string {
  const key = text(field, value);
  if (Buffer.byteLength(key) > maxBytes) {
    throw new FieldError(`${field} must be at most ${maxBytes} bytes of UTF-8.`);
  }
  // Browsers resolve such segments (https://url.spec.whatwg.org/#double-dot-path-segment), so the signature would not
  // match.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new FieldError(`${field} must not contain "." or ".." as a path segment: browsers rewrite such URLs.`);
  }
  return key;
}

/** Reads a whole number from 1. @param end of the message, after the maximum. */
export function wholeNumberField(field: string, value: unknown, max: number, unit: string, end: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw new FieldError(`${field} must be a whole number of ${unit} from 1 to ${max}${end}`);
  }
  return value;
}

/** Reads the lifetime of a link. @param longest in seconds. @param advice sentence after the limit. */
export function expiresInField(value: unknown, longest: number, advice = ''): number {
  return value === undefined
    ? Math.min(DEFAULT_EXPIRES_IN_SECONDS, longest)
    : wholeNumberField('expires_in', value, longest, 'seconds', `${inWords(longest)}.${advice}`);
}

function inWords(seconds: number): string {
  const [unit, size] = seconds % 86_400 === 0 ? ['days', 86_400] : ['hours', 3_600];
  return seconds % size === 0 && seconds > size ? ` (${seconds / size} ${unit})` : '';
}

/** Reads a line of text that a page shows. @param kind in the message, for example `a name`. */
export function shownTextField(field: string, value: unknown, kind: string, maxCharacters: number): string {
  const shown = text(field, value).trim();
  switch (shownTextProblem(shown, maxCharacters)) {
    case undefined:
      return shown;
    case 'length':
      throw new FieldError(`${field} must be ${kind} of 1 to ${maxCharacters} characters.`);
    case 'control-character':
      throw new FieldError(`${field} must not contain control characters, line breaks or direction overrides.`);
  }
}

/** Reads the name of a sender, or of the person who asks for a file. */
export function fromField(value: unknown): string {
  return shownTextField('from', value, 'a name', MAX_FROM_CHARACTERS);
}

/** Reads `click_through`; `false` if it is absent. */
export function clickThroughField(value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new FieldError('click_through must be true or false.');
  }
  return value ?? false;
}
