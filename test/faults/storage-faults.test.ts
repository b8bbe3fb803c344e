import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { StorageService } from '../../emulator/emulator';
import { type Behavior, type BehaviorOf, type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { askForLink, type HttpResponse, issueLink, linkTo, manageLink, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { type LogLine, type RunningEmulator, runEmulator } from '../support/running-emulator';

const DOCUMENT = join(__dirname, '..', '..', 'docs', 'faults.md');

const THROTTLED = { kind: 'throttle' } as const;
const ERROR_500 = { kind: 'fail' } as const;
const NOTHING_LISTENS = { kind: 'refuse' } as const;
const CUT_BEFORE = { kind: 'reset', applied: false } as const;
const CUT_AFTER = { kind: 'reset', applied: true } as const;
const SILENT_BEFORE = { kind: 'silence', applied: false } as const;
const SILENT_AFTER = { kind: 'silence', applied: true } as const;

/** Number of requests that are affected by the fault. */
type Requests = 1 | 'all';

/** Requests that the fault affects: all to S3, or writes of this kind to a table. */
type Target = 's3' | 'put link' | 'delete link' | 'put receipt' | 'update receipt';

type Row<Link> = readonly [when: string, fault: Behavior, Requests, status: number, log: string, Link];

const REDEEM: readonly Row<'redeemed' | 'active' | 'gone'>[] = [
  ['is throttled once', THROTTLED, 1, 302, 'redeemed', 'redeemed'],
  ['gets a 500 once', ERROR_500, 1, 302, 'redeemed', 'redeemed'],
  ['loses its connection before it is applied, once', CUT_BEFORE, 1, 302, 'redeemed', 'redeemed'],
  ['is not applied and gets no response, once', SILENT_BEFORE, 1, 302, 'redeemed', 'redeemed'],
  ['is throttled every time', THROTTLED, 'all', 503, 'storage_failed', 'active'],
  ['gets a 500 every time', ERROR_500, 'all', 503, 'storage_failed', 'active'],
  ['cannot connect', NOTHING_LISTENS, 'all', 503, 'storage_failed', 'active'],
  ['is not applied and gets no response, every time', SILENT_BEFORE, 'all', 503, 'storage_failed', 'active'],
  ['is applied but loses its connection, once', CUT_AFTER, 1, 403, 'outcome_unknown', 'gone'],
  ['is applied but gets no response, once', SILENT_AFTER, 1, 403, 'outcome_unknown', 'gone'],
  ['is applied but loses its connection, every time', CUT_AFTER, 'all', 503, 'storage_failed', 'gone'],
];

const ISSUE: readonly (readonly [
  when: string,
  target: Target,
  fault: Behavior,
  requests: Requests,
  status: number,
  orphans: 'none' | 'some',
])[] = [
  ['reading the object is throttled once', 's3', THROTTLED, 1, 200, 'none'],
  ['reading the object gets no response, once', 's3', SILENT_BEFORE, 1, 200, 'none'],
  ['reading the object is throttled every time', 's3', THROTTLED, 'all', 503, 'none'],
  ['the connection to S3 is refused', 's3', NOTHING_LISTENS, 'all', 503, 'none'],
  ['the put is throttled once', 'put link', THROTTLED, 1, 200, 'none'],
  ['the put gets a 500 once', 'put link', ERROR_500, 1, 200, 'none'],
  ['the put loses its connection before it is applied, once', 'put link', CUT_BEFORE, 1, 200, 'none'],
  ['the put is applied but loses its connection, once', 'put link', CUT_AFTER, 1, 200, 'some'],
  ['the put is applied but gets no response, once', 'put link', SILENT_AFTER, 1, 200, 'some'],
  ['the put is throttled every time', 'put link', THROTTLED, 'all', 503, 'none'],
  ['the put gets a 500 every time', 'put link', ERROR_500, 'all', 503, 'none'],
  ['the put is applied but loses its connection, every time', 'put link', CUT_AFTER, 'all', 503, 'some'],
  ['the put of the receipt is throttled once', 'put receipt', THROTTLED, 1, 200, 'none'],
  ['the put of the receipt is applied but loses its connection, once', 'put receipt', CUT_AFTER, 1, 200, 'none'],
  ['the put of the receipt is applied but gets no response, once', 'put receipt', SILENT_AFTER, 1, 200, 'none'],
  ['the put of the receipt gets a 500 every time', 'put receipt', ERROR_500, 'all', 503, 'some'],
  ['the put of the receipt is not applied and gets no response', 'put receipt', SILENT_BEFORE, 'all', 503, 'some'],
  ['the put of the receipt is applied but loses its connection', 'put receipt', CUT_AFTER, 'all', 503, 'some'],
];

const REVOKE: readonly Row<'revoked' | 'active' | 'gone'>[] = [
  ['is throttled once', THROTTLED, 1, 204, 'revoked', 'revoked'],
  ['loses its connection before it is applied, once', CUT_BEFORE, 1, 204, 'revoked', 'revoked'],
  ['is throttled every time', THROTTLED, 'all', 503, 'storage_failed', 'active'],
  ['is not applied and gets no response, every time', SILENT_BEFORE, 'all', 503, 'storage_failed', 'active'],
  ['is applied but loses its connection, once', CUT_AFTER, 1, 404, 'outcome_unknown', 'gone'],
  ['is applied but loses its connection, every time', CUT_AFTER, 'all', 503, 'storage_failed', 'gone'],
];

const RECORD_REVOCATION: readonly (readonly [
  when: string,
  fault: Behavior,
  requests: Requests,
  logs: readonly string[],
  state: 'revoked' | 'ended',
])[] = [
  ['gets a 500 once', ERROR_500, 1, ['revoked'], 'revoked'],
  ['is applied but loses its connection, once', CUT_AFTER, 1, ['revoked'], 'revoked'],
  ['gets a 500 every time', ERROR_500, 'all', ['revoked', 'storage_failed'], 'ended'],
  ['is not applied and gets no response, every time', SILENT_BEFORE, 'all', ['revoked', 'storage_failed'], 'ended'],
  ['is applied but loses its connection, every time', CUT_AFTER, 'all', ['revoked', 'storage_failed'], 'revoked'],
];

const RECORD_REDEMPTION: readonly (readonly [
  when: string,
  fault: Behavior,
  requests: Requests,
  deadLetters: number,
  state: 'redeemed' | 'ended',
])[] = [
  ['gets a 500 once', ERROR_500, 1, 0, 'redeemed'],
  ['is not applied and gets no response, once', SILENT_BEFORE, 1, 0, 'redeemed'],
  ['is applied but loses its connection, once', CUT_AFTER, 1, 0, 'redeemed'],
  ['gets a 500 every time', ERROR_500, 'all', 1, 'ended'],
  ['is not applied and gets no response, every time', SILENT_BEFORE, 'all', 1, 'ended'],
  ['is applied but loses its connection, every time', CUT_AFTER, 'all', 1, 'redeemed'],
];

const proxies = new Map<StorageService, FaultyProxy>();
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({
    between: async (service, endpoint) => {
      const proxy = await startFaultyProxy(service, endpoint);
      proxies.set(service, proxy);
      return proxy.endpoint;
    },
  });
});

