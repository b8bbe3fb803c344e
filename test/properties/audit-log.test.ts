import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { StorageService } from '../../emulator/emulator';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { type Principal, principalIdOf } from '../../emulator/iam/principal';
import { REDEEM_OUTCOMES } from '../../lambda/contract';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { askForLink, type HttpResponse, manageLink, send, sendSigned } from '../support/http';
import { ALL_LINK_KINDS, type AnyLinkKind, LINK_KINDS } from '../support/link-kinds';
import { type LogLine, type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';
import { declareFile, grantedUpload, isUploadLink, putFile } from '../support/uploads';

const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
/** Tries to end its field, add a field and escape the rest of the line. */
const FORGED_USER_AGENT = 'x","outcome":"redeemed","link_id":"\\';
/** A caller from another account. Its owner chooses the path in the ARN. */
const STRANGER: Principal = {
  arn: 'arn:aws:iam::666666666666:user/","outcome":"redeemed","link_id":"AAAAAAAAAAAAAAAAAAAAAA",""/mallory',
  accessKeyId: 'STRANGER',
  secretAccessKey: 'stranger-secret',
  statements: [],
};
const ATTEMPTS = expect.any(Number);
const FAILED = { event: 'storage_failed', http_status: 500, attempts: ATTEMPTS, aws_request_id: 'FAULTYPROXY' };
const LINK_ID = expect.stringMatching(/^[\w-]{22}$/);
/** Request ID of Lambda. */
const UUID = expect.stringMatching(/^[\da-f]{8}-[\da-f-]{27}$/);

const clock = new SettableClock(new Date());
const proxies: Partial<Record<StorageService, FaultyProxy>> = {};
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({
    clock,
    callers: [LOCAL_CALLER, STRANGER],
    change: allowOneHead,
    between: async (service, endpoint) => {
      const proxy = await startFaultyProxy(service, endpoint);
      proxies[service] = proxy;
      return proxy.endpoint;
    },
  });
});

afterAll(async () => {
  await proxies.s3?.close();
  await proxies.dynamodb?.close();
  await emulator.close();
});

/** Limits HEAD to one request in ten seconds. */
function allowOneHead(resources: MutableResources): void {
  const { MethodSettings: all } = resourceNamed(resources, 'AWS::ApiGateway::Stage', '').Properties;
  const head = all.find(({ HttpMethod }: { HttpMethod: string }) => HttpMethod === 'HEAD');
  Object.assign(head, { ThrottlingRateLimit: 0.1, ThrottlingBurstLimit: 1 });
}

/** A response, and the line that each log contains about the request. */
interface Attempt {
  readonly response: HttpResponse;
  readonly access: LogLine;
  readonly line: LogLine;
}

/** Sends a request that reaches a function. */
async function attempt(functionName: string, request: () => Promise<HttpResponse>): Promise<Attempt> {
  const before = emulator.logs.length;
  const response = await request();
  const [access, line] = [await emulator.lineOf('access', before), await emulator.lineOf(functionName, before)];
  return { response, access, line };
}

async function issue(kind: AnyLinkKind, fields: Readonly<Record<string, unknown>> = {}): Promise<Attempt> {
  const ofKind =
    kind === 'upload' ? { operation: 'upload', max_bytes: 1000 } : { object_name: 'S3.png', presign: kind };
  const request = { bucket_name: emulator.bucketName, ...ofKind, ...fields };
  return await attempt('GenerateUrl', () => askForLink(emulator, request, { Accept: 'application/json' }));
}

/** A link that a test issued. */
interface Link {
  readonly url: string;
  readonly id: string;
}

async function newLink(kind: AnyLinkKind, expires_in = 60): Promise<Link> {
  const { url, link_id: id } = JSON.parse((await issue(kind, { expires_in })).response.body);
  return { url, id };
}

async function expiredLink(kind: AnyLinkKind): Promise<Link> {
  const link = await newLink(kind, 1);
  clock.advance(1);
  return link;
}

