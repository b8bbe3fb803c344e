import { readFileSync, writeFileSync } from 'node:fs';
import { request as sendRequest } from 'node:http';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { StorageService } from '../../emulator/emulator';
import { type Behavior, type BehaviorOf, type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { askForLink, type HttpResponse, issueLink, linkTo, manageLink, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { newLink } from '../support/race';
import { type LogLine, type RunningEmulator, runEmulator } from '../support/running-emulator';
import { declareFile, type GrantedUpload, grantedUpload, isUploadLink, putFile, uploadLink } from '../support/uploads';

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

/** Requests that the fault affects: all to S3, or those of this kind to S3 or to a table. */
type Target =
  | 's3'
  | 'put object'
  | 'head object'
  | 'put link'
  | 'delete link'
  | 'update quota'
  | 'put receipt'
  | 'update receipt';

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

const RESERVE: readonly (readonly [
  when: string,
  fault: Behavior,
  requests: Requests,
  status: number,
  /** How often the size counts toward the daily limit. */
  counted: number,
])[] = [
  ['is throttled once', THROTTLED, 1, 200, 1],
  ['is not applied and gets no response, once', SILENT_BEFORE, 1, 200, 1],
  ['is applied but loses its connection, once', CUT_AFTER, 1, 200, 2],
  ['is applied but gets no response, once', SILENT_AFTER, 1, 200, 2],
  ['gets a 500 every time', ERROR_500, 'all', 503, 0],
  ['is applied but loses its connection, every time', CUT_AFTER, 'all', 503, 3],
];

const SEND: readonly (readonly [when: string, fault: Behavior, first: number | 'none', next: 200 | 412])[] = [
  ['gets a 503', THROTTLED, 503, 200],
  ['gets a 500', ERROR_500, 500, 200],
  ['loses its connection before S3 has the file', CUT_BEFORE, 'none', 200],
  ['succeeds but loses its connection', CUT_AFTER, 'none', 412],
];

const RECORD_RECEIVED: readonly (readonly [
  when: string,
  target: Target,
  fault: Behavior,
  requests: Requests,
  deadLetters: number,
  receipt: 'received' | 'redeemed',
])[] = [
  ['reading the object is throttled once', 'head object', THROTTLED, 1, 0, 'received'],
  ['reading the object gets no response, once', 'head object', SILENT_BEFORE, 1, 0, 'received'],
  ['reading the object gets a 500 every time', 'head object', ERROR_500, 'all', 1, 'redeemed'],
  ['reading the object gets no response', 'head object', SILENT_BEFORE, 'all', 1, 'redeemed'],
  ['the update of the receipt gets a 500 once', 'update receipt', ERROR_500, 1, 0, 'received'],
  ['the update of the receipt is applied but loses its connection', 'update receipt', CUT_AFTER, 1, 0, 'received'],
  ['the update of the receipt gets a 500 every time', 'update receipt', ERROR_500, 'all', 1, 'redeemed'],
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
  const proxy = proxyOf(target === 's3' || target.endsWith(' object') ? 's3' : 'dynamodb');
  await proxy.behave(fault.kind === 'refuse' ? fault : affecting(target, fault, requests));
  const result = await act();
  await proxy.behave({ kind: 'pass' });
  return result;
}

function affecting(target: Target, fault: ReturnType<BehaviorOf>, requests: Requests): BehaviorOf {
  let left = requests === 'all' ? Number.POSITIVE_INFINITY : requests;
  const [operation = '', table] = target.split(' ');
  const tableName = table === 'receipt' ? emulator.receiptTableName : emulator.tableName;
  const isTarget: (...request: Parameters<BehaviorOf>) => boolean = ({ method, headers }, body) => {
    if (target === 's3' || table === 'object') {
      return target === 's3' || method === operation.toUpperCase();
    }
    const isOperation = String(headers['x-amz-target']).toLowerCase().endsWith(`.${operation}item`);
    return isOperation && JSON.parse(body.toString()).TableName === tableName;
  };
  return (...request) => (isTarget(...request) && left-- > 0 ? fault : { kind: 'pass' });
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

/** The kinds whose deletes differ. */
const REDEEMED_KINDS = ['on_open', 'upload'] as const;
type RedeemedKind = (typeof REDEEMED_KINDS)[number];

/** Status of the response that redeems a link. */
const REDEEMED = { on_open: 302, upload: 200 } as const;

const CONTENT = 'hello';
const FILE = { file_name: 'note.txt', size_bytes: CONTENT.length };

/** Redeems an upload link, and waits until that is recorded. */
async function upload(): Promise<{ readonly granted: GrantedUpload; readonly linkId: string }> {
  const { url, link_id: linkId } = await uploadLink(emulator);
  const granted = await grantedUpload(url, FILE);
  await emulator.delivered();
  return { granted, linkId };
}

async function redeem(link: string): Promise<HttpResponse> {
  return isUploadLink(link) ? await declareFile(link, FILE) : await send(link);
}

/** Redeems a link during a fault, and again after it. */
async function redeemTwice(kind: RedeemedKind, fault: Behavior, requests: Requests) {
  const { url: link } = await newLink({ ...emulator, kind });
  const [first, line] = await underFault(['delete link', fault, requests], 'AuthorizeAccess', () => redeem(link));
  const second = await redeem(link);
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

describe.each(REDEEMED_KINDS)('a link of kind %s is redeemed, and the delete', (kind) => {
  test.each(REDEEM)('%s', async (_when, fault, requests, status, log, link) => {
    const { first, line, second } = await redeemTwice(kind, fault, requests);

    expect([first.status, logOf(line)]).toEqual([status === 302 ? REDEEMED[kind] : status, log]);
    expect(second.status).toBe(link === 'active' ? REDEEMED[kind] : 403);
    if (status === 503) {
      expect([codeOf(first), first.headers['retry-after']]).toEqual(['ServiceUnavailable', '2']);
    }
  });

  test.each([
    ['stops after its headers', 'stall'],
    ['never ends', 'dribble'],
    ['is not HTTP', 'garbage'],
    ['is a page of a captive portal', 'unreadable'],
  ] as const)('gets, every time, a response that %s', async (_what, response) => {
    const notApplied = await redeemTwice(kind, { kind: response, applied: false }, 'all');
    const applied = await redeemTwice(kind, { kind: response, applied: true }, 'all');

    const summary = [notApplied, applied].map(({ first, line, second }) => [first.status, logOf(line), second.status]);
    expect(summary).toEqual([
      [503, 'storage_failed', REDEEMED[kind]],
      [503, 'storage_failed', 403],
    ]);
  });

  test('of a redeemed link is throttled once', async () => {
    const { url: link } = await newLink({ ...emulator, kind });
    await redeem(link);
    const [response, line] = await underFault(['delete link', THROTTLED, 1], 'AuthorizeAccess', () => redeem(link));

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

describe('a caller asks for an upload link, and the update of the daily total', () => {
  /** Bytes that count toward the daily limits. */
  async function reservedBytes(): Promise<number> {
    const { Items = [] } = await emulator.dynamoDb.send(new ScanCommand({ TableName: emulator.tableName }));
    return Items.reduce((sum, item) => sum + Number(item['reserved_bytes']?.N ?? 0), 0);
  }

  test.each(RESERVE)('%s', async (_when, fault, requests, status, counted) => {
    const before = await reservedBytes();
    const fields = { operation: 'upload', bucket_name: emulator.bucketName, max_bytes: 1000 };
    const [response, line] = await underFault(['update quota', fault, requests], 'GenerateUrl', () =>
      askForLink(emulator, fields),
    );

    expect([response.status, logOf(line)]).toEqual([status, status === 200 ? 'link_issued' : 'storage_failed']);
    expect(await reservedBytes()).toBe(before + counted * fields.max_bytes);
    if (status === 200) {
      expect((await redeem(response.body)).status).toBe(200);
    }
  });
});

describe('an uploader sends a file, and the PUT', () => {
  async function expectReceived(linkId: string): Promise<void> {
    const get = new GetObjectCommand({ Bucket: emulator.bucketName, Key: `inbox/${linkId}/note.txt` });
    const { Body: body } = await emulator.s3.send(get);
    expect(await body?.transformToString()).toBe(CONTENT);
  }

  test.each(SEND)('%s', async (_when, fault, first, next) => {
    const { granted, linkId } = await upload();
    const sendFile = async () => (await putFile(granted, CONTENT)).status;
    const statuses = [await during(['put object', fault, 1], () => sendFile().catch(() => 'none')), await sendFile()];

    expect(statuses).toEqual([first, next]);
    await expectReceived(linkId);
  });

  test('is cut in the middle of the file', async () => {
    const { granted, linkId } = await upload();
    const { host, pathname, search } = new URL(granted.url);
    const headers = { ...granted.headers, Host: host, 'Content-Length': CONTENT.length };
    // Not through the proxy, which forwards complete files only.
    const outgoing = sendRequest(emulator.s3Endpoint, { method: 'PUT', path: `${pathname}${search}`, headers });
    outgoing.on('error', () => {});
    await new Promise((resolve) => outgoing.write(CONTENT.slice(0, 2), resolve));
    outgoing.destroy();

    expect((await putFile(granted, CONTENT)).status).toBe(200);
    await expectReceived(linkId);
  });
});

describe('a file is received, and', () => {
  async function receiptOf(linkId: string): Promise<Readonly<Record<string, unknown>>> {
    return JSON.parse((await manageLink(emulator, 'GET', linkId)).body);
  }

  test.each(RECORD_RECEIVED)('%s', async (_when, target, fault, requests, deadLetters, receipt) => {
    const { granted, linkId } = await upload();
    const before = emulator.deadLetters.length;
    const status = await during([target, fault, requests], async () => {
      const response = await putFile(granted, CONTENT);
      await emulator.delivered();
      return response.status;
    });

    const { status: state, received } = await receiptOf(linkId);
    expect([status, state, received === undefined ? 'redeemed' : 'received']).toEqual([200, 'redeemed', receipt]);
    expect(emulator.deadLetters.length - before).toBe(deadLetters);
  });

  test('its event arrives twice, but the receipt does not change', async () => {
    const { granted, linkId } = await upload();
    await putFile(granted, CONTENT);
    await emulator.delivered();
    const once = await receiptOf(linkId);
    expect(once).toMatchObject({ received: { size_bytes: CONTENT.length } });

    const object = { key: `inbox/${linkId}/note.txt` };
    const detail = {
      bucket: { name: emulator.bucketName },
      object,
      'request-id': 'A',
      'source-ip-address': '192.0.2.1',
    };
    expect(await emulator.invoke('LogReceived', { detail })).toMatchObject({ ok: true });
    await emulator.delivered();

    expect(await receiptOf(linkId)).toEqual(once);
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

The outcome is \`outcome_unknown\` if a retry of the delete finds no link. The rows are the same for upload links, which get 200
instead of 302.

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
)}
## Counting an upload link toward the daily limit

A retry can count the size again, so a caller may reach the limit early, but never exceed it.

${table(
  ['The update of the daily total', 'Response', 'Size is counted'],
  RESERVE.map(([when, , , status, counted]) => [when, status, `${counted} ×`]),
)}
## Sending a file

Until a \`PUT\` has succeeded, the uploader can repeat it. A 412 says that an earlier attempt has succeeded. If the connection is cut in the
middle of the file, S3 stores nothing.

${table(
  ['The `PUT`', 'Response', 'Response to the next attempt'],
  SEND.map(([when, , first, next]) => [when, first, next]),
)}
## Recording a received file

The uploader gets 200 in every row, because the function \`log-received\` is invoked by an event of S3. Lambda runs it three times
before the event becomes a dead letter. An event that arrives twice does not change the receipt.

${table(
  ['Fault', 'Dead letters', '`received` in the receipt'],
  RECORD_RECEIVED.map(([when, , , , deadLetters, receipt]) => [
    when,
    deadLetters,
    receipt === 'received' ? 'yes' : 'no',
  ]),
)}`;
}

function table(head: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}