afterAll(async () => {
  await Promise.all([...proxies.values()].map((proxy) => proxy.close()));
  await emulator.close();
});

function proxyOf(service: StorageService): FaultyProxy {
  const proxy = proxies.get(service);
  if (proxy === undefined) {
    throw new Error(`there is no proxy for ${service}`);
  }
  return proxy;
}

/** A fault, and the requests that it affects. */
type Fault = readonly [Target, Behavior, Requests];

/** Calls `act` while a storage service fails. */
async function during<T>([target, fault, requests]: Fault, act: () => Promise<T>): Promise<T> {
  const proxy = proxyOf(target === 's3' ? 's3' : 'dynamodb');
  await proxy.behave(fault.kind === 'refuse' ? fault : affecting(target, fault, requests));
  const result = await act();
  await proxy.behave({ kind: 'pass' });
  return result;
}

function affecting(target: Target, fault: ReturnType<BehaviorOf>, requests: Requests): BehaviorOf {
  let left = requests === 'all' ? Number.POSITIVE_INFINITY : requests;
  const [operation = '', table] = target.split(' ');
  const tableName = table === 'receipt' ? emulator.receiptTableName : emulator.tableName;
  return ({ headers }, body) => {
    const isOperation = String(headers['x-amz-target']).toLowerCase().endsWith(`.${operation}item`);
    const isTarget = target === 's3' || (isOperation && JSON.parse(body.toString()).TableName === tableName);
    return isTarget && left-- > 0 ? fault : { kind: 'pass' };
  };
}

