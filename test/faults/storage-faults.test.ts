import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AttributeValue, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { StorageService } from '../../emulator/emulator';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { CALL_MILLISECONDS } from '../../lambda/aws/client-settings';
import { PUT_MILLISECONDS } from '../../lambda/aws/link-table';
import { defaultTemplate, propertiesOf, resourcesOf } from '../lib/support/template';
import { type Behaviour, type FaultyProxy, type NoAnswer, startFaultyProxy } from '../support/faulty-proxy';
import { matches } from '../support/filter-pattern';
import { type Answer, askForLink, linkTo, manageLink, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

/** Emulators that cases run on side by side: each mostly waits for time-outs. */
const LANES = 6;
/** How often a log line is looked for, every ten milliseconds. */
const LOG_WAITS = 1000;
const DOCUMENT = join(__dirname, '..', '..', 'docs', 'faults.md');
const DYNAMODB_DOWN = { status: 503, code: 'ServiceUnavailable' };
const ISSUE_FAILED = { status: 503, code: 'StorageUnavailable', links: 0 };

type Often = 'once' | 'always';

/** A fault in words, and the name of the error that it comes to when it does not pass. */
interface Fault {
  readonly words: string;
  readonly behaviour: Behaviour;
  readonly error: string;
  /** Whether the SDK makes another attempt. */
  readonly retried: boolean;
}

const NOT_APPLIED: readonly Fault[] = [
  { words: 'is throttled', behaviour: { kind: 'throttle' }, error: 'ThrottlingException', retried: true },
  {
    words: 'meets a fault of the service (500)',
    behaviour: { kind: 'fail' },
    error: 'InternalServerError',
    retried: true,
  },
];
const REFUSED: Fault = {
  words: 'finds nobody listening',
  behaviour: { kind: 'refuse' },
  error: 'Error',
  retried: true,
};
const CUT_BEFORE = noAnswer('reset', false);
const SILENT_BEFORE = noAnswer('silence', false);
const GARBAGE_BEFORE = noAnswer('garbage', false);
const UNANSWERED_BEFORE = [CUT_BEFORE, SILENT_BEFORE, GARBAGE_BEFORE, ...readings(false)];
const UNANSWERED_AFTER = [
  ...(['reset', 'silence', 'garbage'] as const).map((kind) => noAnswer(kind, true)),
  ...readings(true),
];

function readings(applied: boolean): readonly Fault[] {
  return (['stall', 'dribble', 'unreadable'] as const).map((kind) => noAnswer(kind, applied));
}

function noAnswer(kind: NoAnswer, applied: boolean): Fault {
  const [words, error, retried] = {
    reset: ['is cut off', 'TimeoutError', true],
    silence: ['gets no answer in time', 'TimeoutError', true],
    stall: ['gets the head of an answer and no body', 'TimeoutError', true],
    dribble: ['gets an answer that does not end', 'AbortError', false],
    garbage: ['gets bytes that are not HTTP', 'Error', false],
    unreadable: ['gets somebody else’s page', 'SyntaxError', false],
  }[kind] as [string, string, boolean];
  return {
    words: `${words} ${applied ? 'after' : 'before'} it was applied`,
    behaviour: { kind, applied },
    error,
    retried,
  };
}

/** What a redemption that meets a fault comes to. */
interface Redemption {
  readonly status: number;
  readonly code?: string;
  readonly tries: number;
  readonly log: string;
  /** Answer to the same link, opened again when the fault is over; and what the log says then. */
  readonly again: number;
  readonly logAgain: string;
}

interface RedeemRow extends Expected<Redemption> {
  readonly link: 'fresh' | 'spent';
}

/** What asking for a link comes to. */
interface Issue {
  readonly status: number;
  readonly code?: string;
  readonly tries: number;
  readonly log: string;
  /** Links handed out, and items in the table. */
  readonly links: number;
  readonly items: number;
}

interface IssueRow extends Expected<Issue> {
  readonly service: StorageService;
}

/** What revoking a link comes to. */
interface Revocation {
  readonly status: number;
  readonly code?: string;
  readonly tries: number;
  readonly log: string;
  /** What the link opens with when the fault is over. */
  readonly opens: number;
}

interface RevokeRow extends Expected<Revocation> {
  readonly revokes: true;
}

interface Expected<Outcome> {
  readonly fault: Fault;
  readonly often: Often;
  readonly expected: Outcome;
}

const OPENED = { status: 302, log: 'opened', again: 403, logAgain: 'unknown_or_spent' };
const LIVES_ON = { ...DYNAMODB_DOWN, again: 302, logAgain: 'opened' };
const REDEEM: readonly RedeemRow[] = [
  ...[...NOT_APPLIED, ...UNANSWERED_BEFORE].map((fault) =>
    redeem(fault, 'once', fault.retried ? { ...OPENED, tries: 2 } : livesOn(fault)),
  ),
  ...[...NOT_APPLIED, REFUSED, ...UNANSWERED_BEFORE].map((fault) => redeem(fault, 'always', livesOn(fault))),
  ...UNANSWERED_AFTER.map((fault) =>
    redeem(fault, 'once', fault.retried ? { ...gone('lost_reply'), tries: 2 } : isLost(fault)),
  ),
  ...UNANSWERED_AFTER.map((fault) => redeem(fault, 'always', isLost(fault))),
  ...NOT_APPLIED.map(
    (fault): RedeemRow => ({ ...redeem(fault, 'once', { ...gone('lost_reply'), tries: 2 }), link: 'spent' }),
  ),
];

function attempts(fault: Fault): { readonly tries: number; readonly log: string } {
  return { tries: fault.retried ? 3 : 1, log: `storage_failed ${fault.error}` };
}

function livesOn(fault: Fault): Redemption {
  return { ...LIVES_ON, ...attempts(fault) };
}

function isLost(fault: Fault): Redemption {
  return { ...DYNAMODB_DOWN, ...attempts(fault), again: 403, logAgain: 'unknown_or_spent' };
}

function gone(log: string): Pick<Redemption, 'status' | 'code' | 'log' | 'again' | 'logAgain'> {
  return { status: 403, code: 'AccessDenied', log, again: 403, logAgain: 'unknown_or_spent' };
}

function redeem(fault: Fault, often: Often, expected: Redemption): RedeemRow {
  return { fault, often, expected, link: 'fresh' };
}

const ISSUED = { status: 200, log: 'link_issued', links: 1, items: 1 };
const S3_FAULTS = [
  ...NOT_APPLIED.map((fault) => ({
    ...fault,
    error: fault.behaviour.kind === 'throttle' ? 'SlowDown' : 'InternalError',
  })),
  CUT_BEFORE,
  SILENT_BEFORE,
  GARBAGE_BEFORE,
];
const ISSUE: readonly IssueRow[] = [
  ...S3_FAULTS.map((fault) =>
    issue(
      's3',
      fault,
      'once',
      fault.retried ? { ...ISSUED, tries: 2 } : { ...ISSUE_FAILED, ...attempts(fault), items: 0 },
    ),
  ),
  ...[...S3_FAULTS, REFUSED].map((fault) =>
    issue('s3', fault, 'always', { ...ISSUE_FAILED, ...attempts(fault), items: 0 }),
  ),
  ...NOT_APPLIED.map((fault) => issue('dynamodb', fault, 'once', { ...ISSUED, tries: 2 })),
  ...NOT_APPLIED.map((fault) => issue('dynamodb', fault, 'always', failedPuts(fault, 0))),
  // The last of three puts is counted by the SDK alone.
  issue('dynamodb', REFUSED, 'always', { ...failedPuts(REFUSED, 0), tries: 1 }),
  ...UNANSWERED_BEFORE.map((fault) => issue('dynamodb', fault, 'once', { ...ISSUED, tries: 2 })),
  ...UNANSWERED_AFTER.map((fault) => issue('dynamodb', fault, 'once', { ...ISSUED, tries: 2, items: 2 })),
  ...UNANSWERED_BEFORE.map((fault) => issue('dynamodb', fault, 'always', failedPuts(fault, 0))),
  ...UNANSWERED_AFTER.map((fault) => issue('dynamodb', fault, 'always', failedPuts(fault, 3))),
];

const REVOKED = { status: 204, log: 'revoked', tries: 2, opens: 403 };
const REVOKE: readonly RevokeRow[] = [
  ...[...NOT_APPLIED, ...UNANSWERED_BEFORE].map((fault) =>
    revoke(fault, 'once', fault.retried ? REVOKED : notRevoked(fault, 302)),
  ),
  ...[...NOT_APPLIED, REFUSED, ...UNANSWERED_BEFORE].map((fault) => revoke(fault, 'always', notRevoked(fault, 302))),
  ...UNANSWERED_AFTER.map((fault) =>
    revoke(
      fault,
      'once',
      fault.retried
        ? { status: 404, code: 'RevocationInDoubt', log: 'lost_reply', tries: 2, opens: 403 }
        : notRevoked(fault, 403),
    ),
  ),
  ...UNANSWERED_AFTER.map((fault) => revoke(fault, 'always', notRevoked(fault, 403))),
];

function notRevoked(fault: Fault, opens: number): Revocation {
  return { status: 503, code: 'StorageUnavailable', ...attempts(fault), opens };
}

function revoke(fault: Fault, often: Often, expected: Revocation): RevokeRow {
  return { fault, often, expected, revokes: true };
}

/** Three puts, each under a fresh nonce: a put that is applied late must not bring a redeemed link back. */
function failedPuts(fault: Fault, items: number): Issue {
  return { ...ISSUE_FAILED, tries: 3, items, log: `storage_failed ${fault.error}` };
}

function issue(service: StorageService, fault: Fault, often: Often, expected: Issue): IssueRow {
  return { service, fault, often, expected };
}

function nameOf(row: RedeemRow | IssueRow | RevokeRow): string {
  return `${subjectOf(row)} ${row.fault.words}, ${row.often}`;
}

function subjectOf(row: RedeemRow | IssueRow | RevokeRow): string {
  if ('revokes' in row) {
    return 'the delete';
  }
  if ('link' in row) {
    return `the delete of a ${row.link} link`;
  }
  return row.service === 's3' ? 'the look-up' : 'the put';
}

/** What the table holds of a link, in DynamoDB's types. */
type Item = Readonly<Record<string, AttributeValue>>;

/** An emulator with faulty ways to its storage, and what is asked of it. */
class Lane {
  readonly emulator: RunningEmulator;
  readonly proxies: Readonly<Record<StorageService, FaultyProxy>>;
  private readonly table: DynamoDBClient;

  private constructor(emulator: RunningEmulator, proxies: Readonly<Record<StorageService, FaultyProxy>>) {
    this.emulator = emulator;
    this.proxies = proxies;
    const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
    this.table = new DynamoDBClient({
      endpoint: emulator.dynamoDbEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId, secretAccessKey },
    });
  }

  static async start(): Promise<Lane> {
    const proxies: Partial<Record<StorageService, FaultyProxy>> = {};
    const emulator = await runEmulator({
      between: async (service, endpoint) => {
        const proxy = await startFaultyProxy(service, endpoint);
        proxies[service] = proxy;
        return proxy.endpoint;
      },
    });
    return new Lane(emulator, proxies as Record<StorageService, FaultyProxy>);
  }

  async close(): Promise<void> {
    this.table.destroy();
    await this.proxies.s3.close();
    await this.proxies.dynamodb.close();
    await this.emulator.close();
  }

  /** Does something, and returns what the function logged about it: one line. */
  async logged<T>(functionName: string, act: () => Promise<T>): Promise<[T, LogLine]> {
    const before = this.emulator.logs.length;
    const result = await act();
    // A line may come after the answer: it takes another way.
    for (let waits = 0; waits < LOG_WAITS; waits++) {
      const [line, ...more] = this.emulator.logs.slice(before).filter((one) => one.startsWith(`${functionName} {`));
      if (line !== undefined) {
        expect(more).toEqual([]);
        return [result, JSON.parse(line.slice(functionName.length + 1))];
      }
      await delay(10);
    }
    throw new Error(`${functionName} logged nothing: it did not come to an end`);
  }

  async open(link: string): Promise<[Answer, LogLine]> {
    return await this.logged('AuthorizeAccess', () => send(link));
  }

  async ask(presign: LinkKind): Promise<[Answer, LogLine]> {
    const fields = { bucket_name: this.emulator.bucketName, object_name: 'S3.png', expires_in: 60, presign };
    return await this.logged('GenerateUrl', () => askForLink(this.emulator, fields));
  }

  async items(): Promise<readonly Item[]> {
    const { Items = [] } = await this.table.send(new ScanCommand({ TableName: this.emulator.tableName }));
    return Items;
  }
}

