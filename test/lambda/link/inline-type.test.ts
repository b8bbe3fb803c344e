import { inlineType } from '../../../lambda/link/inline-type';

test.each([
  ['image/png', 'image/png'],
  ['IMAGE/JPEG', 'image/jpeg'],
  ['image/webp', 'image/webp'],
  ['application/pdf', 'application/pdf'],
  ['audio/mpeg', 'audio/mpeg'],
  ['video/mp4', 'video/mp4'],
  ['video/mp4; codecs="avc1.42E01E"', 'video/mp4'],
  ['text/plain', 'text/plain'],
  ['text/plain; charset=utf-8', 'text/plain; charset=utf-8'],
  ['text/plain;charset="UTF-8"', 'text/plain; charset=UTF-8'],
  ['text/plain; format=flowed; charset=iso-8859-1', 'text/plain; charset=iso-8859-1'],
  ['text/plain; charset="utf-8, text/html"', 'text/plain'],
])('%s is shown, as %s', (contentType, shown) => {
  expect(inlineType(contentType)).toBe(shown);
});

test.each([
  'text/html',
  'text/html; charset=utf-8',
  'application/xhtml+xml',
  'image/svg+xml',
  'IMAGE/SVG+XML',
  'text/xml',
  'application/xml',
  'text/javascript',
  'application/javascript',
  'text/css',
  'multipart/x-mixed-replace',
  'message/rfc822',
])('%s is saved, because it can contain scripts', (contentType) => {
  expect(inlineType(contentType)).toBeUndefined();
});

// A browser may render any type that ends in `+xml` as XML.
test.each(['image/x+xml', 'audio/x+xml', 'video/x+xml'])('%s is saved, because it is XML', (contentType) => {
  expect(inlineType(contentType)).toBeUndefined();
});

test.each([
  undefined,
  '',
  'binary/octet-stream', // S3's default
  'application/octet-stream',
  'image/*',
  'image',
  'png',
  'text/plain, text/html',
  'text/plain\r\nSet-Cookie: a=b',
  'text/plainé',
])('%j is saved, because the type is missing, unknown or malformed', (contentType) => {
  expect(inlineType(contentType)).toBeUndefined();
});