/** Sends a request during a fault. Returns the response, and the line that the function logged. */
async function underFault(
  fault: Fault,
  functionName: 'AuthorizeAccess' | 'GenerateUrl' | 'ManageLink',
  request: () => Promise<HttpResponse>,
): Promise<[HttpResponse, LogLine]> {
  const before = emulator.logs.length;
  return await during(fault, async () => {
    const response = await request();
    // A function that times out would log nothing.
    return [response, await emulator.lineOf(functionName, before)];
  });
}

/** Redeems a link during a fault, and again after it. */
async function redeemTwice(fault: Behavior, requests: Requests) {
  const link = await linkTo(emulator, { presign: 'on_open' });
  const [first, line] = await underFault(['delete link', fault, requests], 'AuthorizeAccess', () => send(link));
  const second = await send(link);
  return { first, line, second };
}

function codeOf({ body }: HttpResponse): unknown {
  return JSON.parse(body).code;
}

function logOf({ event, outcome }: LogLine): unknown {
  return outcome ?? event;
}

function linesOf(functionName: string, since: number): readonly LogLine[] {
  const prefix = `${functionName} `;
  return emulator.logs
    .slice(since)
    .filter((line) => line.startsWith(prefix))
    .map((line) => JSON.parse(line.slice(prefix.length)));
}

async function stateOf(linkId: string): Promise<unknown> {
  return JSON.parse((await manageLink(emulator, 'GET', linkId)).body).status;
}

async function linkIds(): Promise<ReadonlySet<string>> {
  const { Items = [] } = await emulator.dynamoDb.send(new ScanCommand({ TableName: emulator.tableName }));
  return new Set(Items.map((item) => String(item['nonce_id']?.S)));
}

describe('a reader redeems a link, and the delete', () => {
  test.each(REDEEM)('%s', async (_when, fault, requests, status, log, link) => {
    const { first, line, second } = await redeemTwice(fault, requests);

    expect([first.status, logOf(line)]).toEqual([status, log]);
    expect(second.status).toBe(link === 'active' ? 302 : 403);
    if (status === 503) {
      expect([codeOf(first), first.headers['retry-after']]).toEqual(['ServiceUnavailable', '2']);
    }
  });

  test.each([
    ['stops after its headers', 'stall'],
    ['never ends', 'dribble'],
    ['is not HTTP', 'garbage'],
    ['is a page of a captive portal', 'unreadable'],
  ] as const)('gets, every time, a response that %s', async (_what, kind) => {
    const notApplied = await redeemTwice({ kind, applied: false }, 'all');
    const applied = await redeemTwice({ kind, applied: true }, 'all');

    const summary = [notApplied, applied].map(({ first, line, second }) => [first.status, logOf(line), second.status]);
    expect(summary).toEqual([
      [503, 'storage_failed', 302],
      [503, 'storage_failed', 403],
    ]);
  });

  test('of a redeemed link is throttled once', async () => {
    const link = await linkTo(emulator);
    await send(link);
    const [response, line] = await underFault(['delete link', THROTTLED, 1], 'AuthorizeAccess', () => send(link));

    expect(response.status).toBe(403);
    expect(['not_active', 'outcome_unknown']).toContain(line['outcome']);
  });
});

