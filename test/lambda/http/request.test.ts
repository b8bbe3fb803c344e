import {
  bodyText,
  gatewayRequestId,
  headerValues,
  incomingAddress,
  loggedUserAgent,
  preferredMediaType,
  singleQueryValue,
} from '../../../lambda/http/request';
import { proxyEvent, REQUEST_ID } from '../support/events';

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

describe('the media type of an answer', () => {
  test.each([
    ['what curl and fetch send', '*/*'],
    ['what browsers send', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
    ['plain text', 'text/plain'],
    ['any text', 'text/*'],
    ['plain text over JSON', 'application/json;q=0.5, text/plain'],
    ['plain text over JSON, by quality alone', 'application/json;q=0.5, text/plain;q=0.6'],
    ['anything but JSON', 'application/json;q=0, */*'],
    ['something else', 'image/png'],
    ['problems only', 'application/problem+json'],
    ['JSON with a quality that is no number', 'application/json;q=high'],
    ['JSON at quality zero', 'application/json;q=0'],
    ['nothing', ''],
    ['garbage', '\u0000;;;,,,/=*'],
    ['half a type', 'application/'],
    ['JSON without a slash', 'json'],
    ['a quotation that never ends', 'application/"json'],
  ])('is the first one offered for %s', (_, accept) => {
    expect(preferred(accept)).toBe('text/plain');
  });

  test('is the first one offered where there is no Accept header', () => {
    expect(preferred()).toBe('text/plain');
    expect(preferredMediaType(headersOf(null), ['text/plain', 'application/json'])).toBe('text/plain');
  });

  test.each([
    ['JSON', 'application/json'],
    ['JSON in capitals', 'Application/JSON'],
    ['JSON with a charset, which has no meaning there', 'application/json; charset=utf-8'],
    ['JSON with a charset and a quality', 'application/json;charset="UTF-8";q=0.9, text/plain;q=0.1'],
    ['what axios sends', 'application/json, text/plain, */*'],
    ['any kind of application', 'application/*'],
    ['JSON over plain text', 'text/plain;q=0.5, application/json'],
    ['JSON over the rest', 'application/json, */*;q=0.1'],
    ['anything but plain text', 'text/plain;q=0, */*'],
    ['JSON after garbage', ';;;, application/json'],
  ])('is JSON for %s', (_, accept) => {
    expect(preferred(accept)).toBe('application/json');
  });

  test('counts every Accept header of several', () => {
    expect(preferred('image/png', 'application/json')).toBe('application/json');
    expect(preferred('application/json;q=0.1', 'text/plain;q=0.2')).toBe('text/plain');
  });

  test('is found in a long header without delay', () => {
    const started = performance.now();

    expect(preferred(`${' '.repeat(4_000)}/${';'.repeat(4_000)}="`)).toBe('text/plain');
    expect(preferred(`${'a/b;"'.repeat(1_600)}, application/json`)).toBeDefined();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the headers of a request', () => {
  test('are found whatever their case, with every value', () => {
    const headers = headersOf({ 'User-Agent': ['a', 'b'], 'user-agent': ['c'], ACCEPT: ['*/*'] });

    expect(headers('user-agent')).toEqual(['a', 'b', 'c']);
    expect(headers('accept')).toEqual(['*/*']);
    expect(headers('purpose')).toEqual([]);
  });

  test('may have the names of properties that every object has', () => {
    expect(headersOf({})('constructor')).toEqual([]);
    expect(headersOf({})('__proto__')).toEqual([]);
    expect(headersOf({ Constructor: ['a'] })('constructor')).toEqual(['a']);
  });
});

describe('a query parameter', () => {
  const nonceIn = (multiValueQueryStringParameters: Record<string, string[]> | null): string | undefined =>
    singleQueryValue({ multiValueHeaders: {}, multiValueQueryStringParameters }, 'nonce');

  test('is read where it is there once', () => {
    expect(nonceIn({ nonce: ['a'], utm_source: ['b', 'c'] })).toBe('a');
  });

  test.each([
    ['there is no query', null],
    ['it is not there', { other: ['a'] }],
    ['it is there in another case', { Nonce: ['a'] }],
    ['it is there twice', { nonce: ['a', 'b'] }],
    ['it is there twice with one value', { nonce: ['a', 'a'] }],
    ['it has no value', { nonce: [] }],
  ])('counts as missing where %s', (_, query) => {
    expect(nonceIn(query as Record<string, string[]> | null)).toBeUndefined();
  });
});

describe('a body', () => {
  test('is read as text however the gateway packed it', () => {
    expect(bodyText({ body: '{"a": "é€"}', isBase64Encoded: false })).toBe('{"a": "é€"}');
    expect(bodyText({ body: Buffer.from('{"a": "é€"}').toString('base64'), isBase64Encoded: true })).toBe(
      '{"a": "é€"}',
    );
  });

  test('is empty where there is none', () => {
    expect(bodyText({ body: null, isBase64Encoded: false })).toBe('');
    expect(bodyText({ body: null, isBase64Encoded: true })).toBe('');
  });
});

test('the address that a request came in by is the one that API Gateway names, not the Host header', () => {
  const event = proxyEvent({
    headers: { 'x-forwarded-PROTO': ['https'], Host: ['evil.example'], 'X-Forwarded-Host': ['evil.example'] },
    requestContext: { domainName: 'links.example.com', path: '/share/generate-url' },
  });

  expect(incomingAddress(event)).toEqual({
    scheme: 'https',
    domainName: 'links.example.com',
    path: '/share/generate-url',
  });
});

describe('what the access log gets to see of a request', () => {
  test('is the id that API Gateway drew', () => {
    expect(gatewayRequestId(proxyEvent())).toBe(REQUEST_ID);
  });

  test.each([
    ['as it is', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'],
    ['as it is, with every other sign', "!#&'()*+,-./:;<=>?@[]^_`{|}~"],
  ])('is the user agent %s, where it is plain', (_, agent) => {
    expect(loggedUserAgent(headersOf({ 'User-Agent': [agent] }))).toBe(agent);
  });

  test.each([
    ['a quote that would end the field', 'x","outcome":"opened', 'x%22,%22outcome%22:%22opened'],
    ['a backslash that would escape the quote after it', 'x\\', 'x%5C'],
    ['a variable of the log format', '$context.authorizer.sealed', '%24context.authorizer.sealed'],
    ['a line of its own', 'x\r\n{"outcome":"opened"}', 'x%0D%0A{%22outcome%22:%22opened%22}'],
    ['what looks encoded', '100%22', '100%2522'],
    ['other scripts', 'Browser/1.0 (日)', 'Browser/1.0 (%E6%97%A5)'],
    ['half a character', 'x\ud800', 'x%EF%BF%BD'],
    ['control characters', '\u0000\u007f', '%00%7F'],
  ])('is the user agent with %s encoded', (_, agent, logged) => {
    expect(loggedUserAgent(headersOf({ 'User-Agent': [agent] }))).toBe(logged);
  });

  test('is both of two user agents', () => {
    expect(loggedUserAgent(headersOf({ 'User-Agent': ['one', 'two'] }))).toBe('one, two');
  });

  test.each([198, 199, 200, 201, 10_000])(
    'is 200 characters of a user agent at the most, and no half encoding: %i',
    (length) => {
      const logged = loggedUserAgent(headersOf({ 'User-Agent': [`${'x'.repeat(length)}"`] })) ?? '';

      expect(logged.length).toBeLessThanOrEqual(200);
      expect(logged).toBe('x'.repeat(Math.min(length, 200)));
    },
  );

  test.each([[{}], [{ 'User-Agent': [''] }], [{ 'User-Agent': [] }]])(
    'is no user agent where none was sent: %j',
    (sent) => {
      expect(loggedUserAgent(headersOf(sent))).toBeUndefined();
    },
  );
});