interface LogLine {
  readonly event: string;
  readonly outcome?: string;
  readonly error?: string;
  readonly attempts?: number;
  readonly link_id?: string;
}

interface Observed<Outcome> {
  readonly outcome: Outcome;
  readonly answer: Answer;
  readonly line: LogLine;
}

async function observeRedemption(
  lane: Lane,
  { fault, often, link: state }: RedeemRow,
  presign: LinkKind,
): Promise<Observed<Redemption>> {
  const link = await linkTo(lane.emulator, { presign });
  if (state === 'spent') {
    await lane.open(link);
  }
  const [[answer, line], tries] = await underFault(lane.proxies.dynamodb, fault, often, () => lane.open(link));
  const [again, lineAgain] = await lane.open(link);
  return {
    answer,
    line,
    outcome: {
      ...whatItCameTo(answer, line, tries),
      again: again.status,
      logAgain: inShort(lineAgain),
    },
  };
}

async function observeRevocation(
  lane: Lane,
  { fault, often }: RevokeRow,
  presign: LinkKind,
): Promise<Observed<Revocation>> {
  const [{ body: link }, { link_id: linkId = '' }] = await lane.ask(presign);
  const [[answer, line], tries] = await underFault(lane.proxies.dynamodb, fault, often, () =>
    lane.logged('ManageLink', () => manageLink(lane.emulator, 'DELETE', linkId)),
  );
  const [opened] = await lane.open(link);
  return {
    answer,
    line,
    outcome: {
      ...whatItCameTo(answer, line, tries),
      opens: opened.status,
    },
  };
}