describe('a caller asks for a link, and', () => {
  /** Issues a link during a fault, and another one after it. */
  async function issueTwice(target: Target, fault: Behavior, requests: Requests, presign: LinkKind) {
    const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png', expires_in: 60, presign };
    const before = await linkIds();
    const [first, line] = await underFault([target, fault, requests], 'GenerateUrl', () =>
      askForLink(emulator, fields),
    );
    const added = [...(await linkIds())].filter((id) => !before.has(id));
    const second = await send(await linkTo(emulator, fields));
    return { first, line, orphans: added.filter((id) => id !== line['link_id']), second };
  }

  test.each(ISSUE)('%s', async (_when, target, fault, requests, status, orphans) => {
    for (const presign of LINK_KINDS) {
      const issued = await issueTwice(target, fault, requests, presign);

      expect(issued.first.status).toBe(status);
      expect(logOf(issued.line)).toBe(status === 200 ? 'link_issued' : 'storage_failed');
      expect(issued.orphans.length > 0 ? 'some' : 'none').toBe(orphans);
      expect(JSON.stringify([issued.first, issued.line])).not.toContain(issued.orphans[0] ?? 'no orphan');
      expect(issued.second.status).toBe(302);
      if (status === 200) {
        expect((await send(issued.first.body)).status).toBe(302);
      } else {
        expect(issued.first.body).not.toContain('nonce=');
        expect([codeOf(issued.first), issued.first.headers['retry-after']]).toEqual(['StorageUnavailable', '2']);
      }
    }
  });
});

describe('a caller revokes a link, and the delete', () => {
  test.each(REVOKE)('%s', async (_when, fault, requests, status, log, link) => {
    const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png' };
    const { url, link_id: linkId } = await issueLink(emulator, fields);
    const [response, line] = await underFault(['delete link', fault, requests], 'ManageLink', () =>
      manageLink(emulator, 'DELETE', linkId),
    );

    expect([response.status, logOf(line)]).toEqual([status, log]);
    expect((await send(url)).status).toBe(link === 'active' ? 302 : 403);
    if (status === 404) {
      expect(codeOf(response)).toBe('RevocationUnknown');
    }
    if (status === 503) {
      expect([codeOf(response), response.headers['retry-after']]).toEqual(['StorageUnavailable', '2']);
    }
  });
});

describe('a caller revokes a link, and the update of the receipt', () => {
  test.each(RECORD_REVOCATION)('%s', async (_when, fault, requests, logs, state) => {
    const { url, link_id: linkId } = await issueLink(emulator, {
      bucket_name: emulator.bucketName,
      object_name: 'S3.png',
    });
    const before = emulator.logs.length;
    const response = await during(['update receipt', fault, requests], () => manageLink(emulator, 'DELETE', linkId));
    await emulator.delivered();

    expect([response.status, response.body]).toEqual([204, '']);
    expect(linesOf('ManageLink', before).map(logOf)).toEqual(logs);
    expect(await stateOf(linkId)).toBe(state);
    expect((await send(url)).status).toBe(403);
  });
});

describe('a reader redeems a link, and the update of the receipt', () => {
  test.each(RECORD_REDEMPTION)('%s', async (_when, fault, requests, deadLetters, state) => {
    await emulator.delivered();
    const before = emulator.deadLetters.length;
    const { url, link_id: linkId } = await issueLink(emulator, {
      bucket_name: emulator.bucketName,
      object_name: 'S3.png',
    });
    const status = await during(['update receipt', fault, requests], async () => {
      const response = await send(url);
      await emulator.delivered();
      return response.status;
    });

    expect([status, await stateOf(linkId)]).toEqual([302, state]);
    expect(emulator.deadLetters.length - before).toBe(deadLetters);
  });
});

