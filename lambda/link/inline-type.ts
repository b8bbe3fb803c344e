import { MIMEType } from 'node:util';
import type { Brand } from './brand';

/** `Content-Type` of an object that a browser may show instead of saving it. Never a type that runs scripts. */
export type InlineType = Brand<string, 'InlineType'>;

/**
 * Types that run no scripts in the bucket's origin, where a script could register a service worker and replace other
 * downloads. This excludes SVG. The types are listed, not matched as `audio/*`, because any type that ends in `+xml` is
 * XML, which can run scripts (https://mimesniff.spec.whatwg.org/#xml-mime-type).
 */
const PASSIVE_TYPES: ReadonlySet<string> = new Set([
  'application/pdf',
  'text/plain',
  'image/apng',
  'image/avif',
  'image/bmp',
  'image/gif',
  'image/jpeg',
  'image/png',
  'image/webp',
  'audio/aac',
  'audio/flac',
  'audio/mp4',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'video/mp4',
  'video/mpeg',
  'video/ogg',
  'video/quicktime',
  'video/webm',
]);

/** RFC 9110, section 5.6.2. A charset that needs quotes is not valid. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * The type to show an object with.
 *
 * @param contentType of the object, as its uploader chose it.
 * @returns the type with its charset, without other parameters; `undefined` if the object must be saved.
 */
export function inlineType(contentType: string | undefined): InlineType | undefined {
  const parsed = parseMediaType(contentType ?? '');
  if (parsed === undefined || !PASSIVE_TYPES.has(parsed.essence)) {
    return undefined;
  }
  const charset = parsed.params.get('charset');
  const parameter = charset !== null && TOKEN.test(charset) ? `; charset=${charset}` : '';
  return `${parsed.essence}${parameter}` as InlineType;
}

function parseMediaType(text: string): MIMEType | undefined {
  try {
    return new MIMEType(text);
  } catch {
    return undefined; // It throws only for text that is not a media type.
  }
}
