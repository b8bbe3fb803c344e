import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import type { AwsCredentialIdentity, AwsCredentialIdentityProvider } from '@smithy/types';
import { OneTimeLinksClient, type OneTimeLinksClientOptions, OneTimeLinksError } from '../../client';
import { verifySignature } from '../../emulator/iam/sigv4';
import { type FakeApi, problem, type Received, type Reply, startFakeApi } from '../support/fake-api';

const LINK_ID = '98GcVChBtL06dRDkV5bnkQ';
const NONCE = 'GgPEvcAVo1bGpZ0m3X2yJ8sK4tQwR7uLhN5dFe6iBkM';
const ISSUED = {
  url: `https://links.example/access-object?nonce=${NONCE}`,
  click_through_url: `https://links.example/open-link#${NONCE}`,
  link_id: LINK_ID,
  expires_at: '2026-11-26T12:00:00Z',
};
const ACTIVE = { link_id: LINK_ID, status: 'active', created_by: 'arn:jane', expires_at: '2026-11-26T12:00:00Z' };
const REDEEMED = {
  ...ACTIVE,
  status: 'redeemed',
  redeemed: { at: '2026-11-25T12:03:22Z', source_ip: '203.0.113.7' },
};
const REDEMPTION = { at: new Date('2026-11-25T12:03:22Z'), sourceIp: '203.0.113.7' };
const RECEIVED = {
  at: '2026-11-25T12:04:10Z',
  bucket_name: 'b',
  object_name: 'inbox/a.jpg',
  size_bytes: 7,
  checksum_algorithm: 'SHA256',
  checksum: 'abc=',
};
const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'FQoDYXdzEJr//////////wEaDPTIoBzvVZqKm0f6bCK3A7J9token+/=',
};
const MINE = `/prod/my-links/${LINK_ID}`;
const ANY = `/prod/links/${LINK_ID}`;

let server: FakeApi;
let client: OneTimeLinksClient;

beforeEach(async () => {
  server = await startFakeApi();
  client = new OneTimeLinksClient({ endpoint: server.endpoint, region: 'eu-west-1', credentials: CREDENTIALS });
});
afterEach(() => server.close());

async function errorFrom(call: Promise<unknown>): Promise<OneTimeLinksError> {
  const outcome: unknown = await call.catch((error: unknown) => error);
  if (!(outcome instanceof OneTimeLinksError)) {
    throw new Error(`not an error of the client: ${inspect(outcome)}`);
  }
  return outcome;
}

function isSigned({ method, url, rawHeaders, body }: Received): boolean {
  const [rawPath = '', rawQuery = ''] = url.split('?');
  const payloadHash = createHash('sha256').update(body).digest('hex');
  const { accessKeyId } = CREDENTIALS;
  const principals = new Map([[accessKeyId, { ...CREDENTIALS, arn: 'arn:caller', statements: [] }]]);
  const expected = { service: 'execute-api', region: 'eu-west-1', now: new Date(), principals };
  return verifySignature({ method, rawPath, rawQuery, rawHeaders, payloadHash }, expected).ok;
}

