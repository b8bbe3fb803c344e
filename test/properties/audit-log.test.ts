import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { StorageService } from '../../emulator/emulator';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { type Principal, principalIdOf } from '../../emulator/iam/principal';
import { LOG_EVENT, OPEN_OUTCOMES } from '../../lambda/contract';
import { linkIdOf, parseNonce } from '../../lambda/link/nonce';
import { defaultTemplate, propertiesOf, resourcesOf } from '../lib/support/template';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { matches, metricValue } from '../support/filter-pattern';
import { type Answer, askForLink, linkTo, manageLink, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { contentsOf, type LoggedLine, run } from '../support/log-query';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

/**
 * Every way that a request can go, made on the emulator; the lines that its access log and the functions wrote about it; and
 * what the stack's own metric filters and queries make of them.
 */

/** A line of the access log, or of that of a function. */
type LogLine = Readonly<Record<string, string | number>>;

/** One request, and all that was written about it. */
interface Attempt {
  readonly answer: Answer;
  readonly access: LogLine;
  /** By function. */
  readonly lines: readonly (readonly [source: string, line: LogLine])[];
}

/** Logs of the emulator by the logical id of the log group that the lines go to on AWS. */
const LOG_GROUPS: Readonly<Record<string, string>> = {
  access: 'LinkApiAccessLog',
  GenerateUrl: 'GenerateUrlLogs',
  AuthorizeAccess: 'AuthorizeAccessLogs',
  AccessObject: 'AccessObjectLogs',
  ManageLink: 'ManageLinkLogs',
};
const LINK_ID = /^[\w-]{22}$/;
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
/** A user agent that would end its field, add one of its own and escape what follows. */
const FORGER = 'x","outcome":"opened","link_id":"\\';
/** Somebody of another account, who may name himself there as he likes. */
const FOREIGNER: Principal = {
  arn: 'arn:aws:iam::666666666666:user/","outcome":"opened","link_id":"AAAAAAAAAAAAAAAAAAAAAA",""/mallory',
  accessKeyId: 'FOREIGNER',
  secretAccessKey: 'foreigner-secret',
  statements: [],
};

const clock = new SettableClock(new Date());
const proxies: Partial<Record<StorageService, FaultyProxy>> = {};
const attempts: Record<string, Attempt> = {};
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({
    clock,
    callers: [LOCAL_CALLER, FOREIGNER],
    change: headOnceOnly,
    between: async (service, endpoint) => {
      const proxy = await startFaultyProxy(service, endpoint);
      proxies[service] = proxy;
      return proxy.endpoint;
    },
  });
  for (const presign of LINK_KINDS) {
    const made = async (expires_in = 60): Promise<string> => await linkTo(emulator, { presign, expires_in });
    const opening = async (name: string, link: string, headers: Record<string, string> = {}): Promise<void> =>
      await attempt(`${name}, ${presign}`, () => send(link, { headers: { 'User-Agent': BROWSER, ...headers } }));

    const link = await made();
    await opening('prefetch', link, { 'Sec-Purpose': 'prefetch' });
    await opening('unfurler', link, { 'User-Agent': 'Twitterbot/1.0' });
    await opening('opened', link);
    await opening('unknown_or_spent', link);
    await opening('malformed', `${link}x`);
    const forged = await made();
    await opening('opened by a forger', forged, { 'User-Agent': FORGER });
    await opening('refused to a forger', forged, { 'User-Agent': FORGER });
    const late = await made(1);
    clock.advance(1);
    await opening('expired', late);
    const lost = await made();
    await proxies.dynamodb?.behave({ kind: 'reset', applied: true }, 1);
    await opening('lost_reply', lost);
    const down = await made();
    await proxies.dynamodb?.behave({ kind: 'fail' });
    await opening('storage_failed', down);
    await proxies.dynamodb?.behave({ kind: 'pass' });
    await opening('opened after all', down);
    const broken = await made();
    await breakLink(broken);
    await opening('opened in vain', broken);
    await opening('tried again in vain', broken);

    const asking = { bucket_name: emulator.bucketName, object_name: 'S3.png', presign };
    await attempt(`issued, ${presign}`, () => askForLink(emulator, asking, { Accept: 'application/json' }));
    await attempt(`issue refused, ${presign}`, () => askForLink(emulator, { ...asking, object_name: 'missing' }));
    await proxies.s3?.behave({ kind: 'fail' });
    await attempt(`issue storage_failed, ${presign}`, () => askForLink(emulator, asking));
    await proxies.s3?.behave({ kind: 'pass' });

    const idOf = async (expires_in = 60): Promise<string> =>
      JSON.parse((await askForLink(emulator, { ...asking, expires_in }, { Accept: 'application/json' })).body).link_id;
    const managing = async (name: string, method: 'GET' | 'DELETE', linkId: string): Promise<void> =>
      await attempt(`${name}, ${presign}`, () => manageLink(emulator, method, linkId));
    const kept = await idOf();
    await managing('looked up', 'GET', kept);
    await managing('revoked', 'DELETE', kept);
    await managing('revoked twice', 'DELETE', kept);
    const brief = await idOf(1);
    clock.advance(1);
    await managing('looked up late', 'GET', brief);
    await managing('no id', 'GET', 'A'.repeat(43));
    const unsure = await idOf();
    await proxies.dynamodb?.behave({ kind: 'reset', applied: true }, 1);
    await managing('revoke lost_reply', 'DELETE', unsure);
    await proxies.dynamodb?.behave({ kind: 'fail' });
    await managing('revoke storage_failed', 'DELETE', unsure);
    await proxies.dynamodb?.behave({ kind: 'pass' });
  }
  await attempt('without nonce', () => send(`${emulator.apiEndpoint}access-object`));
  await attempt('elsewhere', () => send(`${emulator.apiEndpoint}elsewhere?nonce=x`));
  await attempt('unsigned', () => send(`${emulator.apiEndpoint}generate-url`, { method: 'POST' }));
  await attempt('foreign', () => sendSigned(`${emulator.apiEndpoint}generate-url`, { method: 'POST' }, FOREIGNER));
  await attempt('head', () => send(`${emulator.apiEndpoint}access-object?nonce=x`, { method: 'HEAD' }));
  await attempt('throttled', () => send(`${emulator.apiEndpoint}access-object?nonce=x`, { method: 'HEAD' }));
});

