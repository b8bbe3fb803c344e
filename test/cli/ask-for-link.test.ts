import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { askForLink } from '../../cli/ask-for-link';
import type { LinkApi } from '../../cli/deployment';

/** What the API answers, one answer a request. */
type Reply = readonly [status: number, body: string | object, headers?: Readonly<Record<string, string>>];

const ANSWER = {
  url: 'https://links.example/access-object?nonce=secret',
  click_through_url: 'https://links.example/open-link#secret',
  link_id: 'id',
  expires_at: '2026-11-26T12:00:00Z',
};
const REQUEST = { location: { bucket: 'b', key: 'ü/k' }, expiresInSeconds: 60, downloadAs: 'ü "x".txt' };

let server: Server;
let api: LinkApi;
let replies: (Reply | 'reset' | 'silence')[];
let requests: { readonly method?: string; readonly url?: string; readonly body: string }[];

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const credentials = async () => ({ accessKeyId: 'AKID', secretAccessKey: 'SECRETKEY', sessionToken: 'SESSIONTOKEN' });
  api = { apiEndpoint: `http://127.0.0.1:${port}/prod/`, region: 'us-east-1', credentials };
});
beforeEach(() => {
  replies = [];
  requests = [];
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url } = request;
  requests.push({ ...(method && { method }), ...(url && { url }), body: await text(request) });
  const reply = replies.shift() ?? [200, ANSWER];
  if (reply === 'reset') {
    request.socket.resetAndDestroy();
  } else if (reply !== 'silence') {
    const [status, body, headers = {}] = reply;
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

function ask(signal: AbortSignal = new AbortController().signal) {
  return askForLink(api, REQUEST, signal);
}

function problem(status: number, code: string, detail = 'Some detail.'): Reply {
  return [status, { type: 'about:blank', title: 't', status, detail, code }];
}

test('the answer is given as it came, with both links', async () => {
  expect(await ask()).toEqual({
    url: ANSWER.url,
    clickThroughUrl: ANSWER.click_through_url,
    expiresAt: new Date(ANSWER.expires_at),
    text: JSON.stringify(ANSWER),
  });
  expect(requests).toEqual([{ method: 'POST', url: '/prod/generate-url', body: expect.any(String) }]);
  expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
    bucket_name: 'b',
    object_name: 'ü/k',
    expires_in: 60,
    download_as: 'ü "x".txt',
  });
});

test('links in clear are of the API that was asked in clear; a deployment may have no page', async () => {
  const { click_through_url: _, ...plain } = ANSWER;
  const url = `${api.apiEndpoint}access-object?nonce=secret`;
  replies = [[200, { ...plain, url }]];
  expect(await ask()).toMatchObject({ url, expiresAt: new Date(ANSWER.expires_at) });
});

test('a version is named if one was', async () => {
  await askForLink(api, { ...REQUEST, versionId: 'v1' }, new AbortController().signal);
  expect(JSON.parse(requests[0]?.body ?? '')).toMatchObject({ version_id: 'v1' });
});

test.each<[string, Reply | 'reset']>([
  ['is busy', [429, '', { 'retry-after': '0' }]],
  ['fails', [503, '', { 'retry-after': '0' }]],
  ['breaks the connection', 'reset'],
])('an API that %s is asked again, three times in all', async (_, reply) => {
  replies = [reply, reply];
  expect((await ask()).url).toBe(ANSWER.url);
  expect(requests).toHaveLength(3);

  requests = [];
  replies = [reply, reply, reply, reply];
  await expect(ask()).rejects.toMatchObject({ exitCode: 5 });
  expect(requests).toHaveLength(3);
});

test.each<[Reply, string, string]>([
  [
    problem(400, 'InvalidRequest', 'expires_in must be a whole number of seconds from 1 to 3600.'),
    'LinkRefused',
    'No link was made: --expires must be a whole number of seconds from 1 to 3600.',
  ],
  [
    problem(400, 'InvalidRequest', 'object_name, version_id and download_as are too long together: shorten one.'),
    'LinkRefused',
    'No link was made: the key, --version-id and --as are too long together: shorten one.',
  ],
  [problem(403, 'BucketNotAllowed'), 'LinkRefused', 's3://b/ü/k is in a bucket that this stack does not share from'],
  [problem(404, 'ObjectNotFound'), 'ObjectNotFound', 'There is no object s3://b/ü/k: check its name.'],
  [problem(403, 'AccessDenied'), 'LinkDenied', 'ask for execute-api:Invoke on POST /generate-url'],
  [problem(403, 'InvalidSignature'), 'CredentialsRefused', 'The API does not accept the AWS credentials'],
  [problem(403, 'ExpiredToken'), 'CredentialsExpired', 'The AWS credentials have expired'],
  [problem(403, 'MissingAuthenticationToken'), 'ApiNotFound', 'does not answer as the API of links'],
  [[404, '<!doctype html>'], 'ApiNotFound', 'does not answer as the API of links'],
  [[200, '<!doctype html><title>Sign in to the network</title>'], 'ApiNotFound', 'does not answer as the API'],
  [[200, { url: 1 }], 'ApiNotFound', 'does not answer as the API of links'],
  ...[
    { url: 'javascript:alert(1)' },
    { url: 'no address' },
    { url: 'http://elsewhere.example/access-object?nonce=secret' },
    { url: 'https://links.example/\u001b]0;title\u0007' },
    { click_through_url: 1 },
    { click_through_url: 'http://elsewhere.example/open-link#secret' },
    { click_through_url: 'https://links.example/\u202egnp' },
    { expires_at: 'soon' },
    { expires_at: undefined },
    { more: '\u009b2J' },
  ].map((changes): [Reply, string, string] => [
    [200, { ...ANSWER, ...changes }],
    'ApiNotFound',
    'does not answer as the API of links',
  ]),
  [[200, 'null'], 'ApiNotFound', 'does not answer as the API of links'],
  [[301, '', { location: 'https://elsewhere.example/' }], 'ApiNotFound', 'does not answer as the API of links'],
])('%j is told as %s, at once', async (reply, code, message) => {
  replies = [reply];

  await expect(ask()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  expect(requests).toHaveLength(1);
});

test('no failure repeats a secret', async () => {
  replies = [[400, { code: 'InvalidRequest', detail: 'Some detail.', url: ANSWER.url }]];
  const failure: Error = await ask().then(
    () => new Error('no failure'),
    (error) => error,
  );
  expect(failure.message).toBe('No link was made: Some detail.');
});

test('an interruption ends it with its reason, while it waits for an answer and between two tries', async () => {
  for (const reply of ['silence', [503, '', { 'retry-after': '3600' }]] as const) {
    replies = [reply, 'silence'];
    requests = [];
    const interruption = new AbortController();
    const asking = ask(interruption.signal);
    while (requests.length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const reason = new Error('enough');
    interruption.abort(reason);
    await expect(asking).rejects.toBe(reason);
  }
});