describe('issue', () => {
  test('sends one signed request with every field, and returns the link', async () => {
    server.replies.push([200, ISSUED]);

    const link = await client.issue({
      bucket: 'b',
      key: 'ü/k',
      expiresInSeconds: 60,
      presign: 'on_open',
      versionId: 'v1',
      downloadAs: 'ü "x".txt',
      from: 'Ada Lovelace',
    });

    expect(link).toEqual({
      url: ISSUED.url,
      clickThroughUrl: ISSUED.click_through_url,
      linkId: LINK_ID,
      expiresAt: new Date('2026-11-26T12:00:00Z'),
    });
    const [request, ...others] = server.requests;
    expect([request?.method, request?.url, others]).toEqual(['POST', '/prod/generate-url', []]);
    expect(JSON.parse(request?.body ?? '')).toEqual({
      bucket_name: 'b',
      object_name: 'ü/k',
      expires_in: 60,
      presign: 'on_open',
      version_id: 'v1',
      download_as: 'ü "x".txt',
      from: 'Ada Lovelace',
    });
    expect(request && isSigned(request)).toBe(true);
    expect(request?.rawHeaders).toContain(CREDENTIALS.sessionToken);
  });

  test('sends only the fields that are given', async () => {
    server.replies.push([200, ISSUED]);

    await client.issue({ bucket: 'b', key: 'k' });

    expect(server.requests[0]?.body).toBe('{"bucket_name":"b","object_name":"k"}');
  });

  test.each<[string, object]>([
    ['no URL', { url: 1 }],
    ['a script as URL', { url: 'javascript:alert(1)' }],
    ['a URL without TLS on another host', { url: 'http://elsewhere.example/access-object?nonce=secret' }],
    ['control characters in a URL', { url: 'https://links.example/\u001b]0;title\u0007' }],
    ['a direction override in a URL', { url: 'https://links.example/\u202e' }],
    ['no click-through link', { click_through_url: undefined }],
    ['a click-through link without TLS on another host', { click_through_url: 'http://elsewhere.example/open-link#x' }],
    ['no link ID', { link_id: undefined }],
    ['a nonce as link ID', { link_id: NONCE }],
    ['a malformed time', { expires_at: 'soon' }],
  ])('refuses a response with %s', async (_, changes) => {
    server.replies.push([200, { ...ISSUED, ...changes }]);

    expect(await errorFrom(client.issue({ bucket: 'b', key: 'k' }))).toMatchObject({
      code: 'UnexpectedResponse',
      status: 200,
    });
  });
});

describe('issueUpload', () => {
  test('sends one signed request with every field, and returns the link', async () => {
    server.replies.push([200, { ...ISSUED, url: `https://links.example/upload-object?nonce=${NONCE}` }]);

    const link = await client.issueUpload({
      bucket: 'b',
      prefix: 'inbox/ü/',
      maxBytes: 500_000_000,
      contentTypes: ['image/*'],
      label: 'Logs for case 4711',
      from: 'Ada Lovelace',
      expiresInSeconds: 60,
    });

    expect(link).toMatchObject({ url: `https://links.example/upload-object?nonce=${NONCE}`, linkId: LINK_ID });
    const [request, ...others] = server.requests;
    expect([request?.method, request?.url, others]).toEqual(['POST', '/prod/generate-url', []]);
    expect(JSON.parse(request?.body ?? '')).toEqual({
      operation: 'upload',
      bucket_name: 'b',
      prefix: 'inbox/ü/',
      max_bytes: 500_000_000,
      content_types: ['image/*'],
      label: 'Logs for case 4711',
      from: 'Ada Lovelace',
      expires_in: 60,
    });
    expect(request && isSigned(request)).toBe(true);
  });

  test('sends only the fields that are given', async () => {
    server.replies.push([200, ISSUED]);

    await client.issueUpload({ bucket: 'b', key: 'inbox/k', maxBytes: 1 });

    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      operation: 'upload',
      bucket_name: 'b',
      object_name: 'inbox/k',
      max_bytes: 1,
    });
  });

  test.each<[string, Reply, object]>([
    ['the daily limit', problem(403, 'UploadQuotaExceeded'), { code: 'UploadQuotaExceeded', status: 403 }],
    ['an object with the key', problem(409, 'ObjectExists'), { code: 'ObjectExists', status: 409 }],
    ['a bucket without uploads', problem(403, 'BucketNotAllowed'), { code: 'BucketNotAllowed', status: 403 }],
  ])('fails because of %s', async (_, reply, error) => {
    server.replies.push(reply);

    expect(await errorFrom(client.issueUpload({ bucket: 'b', maxBytes: 1 }))).toMatchObject(error);
  });
});