afterAll(async () => {
  await proxies.s3?.close();
  await proxies.dynamodb?.close();
  await emulator.close();
});

/** Leaves of a link's record what does not open. */
async function breakLink(link: string): Promise<void> {
  const nonce = parseNonce(new URL(link).searchParams.get('nonce') ?? '');
  const TableName = emulator.tableName;
  const Key = { nonce_id: { S: String(nonce && linkIdOf(nonce)) } };
  const { Item } = await emulator.dynamoDb.send(new GetItemCommand({ TableName, Key }));
  await emulator.dynamoDb.send(
    new PutItemCommand({ TableName, Item: { ...Item, ...Key, sealed: { B: new Uint8Array(64) } } }),
  );
}

/** Makes a request, and keeps what is written about it. The clock stands still: the throttles see all of it at once. */
async function attempt(name: string, act: () => Promise<Answer>): Promise<void> {
  const before = emulator.logs.length;
  const answer = await act();
  const access = await oneLine(name, before, 'access');
  const wanted = FUNCTION_OF[String(access['route'])];
  const asked = wanted !== undefined && reachedFunction(access);
  const lines = asked ? [[wanted, await oneLine(name, before, wanted)] as const] : [];
  attempts[name] = { answer, access, lines };
}

/** Functions that write a line of each call, by route. */
const FUNCTION_OF: Readonly<Record<string, string>> = {
  '/generate-url': 'GenerateUrl',
  '/access-object': 'AuthorizeAccess',
  '/links/{link_id}': 'ManageLink',
};