async function redeem(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Attempt> {
  const all = { 'User-Agent': BROWSER, ...headers };
  const redeemed = () =>
    isUploadLink(url) ? declareFile(url, { file_name: 'note.txt', size_bytes: 5 }, all) : send(url, { headers: all });
  return await attempt('AuthorizeAccess', redeemed);
}

async function manage(method: 'GET' | 'DELETE', linkId: string): Promise<Attempt> {
  return await attempt('ManageLink', () => manageLink(emulator, method, linkId));
}

async function whileFailing<T>(service: StorageService, act: () => Promise<T>): Promise<T> {
  await emulator.delivered();
  await proxies[service]?.behave({ kind: 'fail' });
  const result = await act();
  await proxies[service]?.behave({ kind: 'pass' });
  return result;
}

/** Makes the next delete succeed without a response. */
async function loseNextResponse(): Promise<void> {
  // The fault must not affect the function that records receipts.
  await emulator.delivered();
  await proxies.dynamodb?.behave({ kind: 'reset', applied: true }, 1);
}

/** Replaces a link's sealed record with one that cannot be unsealed. */
async function corrupt({ id }: Link): Promise<void> {
  const item = { TableName: emulator.tableName, Key: { nonce_id: { S: id } } };
  const { Item } = await emulator.dynamoDb.send(new GetItemCommand(item));
  const corrupted = { ...Item, nonce_id: { S: id }, sealed: { B: new Uint8Array(64) } };
  await emulator.dynamoDb.send(new PutItemCommand({ TableName: emulator.tableName, Item: corrupted }));
}

const ACCESS_LINE = {
  time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
  request_id: expect.stringMatching(/^\S{10,}$/),
  route: '/access-object',
  method: 'GET',
  authorizer_request_id: UUID,
  function_request_id: '-',
  status: '403',
  link_id: LINK_ID,
  outcome: '-',
  error_type: '-',
  principal: '-',
  account: '-',
  source_ip: '127.0.0.1',
  user_agent: BROWSER,
  latency_ms: expect.stringMatching(/^\d+$/),
};
const SIGNED = {
  ...ACCESS_LINE,
  authorizer_request_id: '-',
  function_request_id: UUID,
  link_id: '-',
  user_agent: '-',
  principal: principalIdOf(LOCAL_CALLER),
  account: '123456789012',
};

/** Only upload links have this outcome: the file is larger than the link allows. */
const INVALID_UPLOAD: readonly [string, () => Promise<Attempt>, object] = [
  'invalid_upload',
  async () => {
    const { url } = await newLink('upload');
    const tooLarge = { file_name: 'note.txt', size_bytes: 1001 };
    return await attempt('AuthorizeAccess', () => declareFile(url, tooLarge, { 'User-Agent': BROWSER }));
  },
  { ...ACCESS_LINE, route: '/upload-object', method: 'POST', function_request_id: UUID, status: '400' },
];

describe.each(ALL_LINK_KINDS)('a request to redeem a link of kind %s', (kind) => {
  const isUpload = kind === 'upload';
  const LINE = isUpload ? { ...ACCESS_LINE, route: '/upload-object', method: 'POST' } : ACCESS_LINE;
  const REFUSED = { ...LINE, error_type: 'ACCESS_DENIED' };
  const OUTCOMES: readonly (readonly [string, () => Promise<Attempt>, object])[] = [
    [
      'redeemed',
      async () => redeem((await newLink(kind)).url),
      { ...LINE, function_request_id: UUID, status: isUpload ? '200' : '302' },
    ],
    [
      'not_active',
      async () => {
        const { url } = await newLink(kind);
        await redeem(url);
        return await redeem(url);
      },
      REFUSED,
    ],
    ['expired', async () => redeem((await expiredLink(kind)).url), REFUSED],
    [
      'outcome_unknown',
      async () => {
        const { url } = await newLink(kind);
        await loseNextResponse();
        return await redeem(url);
      },
      REFUSED,
    ],
    ['malformed', async () => redeem(`${(await newLink(kind)).url}x`), { ...REFUSED, link_id: 'none' }],
    ['prefetch', async () => redeem((await newLink(kind)).url, { 'Sec-Purpose': 'prefetch' }), REFUSED],
    isUpload
      ? INVALID_UPLOAD
      : // User agents are checked for GET only.
        [
          'machine',
          async () => redeem((await newLink(kind)).url, { 'User-Agent': 'Twitterbot/1.0' }),
          { ...REFUSED, user_agent: 'Twitterbot/1.0' },
        ],
  ];

  test.each(OUTCOMES)('%s: both logs have the outcome, joined by the request ID', async (outcome, act, expected) => {
    const { access, line } = await act();

    expect(access).toEqual({ ...expected, outcome });
    const linkId = access['link_id'] === 'none' ? {} : { link_id: access['link_id'] };
    const { request_id, source_ip, user_agent } = access;
    expect(line).toEqual({ event: 'link_access', outcome, ...linkId, request_id, source_ip, user_agent });
  });

  test('the rows above are all the outcomes', () => {
    const possible = REDEEM_OUTCOMES.filter((outcome) => outcome !== (isUpload ? 'machine' : 'invalid_upload'));
    expect(OUTCOMES.map(([outcome]) => outcome)).toEqual(possible);
  });

  test('storage failed: the access log has no outcome, and the function logs the error and the link ID', async () => {
    const { url, id } = await newLink(kind);
    const { access, line } = await whileFailing('dynamodb', () => redeem(url));

    const expected = { ...LINE, error_type: 'AUTHORIZER_FAILURE', status: '503', link_id: '-', user_agent: '-' };
    expect(access).toEqual(expected);
    const request = { link_id: id, request_id: access['request_id'] };
    expect(line).toEqual({ ...FAILED, error: 'InternalServerError', ...request });
  });

  test('redirect failed: the outcome is redeemed, and the status is 503', async () => {
    const link = await newLink(kind);
    await corrupt(link);
    const { access } = await redeem(link.url);

    expect(access).toEqual({
      ...LINE,
      outcome: 'redeemed',
      error_type: 'DEFAULT_5XX',
      function_request_id: UUID,
      status: '503',
    });
  });

  test('a user agent can neither end its field nor add one in either log, and remains readable', async () => {
    const { url, id } = await newLink(kind);
    const redeemed = await redeem(url, { 'User-Agent': FORGED_USER_AGENT });
    const refused = await redeem(url, { 'User-Agent': FORGED_USER_AGENT });

    expect(redeemed.access).toMatchObject({ outcome: 'redeemed', link_id: id });
    expect(refused.access).toMatchObject({ outcome: 'not_active', link_id: id });
    for (const { user_agent: userAgent } of [redeemed.line, refused.line, refused.access]) {
      expect(decodeURIComponent(String(userAgent))).toBe(FORGED_USER_AGENT);
    }
    expect(redeemed.line).toMatchObject({ outcome: 'redeemed', link_id: id });
  });
});

describe.each(LINK_KINDS)('a request to issue a link with presign %s', (presign) => {
  test.each([
    ['issued', async () => issue(presign), 200, { event: 'link_issued', link_id: LINK_ID }],
    [
      'refused',
      async () => issue(presign, { object_name: 'missing' }),
      404,
      { event: 'link_refused', code: 'ObjectNotFound' },
    ],
    [
      'storage failed',
      async () => whileFailing('s3', () => issue(presign)),
      503,
      { ...FAILED, error: 'InternalError' },
    ],
  ] as const)(
    '%s: the access log has the caller, and the function’s log has the result',
    async (_, act, status, expected) => {
      const { response, access, line } = await act();

      expect(access).toEqual({ ...SIGNED, route: '/generate-url', method: 'POST', status: String(status) });
      expect(line).toEqual({ ...expected, caller: LOCAL_CALLER.arn, request_id: access['request_id'] });
      expect(JSON.parse(response.body)['link_id']).toBe(line['link_id']);
    },
  );
});

test.each([
  ['issued', async () => issue('upload'), 200, { event: 'link_issued', link_id: LINK_ID }],
  [
    'refused',
    async () => issue('upload', { prefix: 'elsewhere/' }),
    403,
    { event: 'link_refused', code: 'BucketNotAllowed' },
  ],
  [
    'storage failed',
    async () => whileFailing('dynamodb', () => issue('upload')),
    503,
    { ...FAILED, error: 'InternalServerError' },
  ],
] as const)(
  'a request to issue an upload link, %s: the access log has the caller, and the function’s log has the result',
  async (_, act, status, expected) => {
    const { access, line } = await act();

    expect(access).toEqual({ ...SIGNED, route: '/generate-url', method: 'POST', status: String(status) });
    expect(line).toEqual({ ...expected, caller: LOCAL_CALLER.arn, request_id: access['request_id'] });
  },
);

test('a received file: the log of the function that finds it has the link, the object and the sender', async () => {
  const { response } = await issue('upload');
  const { url, link_id: linkId } = JSON.parse(response.body);
  const upload = await grantedUpload(url, { file_name: 'note.txt', size_bytes: 5 });
  const before = emulator.logs.length;
  await putFile(upload, 'hello');

  expect(await emulator.lineOf('LogReceived', before)).toEqual({
    event: 'object_received',
    link_id: linkId,
    request_id: expect.stringMatching(/^[\dA-F]{16}$/),
    source_ip: '127.0.0.1',
    bucket_name: emulator.bucketName,
    object_name: `inbox/${linkId}/note.txt`,
    size_bytes: 5,
    checksum_algorithm: 'CRC64NVME',
    checksum: expect.any(String),
  });
});

describe('a request to manage a link', () => {
  const linkId = async (): Promise<string> => (await newLink('on_open')).id;
  const LOOKED_UP = { event: 'link_lookup', link_id: LINK_ID };
  const REVOCATION = { event: 'link_revocation', link_id: LINK_ID };

  test.each([
    ['look up an active link', 'GET', linkId, 200, { ...LOOKED_UP, outcome: 'active' }],
    [
      'look up a redeemed link',
      'GET',
      async () => {
        const { url, id } = await newLink('on_open');
        await redeem(url);
        await emulator.delivered();
        return id;
      },
      200,
      { ...LOOKED_UP, outcome: 'redeemed' },
    ],
    [
      'look up a revoked link',
      'GET',
      async () => {
        const id = await linkId();
        await manage('DELETE', id);
        return id;
      },
      200,
      { ...LOOKED_UP, outcome: 'revoked' },
    ],
    [
      'look up an expired link',
      'GET',
      async () => (await expiredLink('on_open')).id,
      200,
      { ...LOOKED_UP, outcome: 'expired' },
    ],
    [
      'look up an ended link',
      'GET',
      async () => {
        const { url, id } = await newLink('on_open');
        await loseNextResponse();
        await redeem(url);
        return id;
      },
      200,
      { ...LOOKED_UP, outcome: 'ended' },
    ],
    ['look up an unknown link', 'GET', async () => 'A'.repeat(22), 404, { ...LOOKED_UP, outcome: 'not_found' }],
    [
      'look up a malformed link ID',
      'GET',
      async () => 'A'.repeat(43),
      400,
      { event: 'link_lookup', outcome: 'malformed' },
    ],
    ['revoke an active link', 'DELETE', linkId, 204, { ...REVOCATION, outcome: 'revoked' }],
    [
      'revoke a revoked link',
      'DELETE',
      async () => {
        const id = await linkId();
        await manage('DELETE', id);
        return id;
      },
      404,
      { ...REVOCATION, outcome: 'not_active' },
    ],
    [
      'revoke an expired link',
      'DELETE',
      async () => (await expiredLink('on_open')).id,
      404,
      { ...REVOCATION, outcome: 'expired' },
    ],
    [
      'revoke a malformed link ID',
      'DELETE',
      async () => 'A'.repeat(43),
      400,
      { event: 'link_revocation', outcome: 'malformed' },
    ],
    [
      'revoke, and the response is lost',
      'DELETE',
      async () => {
        const id = await linkId();
        await loseNextResponse();
        return id;
      },
      404,
      { ...REVOCATION, outcome: 'outcome_unknown' },
    ],
  ] as const)(
    '%s: the access log has the caller, and the function’s log has the outcome',
    async (_, method, prepare, status, expected) => {
      const id = await prepare();
      const { access, line } = await manage(method, id);

      expect(access).toEqual({ ...SIGNED, route: '/links/{link_id}', method, status: String(status) });
      expect(line).toEqual({ ...expected, caller: LOCAL_CALLER.arn, request_id: access['request_id'] });
      expect(JSON.stringify([access, line])).not.toContain('A'.repeat(43));
    },
  );

  test.each([
    ['GET', 200, { event: 'link_lookup', outcome: 'active' }],
    ['DELETE', 204, { event: 'link_revocation', outcome: 'revoked' }],
  ] as const)(
    '%s /my-links/{link_id}: both logs have the same fields as /links/{link_id}',
    async (method, status, expected) => {
      const id = await linkId();
      const request = () => sendSigned(`${emulator.apiEndpoint}my-links/${id}`, { method });
      const { access, line } = await attempt('ManageLink', request);

      expect(access).toEqual({ ...SIGNED, route: '/my-links/{link_id}', method, status: String(status) });
      expect(line).toEqual({ ...expected, link_id: id, caller: LOCAL_CALLER.arn, request_id: access['request_id'] });
    },
  );

  test('GET /my-links: the access log has the caller, and the function’s log names no link', async () => {
    const request = () => sendSigned(`${emulator.apiEndpoint}my-links`, { method: 'GET' });
    const { access, line } = await attempt('ManageLink', request);

    expect(access).toEqual({ ...SIGNED, route: '/my-links', method: 'GET', status: '200' });
    expect(line).toEqual({ event: 'links_listed', caller: LOCAL_CALLER.arn, request_id: access['request_id'] });
  });

  test('if the link is revoked but its receipt is not updated, the function logs both', async () => {
    const id = await linkId();
    const before = emulator.logs.length;
    await proxies.dynamodb?.behave(({ headers }) =>
      String(headers['x-amz-target']).endsWith('.UpdateItem') ? { kind: 'fail' } : { kind: 'pass' },
    );
    await manageLink(emulator, 'DELETE', id);
    await proxies.dynamodb?.behave({ kind: 'pass' });
    await emulator.logged('ManageLink', 'storage_failed', id);

    const lines = emulator.logs.slice(before).filter((line) => line.startsWith('ManageLink {'));
    const subject = { link_id: id, caller: LOCAL_CALLER.arn, request_id: expect.any(String) };
    expect(lines.map((line) => JSON.parse(line.slice('ManageLink '.length)))).toEqual([
      { event: 'link_revocation', outcome: 'revoked', ...subject },
      { ...FAILED, error: 'InternalServerError', ...subject },
    ]);
  });

  test('storage failed: the function logs the error and the link ID', async () => {
    const id = await linkId();
    const { access, line } = await whileFailing('dynamodb', () => manage('DELETE', id));

    expect(access).toEqual({ ...SIGNED, route: '/links/{link_id}', method: 'DELETE', status: '503' });
    const request = { caller: LOCAL_CALLER.arn, link_id: id, request_id: access['request_id'] };
    expect(line).toEqual({ ...FAILED, error: 'InternalServerError', ...request });
  });
});

describe('a request that API Gateway refuses', () => {
  const api = (path: string): string => `${emulator.apiEndpoint}${path}`;

  test.each([
    ['no nonce', () => send(api('access-object')), 401, 'UNAUTHORIZED'],
    ['no such route', () => send(api('elsewhere?nonce=x')), 403, 'MISSING_AUTHENTICATION_TOKEN'],
    ['no signature', () => send(api('generate-url'), { method: 'POST' }), 403, 'MISSING_AUTHENTICATION_TOKEN'],
  ] as const)('%s: is in the access log, without its query string', async (_, request, status, errorType) => {
    const before = emulator.logs.length;
    await request();
    const line = await emulator.lineOf('access', before);

    expect(line).toMatchObject({ status: String(status), error_type: errorType, outcome: '-' });
    expect(Object.keys(line).sort()).toEqual(Object.keys(ACCESS_LINE).sort());
    expect(JSON.stringify(line)).not.toContain('nonce=');
  });

  test('throttled: is in the access log', async () => {
    const head = async (): Promise<LogLine> => {
      const before = emulator.logs.length;
      await send(api('access-object?nonce=x'), { method: 'HEAD' });
      return await emulator.lineOf('access', before);
    };

    expect(await head()).toMatchObject({ status: '200', error_type: '-', outcome: '-' });
    expect(await head()).toMatchObject({ status: '429', error_type: 'THROTTLED', outcome: '-' });
  });

  test('signed by a caller in another account: is logged with the account and principal ID, but without the ARN that the account’s owner chose', async () => {
    const before = emulator.logs.length;
    await sendSigned(api('generate-url'), { method: 'POST' }, STRANGER);

    expect(await emulator.lineOf('access', before)).toEqual({
      ...SIGNED,
      function_request_id: '-',
      route: '/generate-url',
      method: 'POST',
      error_type: 'ACCESS_DENIED',
      principal: principalIdOf(STRANGER),
      account: '666666666666',
    });
  });
});
