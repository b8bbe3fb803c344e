import { preferredMediaType } from '../../../lambda/http/media-type';
import { headerValues } from '../../../lambda/http/request';

type Sent = Readonly<Record<string, readonly string[]>>;

function headersOf(sent: Sent | null): (name: string) => readonly string[] {
  const multiValueHeaders =
    sent && Object.fromEntries(Object.entries(sent).map(([name, values]) => [name, [...values]]));
  return headerValues({ multiValueHeaders, multiValueQueryStringParameters: null });
}

function preferred(...accept: readonly string[]): string {
  const headers = headersOf(accept.length === 0 ? {} : { Accept: accept });
  return preferredMediaType(headers, ['text/plain', 'application/json']);
}

describe('preferredMediaType', () => {
  test.each([
    ['curl and fetch', '*/*'],
    ['browsers', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['plain text', 'text/plain'],
    ['any text', 'text/*'],
    ['plain text over JSON', 'application/json;q=0.5, text/plain'],
    ['plain text over JSON, by quality alone', 'application/json;q=0.5, text/plain;q=0.6'],
    ['anything but JSON', 'application/json;q=0, */*'],
    ['something else', 'image/png'],
    ['problems only', 'application/problem+json'],
    ['JSON with a quality that is not a number', 'application/json;q=high'],
    ['JSON at quality zero', 'application/json;q=0'],
    ['nothing', ''],
    ['garbage', '\u0000;;;,,,/=*'],
    ['half a type', 'application/'],
    ['JSON without a slash', 'json'],
    ['an unterminated quotation', 'application/"json'],
  ])('returns the first offer for %s', (_, accept) => {
    expect(preferred(accept)).toBe('text/plain');
  });

  test('returns the first offer without an Accept header', () => {
    expect(preferred()).toBe('text/plain');
    expect(preferredMediaType(headersOf(null), ['text/plain', 'application/json'])).toBe('text/plain');
  });

  test.each([
    ['JSON', 'application/json'],
    ['JSON in capitals', 'Application/JSON'],
    ['JSON with a charset', 'application/json; charset=utf-8'],
    ['JSON with a charset and a quality', 'application/json;charset="UTF-8";q=0.9, text/plain;q=0.1'],
    ['axios', 'application/json, text/plain, */*'],
    ['any kind of application', 'application/*'],
    ['JSON over plain text', 'text/plain;q=0.5, application/json'],
    ['JSON over the rest', 'application/json, */*;q=0.1'],
    ['anything but plain text', 'text/plain;q=0, */*'],
    ['JSON after garbage', ';;;, application/json'],
  ])('returns JSON for %s', (_, accept) => {
    expect(preferred(accept)).toBe('application/json');
  });

  test('combines several Accept headers', () => {
    expect(preferred('image/png', 'application/json')).toBe('application/json');
    expect(preferred('application/json;q=0.1', 'text/plain;q=0.2')).toBe('text/plain');
  });
});