describe('describe', () => {
  test.each<[string, object, object]>([
    ['active, issued without a receipt', ACTIVE, { status: 'active' }],
    [
      'active',
      { ...ACTIVE, created_at: '2026-11-25T12:00:00Z', file_name: 'q3.pdf' },
      { status: 'active', createdAt: new Date('2026-11-25T12:00:00Z'), fileName: 'q3.pdf' },
    ],
    ['expired', { ...ACTIVE, status: 'expired' }, { status: 'expired' }],
    [
      'redeemed',
      {
        ...ACTIVE,
        status: 'redeemed',
        redeemed: { at: '2026-11-25T12:03:22Z', source_ip: '203.0.113.7', user_agent: 'curl/8.5.0' },
        refused_after: { count: 2, last_at: '2026-11-25T12:04:00Z', last_source_ip: '198.51.100.9' },
      },
      {
        status: 'redeemed',
        redeemed: { at: new Date('2026-11-25T12:03:22Z'), sourceIp: '203.0.113.7', userAgent: 'curl/8.5.0' },
        refusedAfter: { count: 2, lastAt: new Date('2026-11-25T12:04:00Z'), lastSourceIp: '198.51.100.9' },
      },
    ],
    [
      'revoked',
      { ...ACTIVE, status: 'revoked', revoked: { at: '2026-11-25T12:03:22Z', by: 'arn:bob' } },
      { status: 'revoked', revoked: { at: new Date('2026-11-25T12:03:22Z'), by: 'arn:bob' } },
    ],
    ['ended', { ...ACTIVE, status: 'ended' }, { status: 'ended' }],
    ['for an upload', { ...ACTIVE, operation: 'upload' }, { status: 'active', operation: 'upload' }],
    [
      'redeemed by an uploader',
      { ...REDEEMED, operation: 'upload' },
      { status: 'redeemed', operation: 'upload', redeemed: REDEMPTION },
    ],
    [
      'redeemed by an uploader, with the object that was received',
      { ...REDEEMED, operation: 'upload', received: RECEIVED },
      {
        status: 'redeemed',
        operation: 'upload',
        redeemed: REDEMPTION,
        received: {
          at: new Date('2026-11-25T12:04:10Z'),
          bucket: 'b',
          key: 'inbox/a.jpg',
          sizeBytes: 7,
          checksum: { algorithm: 'SHA256', value: 'abc=' },
        },
      },
    ],
    [
      'redeemed by an uploader, with an object that has no checksum',
      { ...REDEEMED, received: { ...RECEIVED, checksum_algorithm: undefined, checksum: undefined } },
      {
        status: 'redeemed',
        redeemed: REDEMPTION,
        received: { at: new Date('2026-11-25T12:04:10Z'), bucket: 'b', key: 'inbox/a.jpg', sizeBytes: 7 },
      },
    ],
  ])('returns the state of a link that is %s', async (_, response, state) => {
    server.replies.push([200, response]);

    expect(await client.describe(LINK_ID)).toEqual({
      linkId: LINK_ID,
      createdBy: 'arn:jane',
      expiresAt: new Date('2026-11-26T12:00:00Z'),
      ...state,
    });
    expect(server.requests).toMatchObject([{ method: 'GET', url: MINE }]);
  });

  test.each<[string, object]>([
    ['an invalid time', { expires_at: 'tomorrow' }],
    ['no issuer', { created_by: undefined }],
    ['an unknown status', { status: 'gone' }],
    ['a redemption without details', { status: 'redeemed' }],
    ['a revocation without details', { status: 'revoked', revoked: {} }],
    ['no link ID', { link_id: 'x' }],
  ])('refuses a response with %s', async (_, changes) => {
    server.replies.push([200, { ...ACTIVE, ...changes }]);

    expect(await errorFrom(client.describe(LINK_ID))).toMatchObject({ code: 'UnexpectedResponse' });
  });
});

