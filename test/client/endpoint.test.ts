import { parseEndpoint, regionOfEndpoint } from '../../client/endpoint';

test.each([
  ['https://links.example.com', 'https://links.example.com/'],
  ['https://links.example.com/share', 'https://links.example.com/share/'],
  ['https://links.example.com/share//', 'https://links.example.com/share/'],
  [`https://links.example.com/${'/'.repeat(100_000)}a`, `https://links.example.com/${'/'.repeat(100_000)}a/`],
  ['http://127.0.0.1:4580/prod/', 'http://127.0.0.1:4580/prod/'],
  ['http://localhost/', 'http://localhost/'],
  ['http://[::1]:1/', 'http://[::1]:1/'],
])('%s is an endpoint', (text, endpoint) => {
  expect(parseEndpoint(text)).toBe(endpoint);
});

const NO_ENDPOINTS = [
  '',
  'links.example.com',
  'ftp://links.example.com/',
  'https://x/?a=b',
  'https://x/#a',
  'https://user@x/',
];
const HTTP_ELSEWHERE = [
  'http://links.example.com/',
  'http://127.0.0.1.example/',
  'http://x.localhost/',
  'http://10.0.0.1/',
];

test.each([...NO_ENDPOINTS, ...HTTP_ELSEWHERE])('%j is not an endpoint', (text) => {
  expect(parseEndpoint(text)).toBeUndefined();
});

test.each([
  ['https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/prod/', 'eu-central-1'],
  ['https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod/', 'cn-north-1'],
  ['https://links.example.com/', undefined],
  ['https://execute-api.example.com/', undefined],
])('the region of %s is %s', (endpoint, region) => {
  expect(regionOfEndpoint(endpoint)).toBe(region);
});