interface ObservedIssue extends Observed<Issue> {
  /** Items that appeared while the fault lasted. */
  readonly added: readonly Item[];
  /** Answer to the same request, asked again when the fault is over, items it added, and what its link opened with. */
  readonly retry: { readonly status: number; readonly items: number; readonly opens: number };
}

async function observeIssue(
  lane: Lane,
  { service, fault, often }: IssueRow,
  presign: LinkKind,
): Promise<ObservedIssue> {
  const before = await lane.items();
  const [[answer, line], tries] = await underFault(lane.proxies[service], fault, often, () => lane.ask(presign));
  const after = await lane.items();
  const [second] = await lane.ask(presign);
  const inTheEnd = await lane.items();
  const known = new Set(before.map(({ nonce_id: id }) => id?.S));
  const added = after.filter(({ nonce_id: id }) => !known.has(id?.S));
  return {
    answer,
    line,
    added,
    retry: {
      status: second.status,
      items: inTheEnd.length - after.length,
      opens: (await lane.open(second.body))[0].status,
    },
    outcome: {
      ...whatItCameTo(answer, line, tries),
      links: answer.body.includes('nonce=') ? 1 : 0,
      items: added.length,
    },
  };
}

/** @returns what came of it, and how many requests the proxy saw: none, where nobody listened. */
async function underFault<T>(
  proxy: FaultyProxy,
  { behaviour }: Fault,
  often: Often,
  act: () => Promise<T>,
): Promise<[T, number | undefined]> {
  await proxy.behave(behaviour, often === 'once' ? 1 : undefined);
  const before = proxy.requests;
  const result = await act();
  const tries = proxy.requests - before;
  await proxy.behave({ kind: 'pass' });
  return [result, behaviour.kind === 'refuse' ? undefined : tries];
}

