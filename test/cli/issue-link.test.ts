import type { LinkApi } from '../../cli/deployment';
import { checkIssuer, issueLink } from '../../cli/issue-link';
import { type FakeApi, problem, type Reply, startFakeApi } from '../support/fake-api';

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

function issue() {
  return issueLink(api, REQUEST, new AbortController().signal);
}

test('a link is issued by one request', async () => {
  server.replies.push([200, ISSUED]);

  expect(await issue()).toEqual({
    url: ISSUED.url,
    clickThroughUrl: ISSUED.click_through_url,
    linkId: ISSUED.link_id,
    expiresAt: new Date(ISSUED.expires_at),
  });
  const [{ method, url, body = '' } = {}, ...others] = server.requests;
  expect([method, url, others]).toEqual(['POST', '/prod/generate-url', []]);
  expect(JSON.parse(body)).toEqual({
    bucket_name: 'b',
    object_name: 'ü/k',
    expires_in: 60,
    download_as: 'ü "x".txt',
    presign: 'on_open',
  });
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
  ['the response is lost', 'reset'],
  ['the response is a 503 that does not say that no link was issued', problem(503, 'ServiceUnavailable')],
])('if %s, the request is not sent again, and the message says that the outcome is unknown', async (_, reply) => {
  server.replies.push(reply, [200, ISSUED]);

  await expect(issue()).rejects.toMatchObject({
    exitCode: 5,
    message: 'The response was lost, so an unusable link may have been issued: try again.',
  });
  expect(server.requests).toHaveLength(1);
});

test('a failure of the storage is reported, because no link was issued', async () => {
  server.replies.push(problem(503, 'StorageUnavailable'));

  await expect(issue()).rejects.toMatchObject({
    exitCode: 5,
    message: 'The API failed (StorageUnavailable): try again in a minute.',
  });
});

test('without credentials, nothing is sent, and the message has the reason', async () => {
  const credentials = async () => {
    throw new Error('The SSO session has expired.');
  };

  await expect(issueLink({ ...api, credentials }, REQUEST, new AbortController().signal)).rejects.toMatchObject({
    exitCode: 3,
    message: 'There are no AWS credentials: The SSO session has expired.',
  });
  expect(server.requests).toEqual([]);
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
  [4, [400, { code: 'SomethingElse', detail: 'Some detail.', url: ISSUED.url }], OTHER_API],
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
