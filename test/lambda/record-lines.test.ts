import fc from 'fast-check';
import type { EventType } from '../../lambda/contract';
import type { LinkEvent } from '../../lambda/link/link-event';
import type { LogRecord } from '../../lambda/link/log-record';
import { type LinkId, linkIdOf } from '../../lambda/link/nonce';
import type { Notification } from '../../lambda/link/notification';
import { MAX_REFUSED_ATTEMPTS, type Receipt, refusedAttempts } from '../../lambda/link/receipt';
import { type RecordAdapters, recordLines } from '../../lambda/record-lines';
import { failureOf } from './support/failure-of';
import { BUG, dynamoDbError, endTest, parsed, startTest } from './support/handler';
import { nonceNumber } from './support/samples';

/** Records a batch in the deployment `Shop`. */
async function record(
  records: readonly LogRecord[],
  publishedTypes: readonly EventType[],
  aws: RecordAdapters,
): Promise<void> {
  await recordLines(records, { deployment: 'Shop', publishedTypes }, aws);
}

const LINK_ID = linkIdOf(nonceNumber(0));
const OTHER_ID = linkIdOf(nonceNumber(1));
const UNKNOWN_ID = linkIdOf(nonceNumber(2));
const CREATED_BY = 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com';
const REVOKER = 'arn:aws:iam::123456789012:user/ops';
const ALL: readonly EventType[] = ['Link Issued', 'Link Redeemed', 'Link Revoked', 'Link Refused', 'Object Received'];

type Item = Omit<Receipt, 'refused'> & { readonly refused: ReadonlySet<string> };

function unused(linkId: LinkId): Item {
  const createdAt = '2026-11-22T08:00:00.123Z';
  return {
    linkId,
    operation: 'download',
    createdBy: CREATED_BY,
    createdAt,
    expiresAtSeconds: 1_795_335_301,
    refused: new Set(),
  };
}

/** A receipt table with the conditions of `lambda/aws/receipt-table.ts`. */
class Table {
  readonly items = new Map([
    [LINK_ID, unused(LINK_ID)],
    [OTHER_ID, unused(OTHER_ID)],
  ]);
  readonly calls: unknown[] = [];
  readonly events: LinkEvent[] = [];
  readonly notifications: Notification[] = [];
  /** Errors that calls for a link throw. */
  readonly failures = new Map<LinkId, Error>();
  publishError: Error | undefined;

  readonly aws: RecordAdapters = {
    findReceipt: async (linkId) => this.receipt('find', linkId),
    recordRedemption: async (linkId, attempt) => {
      const item = this.called('redeemed', linkId, attempt);
      return item && this.write({ ...item, redeemed: item.redeemed ?? attempt });
    },
    recordReceived: async (linkId, object) => {
      const item = this.called('received', linkId, object);
      return item && this.write({ ...item, received: item.received ?? object });
    },
    recordRefused: async (linkId, elements) => {
      const item = this.called('refused', linkId, elements);
      return item && item.refused.size < MAX_REFUSED_ATTEMPTS
        ? this.write({ ...item, refused: new Set([...item.refused, ...elements]) })
        : undefined;
    },
    publish: async (events) => {
      if (this.publishError !== undefined) {
        throw this.publishError;
      }
      this.events.push(...events);
    },
    notify: async (notifications) => {
      this.notifications.push(...notifications);
    },
  };

  /** The recorded receipts, with refused attempts in order. */
  get receipts(): readonly Receipt[] {
    return [...this.items.values()].map(receiptOf);
  }

  private called(name: string, linkId: LinkId, argument?: unknown): Item | undefined {
    this.calls.push([name, linkId, argument].filter((part) => part !== undefined));
    const error = this.failures.get(linkId);
    if (error !== undefined) {
      throw error;
    }
    return this.items.get(linkId);
  }

  private receipt(name: string, linkId: LinkId): Receipt | undefined {
    const item = this.called(name, linkId);
    return item && receiptOf(item);
  }

  private write(item: Item): Receipt {
    this.items.set(item.linkId, item);
    return receiptOf(item);
  }
}

function receiptOf(item: Item): Receipt {
  return { ...item, refused: refusedAttempts(item.refused) };
}

let table: Table;
let output: string[];
beforeEach(() => {
  table = new Table();
  output = startTest();
});
afterEach(endTest);