/** What was answered and logged, and after how many tries: counted on the way, or else as the line says. */
function whatItCameTo(
  answer: Answer,
  line: LogLine,
  tries: number | undefined,
): { status: number; code?: string; tries: number; log: string } {
  return { ...statusAndCode(answer), tries: tries ?? line.attempts ?? 0, log: inShort(line) };
}

function statusAndCode({ status, body }: Answer): { status: number; code?: string } {
  return status < 400 ? { status } : { status, code: JSON.parse(body).code };
}

function inShort({ event, outcome, error }: LogLine): string {
  return outcome ?? (error === undefined ? event : `${event} ${error}`);
}

const redemptions = new Map<string, Observed<Redemption>>();
const issues = new Map<string, ObservedIssue>();
const revocations = new Map<string, Observed<Revocation>>();
const failures = new Map<string, unknown>();
const lanes: Lane[] = [];

beforeAll(async () => {
  lanes.push(...(await Promise.all(Array.from({ length: LANES }, () => Lane.start()))));
  const cases = [
    ...REDEEM.flatMap((row) => LINK_KINDS.map((kind) => observing(row, kind, redemptions, observeRedemption))),
    ...ISSUE.flatMap((row) => LINK_KINDS.map((kind) => observing(row, kind, issues, observeIssue))),
    ...REVOKE.flatMap((row) => LINK_KINDS.map((kind) => observing(row, kind, revocations, observeRevocation))),
  ];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let next = cases.shift(); next !== undefined; next = cases.shift()) {
        await next(lane);
      }
    }),
  );
}, 300_000);