describe('a request that reaches the table after its sender gave up', () => {
  test.each(LINK_KINDS)(
    'and stores a link with presign %s never makes a redeemed link active again',
    async (presign) => {
      const before = await linkIds();
      const [asked] = await underFault(['put link', { kind: 'hold' }, 1], 'GenerateUrl', () =>
        askForLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', presign }),
      );
      const first = await send(asked.body);
      await proxyOf('dynamodb').letThrough();
      const second = await send(asked.body);

      expect([first.status, second.status]).toEqual([302, 403]);
      // The late put stored a link with a nonce that was never returned.
      expect((await linkIds()).size - before.size).toBe(1);
    },
  );

  test('and redeems a link has no effect if the next attempt has redeemed it', async () => {
    const link = await linkTo(emulator);
    const [first] = await underFault(['delete link', { kind: 'hold' }, 1], 'AuthorizeAccess', () => send(link));
    await proxyOf('dynamodb').letThrough();

    expect([first.status, (await send(link)).status]).toEqual([302, 403]);
  });

  test('and redeems a link makes it unusable if no attempt got a response, so it fails closed', async () => {
    const link = await linkTo(emulator);
    const [first] = await underFault(['delete link', { kind: 'hold' }, 'all'], 'AuthorizeAccess', () => send(link));
    await proxyOf('dynamodb').letThrough();

    expect([first.status, (await send(link)).status]).toEqual([503, 403]);
  });
});

test('docs/faults.md has the rows of this test (UPDATE_DOCS=1 writes it)', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    writeFileSync(DOCUMENT, documentation());
  }
  expect(readFileSync(DOCUMENT, 'utf8')).toBe(documentation());
});

function documentation(): string {
  return `# When storage fails

- If the delete fails before it is applied, a retry redeems the link, or the reader gets 503 and the link stays active.
- If the delete is applied but its response is lost, the link is gone, and no reader gets the object.
- No fault redeems a link twice or makes a redeemed link active again.
- A caller gets a link only after it and its receipt are stored.
- A failure to record what happened to a link changes no response. The link has the state \`ended\` until the details arrive.
- A connection that was idle for more than 10 seconds is not reused, because it may have been closed while Lambda had frozen
  the process (\`test/faults/frozen-connections.test.ts\`).
- Every call ends within the timeout of its function, and every 503 has the header \`Retry-After: 2\`.

\`test/faults/storage-faults.test.ts\` runs every row with a proxy between the functions and storage, and writes the tables. A
response that is truncated, never ends, is not HTTP or comes from another server counts as no response.

## Redeeming a link

The outcome is \`outcome_unknown\` if a retry of the delete finds no link.

${table(
  ['The delete', 'Response', 'Log', 'State of the link afterwards'],
  REDEEM.map(([when, , , status, log, link]) => [when, status, log, link]),
)}
## Issuing a link

An orphan is a stored link whose nonce was never returned. It cannot be redeemed, and it expires like other links. If its
receipt was stored as well, the caller finds it in the list of links.

${table(
  ['Fault', 'Response', 'Orphans'],
  ISSUE.map(([when, , , , status, orphans]) => [when, status, orphans]),
)}
## Revoking a link

The response 204 means that no reader has redeemed the link or can redeem it. If a retry of the delete finds no link, the
response is 404 \`RevocationUnknown\`: the first attempt revoked the link, or a reader redeemed it just before. The access log
shows which.

${table(
  ['The delete', 'Response', 'Log', 'State of the link afterwards'],
  REVOKE.map(([when, , , status, log, link]) => [when, status, log, link]),
)}
## Recording a revocation

The response is 204 in every row, because the link is revoked before its receipt is updated.

${table(
  ['The update of the receipt', 'Log', 'State of the link afterwards'],
  RECORD_REVOCATION.map(([when, , , logs, state]) => [when, logs.join(', '), state]),
)}
## Recording a redemption

The reader gets the object in every row, because the function \`record-receipts\` reads the log later. Lambda runs it three times
before the log lines become a dead letter, which can be [processed again](runbook.md#receipts-dead-letters).

${table(
  ['The update of the receipt', 'Dead letters', 'State of the link afterwards'],
  RECORD_REDEMPTION.map(([when, , , deadLetters, state]) => [when, deadLetters, state]),
)}`;
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