const REDEEMED = {
  kind: 'redeemed',
  linkId: LINK_ID,
  at: '2026-11-22T08:10:00.456Z',
  requestId: 'Rr0pWq1tIAMEVtA=',
  attempt: { at: '2026-11-22T08:10:00.456Z', sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0' },
} as const satisfies LogRecord;
const REFUSED = {
  kind: 'refused',
  linkId: LINK_ID,
  at: '2026-11-22T08:11:00.000Z',
  requestId: 'Ff0pWq1tIAMEVtA=',
  attempt: { at: '2026-11-22T08:11:00.000Z', sourceIp: '198.51.100.9' },
} as const satisfies LogRecord;
const ISSUED: LogRecord = {
  kind: 'issued',
  linkId: LINK_ID,
  at: '2026-11-22T08:00:00.200Z',
  requestId: 'Ii0pWq1tIAMEVtA=',
};
const REVOKED: LogRecord = {
  kind: 'revoked',
  linkId: LINK_ID,
  at: '2026-11-22T08:12:00.200Z',
  requestId: 'Vv0pWq1tIAMEVtA=',
  by: REVOKER,
};
const ELEMENT = '2026-11-22T08:11:00.000Z 198.51.100.9 Ff0pWq1tIAMEVtA=';

/** Another attempt on the link, in the given second after 08:12. */
function refusedIn(second: number): LogRecord {
  const at = new Date(Date.UTC(2026, 10, 22, 8, 12, second)).toISOString();
  return { ...REFUSED, at, requestId: `request-${second}`, attempt: { at, sourceIp: '198.51.100.9' } };
}

test('there is one write per link and kind of record', async () => {
  const other = { ...REDEEMED, linkId: OTHER_ID };

  await record([REDEEMED, REFUSED, other, refusedIn(1), REDEEMED, REFUSED], [], table.aws);

  expect(table.calls).toEqual([
    ['redeemed', LINK_ID, REDEEMED.attempt],
    ['refused', LINK_ID, [ELEMENT, '2026-11-22T08:12:01.000Z 198.51.100.9 request-1']],
    ['redeemed', OTHER_ID, REDEEMED.attempt],
  ]);
  expect(table.events).toEqual([]);
});

test('an empty batch writes and publishes nothing', async () => {
  await record([], ALL, table.aws);

  expect(table.calls).toEqual([]);
  expect(table.events).toEqual([]);
});

test('an event has the fields in docs/receipts.md', async () => {
  table.items.set(LINK_ID, { ...unused(LINK_ID), fileName: 'report.pdf' });

  await record([ISSUED], ALL, table.aws);
  await record([REDEEMED], ALL, table.aws);
  await record([REFUSED], ALL, table.aws);
  await record([REVOKED], ALL, table.aws);

  const link = {
    version: 1,
    deployment: 'Shop',
    link_id: LINK_ID,
    operation: 'download',
    created_by: CREATED_BY,
    created_at: '2026-11-22T08:00:00Z',
    expires_at: '2026-11-22T08:15:01Z',
    file_name: 'report.pdf',
  };
  expect(JSON.parse(JSON.stringify(table.events))).toEqual([
    {
      type: 'Link Issued',
      at: '2026-11-22T08:00:00.200Z',
      detail: { ...link, event_id: `${LINK_ID}-issued-Ii0pWq1tIAMEVtA=`, at: '2026-11-22T08:00:00Z' },
    },
    {
      type: 'Link Redeemed',
      at: '2026-11-22T08:10:00.456Z',
      detail: {
        ...link,
        event_id: `${LINK_ID}-redeemed-Rr0pWq1tIAMEVtA=`,
        at: '2026-11-22T08:10:00Z',
        source_ip: '203.0.113.7',
        user_agent: 'Mozilla/5.0',
        refused_count: 0,
      },
    },
    {
      type: 'Link Refused',
      at: '2026-11-22T08:11:00.000Z',
      detail: {
        ...link,
        event_id: `${LINK_ID}-refused-Ff0pWq1tIAMEVtA=`,
        at: '2026-11-22T08:11:00Z',
        source_ip: '198.51.100.9',
        refused_count: 1,
      },
    },
    {
      type: 'Link Revoked',
      at: '2026-11-22T08:12:00.200Z',
      detail: {
        ...link,
        event_id: `${LINK_ID}-revoked-Vv0pWq1tIAMEVtA=`,
        at: '2026-11-22T08:12:00Z',
        revoked_by: REVOKER,
      },
    },
  ]);
});

describe('a received object', () => {
  const OBJECT = {
    at: '2026-11-22T08:13:00.789Z',
    bucketName: 'shared-bucket',
    objectName: 'inbox/id/photo.jpg',
    sizeBytes: 1_000,
    checksum: { algorithm: 'SHA256', value: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' },
  };
  const RECEIVED = {
    kind: 'received',
    linkId: LINK_ID,
    at: '2026-11-22T08:13:00.789Z',
    requestId: 'C3D13FE58DE4C810',
    object: OBJECT,
    sourceIp: '203.0.113.7',
  } as const satisfies LogRecord;
  beforeEach(() => {
    table.items.set(LINK_ID, { ...unused(LINK_ID), operation: 'upload' });
  });

  test('is recorded once, and published and sent by email once per batch', async () => {
    const later = { ...RECEIVED, requestId: 'D3D13FE58DE4C810', object: { ...OBJECT, sizeBytes: 1 } };

    await record([RECEIVED, RECEIVED, later], ALL, table.aws);

    expect(table.calls).toEqual([['received', LINK_ID, OBJECT]]);
    expect(table.receipts[0]).toMatchObject({ received: OBJECT });
    expect(table.notifications.map(({ subject }) => subject)).toEqual(['A file was received through a one-time link']);
    expect(JSON.parse(JSON.stringify(table.events))).toEqual([
      {
        type: 'Object Received',
        at: '2026-11-22T08:13:00.789Z',
        detail: {
          version: 1,
          event_id: `${LINK_ID}-received-C3D13FE58DE4C810`,
          deployment: 'Shop',
          link_id: LINK_ID,
          operation: 'upload',
          created_by: CREATED_BY,
          created_at: '2026-11-22T08:00:00Z',
          expires_at: '2026-11-22T08:15:01Z',
          at: '2026-11-22T08:13:00Z',
          source_ip: '203.0.113.7',
          bucket_name: 'shared-bucket',
          object_name: 'inbox/id/photo.jpg',
          size_bytes: 1_000,
          checksum_algorithm: 'SHA256',
          checksum: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
        },
      },
    ]);
  });

  test('is recorded even if no event is published', async () => {
    await record([RECEIVED], [], table.aws);

    expect(table.receipts[0]).toMatchObject({ received: OBJECT });
    expect(table.events).toEqual([]);
  });

  test('of a link without a receipt is ignored', async () => {
    await record([{ ...RECEIVED, linkId: UNKNOWN_ID }], ALL, table.aws);

    expect([...table.events, ...table.notifications]).toEqual([]);
  });
});

test('email is sent about redemptions and refused attempts, even if no event is published', async () => {
  await record([ISSUED, REDEEMED, REFUSED, REVOKED], [], table.aws);

  expect(table.events).toEqual([]);
  expect(table.notifications.map(({ subject }) => subject)).toEqual([
    'A one-time link was redeemed',
    'A one-time link was requested again',
  ]);
});

test('nothing is sent by a deployment without a bus and a topic', async () => {
  await record([REDEEMED], ALL, { ...table.aws, publish: undefined, notify: undefined });

  expect(table.calls).toEqual([['redeemed', LINK_ID, REDEEMED.attempt]]);
});

test('an event of a deployment without file names has none', async () => {
  await record([REDEEMED], ALL, table.aws);

  expect(JSON.stringify(table.events)).not.toContain('file_name');
});

test.each<[EventType, readonly unknown[]]>([
  ['Link Issued', [['find', LINK_ID]]],
  ['Link Revoked', [['find', LINK_ID]]],
  ['Link Redeemed', []],
  ['Link Refused', []],
])('only %s is published if nothing else is listened to, and other receipts are not looked up', async (type, found) => {
  await record([ISSUED, REDEEMED, REVOKED, REFUSED], [type], table.aws);

  const writes = [
    ['redeemed', LINK_ID, REDEEMED.attempt],
    ['refused', LINK_ID, [ELEMENT]],
  ];
  expect(table.calls).toHaveLength(writes.length + found.length);
  expect(table.calls).toEqual(expect.arrayContaining([...writes, ...found]));
  expect(table.events.map((event) => event.type)).toEqual([type]);
});

test('repeated lines publish one event per batch, with the same event ID in each batch', async () => {
  await record([REDEEMED, REFUSED, REFUSED, ISSUED, ISSUED, REDEEMED], ALL, table.aws);
  const first = table.events.splice(0);
  await record([REFUSED, REDEEMED, ISSUED], ALL, table.aws);

  const idsOf = (events: readonly LinkEvent[]) => events.map(({ detail }) => detail['event_id']).sort();
  expect(idsOf(first)).toEqual([
    `${LINK_ID}-issued-Ii0pWq1tIAMEVtA=`,
    `${LINK_ID}-redeemed-Rr0pWq1tIAMEVtA=`,
    `${LINK_ID}-refused-Ff0pWq1tIAMEVtA=`,
  ]);
  expect(idsOf(table.events)).toEqual(idsOf(first));
});

test('no event is published for a link without a receipt', async () => {
  await record(
    [REDEEMED, REFUSED, ISSUED, REVOKED].map((record) => ({ ...record, linkId: UNKNOWN_ID })),
    ALL,
    table.aws,
  );

  expect(table.calls).toHaveLength(4);
  expect(table.items.has(UNKNOWN_ID)).toBe(false);
  expect(table.events).toEqual([]);
});

describe('of many attempts after the end', () => {
  test('20 are recorded and published, once each', async () => {
    const attempts = Array.from({ length: 60 }, (_, second) => refusedIn(second % 30));

    await record(attempts, ALL, table.aws);
    await record(attempts, ALL, table.aws);

    expect(table.receipts[0]?.refused.map(({ at }) => at)).toEqual(
      Array.from({ length: 20 }, (_, second) => refusedIn(second).at),
    );
    expect(table.events.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, second) => refusedIn(second).at));
  });

  test('duplicates do not displace other attempts', async () => {
    const repeated = Array.from({ length: 30 }, () => REFUSED);

    await record([...repeated, refusedIn(1)], ALL, table.aws);

    expect(table.receipts[0]?.refused).toHaveLength(2);
    expect(table.events).toHaveLength(2);
  });

  test('no event counts more than 20, even if the last write adds more', async () => {
    await record(
      Array.from({ length: 19 }, (_, second) => refusedIn(second)),
      ALL,
      table.aws,
    );
    await record([refusedIn(20), refusedIn(21), refusedIn(22)], ALL, table.aws);

    expect(Math.max(...table.events.map(({ detail }) => Number(detail['refused_count'])))).toBe(20);
    expect(table.receipts[0]?.refused).toHaveLength(20);
  });
});