/** What goes wrong in one case is its own test's to say. */
function observing<Row extends RedeemRow | IssueRow | RevokeRow, Outcome>(
  row: Row,
  presign: LinkKind,
  all: Map<string, Outcome>,
  observe: (lane: Lane, row: Row, presign: LinkKind) => Promise<Outcome>,
): (lane: Lane) => Promise<void> {
  const name = `${presign}: ${nameOf(row)}`;
  return async (lane) => {
    try {
      all.set(name, await observe(lane, row, presign));
    } catch (error) {
      failures.set(name, error);
      await lane.proxies.s3.behave({ kind: 'pass' });
      await lane.proxies.dynamodb.behave({ kind: 'pass' });
    }
  };
}

afterAll(async () => {
  await Promise.all(lanes.map((lane) => lane.close()));
});

describe.each(LINK_KINDS)('an opener of a link with presign %s, where', (presign) => {
  test.each(REDEEM.map((row) => [nameOf(row), row] as const))('%s', (name, { expected }) => {
    const { outcome, answer } = observed(redemptions, `${presign}: ${name}`);

    expect(outcome).toEqual(expected);
    if (outcome.status === 503) {
      expect(answer.headers['retry-after']).toBe('2');
    }
  });
});

test('every redemption ends in what the function says: never in its own time-out, and after three tries at most', () => {
  expect(redemptions.size).toBe(REDEEM.length * LINK_KINDS.length);
  for (const { outcome, line } of redemptions.values()) {
    expect(outcome.tries).toBeLessThanOrEqual(3);
    expect(['link_access', 'storage_failed']).toContain(line.event);
  }
});

describe.each(LINK_KINDS)('a caller who revokes a link with presign %s, where', (presign) => {
  test.each(REVOKE.map((row) => [nameOf(row), row] as const))('%s', (name, { expected }) => {
    const { outcome, answer } = observed(revocations, `${presign}: ${name}`);

    expect(outcome).toEqual(expected);
    if (outcome.status === 503) {
      expect(answer.headers['retry-after']).toBe('2');
    }
    if (outcome.log === 'lost_reply') {
      expect(JSON.parse(answer.body).detail).toMatch(/^The link is gone, but a response of the storage was lost/);
    }
  });
});