/** Of the gateway's own refusals, those of a link are the authorizer's; those of a caller come before any function. */
function reachedFunction({ method, route, refusal }: LogLine): boolean {
  const ofLinks = route === '/access-object' ? ['ACCESS_DENIED', 'AUTHORIZER_FAILURE', 'DEFAULT_5XX'] : [];
  return method !== 'HEAD' && ['-', ...ofLinks].includes(String(refusal));
}

/** The one line that a source wrote since; that of a function may come after the answer it is about. */
async function oneLine(name: string, since: number, source: string): Promise<LogLine> {
  for (;;) {
    const [line, ...more] = emulator.logs.slice(since).filter((one) => one.startsWith(`${source} {`));
    if (more.length > 0) {
      throw new Error(`${source} wrote ${more.length + 1} lines about: ${name}`);
    }
    if (line !== undefined) {
      return JSON.parse(line.slice(source.length + 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Lets one HEAD request through in ten seconds. */
function headOnceOnly(resources: MutableResources): void {
  const { MethodSettings: all } = resourceNamed(resources, 'AWS::ApiGateway::Stage', '').Properties;
  const head = all.find(({ HttpMethod }: { HttpMethod: string }) => HttpMethod === 'HEAD');
  Object.assign(head, { ThrottlingRateLimit: 0.1, ThrottlingBurstLimit: 1 });
}

function recorded(name: string): Attempt {
  const found = attempts[name];
  if (found === undefined) {
    throw new Error(`nothing was recorded of: ${name}`);
  }
  return found;
}

/** The access lines of the attempts of both kinds of link with this name. */
function accessOf(name: string): readonly LogLine[] {
  return LINK_KINDS.map((presign) => recorded(`${name}, ${presign}`).access);
}

const OPENING = {
  time: expect.stringMatching(/^\d\d\/\w{3}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
  request_id: expect.stringMatching(/^\S{10,}$/),
  route: '/access-object',
  method: 'GET',
  link_id: expect.stringMatching(LINK_ID),
  principal: '-',
  account: '-',
  source_ip: '127.0.0.1',
  user_agent: BROWSER,
  latency_ms: expect.any(Number),
};
/** Whoever signed, as the access log names them; the functions' lines have the ARN. */
const CALLER = { principal: principalIdOf(LOCAL_CALLER), account: '123456789012' };
const STRANGER = { principal: principalIdOf(FOREIGNER), account: '666666666666' };
const REFUSED = { ...OPENING, refusal: 'ACCESS_DENIED', status: 403 };

describe('the access log has one line of JSON of every attempt to open a link, and in it the outcome', () => {
  test.each([
    ['opened', { ...OPENING, outcome: 'opened', refusal: '-', status: 302 }],
    ['unknown_or_spent', { ...REFUSED, outcome: 'unknown_or_spent' }],
    ['expired', { ...REFUSED, outcome: 'expired' }],
    ['lost_reply', { ...REFUSED, outcome: 'lost_reply' }],
    ['malformed', { ...REFUSED, outcome: 'malformed', link_id: 'none' }],
    ['prefetch', { ...REFUSED, outcome: 'prefetch' }],
    ['unfurler', { ...REFUSED, outcome: 'unfurler', user_agent: 'Twitterbot/1.0' }],
  ])('%s', (name, expected) => {
    for (const line of accessOf(name)) {
      expect(line).toEqual(expected);
    }
  });

  test('storage_failed is told by the refusal of the gateway, and by the function: there is no outcome', () => {
    for (const presign of LINK_KINDS) {
      const { access, lines } = recorded(`storage_failed, ${presign}`);
      expect(access).toEqual({
        ...OPENING,
        outcome: '-',
        refusal: 'AUTHORIZER_FAILURE',
        status: 503,
        link_id: '-',
        user_agent: '-',
      });
      expect(lines).toEqual([
        [
          'AuthorizeAccess',
          {
            event: 'storage_failed',
            error: 'InternalServerError',
            http_status: 500,
            attempts: 3,
            aws_request_id: 'FAULTYPROXY',
            link_id: recorded(`opened after all, ${presign}`).access['link_id'],
            request_id: access['request_id'],
          },
        ],
      ]);
    }
  });

  test('every outcome that there is was seen, and no other', () => {
    const seen = new Set(Object.values(attempts).map(({ access }) => String(access['outcome'])));
    expect([...seen].sort()).toEqual(['-', ...OPEN_OUTCOMES].sort());
  });

  test('all lines have the same fields, and none is a query string', () => {
    for (const { access } of Object.values(attempts)) {
      expect(Object.keys(access).sort()).toEqual([...Object.keys(OPENING), 'outcome', 'refusal', 'status'].sort());
      expect(JSON.stringify(access)).not.toContain('nonce=');
    }
  });

  test('a user agent can neither end its field nor add one, and can be read all the same', () => {
    for (const presign of LINK_KINDS) {
      const [opened, refused] = [
        recorded(`opened by a forger, ${presign}`).access,
        recorded(`refused to a forger, ${presign}`).access,
      ];
      expect(refused).toMatchObject({ outcome: 'unknown_or_spent', link_id: opened['link_id'] });
      expect(decodeURIComponent(String(refused['user_agent']))).toBe(FORGER);
    }
  });
});

test('a link that was redeemed and led nowhere is opened by its outcome, and lost by its status', () => {
  for (const line of accessOf('opened in vain')) {
    expect(line).toEqual({ ...OPENING, outcome: 'opened', refusal: 'DEFAULT_5XX', status: 503 });
  }
});

test('a stranger who signs with an account of his own can write nothing into the log', () => {
  const { access } = recorded('foreign');
  expect(access).toEqual({
    ...OPENING,
    route: '/generate-url',
    method: 'POST',
    link_id: '-',
    outcome: '-',
    refusal: 'ACCESS_DENIED',
    status: 403,
    ...STRANGER,
    user_agent: '-',
  });
});

describe('of a request for a link', () => {
  const FAILED = { http_status: 500, attempts: 3, aws_request_id: 'FAULTYPROXY' };
  const ASKED = {
    ...OPENING,
    route: '/generate-url',
    method: 'POST',
    link_id: '-',
    outcome: '-',
    refusal: '-',
    ...CALLER,
    user_agent: '-',
  };

  test.each([
    ['issued', 200, { event: 'link_issued', link_id: expect.stringMatching(LINK_ID) }],
    ['issue refused', 404, { event: 'link_refused', code: 'ObjectNotFound' }],
    ['issue storage_failed', 503, { event: 'storage_failed', error: 'InternalError', ...FAILED }],
  ])(
    '%s: the access log knows who asked, the function what came of it, and the request id joins them',
    (name, status, line) => {
      for (const presign of LINK_KINDS) {
        const { access, lines } = recorded(`${name}, ${presign}`);
        expect(access).toEqual({ ...ASKED, status });
        const request = { caller: LOCAL_CALLER.arn, request_id: access['request_id'] };
        expect(lines).toEqual([['GenerateUrl', { ...line, ...request }]]);
      }
    },
  );

  test('the link id is the one that the caller was told', () => {
    for (const presign of LINK_KINDS) {
      const { answer, lines } = recorded(`issued, ${presign}`);
      expect(lines[0]?.[1]['link_id']).toBe(JSON.parse(answer.body).link_id);
    }
  });
});

describe('of a request to manage a link', () => {
  const FAILED = { http_status: 500, attempts: 3, aws_request_id: 'FAULTYPROXY' };
  const LINK = { link_id: expect.stringMatching(LINK_ID) };

  test.each([
    ['looked up', 'GET', 200, { event: 'link_managed', outcome: 'open', ...LINK }],
    ['revoked', 'DELETE', 204, { event: 'link_managed', outcome: 'revoked', ...LINK }],
    ['revoked twice', 'DELETE', 404, { event: 'link_managed', outcome: 'unknown_or_spent', ...LINK }],
    ['looked up late', 'GET', 404, { event: 'link_managed', outcome: 'expired', ...LINK }],
    ['no id', 'GET', 400, { event: 'link_managed', outcome: 'malformed' }],
    ['revoke lost_reply', 'DELETE', 404, { event: 'link_managed', outcome: 'lost_reply', ...LINK }],
    [
      'revoke storage_failed',
      'DELETE',
      503,
      { event: 'storage_failed', error: 'InternalServerError', ...FAILED, ...LINK },
    ],
  ])(
    '%s: the access log knows who asked, the function what came of it, and neither what stood for the id',
    (name, method, status, line) => {
      for (const presign of LINK_KINDS) {
        const { access, lines } = recorded(`${name}, ${presign}`);
        expect(access).toEqual({
          ...OPENING,
          route: '/links/{link_id}',
          method,
          status,
          link_id: '-',
          outcome: '-',
          refusal: '-',
          ...CALLER,
          user_agent: '-',
        });
        const request = { caller: LOCAL_CALLER.arn, request_id: access['request_id'] };
        expect(lines).toEqual([['ManageLink', { ...line, ...request }]]);
        expect(JSON.stringify([access, lines])).not.toContain('A'.repeat(22));
      }
    },
  );
});

test('the access log says what the gateway refused by itself', () => {
  expect(recorded('without nonce').access).toMatchObject({ status: 401, refusal: 'UNAUTHORIZED', outcome: '-' });
  expect(recorded('elsewhere').access).toMatchObject({ status: 403, refusal: 'MISSING_AUTHENTICATION_TOKEN' });
  expect(recorded('unsigned').access).toMatchObject({ status: 403, refusal: 'MISSING_AUTHENTICATION_TOKEN' });
  expect(recorded('head').access).toMatchObject({ status: 200, refusal: '-', outcome: '-', method: 'HEAD' });
  expect(recorded('throttled').access).toMatchObject({ status: 429, refusal: 'THROTTLED', outcome: '-' });
});

describe('the metric filters of the template, run by their own pattern over these lines,', () => {
  const filters = propertiesOf(resourcesOf(defaultTemplate()), 'AWS::Logs::MetricFilter');
  const STORAGE_FAILURES = {
    StorageFailures: ['storage_failed'],
    IssueStorageFailures: ['issue storage_failed'],
    ManageStorageFailures: ['revoke storage_failed'],
  };
  const OPENED = ['opened', 'opened by a forger', 'opened after all'];

  /** Names of attempts whose lines a filter has to match, of both kinds of link where none is named. */
  const EXPECTED: Readonly<Record<string, readonly string[]>> = {
    Opened: OPENED,
    UnknownOrSpent: ['unknown_or_spent', 'refused to a forger', 'tried again in vain'],
    Expired: ['expired'],
    LostReplies: ['lost_reply'],
    Malformed: ['malformed'],
    Prefetch: ['prefetch'],
    Unfurler: ['unfurler'],
    Issued: ['issued'],
    Revoked: ['revoked'],
    IssueRefused: ['issue refused'],
    ...STORAGE_FAILURES,
    ServerErrors: ['storage_failed', 'opened in vain', 'issue storage_failed', 'revoke storage_failed'],
    Throttled: [],
    OpenLatency: OPENED,
  };

  test('are these', () => {
    expect(Object.keys(filters).sort()).toEqual(
      Object.keys(EXPECTED)
        .map((id) => `MonitoringMetrics${id}`)
        .sort(),
    );
  });

  test.each(Object.keys(EXPECTED))('%s counts what it is for, and nothing else', (id) => {
    const { FilterPattern: pattern, LogGroupName: group } = filters[`MonitoringMetrics${id}`] ?? {};
    const matched = Object.entries(attempts).filter(([, { access, lines }]) => {
      const all: Attempt['lines'] = [['access', access], ...lines];
      return all.some(
        ([source, line]) => `<${LOG_GROUPS[source]}>` === group && matches(String(pattern), JSON.stringify(line)),
      );
    });

    const expected = EXPECTED[id]?.flatMap((name) => LINK_KINDS.map((presign) => `${name}, ${presign}`)) ?? [];
    expect(matched.map(([name]) => name).sort()).toEqual(
      [...expected, ...(id === 'Throttled' ? ['throttled'] : [])].sort(),
    );
  });

  test('take the value of the latency from its field, and one from every other line', () => {
    for (const [id, { MetricTransformations: transformations }] of Object.entries(filters)) {
      const [{ MetricValue: value }] = transformations as readonly [{ MetricValue: string }];
      const line = JSON.stringify({ ...recorded('opened, now').access, latency_ms: 17 });
      expect([id, metricValue(value, line)]).toEqual([id, id.endsWith('OpenLatency') ? 17 : 1]);
    }
  });
});

describe('the queries of the template', () => {
  const queries = Object.fromEntries(
    Object.values(propertiesOf(resourcesOf(defaultTemplate()), 'AWS::Logs::QueryDefinition')).map(
      ({ Name, QueryString, LogGroupNames }) => [
        String(Name).replace(/^.*\//, ''),
        { text: String(QueryString), logGroups: LogGroupNames as readonly string[] },
      ],
    ),
  );
  const NAMES = Object.keys(queries);

  /** All lines of the logs that a query reads, a second after one another. */
  function linesFor(name: string): readonly LoggedLine[] {
    return emulator.logs.flatMap((entry, index) => {
      const [, source = '', line = ''] = /^(\w+) (.*)$/s.exec(entry) ?? [];
      const log = `<${LOG_GROUPS[source]}>`;
      return queries[name]?.logGroups.includes(log) ? [{ log, timestamp: index * 1000, line }] : [];
    });
  }

  function answer(name: string, replacements: Readonly<Record<string, string>> = {}): ReturnType<typeof run> {
    const text = Object.entries(replacements).reduce(
      (query, [placeholder, value]) => query.replace(placeholder, value),
      queries[name]?.text ?? '',
    );
    return run(text, linesFor(name));
  }

  const linkIdsOf = (...names: readonly string[]): readonly string[] =>
    names.flatMap((name) => accessOf(name).map(({ link_id: id }) => String(id))).sort();

  test.each(NAMES)('%s speaks of fields and values that the lines of its logs have', (name) => {
    const lines = linesFor(name).flatMap(({ line }) => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const { fields, values } = contentsOf(queries[name]?.text ?? '');

    expect(fields.filter((field) => !lines.some((line) => field in line))).toEqual([]);
    for (const [field, value] of values.filter(([, one]) => !['LINK_ID', 'REQUEST_ID'].includes(one))) {
      expect([field, value, lines.some((line) => line[field] === value)]).toEqual([field, value, true]);
    }
  });

  test('link-history tells the life of a link in its order, from who made it to who came last', () => {
    for (const [index, linkId] of accessOf('opened')
      .map(({ link_id: id }) => String(id))
      .entries()) {
      const history = answer('link-history', { LINK_ID: linkId });
      expect(history.map(({ what }) => what)).toEqual([
        'link_issued',
        'prefetch',
        'unfurler',
        'opened',
        'unknown_or_spent',
      ]);
      expect(history[0]).toMatchObject({ caller: LOCAL_CALLER.arn });
      expect(history[3]).toMatchObject({ source_ip: '127.0.0.1', user_agent: BROWSER, status: 302 });
      expect(accessOf('opened')[index]?.['request_id']).toBe(history[3]?.['request_id']);
    }
  });

  test('link-history tells who looked a link up, who revoked it, and that it was in vain', () => {
    for (const presign of LINK_KINDS) {
      const [[, { link_id: linkId }] = ['', {}]] = recorded(`revoked, ${presign}`).lines;
      const history = answer('link-history', { LINK_ID: String(linkId) });
      expect(history.map(({ what }) => what)).toEqual(['link_issued', 'open', 'revoked', 'unknown_or_spent']);
      expect(history[2]).toMatchObject({ caller: LOCAL_CALLER.arn });
    }
  });

  test('link-history does not pass over storage that failed, of which the access log has no link id', () => {
    for (const linkId of linkIdsOf('opened after all')) {
      expect(answer('link-history', { LINK_ID: linkId }).map(({ what }) => what)).toEqual([
        'link_issued',
        'storage_failed',
        'opened',
      ]);
    }
  });

  test('request-history puts together what gateway and function know of one request', () => {
    const { access } = recorded('storage_failed, now');
    const history = answer('request-history', { REQUEST_ID: String(access['request_id']) });
    expect(history.map(({ '@log': log }) => log).sort()).toEqual(['<AuthorizeAccessLogs>', '<LinkApiAccessLog>']);
  });

  test('second-openers names the links that somebody came for after they were opened, and no others', () => {
    const found = answer('second-openers');
    expect(found.map(({ link_id: id }) => String(id)).sort()).toEqual(linkIdsOf('opened', 'opened by a forger'));
    expect(found[0]).toMatchObject({ openings: 1, refusals: 1, addresses: 1, first_address: '127.0.0.1' });
  });

  test('never-opened names the links that were issued and not opened, and who asked for them', () => {
    const issued = LINK_KINDS.map((presign) => JSON.parse(recorded(`issued, ${presign}`).answer.body).link_id);
    const managed = LINK_KINDS.flatMap((presign) =>
      ['revoked', 'looked up late', 'revoke lost_reply'].map((name) =>
        String(recorded(`${name}, ${presign}`).lines[0]?.[1]['link_id']),
      ),
    );
    const found = answer('never-opened');
    expect(found.map(({ link_id: id }) => String(id)).sort()).toEqual(
      [...linkIdsOf('expired', 'lost_reply', 'opened in vain'), ...issued, ...managed].sort(),
    );
    expect(new Set(found.map(({ issued_by: caller }) => caller))).toEqual(new Set([LOCAL_CALLER.arn]));
  });

  test.each([
    ['server-errors', 'requests', 8],
    ['storage-failures', 'failures', 6],
    ['slow-openings', 'openings', 6],
    ['throttled-requests', 'requests', 1],
    ['unknown-nonces', 'requests', 8],
    ['refused-requests', 'refusals', 2],
  ])('%s finds them all', (name, column, count) => {
    const found = answer(name).reduce((sum, row) => sum + Number(row[column]), 0);
    expect([name, found]).toEqual([name, count]);
  });

  test('callers tells who asked for how many links, and how they fared', () => {
    const all = linesFor('callers').map(({ line }) => JSON.parse(line));
    const made = all.filter(({ route, status }) => route === '/generate-url' && status === 200).length;
    expect(answer('callers')).toEqual([
      { ...CALLER, source_ip: '127.0.0.1', status: 200, requests: made },
      { ...CALLER, source_ip: '127.0.0.1', status: 404, requests: 2 },
      { ...CALLER, source_ip: '127.0.0.1', status: 503, requests: 2 },
      { principal: '-', account: '-', source_ip: '127.0.0.1', status: 403, requests: 1 },
      { ...STRANGER, source_ip: '127.0.0.1', status: 403, requests: 1 },
    ]);
  });

  test('led-nowhere names the links that were redeemed for nothing', () => {
    expect(
      answer('led-nowhere')
        .map(({ link_id: id }) => String(id))
        .sort(),
    ).toEqual(linkIdsOf('opened in vain'));
  });

  test('lost-replies names the links that are gone', () => {
    expect(
      answer('lost-replies')
        .map(({ link_id: id }) => String(id))
        .sort(),
    ).toEqual(linkIdsOf('lost_reply'));
  });

  test('function-errors shows what is no line of ours, as what the runtime writes when a function throws', () => {
    const messages = answer('function-errors').map(({ '@message': message }) => String(message));
    const thrown = [/^Error: the sealed record /, /^StorageUnavailableError: /];
    expect(messages.sort()).toEqual(thrown.flatMap((error) => LINK_KINDS.map(() => expect.stringMatching(error))));
  });

  test('know every kind of line that a function writes', () => {
    const events = new Set(Object.values(attempts).flatMap(({ lines }) => lines.map(([, { event }]) => event)));
    expect([...events].sort()).toEqual(Object.values(LOG_EVENT).sort());
  });
});