test('more links than concurrent calls are all recorded', async () => {
  const linkIds = Array.from({ length: 60 }, (_, number) => linkIdOf(nonceNumber(number)));
  let running = 0;
  let most = 0;
  const recordRedemption = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return undefined;
  };
  const recorded = jest.fn(recordRedemption);

  await record(
    linkIds.map((linkId) => ({ ...REDEEMED, linkId })),
    ALL,
    { ...table.aws, recordRedemption: recorded },
  );

  expect(recorded).toHaveBeenCalledTimes(60);
  expect(most).toBe(25);
});

describe('a failure', () => {
  test('does not stop the other parts, and is thrown at the end', async () => {
    table.failures.set(LINK_ID, dynamoDbError('InternalServerError', 500));

    const error = await failureOf(record([REDEEMED, { ...REDEEMED, linkId: OTHER_ID }], ALL, table.aws));

    expect(error).toMatchObject({ name: 'StorageUnavailableError' });
    expect(table.receipts[1]).toMatchObject({ linkId: OTHER_ID, redeemed: REDEEMED.attempt });
    expect(table.events.map(({ detail }) => detail['link_id'])).toEqual([OTHER_ID]);
    expect(parsed(output)).toEqual([
      expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError' }),
    ]);
  });

  test('to publish is thrown after everything is recorded, and a retry publishes the events', async () => {
    table.publishError = dynamoDbError('InternalException', 500);

    expect(await failureOf(record([REDEEMED, REFUSED], ALL, table.aws))).toMatchObject({
      name: 'StorageUnavailableError',
    });
    expect(table.receipts[0]).toMatchObject({ redeemed: REDEEMED.attempt, refused: [REFUSED.attempt] });

    table.publishError = undefined;
    await record([REDEEMED, REFUSED], ALL, table.aws);
    expect(table.events.map(({ type }) => type).sort()).toEqual(['Link Redeemed', 'Link Refused']);
  });

  test('that is a bug is thrown unchanged, after the other parts', async () => {
    table.failures.set(LINK_ID, BUG);

    expect(await failureOf(record([REDEEMED, { ...REDEEMED, linkId: OTHER_ID }], ALL, table.aws))).toBe(BUG);
    expect(table.receipts[1]).toMatchObject({ redeemed: REDEEMED.attempt });
  });
});