describe.each(LINK_KINDS)('a caller who asks for a link with presign %s, where', (presign) => {
  test.each(ISSUE.map((row) => [nameOf(row), row] as const))('%s', (name, { expected }) => {
    const { outcome, answer, added, line, retry } = observed(issues, `${presign}: ${name}`);

    expect(outcome).toEqual(expected);
    expect(retry).toEqual({ status: 200, items: 1, opens: 302 });
    if (outcome.status === 503) {
      expect(answer.headers['retry-after']).toBe('2');
    }
    // An item without a link: nobody was told its nonce, or even its name, and it expires with what was asked for.
    const orphans = added.filter(({ nonce_id: id }) => id?.S !== line.link_id);
    expect(orphans).toHaveLength(outcome.items - outcome.links);
    for (const item of orphans) {
      expect(Object.keys(item).sort()).toEqual(['created_by', 'expires_at', 'nonce_id', 'sealed']);
      expect(JSON.stringify([answer, line])).not.toContain(String(item['nonce_id']?.S));
      expect(Number(item['expires_at']?.N) - Date.now() / 1000).toBeLessThanOrEqual(60);
    }
  });
});

describe.each(LINK_KINDS)(
  'for a link with presign %s, a request that arrives after its sender gave it up',
  (presign) => {
    async function onALane(use: (lane: Lane, proxy: FaultyProxy) => Promise<void>): Promise<void> {
      const lane = await Lane.start();
      try {
        await use(lane, lane.proxies.dynamodb);
      } finally {
        await lane.close();
      }
    }

    test('and stores a link brings none back that was opened meanwhile', async () => {
      await onALane(async (lane, proxy) => {
        await proxy.behave({ kind: 'hold' }, 1);
        const [asked] = await lane.ask(presign);
        const first = await send(asked.body);
        await proxy.letThrough();
        const second = await send(asked.body);

        expect([first.status, second.status]).toEqual([302, 403]);
        // What came late lies under a nonce that nobody has.
        expect(await lane.items()).toHaveLength(1);
      });
    });

    test('and redeems a link does no more harm when the next try has opened it', async () => {
      await onALane(async (lane, proxy) => {
        const link = await linkTo(lane.emulator, { presign });
        await proxy.behave({ kind: 'hold' }, 1);
        const opened = await send(link);
        await proxy.letThrough();

        expect(opened.status).toBe(302);
        expect((await send(link)).status).toBe(403);
      });
    });

    test('and redeems a link spends it unopened, where no try was answered: it fails closed', async () => {
      await onALane(async (lane, proxy) => {
        const link = await linkTo(lane.emulator, { presign });
        await proxy.behave({ kind: 'hold' });
        const opened = await send(link);
        await proxy.behave({ kind: 'pass' });
        await proxy.letThrough();

        expect(opened.status).toBe(503);
        expect((await send(link)).status).toBe(403);
      });
    });
  },
);

describe('the time a call takes at most', () => {
  test('fits into the time-out of the function that makes it', async () => {
    const functions = propertiesOf(resourcesOf(defaultTemplate()), 'AWS::Lambda::Function');

    expect(functions['AuthorizeAccess']?.['Timeout']).toBe(5);
    expect(functions['ManageLink']?.['Timeout']).toBe(5);
    expect(CALL_MILLISECONDS).toBeLessThanOrEqual(4_500);
    // Three requests for an empty object in a versioned bucket, three puts, and the waits between those.
    expect(functions['GenerateUrl']?.['Timeout']).toBeGreaterThanOrEqual(
      (3 * CALL_MILLISECONDS + 3 * PUT_MILLISECONDS + 250 + 500) / 1_000,
    );
    // API Gateway waits for 29 seconds.
    expect(functions['GenerateUrl']?.['Timeout']).toBeLessThan(29);
  });
});

