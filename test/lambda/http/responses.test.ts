import { type ProblemCode, problemResponse } from '../../../lambda/http/problem';
import {
  issuedResponse,
  linkListResponse,
  linkStateResponse,
  redirectResponse,
  revocationResponse,
} from '../../../lambda/http/responses';
import { linkIdOf } from '../../../lambda/link/nonce';
import type { LinkState } from '../../../lambda/link/receipt';
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

const CREATED_BY = 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com';
const EXPIRED: LinkState = {
  linkId: LINK.linkId,
  status: 'expired',
  createdBy: CREATED_BY,
  expiresAtSeconds: LINK.expiresAtSeconds,
  receipt: undefined,
};

test('the state of a link has every field of its receipt, with times in whole seconds', () => {
  const { body, ...response } = linkStateResponse({
    ...EXPIRED,
    status: 'redeemed',
    receipt: {
      linkId: LINK.linkId,
      createdBy: CREATED_BY,
      createdAt: '2026-02-02T04:05:06.789Z',
      expiresAtSeconds: LINK.expiresAtSeconds,
      operation: 'download',
      fileName: 'report.pdf',
      redeemed: { at: '2026-02-02T05:00:00.999Z', sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0' },
      revoked: { at: '2026-02-02T06:00:00.000Z', by: 'arn:aws:iam::123456789012:user/ops' },
      refused: [
        { at: '2026-02-02T07:00:00.001Z', sourceIp: '198.51.100.8' },
        { at: '2026-02-02T08:00:00.001Z', sourceIp: '198.51.100.9' },
      ],
    },
  });

  expect(response).toEqual({ statusCode: 200, headers: JSON_HEADERS });
  expect(JSON.parse(body)).toEqual({
    link_id: LINK.linkId,
    status: 'redeemed',
    operation: 'download',
    created_at: '2026-02-02T04:05:06Z',
    created_by: CREATED_BY,
    expires_at: '2026-02-03T04:05:06Z',
    file_name: 'report.pdf',
    redeemed: { at: '2026-02-02T05:00:00Z', source_ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
    revoked: { at: '2026-02-02T06:00:00Z', by: 'arn:aws:iam::123456789012:user/ops' },
    refused_after: { count: 2, last_at: '2026-02-02T08:00:00Z', last_source_ip: '198.51.100.9' },
  });
});

test.each([
  [
    { algorithm: 'SHA256', value: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' },
    { checksum_algorithm: 'SHA256', checksum: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' },
  ],
  [undefined, {}],
])('the state of an upload link has the object that was received, with the checksum %j', (checksum, fields) => {
  const { body } = linkStateResponse({
    ...EXPIRED,
    status: 'redeemed',
    receipt: {
      linkId: LINK.linkId,
      operation: 'upload',
      createdBy: CREATED_BY,
      createdAt: '2026-02-02T04:05:06.789Z',
      expiresAtSeconds: LINK.expiresAtSeconds,
      redeemed: { at: '2026-02-02T05:00:00.999Z', sourceIp: '203.0.113.7' },
      received: {
        at: '2026-02-02T05:01:00.999Z',
        bucketName: 'shared-bucket',
        objectName: 'inbox/id/photo.jpg',
        sizeBytes: 0,
        ...(checksum && { checksum }),
      },
      refused: [],
    },
  });

  expect(JSON.parse(body)).toEqual({
    link_id: LINK.linkId,
    status: 'redeemed',
    operation: 'upload',
    created_at: '2026-02-02T04:05:06Z',
    created_by: CREATED_BY,
    expires_at: '2026-02-03T04:05:06Z',
    redeemed: { at: '2026-02-02T05:00:00Z', source_ip: '203.0.113.7' },
    received: {
      at: '2026-02-02T05:01:00Z',
      bucket_name: 'shared-bucket',
      object_name: 'inbox/id/photo.jpg',
      size_bytes: 0,
      ...fields,
    },
  });
});

test('created_at is omitted without a receipt, and attempts are omitted for an active link', () => {
  const fields = { link_id: LINK.linkId, created_by: CREATED_BY, expires_at: '2026-02-03T04:05:06Z' };
  expect(JSON.parse(linkStateResponse(EXPIRED).body)).toEqual({ ...fields, status: 'expired' });

  const receipt = {
    linkId: LINK.linkId,
    createdBy: CREATED_BY,
    createdAt: '2026-02-02T04:05:06.789Z',
    expiresAtSeconds: LINK.expiresAtSeconds,
    operation: 'download',
    refused: [],
  } as const;
  expect(JSON.parse(linkStateResponse({ ...EXPIRED, status: 'active', receipt }).body)).toEqual({
    ...fields,
    status: 'active',
    operation: 'download',
    created_at: '2026-02-02T04:05:06Z',
  });
});

test('a list has the states in order, and `next` except on the last page', () => {
  const other = { ...EXPIRED, linkId: linkIdOf(nonceNumber(1)) };

  const { body, ...response } = linkListResponse([EXPIRED, other], 'token');
  expect(response).toEqual({ statusCode: 200, headers: JSON_HEADERS });
  expect(JSON.parse(body)).toMatchObject({
    links: [{ link_id: LINK.linkId }, { link_id: other.linkId }],
    next: 'token',
  });
  expect(linkListResponse([], undefined).body).toBe('{"links":[]}');
});

test('a revocation has no content', () => {
  expect(revocationResponse({ outcome: 'revoked' })).toEqual({ statusCode: 204, headers: SECRET_HEADERS, body: '' });
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
  ['UploadQuotaExceeded', 403, 'Forbidden'],
  ['ObjectNotFound', 404, 'Not Found'],
  ['LinkNotFound', 404, 'Not Found'],
  ['RevocationUnknown', 404, 'Not Found'],
  ['ObjectExists', 409, 'Conflict'],
  ['StorageUnavailable', 503, 'Service Unavailable'],
])('problem %s has status %i and the fields of RFC 9457', (code, status, title) => {
  const detail = '"}, {"code": "Other"\r\n€';
  const { body, ...response } = problemResponse(code, detail);

  const retryAfter = status === 503 ? { 'Retry-After': '2' } : {};
  expect(response).toEqual({
    statusCode: status,
    headers: { ...PROBLEM_HEADERS, 'Problem-Code': code, ...retryAfter },
  });
  expect(JSON.parse(body)).toEqual({ type: 'about:blank', title, status, detail, code });
});