// CloudWatch Logs can deliver lines repeatedly and in any order, and Lambda retries failed batches.
test('repeated and reordered lines and batches give the same receipts', async () => {
  const lines: readonly LogRecord[] = [
    REDEEMED,
    REFUSED,
    ...Array.from({ length: MAX_REFUSED_ATTEMPTS - 1 }, (_, second) => refusedIn(second)),
    { ...REDEEMED, linkId: OTHER_ID },
    { ...REFUSED, linkId: OTHER_ID },
    { ...REDEEMED, linkId: UNKNOWN_ID },
    ISSUED,
    REVOKED,
  ];
  await record(lines, ALL, table.aws);
  const expected = table.receipts;
  expect(expected.map(({ refused }) => refused.length)).toEqual([20, 1]);

  const shuffled = fc.shuffledSubarray([...lines, ...lines], { minLength: lines.length * 2 });
  await fc.assert(
    fc.asyncProperty(shuffled, fc.array(fc.nat(lines.length * 2), { maxLength: 6 }), async (delivered, cuts) => {
      const other = new Table();
      const starts = [0, ...cuts].sort((a, b) => a - b);
      const batches = starts.map((start, index) => delivered.slice(start, starts[index + 1]));

      for (const batch of [...batches, ...batches.slice(0, 2)]) {
        await record(batch, ALL, other.aws);
      }

      expect(other.receipts).toEqual(expected);
    }),
  );
});