test.each([
  ['LostReplies', 'access', REDEEM.filter(({ expected }) => expected.log === 'lost_reply')],
  ['StorageFailures', 'AuthorizeAccess', REDEEM.filter(({ expected }) => expected.log.startsWith('storage_failed'))],
  ['IssueStorageFailures', 'GenerateUrl', ISSUE.filter(({ expected }) => expected.log.startsWith('storage_failed'))],
  ['ManageStorageFailures', 'ManageLink', REVOKE.filter(({ expected }) => expected.log.startsWith('storage_failed'))],
  ['ServerErrors', 'access', [...REDEEM, ...ISSUE, ...REVOKE].filter(({ expected }) => expected.status >= 500)],
] as const)(
  'the metric filter %s counts one line of the log %s for each of these cases, and no other',
  (id, source, rows) => {
    const filters = propertiesOf(resourcesOf(defaultTemplate()), 'AWS::Logs::MetricFilter');
    const pattern = String(filters[`MonitoringMetrics${id}`]?.['FilterPattern']);
    const lines = lanes.flatMap(({ emulator }) => emulator.logs.filter((line) => line.startsWith(`${source} {`)));

    const counted = lines.filter((line) => matches(pattern, line.slice(source.length + 1)));

    expect(rows.length).toBeGreaterThan(0);
    expect(counted).toHaveLength(rows.length * LINK_KINDS.length);
  },
);

test('docs/faults.md says what the rows of this test say (UPDATE_DOCS=1 writes it anew)', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(DOCUMENT, documentation());
  }
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(documentation());
});

function observed<T>(all: ReadonlyMap<string, T>, name: string): T {
  const one = all.get(name);
  if (one === undefined) {
    throw failures.get(name) ?? new Error(`nothing was observed where ${name}`);
  }
  return one;
}

function documentation(): string {
  const opener = REDEEM.map((row) => {
    const { status, code, tries, log, again } = row.expected;
    const link = again === 302 ? 'lives on' : status === 302 ? 'opened' : row.link === 'spent' ? 'was spent' : 'gone';
    return [nameOf(row), `${status}${code === undefined ? '' : ` ${code}`}`, tries, log, link];
  });
  const caller = ISSUE.map((row) => {
    const { status, code, tries, log, items } = row.expected;
    return [nameOf(row), `${status}${code === undefined ? '' : ` ${code}`}`, tries, log, items];
  });
  const manager = REVOKE.map((row) => {
    const { status, code, tries, log, opens } = row.expected;
    const link = opens === 302 ? 'lives on' : status === 204 ? 'revoked' : 'gone';
    return [nameOf(row), `${status}${code === undefined ? '' : ` ${code}`}`, tries, log, link];
  });
  return `# When storage fails

Written by \`test/faults/storage-faults.test.ts\` from the rows that it tests: with a proxy on the network between the functions and
storage that does what the first column says, to one request or to every one, for links of both kinds. After the fault is
over, every request for a link succeeds, and every link that lives on opens.

One call of AWS takes 4.5 seconds at most, whatever fails: three tries of 1.25 seconds, and up to 0.25 and 0.5 seconds
between them. Every 503 carries \`Retry-After: 2\`.

## Opening a link

A link is gone unopened only where a delete was applied and its answer lost. If a later try finds that out, the log says
\`lost_reply\`, and the metric \`LostReplies\` counts it. It also counts a spent link that is tried again
after a fault of the service: a 500 does not say whether it was applied. If no try is answered, the log says
\`storage_failed\`, and nobody can know.

${table(['where', 'the opener gets', 'tries', 'log', 'the link'], opener)}
## Asking for a link

No link is handed out that is not stored. A put that was sent and not answered, or answered with a fault of the service, which
does not say whether it was applied, is not sent again: it could arrive late, after the link was opened, and bring the link back. A second link is stored instead, under a nonce of its own. If the first
put was applied, an item stays that nobody has the nonce of; it expires as the link would have.

${table(['where', 'the caller gets', 'tries', 'log', 'items stored'], caller)}
## Revoking a link

204 says that nobody opened the link, and nobody will. It is never said of a link that was gone when a try found it: where
an earlier try was not answered, that one may have revoked it, or somebody may have opened it in between. The answer is then
404, and says so; the log of the function that opens links has a line if it was opened.

${table(['where', 'the caller gets', 'tries', 'log', 'the link'], manager)}`;
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
