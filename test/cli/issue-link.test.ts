import { createHash } from 'node:crypto';
import type { LinkApi } from '../../cli/deployment';
import { checkIssuer, issueLink } from '../../cli/issue-link';
import { verifySignature } from '../../emulator/iam/sigv4';
import { type FakeApi, type Reply, startFakeApi, untilRequested } from './support/fake-api';

const ISSUED = {
  url: 'https://links.example/access-object?nonce=secret',
  click_through_url: 'https://links.example/open-link#secret',
  link_id: '98GcVChBtL06dRDkV5bnkQ',
  expires_at: '2026-11-26T12:00:00Z',
};
const REQUEST = { location: { bucket: 'b', key: 'ü/k' }, expiresInSeconds: 60, downloadAs: 'ü "x".txt' };
const CALLER = { accessKeyId: 'AKID', secretAccessKey: 'SECRETKEY', sessionToken: 'token+/=' };

let server: FakeApi;
let api: LinkApi;

beforeEach(async () => {
  server = await startFakeApi();
  api = {
    apiEndpoint: server.endpoint,
    region: 'eu-central-1',
    credentials: async () => CALLER,
    description: 'a test',
  };
});
afterEach(() => server.close());

function issue(signal: AbortSignal = new AbortController().signal) {
  return issueLink(api, REQUEST, signal);
}

function problem(status: number, code: string): Reply {
  return [status, { type: 'about:blank', title: 't', status, detail: 'Some detail.', code }];
}

test('a link is issued by one signed request', async () => {
  server.replies.push([200, ISSUED]);

  expect(await issue()).toEqual({
    url: ISSUED.url,
    clickThroughUrl: ISSUED.click_through_url,
    linkId: ISSUED.link_id,
    expiresAt: new Date(ISSUED.expires_at),
    text: JSON.stringify(ISSUED),
  });
  const [{ method = '', url = '', rawHeaders = [], body = '' } = {}, ...others] = server.requests;
  expect([method, url, others]).toEqual(['POST', '/prod/generate-url', []]);
  expect(JSON.parse(body)).toEqual({
    bucket_name: 'b',
    object_name: 'ü/k',
    expires_in: 60,
    download_as: 'ü "x".txt',
    presign: 'on_open',
  });
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const principals = new Map([['AKID', { ...CALLER, arn: 'arn:caller', statements: [] }]]);
  const signed = { method, rawPath: url, rawQuery: '', rawHeaders, payloadHash };
  const expected = { service: 'execute-api', region: 'eu-central-1', now: new Date(), principals };
  expect(verifySignature(signed, expected)).toMatchObject({ ok: true });
  expect(rawHeaders).toContain('token+/=');
});

test('the request has the name of the sender, and no download_as if browsers may display the object', async () => {
  server.replies.push([200, ISSUED]);
  const request = { location: { bucket: 'b', key: 'k' }, expiresInSeconds: 60, from: 'Ada Lovelace' };

  await issueLink(api, request, new AbortController().signal);

  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    bucket_name: 'b',
    object_name: 'k',
    expires_in: 60,
    from: 'Ada Lovelace',
    presign: 'on_open',
  });
});

test.each<[string, Reply]>([
  ['a 429', [429, '']],
  ['a 503', [503, '']],
  ['a Retry-After that is a date', [503, '', { 'Retry-After': 'Thu, 26 Nov 2026 12:00:00 GMT' }]],
  ['a broken connection', 'reset'],
])('%s is retried, with three attempts in total', async (_, reply) => {
  server.replies.push(reply, reply, [200, ISSUED]);
  expect((await issue()).url).toBe(ISSUED.url);
  expect(server.requests).toHaveLength(3);

  server.replies.push(reply, reply, reply, [200, ISSUED]);
  await expect(issue()).rejects.toMatchObject({ exitCode: 5 });
  expect(server.requests).toHaveLength(6);
});

test('a deployment that does not sign URLs on redemption is asked again without presign', async () => {
  server.replies.push(problem(400, 'InvalidRequest'), [200, ISSUED]);

  expect((await issue()).url).toBe(ISSUED.url);
  const bodies = server.requests.map(({ body }) => JSON.parse(body));
  expect(bodies).toMatchObject([{ bucket_name: 'b', presign: 'on_open' }, { bucket_name: 'b' }]);
  expect(bodies[1]).not.toHaveProperty('presign');
});

