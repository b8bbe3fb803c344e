import { issuedResponse, redirectResponse } from '../../../lambda/http/responses';
import { linkIdOf } from '../../../lambda/link/nonce';
import { nonceNumber, presignedUrl, sessionToken } from '../support/samples';

const SECRET_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'X-Content-Type-Options': 'nosniff',
};
const URL_OF_OBJECT = presignedUrl({ token: sessionToken(1_100), key: 'ä€📦.png' });

describe('issuedResponse', () => {
  const link = {
    url: `https://links.example.com/access-object?nonce=${nonceNumber(0)}`,
    clickThroughUrl: `https://links.example.com/open-link#${nonceNumber(0)}`,
    bare: 'url',
    linkId: linkIdOf(nonceNumber(0)),
    expiresAtSeconds: Date.UTC(2026, 1, 3, 4, 5, 6) / 1000,
  } as const;

  test('is the bare link as text, without a line break', () => {
    expect(issuedResponse(link, 'text/plain')).toEqual({
      statusCode: 200,
      headers: { ...SECRET_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' },
      body: link.url,
    });
  });

  test('is the click-through link as text if asked for', () => {
    expect(issuedResponse({ ...link, bare: 'clickThroughUrl' }, 'text/plain').body).toBe(link.clickThroughUrl);
  });

  test.each(['url', 'clickThroughUrl'] as const)(
    'is both links, the link ID and the expiry as JSON, whichever is bare: %s',
    (bare) => {
      const { body, ...answer } = issuedResponse({ ...link, bare }, 'application/json');

      expect(answer).toEqual({ statusCode: 200, headers: { ...SECRET_HEADERS, 'Content-Type': 'application/json' } });
      expect(JSON.parse(body)).toEqual({
        url: link.url,
        click_through_url: link.clickThroughUrl,
        link_id: link.linkId,
        expires_at: '2026-02-03T04:05:06Z',
      });
    },
  );

  test.each([
    [Date.UTC(2026, 11, 31, 23, 59, 59), '2026-12-31T23:59:59Z'],
    [Date.UTC(2028, 1, 29), '2028-02-29T00:00:00Z'],
  ])('writes %i ms since the epoch by RFC 3339, in UTC, without a fraction', (time, expected) => {
    const { body } = issuedResponse({ ...link, expiresAtSeconds: time / 1000 }, 'application/json');

    expect(JSON.parse(body)).toMatchObject({ expires_at: expected });
  });
});

describe('redirectResponse', () => {
  test.each([
    ['GET', 'text/html', 302],
    ['GET', 'application/json', 302],
    ['POST', 'text/html', 303],
  ] as const)('redirects %s with preference %s by %i', (method, mediaType, status) => {
    expect(redirectResponse(URL_OF_OBJECT, method, mediaType)).toEqual({
      statusCode: status,
      headers: { ...SECRET_HEADERS, Location: URL_OF_OBJECT },
      body: '',
    });
  });

  test('returns the URL to a POST with preference application/json', () => {
    const { body, ...answer } = redirectResponse(URL_OF_OBJECT, 'POST', 'application/json');

    expect(answer).toEqual({ statusCode: 200, headers: { ...SECRET_HEADERS, 'Content-Type': 'application/json' } });
    expect(JSON.parse(body)).toEqual({ url: URL_OF_OBJECT });
  });
});
