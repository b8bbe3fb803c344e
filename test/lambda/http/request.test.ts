import {
  bodyText,
  gatewayRequestId,
  headerValues,
  incomingAddress,
  loggedUserAgent,
  singleQueryValue,
} from '../../../lambda/http/request';
import { proxyEvent, REQUEST_ID } from '../support/events';

type Sent = Readonly<Record<string, readonly string[]>>;

function headersOf(sent: Sent | null): (name: string) => readonly string[] {
  const multiValueHeaders =
    sent && Object.fromEntries(Object.entries(sent).map(([name, values]) => [name, [...values]]));
  return headerValues({ multiValueHeaders, multiValueQueryStringParameters: null });
}

describe('headerValues', () => {
  test('ignores case and returns every value', () => {
    const headers = headersOf({ 'User-Agent': ['a', 'b'], 'user-agent': ['c'], ACCEPT: ['*/*'] });

    expect(headers('user-agent')).toEqual(['a', 'b', 'c']);
    expect(headers('accept')).toEqual(['*/*']);
    expect(headers('purpose')).toEqual([]);
  });

  test('falls back to single values without the multi-value map, as in the event that AWS documents', () => {
    const headers = headerValues({ headers: { 'User-Agent': 'a' } });

    expect(headers('user-agent')).toEqual(['a']);
    expect(headers('accept')).toEqual([]);
  });

  test('handles names of inherited properties', () => {
    expect(headersOf({})('constructor')).toEqual([]);
    expect(headersOf({})('__proto__')).toEqual([]);
    expect(headersOf({ Constructor: ['a'] })('constructor')).toEqual(['a']);
  });
});

describe('singleQueryValue', () => {
  const nonceIn = (multiValueQueryStringParameters: Record<string, string[]> | null): string | undefined =>
    singleQueryValue({ multiValueHeaders: {}, multiValueQueryStringParameters }, 'nonce');

  test('returns a parameter that occurs once', () => {
    expect(nonceIn({ nonce: ['a'], utm_source: ['b', 'c'] })).toBe('a');
  });

  test('falls back to single values without the multi-value map', () => {
    expect(singleQueryValue({ queryStringParameters: { nonce: 'a' } }, 'nonce')).toBe('a');
    expect(singleQueryValue({ queryStringParameters: null }, 'nonce')).toBeUndefined();
    expect(singleQueryValue({}, 'nonce')).toBeUndefined();
  });

  test('prefers the multi-value map, which shows a repeated parameter', () => {
    const event = { queryStringParameters: { nonce: 'b' }, multiValueQueryStringParameters: { nonce: ['a', 'b'] } };

    expect(singleQueryValue(event, 'nonce')).toBeUndefined();
  });

  test.each([
    ['there is no query', null],
    ['the parameter is absent', { other: ['a'] }],
    ['it has another case', { Nonce: ['a'] }],
    ['it occurs twice', { nonce: ['a', 'b'] }],
    ['it occurs twice with one value', { nonce: ['a', 'a'] }],
    ['it has no value', { nonce: [] }],
  ])('returns undefined if %s', (_, query) => {
    expect(nonceIn(query as Record<string, string[]> | null)).toBeUndefined();
  });
});

describe('bodyText', () => {
  test('decodes text and base64', () => {
    expect(bodyText({ body: '{"a": "é€"}', isBase64Encoded: false })).toBe('{"a": "é€"}');
    expect(bodyText({ body: Buffer.from('{"a": "é€"}').toString('base64'), isBase64Encoded: true })).toBe(
      '{"a": "é€"}',
    );
  });

  test('is empty without a body', () => {
    expect(bodyText({ body: null, isBase64Encoded: false })).toBe('');
    expect(bodyText({ body: null, isBase64Encoded: true })).toBe('');
  });
});

test('incomingAddress is the one that API Gateway reports, not the Host header', () => {
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

test.each<[readonly string[], string]>([
  [['http', 'https'], 'https'],
  [['http, https'], 'https'],
  [['https,http'], 'http'],
  [['http'], 'http'],
])('incomingAddress uses the last scheme of %j, which API Gateway appends', (sent, scheme) => {
  expect(incomingAddress(proxyEvent({ headers: { 'X-Forwarded-Proto': sent } }))).toMatchObject({ scheme });
});

describe('for the access log', () => {
  test('gatewayRequestId is the one that API Gateway generated', () => {
    expect(gatewayRequestId(proxyEvent())).toBe(REQUEST_ID);
  });

  test.each([
    ['a browser', 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'],
    ['every other plain character', "!#&'()*+,-./:;<=>?@[]^_`{|}~"],
  ])('loggedUserAgent does not change %s', (_, agent) => {
    expect(loggedUserAgent(headersOf({ 'User-Agent': [agent] }))).toBe(agent);
  });

  test.each([
    ['a quote that would end the field', 'x","outcome":"opened', 'x%22,%22outcome%22:%22opened'],
    ['a backslash that would escape the quote after it', 'x\\', 'x%5C'],
    ['a variable of the log format', '$context.authorizer.sealed', '%24context.authorizer.sealed'],
    ['a line of its own', 'x\r\n{"outcome":"opened"}', 'x%0D%0A{%22outcome%22:%22opened%22}'],
    ['percent signs', '100%22', '100%2522'],
    ['other scripts', 'Browser/1.0 (日)', 'Browser/1.0 (%E6%97%A5)'],
    ['half a character', 'x\ud800', 'x%EF%BF%BD'],
    ['control characters', '\u0000\u007f', '%00%7F'],
  ])('loggedUserAgent encodes %s', (_, agent, logged) => {
    expect(loggedUserAgent(headersOf({ 'User-Agent': [agent] }))).toBe(logged);
  });

  test('loggedUserAgent joins two user agents', () => {
    expect(loggedUserAgent(headersOf({ 'User-Agent': ['one', 'two'] }))).toBe('one, two');
  });

  test.each([198, 199, 200, 201, 10_000])(
    'loggedUserAgent is at most 200 characters, and never half an encoded one: %i',
    (length) => {
      const logged = loggedUserAgent(headersOf({ 'User-Agent': [`${'x'.repeat(length)}"`] })) ?? '';

      expect(logged.length).toBeLessThanOrEqual(200);
      expect(logged).toBe('x'.repeat(Math.min(length, 200)));
    },
  );

  test.each([[{}], [{ 'User-Agent': [''] }], [{ 'User-Agent': [] }]])('loggedUserAgent is undefined for %j', (sent) => {
    expect(loggedUserAgent(headersOf(sent))).toBeUndefined();
  });
});
