import { OneTimeLinksClient, type OneTimeLinksError } from '../../client';
import { type FakeApi, problem, type Reply, startFakeApi, untilRequested } from '../support/fake-api';

const LINK_ID = '98GcVChBtL06dRDkV5bnkQ';
const ISSUED: Reply = [
  200,
  {
    url: 'https://links.example/access-object?nonce=secret',
    click_through_url: 'https://links.example/open-link#secret',
    link_id: LINK_ID,
    expires_at: '2026-11-26T12:00:00Z',
  },
];
const ACTIVE: Reply = [
  200,
  { link_id: LINK_ID, status: 'active', created_by: 'arn:jane', expires_at: '2026-11-26T12:00:00Z' },
];
const PAGE: Reply = [200, { links: [] }];
const REVOKED: Reply = [204, ''];
const THROTTLED = problem(429, 'Throttled');
const UNAVAILABLE = problem(503, 'ServiceUnavailable');
const STORAGE = problem(503, 'StorageUnavailable');
const NOT_FOUND = problem(404, 'LinkNotFound');
const BAD_GATEWAY: Reply = [502, '<html>Bad Gateway</html>'];
const HALF: Reply = [200, '{"url":', { 'Content-Length': '1000' }];
const DATE = { 'Retry-After': 'Thu, 26 Nov 2026 12:00:00 GMT' };

const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };

let server: FakeApi;
let client: OneTimeLinksClient;

beforeEach(async () => {
  server = await startFakeApi();
  client = new OneTimeLinksClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials: CREDENTIALS });
});
afterEach(() => server.close());

const CALLS = {
  issue: (signal?: AbortSignal) => client.issue({ bucket: 'b', key: 'k' }, { ...(signal && { signal }) }),
  issueUpload: (signal?: AbortSignal) =>
    client.issueUpload({ bucket: 'b', maxBytes: 1 }, { ...(signal && { signal }) }),
  describe: (signal?: AbortSignal) => client.describe(LINK_ID, { ...(signal && { signal }) }),
  revoke: (signal?: AbortSignal) => client.revoke(LINK_ID, { ...(signal && { signal }) }),
  list: (signal?: AbortSignal) => client.list({ ...(signal && { signal }) }).next(),
} as const;
type Call = keyof typeof CALLS;

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'succeeded',
    (error: OneTimeLinksError) => error.code,
  );
}

test.each<[Call, string, readonly Reply[], string, number]>([
  ['issue', 'a 429', [THROTTLED, ISSUED], 'succeeded', 2],
  ['issue', 'two 429s without a body', [[429, ''], [429, ''], ISSUED], 'succeeded', 3],
  ['issue', 'three 429s', [THROTTLED, THROTTLED, THROTTLED, ISSUED], 'Throttled', 3],
  ['issue', 'a lost response', ['reset', ISSUED], 'OutcomeUnknown', 1],
  ['issue', 'half a response', [HALF, ISSUED], 'OutcomeUnknown', 1],
  ['issue', 'a 503 of the service', [UNAVAILABLE, ISSUED], 'OutcomeUnknown', 1],
  ['issue', 'a 502 of a proxy', [BAD_GATEWAY, ISSUED], 'OutcomeUnknown', 1],
  ['issue', 'a 503 that says that no link was issued', [STORAGE, ISSUED], 'StorageUnavailable', 1],
  ['issue', 'a 429, then a lost response', [THROTTLED, 'reset', ISSUED], 'OutcomeUnknown', 2],
  ['issueUpload', 'a 429', [THROTTLED, ISSUED], 'succeeded', 2],
  ['issueUpload', 'a lost response', ['reset', ISSUED], 'OutcomeUnknown', 1],
  ['issueUpload', 'a 503 that says that no link was issued', [STORAGE, ISSUED], 'StorageUnavailable', 1],
  ['describe', 'a 429', [THROTTLED, ACTIVE], 'succeeded', 2],
  ['describe', 'lost responses', ['reset', HALF, ACTIVE], 'succeeded', 3],
  ['describe', 'a 503 and a 502', [STORAGE, BAD_GATEWAY, ACTIVE], 'succeeded', 3],
  ['describe', 'three lost responses', ['reset', 'reset', 'reset', ACTIVE], 'NetworkError', 3],
  ['describe', 'three 503s', [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, ACTIVE], 'ServiceUnavailable', 3],
  ['describe', 'three 502s', [BAD_GATEWAY, BAD_GATEWAY, BAD_GATEWAY, ACTIVE], 'ServiceUnavailable', 3],
  ['list', 'a 429', [THROTTLED, PAGE], 'succeeded', 2],
  ['list', 'a lost response and a 503', ['reset', [503, '', DATE], PAGE], 'succeeded', 3],
  ['list', 'three lost responses', ['reset', 'reset', 'reset', PAGE], 'NetworkError', 3],
  ['revoke', 'a 429', [THROTTLED, REVOKED], 'succeeded', 2],
  ['revoke', 'a lost response', ['reset', REVOKED], 'succeeded', 2],
  ['revoke', 'a lost response, then not found', ['reset', NOT_FOUND], 'OutcomeUnknown', 2],
  ['revoke', 'a 503, then not found', [UNAVAILABLE, NOT_FOUND], 'OutcomeUnknown', 2],
  ['revoke', 'a 429, then not found', [THROTTLED, NOT_FOUND, NOT_FOUND], 'LinkNotFound', 3],
  ['revoke', 'a 404 that says that the outcome is unknown', [problem(404, 'RevocationUnknown')], 'OutcomeUnknown', 1],
  ['revoke', 'a lost response as a manager', [NOT_FOUND, 'reset', NOT_FOUND], 'OutcomeUnknown', 3],
  ['revoke', 'three lost responses', ['reset', 'reset', 'reset', REVOKED], 'NetworkError', 3],
  ['revoke', 'three 503s', [STORAGE, STORAGE, STORAGE, REVOKED], 'StorageUnavailable', 3],
])('%s after %s', async (call, _, replies, outcome, requests) => {
  server.replies.push(...replies);

  expect(await codeOf(CALLS[call]())).toBe(outcome);
  expect(server.requests).toHaveLength(requests);
});

