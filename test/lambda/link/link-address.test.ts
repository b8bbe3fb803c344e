import { type IncomingAddress, type LinkAddresses, linkAddresses } from '../../../lambda/link/link-address';
import { nonceNumber } from '../support/samples';

const NONCE = nonceNumber(0);
const DEFAULT_ENDPOINT = 'https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com';
const FROM: IncomingAddress = {
  scheme: 'https',
  domainName: 'a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com',
  path: '/prod/generate-url',
};

/**
 * Direct and click-through link below one base. The nonce of the second is in its fragment, which browsers never send.
 */
function below(base: string): LinkAddresses {
  return { url: `${base}/access-object?nonce=${NONCE}`, clickThroughUrl: `${base}/open-link#${NONCE}` };
}

test.each<[Partial<IncomingAddress>, string]>([
  [{}, `${DEFAULT_ENDPOINT}/prod`],
  [{ path: '/prod/generate-url/' }, `${DEFAULT_ENDPOINT}/prod`],
  [{ path: '/generate-url/generate-url' }, `${DEFAULT_ENDPOINT}/generate-url`],
  [{ path: '/generate-url-v2/generate-url' }, `${DEFAULT_ENDPOINT}/generate-url-v2`],
  [{ domainName: 'links.example.com', path: '/generate-url' }, 'https://links.example.com'],
  [{ domainName: 'api.example.com', path: '/share/generate-url' }, 'https://api.example.com/share'],
  [{ domainName: 'api.example.com', path: '/a/b/generate-url' }, 'https://api.example.com/a/b'],
  [{ scheme: 'http', domainName: '127.0.0.1:4580' }, 'http://127.0.0.1:4580/prod'],
])('links have the host and base path of the request that issues them: %j', (from, base) => {
  expect(linkAddresses(NONCE, { ...FROM, ...from }, 'download')).toEqual(below(base));
});

test.each([undefined, '', 'https,http', 'HTTP', 'javascript', 'http:'])(
  'links use https if the scheme is %p',
  (scheme) => {
    expect(linkAddresses(NONCE, { ...FROM, scheme }, 'download')).toEqual(below(`${DEFAULT_ENDPOINT}/prod`));
  },
);

test.each(['https://links.example.com', 'https://cdn.example.com/share', 'https://links.example.com:8443/a/b'])(
  'links start with the public base URL %s, regardless of the address that the request was sent to',
  (publicBaseUrl) => {
    for (const domainName of ['elsewhere', undefined]) {
      const from = { scheme: 'http', domainName, path: '/x/generate-url' };

      expect(linkAddresses(NONCE, from, 'download', publicBaseUrl)).toEqual(below(publicBaseUrl));
    }
  },
);

test('an upload link has the upload route, and the page for uploaders', () => {
  expect(linkAddresses(NONCE, FROM, 'upload')).toEqual({
    url: `${DEFAULT_ENDPOINT}/prod/upload-object?nonce=${NONCE}`,
    clickThroughUrl: `${DEFAULT_ENDPOINT}/prod/send-file#${NONCE}`,
  });
  expect(linkAddresses(NONCE, FROM, 'upload', 'https://links.example.com')).toEqual({
    url: `https://links.example.com/upload-object?nonce=${NONCE}`,
    clickThroughUrl: `https://links.example.com/send-file#${NONCE}`,
  });
});

test.each([undefined, ''])('a request without a host throws: %p', (domainName) => {
  expect(() => linkAddresses(NONCE, { ...FROM, domainName }, 'download')).toThrow('no domain name');
});
