import { type ProblemCode, problemResponse } from '../../../lambda/http/problem';
import { activeLinkResponse, issuedResponse, redirectResponse, revokedResponse } from '../../../lambda/http/responses';
import { linkIdOf } from '../../../lambda/link/nonce';
import { nonceNumber, presignedUrl, sessionToken } from '../support/samples';

const SECRET_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'X-Content-Type-Options': 'nosniff',
};
const JSON_HEADERS = { ...SECRET_HEADERS, 'Content-Type': 'application/json' };
const PROBLEM_HEADERS = { ...SECRET_HEADERS, 'Content-Type': 'application/problem+json' };
const URL_OF_OBJECT = presignedUrl({ token: sessionToken(1_100), key: 'ä€📦.png' });
const LINK = {
  url: `https://links.example.com/access-object?nonce=${nonceNumber(0)}`,
  clickThroughUrl: `https://links.example.com/open-link#${nonceNumber(0)}`,
  bare: 'url',
  linkId: linkIdOf(nonceNumber(0)),
  expiresAtSeconds: Date.UTC(2026, 1, 3, 4, 5, 6) / 1000,
} as const;

test.each(['url', 'clickThroughUrl'] as const)('a new link is one line of text: %s', (bare) => {
  expect(issuedResponse({ ...LINK, bare }, 'text/plain')).toEqual({
    statusCode: 200,
    headers: { ...SECRET_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' },
    body: LINK[bare],
  });
});

test.each(['url', 'clickThroughUrl'] as const)('JSON has both links, whichever kind was requested: %s', (bare) => {
  const { body, ...response } = issuedResponse({ ...LINK, bare }, 'application/json');

  expect(response).toEqual({ statusCode: 200, headers: JSON_HEADERS });
  expect(JSON.parse(body)).toEqual({
    url: LINK.url,
    click_through_url: LINK.clickThroughUrl,
    link_id: LINK.linkId,
    expires_at: '2026-02-03T04:05:06Z',
  });
});

test.each([
  [Date.UTC(2026, 11, 31, 23, 59, 59), '2026-12-31T23:59:59Z'],
  [Date.UTC(2028, 1, 29), '2028-02-29T00:00:00Z'],
])('%i ms since the epoch is written as RFC 3339 requires, in UTC, without a fraction', (time, expected) => {
  const { body } = issuedResponse({ ...LINK, expiresAtSeconds: time / 1000 }, 'application/json');

  expect(JSON.parse(body)).toMatchObject({ expires_at: expected });
});

test('an active link has its ID, state, expiry and creator', () => {
  const { body, ...response } = activeLinkResponse({ ...LINK, createdBy: 'arn' });

  expect(response).toEqual({ statusCode: 200, headers: JSON_HEADERS });
  expect(JSON.parse(body)).toEqual({
    link_id: LINK.linkId,
    status: 'active',
    expires_at: '2026-02-03T04:05:06Z',
    created_by: 'arn',
  });
});

test('a revocation has no content', () => {
  expect(revokedResponse()).toEqual({ statusCode: 204, headers: SECRET_HEADERS, body: '' });
});

test.each([
  ['GET', 'text/html', 302],
  ['GET', 'application/json', 302],
  ['POST', 'text/html', 303],
] as const)('a %s that prefers %s is redirected with %i', (method, mediaType, statusCode) => {
  expect(redirectResponse(URL_OF_OBJECT, method, mediaType)).toEqual({
    statusCode,
    headers: { ...SECRET_HEADERS, Location: URL_OF_OBJECT },
    body: '',
  });
});

test('a POST that prefers application/json gets the URL', () => {
  expect(redirectResponse(URL_OF_OBJECT, 'POST', 'application/json')).toEqual({
    statusCode: 200,
    headers: JSON_HEADERS,
    body: JSON.stringify({ url: URL_OF_OBJECT }),
  });
});

test.each<[ProblemCode, number, string]>([
  ['InvalidRequest', 400, 'Bad Request'],
  ['AccessDenied', 403, 'Forbidden'],
  ['BucketNotAllowed', 403, 'Forbidden'],
  ['ObjectNotFound', 404, 'Not Found'],
  ['LinkNotFound', 404, 'Not Found'],
  ['RevocationUnknown', 404, 'Not Found'],
  ['StorageUnavailable', 503, 'Service Unavailable'],
])('problem %s has status %i and the fields of RFC 9457', (code, status, title) => {
  const detail = '"}, {"code": "Other"\r\n€';
  const { body, ...response } = problemResponse(code, detail);

  const retryAfter = status === 503 ? { 'Retry-After': '2' } : {};
  expect(response).toEqual({ statusCode: status, headers: { ...PROBLEM_HEADERS, ...retryAfter } });
  expect(JSON.parse(body)).toEqual({ type: 'about:blank', title, status, detail, code });
});
