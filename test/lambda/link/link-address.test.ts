import { type IncomingAddress, type LinkAddresses, linkAddresses } from '../../../lambda/link/link-address';
import { nonceNumber } from '../support/samples';

const NONCE = nonceNumber(0);
const EXECUTE_API = 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com';

function addresses(from: Partial<IncomingAddress>, publicBaseUrl?: string): LinkAddresses {
  const incoming = { scheme: 'https', domainName: EXECUTE_API, path: '/prod/generate-url', ...from };
  return linkAddresses(NONCE, incoming, publicBaseUrl);
}

function address(from: Partial<IncomingAddress>, publicBaseUrl?: string): string {
  return addresses(from, publicBaseUrl).url;
}

describe('the direct link', () => {
  test.each<[string, Partial<IncomingAddress>, string]>([
    ['the default endpoint, with its stage', {}, `https://${EXECUTE_API}/prod/access-object`],
    [
      'a custom domain without a base path',
      { domainName: 'links.example.com', path: '/generate-url' },
      'https://links.example.com/access-object',
    ],
    [
      'a custom domain with a base path',
      { domainName: 'api.example.com', path: '/share/generate-url' },
      'https://api.example.com/share/access-object',
    ],
    [
      'a base path of several segments',
      { domainName: 'api.example.com', path: '/a/b/generate-url' },
      'https://api.example.com/a/b/access-object',
    ],
    ['a trailing slash', { path: '/prod/generate-url/' }, `https://${EXECUTE_API}/prod/access-object`],
    [
      'a port, without TLS',
      { scheme: 'http', domainName: '127.0.0.1:4580' },
      'http://127.0.0.1:4580/prod/access-object',
    ],
    [
      'a base path named like the route',
      { path: '/generate-url/generate-url' },
      `https://${EXECUTE_API}/generate-url/access-object`,
    ],
    [
      'a base path that starts like the route',
      { path: '/generate-url-v2/generate-url' },
      `https://${EXECUTE_API}/generate-url-v2/access-object`,
    ],
  ])('follows %s', (_, from, expected) => {
    expect(address(from)).toBe(`${expected}?nonce=${NONCE}`);
  });

  test.each([undefined, '', 'https,http', 'HTTP', 'javascript', 'http:'])('is https if the scheme is %p', (scheme) => {
    expect(address({ scheme })).toBe(`https://${EXECUTE_API}/prod/access-object?nonce=${NONCE}`);
  });

  test.each(['https://links.example.com', 'https://cdn.example.com/share', 'https://links.example.com:8443/a/b'])(
    'starts with the public base URL %s, whatever address the request came in on',
    (publicBaseUrl) => {
      const from = { scheme: 'http', domainName: 'elsewhere', path: '/x/generate-url' };

      expect(address(from, publicBaseUrl)).toBe(`${publicBaseUrl}/access-object?nonce=${NONCE}`);
    },
  );

  test('needs no host in the request if a public base URL is set', () => {
    expect(address({ domainName: undefined }, 'https://links.example.com')).toMatch(/^https:\/\/links\.example\.com\//);
  });

  test.each([undefined, ''])('throws if the request has no host: %p', (domainName) => {
    expect(() => address({ domainName })).toThrow('no domain name');
  });

  test('carries the nonce as its only parameter', () => {
    const { searchParams, hash, username } = new URL(address({}));

    expect([...searchParams]).toEqual([['nonce', NONCE]]);
    expect([hash, username]).toEqual(['', '']);
  });
});

describe('the click-through link', () => {
  test.each<[string, Partial<IncomingAddress>, string | undefined, string]>([
    ['the default endpoint, with its stage', {}, undefined, `https://${EXECUTE_API}/prod/open-link`],
    [
      'a base path',
      { domainName: 'api.example.com', path: '/a/b/generate-url' },
      undefined,
      'https://api.example.com/a/b/open-link',
    ],
    ['the public base URL', {}, 'https://cdn.example.com/share', 'https://cdn.example.com/share/open-link'],
  ])('follows %s', (_, from, publicBaseUrl, expected) => {
    expect(addresses(from, publicBaseUrl).clickThroughUrl).toBe(`${expected}#${NONCE}`);
  });

  test('carries the nonce in its fragment, which browsers never send, and nowhere else', () => {
    const { clickThroughUrl } = addresses({});
    const url = new URL(clickThroughUrl);

    expect(url.hash.slice(1)).toBe(NONCE);
    expect([url.search, url.username]).toEqual(['', '']);
    expect(clickThroughUrl.split('#')[0]).not.toContain(NONCE);
  });

  test('has the same base path as the direct link, which its page requests by a relative address', () => {
    const { url, clickThroughUrl } = addresses({ path: '/a/b/generate-url' });

    expect(new URL(`access-object?nonce=${NONCE}`, clickThroughUrl).href).toBe(url);
  });
});