test.each<[string, string, number]>([
  ['nothing listens at the port', 'ECONNREFUSED', 3],
  ['the name has no address', 'ENOTFOUND', 3],
  ['the name cannot be resolved at the moment', 'EAI_AGAIN', 3],
  ['the connection takes too long', 'UND_ERR_CONNECT_TIMEOUT', 3],
  ['the connection broke', 'ECONNRESET', 1],
  ['the other side closed the connection', 'UND_ERR_SOCKET', 1],
])('if %s (%s), issue makes %i attempts', async (_, code, attempts) => {
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('reason'), { code }) });
  };
  const failing = new OneTimeLinksClient({
    endpoint: 'https://a.execute-api.eu-west-1.amazonaws.com/prod',
    credentials: CREDENTIALS,
    fetch,
  });

  const outcome = attempts === 1 ? 'OutcomeUnknown' : 'NetworkError';
  expect(await codeOf(failing.issue({ bucket: 'b', key: 'k' }))).toBe(outcome);
  expect(calls).toBe(attempts);
});

test('a refused connection is reported with its system code', async () => {
  await server.close();

  await expect(CALLS.issue()).rejects.toMatchObject({
    code: 'NetworkError',
    status: undefined,
    message: 'The API cannot be reached (ECONNREFUSED).',
  });
});

test('each attempt has new credentials and a new signature', async () => {
  const ids = ['FIRST', 'SECOND'];
  const credentials = async () => ({ accessKeyId: ids.shift() ?? '', secretAccessKey: 'secret' });
  const rotating = new OneTimeLinksClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials });
  server.replies.push(THROTTLED, ISSUED);

  await rotating.issue({ bucket: 'b', key: 'k' });

  const signers = server.requests.map(({ rawHeaders }) => /Credential=(\w+)/.exec(rawHeaders.join())?.[1]);
  expect(signers).toEqual(['FIRST', 'SECOND']);
});

test.each<[string, Reply]>([
  ['while it waits for a response', 'silence'],
  ['between two attempts', [429, '', { 'Retry-After': '3600' }]],
])('an abort %s rejects with the signal’s reason', async (_, reply) => {
  server.replies.push(reply, 'silence');
  const interruption = new AbortController();
  const call = CALLS.issue(interruption.signal);
  await untilRequested(server);
  const reason = new Error('enough');
  interruption.abort(reason);

  await expect(call).rejects.toBe(reason);
});

test.each<Call>(['issue', 'issueUpload', 'describe', 'revoke', 'list'])(
  '%s with an aborted signal sends nothing',
  async (call) => {
    const reason = new Error('enough');

    await expect(CALLS[call](AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(server.requests).toEqual([]);
  },
);