test('a request that is invalid for another reason fails with the detail in the response', async () => {
  server.replies.push(problem(400, 'InvalidRequest'), problem(400, 'InvalidRequest'));

  await expect(issue()).rejects.toMatchObject({
    exitCode: 2,
    message: 'The API refused the request (InvalidRequest): Some detail.',
  });
});

test('a caller is authorized to issue links if the API refuses an empty request as invalid', async () => {
  server.replies.push(problem(400, 'InvalidRequest'));

  await checkIssuer(api, new AbortController().signal);

  const [{ method, url, body } = {}] = server.requests;
  expect([method, url, body]).toEqual(['POST', '/prod/generate-url', '{}']);
});

test.each<[number, string, Reply]>([
  [3, 'You may not call POST /generate-url: ask for execute-api:Invoke on it.', problem(403, 'AccessDenied')],
  [3, 'The API refused the request (ExpiredToken): Some detail.', problem(403, 'ExpiredToken')],
  [4, 'does not respond like the links API', problem(403, 'MissingAuthenticationToken')],
  [4, 'does not respond like the links API', [400, { code: 'InvalidRequest' }]],
  [4, 'does not respond like the links API', [200, ISSUED]],
  [4, 'does not respond like the links API', [404, '<!doctype html>']],
])('the check of the caller ends with %i: %s', async (exitCode, message, reply) => {
  server.replies.push(reply);

  await expect(checkIssuer(api, new AbortController().signal)).rejects.toMatchObject({
    exitCode,
    message: expect.stringContaining(message),
  });
});

const OTHER_API = 'does not respond like the links API: check --endpoint, or the outputs of the stack.';

test.each<[number, Reply, string]>([
  [3, problem(403, 'BucketNotAllowed'), 'The API refused the request (BucketNotAllowed): Some detail.'],
  [3, problem(403, 'ExpiredToken'), 'The API refused the request (ExpiredToken): Some detail.'],
  [3, problem(403, 'AccessDenied'), 'You may not call POST /generate-url: ask for execute-api:Invoke on it.'],
  [4, problem(404, 'ObjectNotFound'), 'The API refused the request (ObjectNotFound): Some detail.'],
  [4, problem(403, 'MissingAuthenticationToken'), OTHER_API],
  [4, [400, { code: 'InvalidRequest', url: ISSUED.url }], OTHER_API],
  [4, [404, '<!doctype html>'], OTHER_API],
  [4, [200, '<!doctype html><title>Sign in to the network</title>'], OTHER_API],
  [4, [200, 'null'], OTHER_API],
  [4, [301, '', { location: 'https://elsewhere.example/' }], OTHER_API],
  [4, [201, ISSUED], OTHER_API],
])('%i is the exit code after %j, without a retry', async (exitCode, reply, message) => {
  server.replies.push(reply);

  await expect(issue()).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
  expect(server.requests).toHaveLength(1);
});

test.each<[object]>([
  [{ url: 1 }],
  [{ url: 'javascript:alert(1)' }],
  [{ url: 'http://elsewhere.example/access-object?nonce=secret' }],
  [{ url: 'https://links.example/\u001b]0;title\u0007' }],
  [{ click_through_url: undefined }],
  [{ click_through_url: 'http://elsewhere.example/open-link#secret' }],
  [{ link_id: undefined }],
  [{ link_id: 'secret' }],
  [{ expires_at: 'soon' }],
  [{ more: '\u009b2J' }],
])('a response with %j is not from the API', async (changes) => {
  server.replies.push([200, { ...ISSUED, ...changes }]);

  await expect(issue()).rejects.toMatchObject({ message: expect.stringContaining(OTHER_API) });
});

test.each<[string, Reply]>([
  ['while it waits for a response', 'silence'],
  ['between two attempts', [503, '', { 'Retry-After': '3600' }]],
])('an abort %s rejects with the signal’s reason', async (_, reply) => {
  server.replies.push(reply, 'silence');
  const interruption = new AbortController();
  const issuing = issue(interruption.signal);
  await untilRequested(server);
  const reason = new Error('enough');
  interruption.abort(reason);

  await expect(issuing).rejects.toBe(reason);
});
