import {
  bodyText,
  callerOf,
  gatewayRequestId,
  headerValues,
  incomingAddress,
  loggedUserAgent,
  singleQueryValue,
} from '../../../lambda/http/request';
import { CALLER_ARN, proxyEvent, REQUEST_ID } from '../support/events';

test('headers are found in any case, with every value', () => {
  const headers = headerValues(
    proxyEvent({ headers: { 'User-Agent': ['a', 'b'], 'user-agent': ['c'], ACCEPT: ['*/*'], Constructor: ['d'] } }),
  );

  expect(headers('user-agent')).toEqual(['a', 'b', 'c']);
  expect(headers('accept')).toEqual(['*/*']);
  expect(headers('constructor')).toEqual(['d']);
  expect(headers('purpose')).toEqual([]);
  expect(headers('__proto__')).toEqual([]);
  expect(headerValues({ multiValueHeaders: null, multiValueQueryStringParameters: null })('accept')).toEqual([]);
});

test('without the multi-value maps, as in the event that AWS documents, the single-value maps are read', () => {
  const event = { headers: { 'User-Agent': 'a' }, queryStringParameters: { nonce: 'b' } };

  expect(headerValues(event)('user-agent')).toEqual(['a']);
  expect(headerValues(event)('accept')).toEqual([]);
  expect(singleQueryValue(event, 'nonce')).toBe('b');
  expect(singleQueryValue({ queryStringParameters: null }, 'nonce')).toBeUndefined();
  expect(singleQueryValue({}, 'nonce')).toBeUndefined();
});

test('if both maps are present, the multi-value map is used, because it shows repeated parameters', () => {
  const event = { queryStringParameters: { nonce: 'b' }, multiValueQueryStringParameters: { nonce: ['a', 'b'] } };

  expect(singleQueryValue(event, 'nonce')).toBeUndefined();
});

test.each<[Record<string, string[]> | null, string | undefined]>([
  [{ nonce: ['a'], utm_source: ['b', 'c'] }, 'a'],
  [null, undefined],
  [{ other: ['a'] }, undefined],
  [{ Nonce: ['a'] }, undefined],
  [{ nonce: ['a', 'b'] }, undefined],
  [{ nonce: ['a', 'a'] }, undefined],
  [{ nonce: [] }, undefined],
])('in the query %j, the single nonce is %j', (multiValueQueryStringParameters, value) => {
  expect(singleQueryValue({ multiValueHeaders: {}, multiValueQueryStringParameters }, 'nonce')).toBe(value);
});

test.each([
  ['{"a": "é€"}', false, '{"a": "é€"}'],
  ['eyJhIjogIsOp4oKsIn0=', true, '{"a": "é€"}'],
  [null, false, ''],
  [null, true, ''],
])('the body %j, in base64: %p, is %j', (body, isBase64Encoded, text) => {
  expect(bodyText({ body, isBase64Encoded })).toBe(text);
});

test('the incoming address is the one that API Gateway reports, not the Host header', () => {
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
])('the scheme in %j is the last one, which API Gateway appends', (sent, scheme) => {
  expect(incomingAddress(proxyEvent({ headers: { 'X-Forwarded-Proto': sent } }))).toMatchObject({ scheme });
});

test('the caller and the request ID come from API Gateway; a console test has no caller', () => {
  expect(callerOf(proxyEvent())).toBe(CALLER_ARN);
  expect(callerOf(proxyEvent({ requestContext: { identity: { userArn: null } } }))).toBe('unknown');
  expect(gatewayRequestId(proxyEvent())).toBe(REQUEST_ID);
});

test.each<[string, readonly string[], string | undefined]>([
  ['a browser', ['Mozilla/5.0 (X11; rv:145.0) Firefox/145.0'], 'Mozilla/5.0 (X11; rv:145.0) Firefox/145.0'],
  ['every other plain character', ["!#&'()*+,-./:;<=>?@[]^_`{|}~"], "!#&'()*+,-./:;<=>?@[]^_`{|}~"],
  ['a quote that would end the field', ['x","outcome":"opened'], 'x%22,%22outcome%22:%22opened'],
  ['a backslash that would escape the quote after it', ['x\\'], 'x%5C'],
  ['a variable in the log format', ['$context.authorizer.sealed'], '%24context.authorizer.sealed'],
  ['a forged line', ['x\r\n{"outcome":"redeemed"}'], 'x%0D%0A{%22outcome%22:%22redeemed%22}'],
  ['percent signs', ['100%22'], '100%2522'],
  ['other scripts', ['Browser/1.0 (日)'], 'Browser/1.0 (%E6%97%A5)'],
  ['half a surrogate pair', ['x\ud800'], 'x%EF%BF%BD'],
  ['control characters', ['\u0000\u007f'], '%00%7F'],
  ['two user agents', ['one', 'two'], 'one, two'],
  ['an empty user agent', [''], undefined],
  ['no user agent', [], undefined],
])('a user agent is encoded for the access log: %s', (_, sent, logged) => {
  expect(loggedUserAgent(() => sent)).toBe(logged);
});

test.each([198, 199, 200, 201, 10_000])('%i characters and a quote are cut to 200, and never within %%22', (length) => {
  expect(loggedUserAgent(() => [`${'x'.repeat(length)}"`])).toBe('x'.repeat(Math.min(length, 200)));
});
