import { bodyText, headerValues, incomingAddress, singleQueryValue } from '../../../lambda/http/request';
import { proxyEvent } from '../support/events';

type Sent = Readonly<Record<string, readonly string[]>>;

function headersOf(sent: Sent | null): (name: string) => readonly string[] {
  const multiValueHeaders =
    sent && Object.fromEntries(Object.entries(sent).map(([name, values]) => [name, [...values]]));
  return headerValues({ multiValueHeaders, multiValueQueryStringParameters: null });
}

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