describe('a caller who is a manager', () => {
  test.each<[string, Reply]>([
    ['another caller issued the link', problem(404, 'LinkNotFound')],
    ['they may not call /my-links', problem(403, 'AccessDenied')],
    ['the deployment keeps no receipts', problem(403, 'MissingAuthenticationToken')],
  ])('describes and revokes a link if %s', async (_, reply) => {
    server.replies.push(reply, [200, ACTIVE], reply, [204, '']);

    expect(await client.describe(LINK_ID)).toMatchObject({ status: 'active' });
    expect(await client.revoke(LINK_ID)).toBeUndefined();
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET ${MINE}`,
      `GET ${ANY}`,
      `DELETE ${MINE}`,
      `DELETE ${ANY}`,
    ]);
  });
});

test.each<[string, readonly Reply[], object]>([
  [
    'the caller may look up only their own links',
    [problem(404, 'LinkNotFound'), problem(403, 'AccessDenied')],
    { code: 'LinkNotFound', searched: 'own' },
  ],
  [
    'no caller issued it',
    [problem(404, 'LinkNotFound'), problem(404, 'LinkNotFound')],
    { code: 'LinkNotFound', searched: 'all' },
  ],
  [
    'the deployment keeps no receipts',
    [problem(403, 'MissingAuthenticationToken'), problem(404, 'LinkNotFound')],
    { code: 'LinkNotFound', searched: 'active' },
  ],
  [
    'the caller has no permission',
    [problem(403, 'AccessDenied'), problem(403, 'AccessDenied')],
    {
      code: 'AccessDenied',
      status: 403,
      searched: undefined,
      message: `You may not call GET /my-links/${LINK_ID}: ask for execute-api:Invoke on it.`,
    },
  ],
  ['the credentials have expired', [problem(403, 'ExpiredToken')], { code: 'ExpiredToken', status: 403 }],
])('the error for a link that cannot be described if %s', async (_, replies, error) => {
  server.replies.push(...replies);

  expect(await errorFrom(client.describe(LINK_ID))).toMatchObject(error);
  expect(server.requests).toHaveLength(replies.length);
});

test('after an unknown outcome, a link is not revoked as a manager', async () => {
  server.replies.push('reset', problem(404, 'LinkNotFound'));

  expect(await errorFrom(client.revoke(LINK_ID))).toMatchObject({ code: 'OutcomeUnknown', status: 404 });
  expect(server.requests.map(({ url }) => url)).toEqual([MINE, MINE]);
});

test('a 200 does not mean that a link was revoked', async () => {
  server.replies.push([200, ACTIVE]);

  expect(await errorFrom(client.revoke(LINK_ID))).toMatchObject({ code: 'UnexpectedResponse' });
});

test.each([
  ['a link', `https://links.example/open-link#${NONCE}`],
  ['a nonce', NONCE],
  ['a path', '../../generate-url'],
  ['two dots', '..'],
  ['an empty text', ''],
])('%s is not a link ID: nothing is sent, and the message does not repeat it', async (_, text) => {
  for (const call of [() => client.describe(text), () => client.revoke(text)]) {
    expect(await errorFrom(call())).toMatchObject({
      code: 'InvalidRequest',
      status: undefined,
      message: 'linkId must be the 22-character ID that was returned with the link.',
    });
  }
  expect(server.requests).toEqual([]);
});

describe('list', () => {
  test('requests the next page when it is needed, with a signature that covers the query', async () => {
    const links = [
      { ...ACTIVE, link_id: 'A'.repeat(22) },
      { ...ACTIVE, link_id: 'B'.repeat(22) },
    ];
    server.replies.push([200, { links, next: 'eyJhIjoxfQ+/=' }], [200, { links: [ACTIVE] }]);
    const found: string[] = [];

    for await (const { linkId } of client.list()) {
      found.push(linkId);
      expect(server.requests).toHaveLength(found.length === 3 ? 2 : 1);
    }

    expect(found).toEqual(['A'.repeat(22), 'B'.repeat(22), LINK_ID]);
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /prod/my-links',
      'GET /prod/my-links?next=eyJhIjoxfQ%2B%2F%3D',
    ]);
    expect(server.requests.map(isSigned)).toEqual([true, true]);
  });

  test.each<[string, Reply, string]>([
    ['without receipts', problem(403, 'MissingAuthenticationToken'), 'MissingAuthenticationToken'],
    ['without permission', problem(403, 'AccessDenied'), 'AccessDenied'],
    ['if a link is malformed', [200, { links: [{ id: 1 }] }], 'UnexpectedResponse'],
    ['if there is no list', [200, { items: [] }], 'UnexpectedResponse'],
  ])('fails %s', async (_, reply, code) => {
    server.replies.push(reply);

    expect(await errorFrom(client.list().next())).toMatchObject({ code });
  });
});

