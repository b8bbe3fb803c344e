import { preferredMediaType } from '../../../lambda/http/media-type';

function preferred(...accept: readonly string[]): string {
  return preferredMediaType((name) => (name === 'accept' ? accept : []), ['text/plain', 'application/json']);
}

test.each([
  '*/*', // curl, fetch
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', // browsers
  'text/plain',
  'text/*',
  'application/json;q=0.5, text/plain',
  'application/json;q=0.5, text/plain;q=0.6',
  'application/json;q=0, */*',
  'application/json;q=0',
  'application/json;q=high',
  'application/problem+json',
  'image/png',
  '',
  '\u0000;;;,,,/=*',
  'application/',
  'json',
  'application/"json',
])('Accept %j gets the first offer', (accept) => {
  expect(preferred(accept)).toBe('text/plain');
});

test.each([
  'application/json',
  'Application/JSON',
  'application/json; charset=utf-8',
  'application/json;charset="UTF-8";q=0.9, text/plain;q=0.1',
  'application/json, text/plain, */*', // axios
  'application/*',
  'text/plain;q=0.5, application/json',
  'application/json, */*;q=0.1',
  'text/plain;q=0, */*',
  ';;;, application/json',
])('Accept %j gets JSON', (accept) => {
  expect(preferred(accept)).toBe('application/json');
});

test('a request without Accept gets the first offer; several Accept headers are combined', () => {
  expect(preferred()).toBe('text/plain');
  expect(preferred('image/png', 'application/json')).toBe('application/json');
  expect(preferred('application/json;q=0.1', 'text/plain;q=0.2')).toBe('text/plain');
});