test.each<[string, Reply, object]>([
  [
    'an invalid request',
    problem(400, 'InvalidRequest', 'expires_in must be a whole number of seconds from 1 to 604800 (7 days).'),
    {
      code: 'InvalidRequest',
      status: 400,
      message:
        'The API refused the request (InvalidRequest): expires_in must be a whole number of seconds from 1 to 604800 (7 days).',
    },
  ],
  ['another bucket', problem(403, 'BucketNotAllowed'), { code: 'BucketNotAllowed', status: 403 }],
  ['a missing object', problem(404, 'ObjectNotFound'), { code: 'ObjectNotFound', status: 404 }],
  ['a web ACL', problem(403, 'RequestRefused'), { code: 'RequestRefused', status: 403 }],
  ['an unknown code', problem(403, 'SomethingElse'), { code: 'UnexpectedResponse', status: 403 }],
  ['a code without a detail', [400, { code: 'InvalidRequest' }], { code: 'UnexpectedResponse', status: 400 }],
  ['a page', [404, '<!doctype html>'], { code: 'UnexpectedResponse', status: 404 }],
  ['a sign-in page', [200, '<!doctype html><title>Sign in</title>'], { code: 'UnexpectedResponse', status: 200 }],
  ['null', [200, 'null'], { code: 'UnexpectedResponse', status: 200 }],
  ['2 MB', [200, `{"url": "${'x'.repeat(2_000_000)}`], { code: 'UnexpectedResponse', status: 200 }],
  ['another success', [201, ISSUED], { code: 'UnexpectedResponse', status: 201 }],
  ['a redirect', [301, '', { location: 'https://elsewhere.example/' }], { code: 'UnexpectedResponse', status: 301 }],
])('the error after %s has a code and the status, and nothing is sent again', async (_, reply, error) => {
  server.replies.push(reply);

  expect(await errorFrom(client.issue({ bucket: 'b', key: 'k' }))).toMatchObject(error);
  expect(server.requests).toHaveLength(1);
});

test.each<[string, string]>([
  ['the nonce', `Use ${NONCE} instead.`],
  ['a link', 'See https://links.example/x'],
  ['the session token', `Bad token ${CREDENTIALS.sessionToken}`],
  ['the secret access key', `Bad key ${CREDENTIALS.secretAccessKey}`],
  ['an escape sequence', 'Bad \u001b[31mrequest'],
  ['a long text', 'word '.repeat(200)],
])('a detail with %s does not become part of the message', async (_, detail) => {
  server.replies.push(problem(400, 'InvalidRequest', detail));

  const error = await errorFrom(client.issue({ bucket: 'b', key: 'k' }));

  expect(error.message).toBe('The API refused the request (InvalidRequest).');
});

test.each<[string, Reply]>([
  ['a link in a response that is not complete', [200, { ...ISSUED, expires_at: 0 }]],
  ['a link in an error', [400, { ...ISSUED, code: 'InvalidRequest', detail: ISSUED.url }]],
  ['a link in an outage', [503, ISSUED]],
  ['a link in a redirect', [302, ISSUED.url, { Location: ISSUED.url }]],
  ['a link in a response that is not HTTP', [200, ISSUED, { 'Content-Length': '2' }]],
  ['a lost response', 'reset'],
])('neither the error nor the client shows a secret after %s', async (_, reply) => {
  server.replies.push(reply);

  const shown = inspect([await errorFrom(client.issue({ bucket: 'b', key: 'k' })), client], {
    depth: 9,
    showHidden: true,
  });

  expect(shown).toContain('OneTimeLinksError');
  expect(shown).not.toContain(NONCE);
  expect(shown).not.toContain(CREDENTIALS.secretAccessKey);
  expect(shown).not.toContain(CREDENTIALS.sessionToken);
  expect(shown).not.toContain('/prod/');
});

describe('options', () => {
  const original = process.env;
  afterEach(() => {
    process.env = original;
  });

  test('a function that is granted access needs none, and new credentials are used at once', async () => {
    server.replies.push([200, { links: [] }], [200, { links: [] }]);
    process.env = {
      ONE_TIME_LINKS_ENDPOINT: server.endpoint,
      AWS_REGION: 'eu-north-1',
      AWS_ACCESS_KEY_ID: 'OLD',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
    };
    const configured = new OneTimeLinksClient();

    await configured.list().next();
    process.env['AWS_ACCESS_KEY_ID'] = 'NEW';
    await configured.list().next();

    const scopes = server.requests.map(({ rawHeaders }) => /Credential=([^,]+)/.exec(rawHeaders.join())?.[1]);
    expect(scopes).toEqual([
      expect.stringMatching(/^OLD\/\d{8}\/eu-north-1\/execute-api\/aws4_request$/),
      expect.stringMatching(/^NEW\/\d{8}\/eu-north-1\/execute-api\/aws4_request$/),
    ]);
    expect(server.requests[0]?.rawHeaders).toContain('session');
  });

  test.each<[string, OneTimeLinksClientOptions, Record<string, string>, string]>([
    ['no endpoint', {}, {}, 'NoEndpoint'],
    ['an empty variable', {}, { ONE_TIME_LINKS_ENDPOINT: '' }, 'NoEndpoint'],
    ['an endpoint that is not a URL', { endpoint: 'links.example.com' }, {}, 'NoEndpoint'],
    ['an endpoint without TLS', { endpoint: 'http://links.example.com/' }, {}, 'NoEndpoint'],
    ['an endpoint with a user', { endpoint: 'https://me:secret@links.example.com/' }, {}, 'NoEndpoint'],
    ['a custom domain without a Region', { endpoint: 'https://links.example.com/' }, {}, 'NoRegion'],
    ['a Region with a line break', { endpoint: 'https://links.example.com/', region: 'eu-west-1\n' }, {}, 'NoRegion'],
  ])('%s is an error when the client is created', (_, options, environment, code) => {
    process.env = environment;

    expect(() => new OneTimeLinksClient(options)).toThrow(expect.objectContaining({ code }));
    expect(() => new OneTimeLinksClient(options)).not.toThrow('secret');
  });

  test.each<[string, OneTimeLinksClientOptions, string]>([
    ['the option', { endpoint: 'https://a.execute-api.eu-west-1.amazonaws.com/', region: 'us-west-2' }, 'us-west-2'],
    ['the endpoint', { endpoint: 'https://a.execute-api.eu-west-1.amazonaws.com/prod' }, 'eu-west-1'],
    ['AWS_REGION', { endpoint: 'https://links.example.com/' }, 'us-east-2'],
  ])('the Region is that of %s', async (_, options, region) => {
    process.env = { AWS_REGION: 'us-east-2' };
    const sent: string[] = [];
    const fetch = async (url: unknown, init?: RequestInit) => {
      sent.push(String(url), new Headers(init?.headers).get('authorization') ?? '');
      return Response.json({ links: [] });
    };

    await new OneTimeLinksClient({ ...options, credentials: CREDENTIALS, fetch }).list().next();

    expect(sent[0]).toMatch(/^https:\/\/[^/]+(?:\/prod)?\/my-links$/);
    expect(sent[1]).toContain(`/${region}/execute-api/`);
  });

  test.each<[string, OneTimeLinksClientOptions['credentials']]>([
    ['there are none', undefined],
    ['the key is empty', { accessKeyId: '', secretAccessKey: 'secret' }],
    ['the token has a line break', { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'to\nken' }],
    ['the function rejects', () => Promise.reject(new Error('The SSO session has expired.'))],
    ['the function throws', throwSynchronously],
    ['the key is missing, in JavaScript', JSON.parse('{ "secretAccessKey": "secret" }')],
    ['the function returns nothing, in JavaScript', async () => JSON.parse('null')],
  ])('if %s, a call sends nothing', async (_, credentials) => {
    process.env = {};
    const { endpoint } = server;
    const bare = new OneTimeLinksClient({ endpoint, region: 'eu-west-1', ...(credentials && { credentials }) });

    const error = await errorFrom(bare.issue({ bucket: 'b', key: 'k' }));

    expect(error.code).toBe('NoCredentials');
    expect(error.message).not.toMatch(/secret|ken/);
    expect(server.requests).toEqual([]);
  });

  test('credentials and providers of the AWS SDK fit', () => {
    const identity: AwsCredentialIdentity = CREDENTIALS;
    const provider: AwsCredentialIdentityProvider = async () => identity;
    const { endpoint } = server;

    for (const credentials of [identity, provider]) {
      expect(new OneTimeLinksClient({ endpoint, region: 'eu-west-1', credentials })).toBeDefined();
    }
  });
});

function throwSynchronously(): never {
  throw new Error('The SSO session has expired.');
}
