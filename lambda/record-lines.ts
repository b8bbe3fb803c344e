import { EVENT_TYPES, type EventType } from './contract';
import { type LinkEvent, linkEvent } from './link/link-event';
import type { LogRecord } from './link/log-record';
import type { LinkId } from './link/nonce';
import { type Notification, notificationOf } from './link/notification';
import { type Attempt, MAX_REFUSED_ATTEMPTS, type Receipt, type ReceivedObject, refusedElement } from './link/receipt';
import { fulfilled, settleAll, throwIfFailed } from './runtime/settle';

/** The AWS calls needed to record log lines about links. Each returns the receipt; `undefined` if there is none. */
export interface RecordAdapters {
  readonly findReceipt: (linkId: LinkId) => Promise<Receipt | undefined>;
  readonly recordRedemption: (linkId: LinkId, attempt: Attempt) => Promise<Receipt | undefined>;
  readonly recordReceived: (linkId: LinkId, object: ReceivedObject) => Promise<Receipt | undefined>;
  readonly recordRefused: (linkId: LinkId, elements: readonly string[]) => Promise<Receipt | undefined>;
  /** `undefined` if no events are published. */
  readonly publish: ((events: readonly LinkEvent[]) => Promise<void>) | undefined;
  /** `undefined` if no email is sent. */
  readonly notify: ((notifications: readonly Notification[]) => Promise<void>) | undefined;
}

/** Settings of a deployment for its events. */
export interface EventSettings {
  readonly deployment: string;
  /** Event types to publish. */
  readonly publishedTypes: readonly EventType[];
}

/**
 * Records log lines about links, with one write per link and kind of record, then publishes events and sends email. If a part
 * fails, the others continue.
 *
 * @throws StorageUnavailableError if a part failed. A retry of the batch changes no receipt, but can repeat events and email.
 */
export async function recordLines(
  records: readonly LogRecord[],
  { deployment, publishedTypes }: EventSettings,
  aws: RecordAdapters,
): Promise<void> {
  const needed = records.filter(
    ({ kind }) => RECORDED_KINDS.includes(kind) || publishedTypes.includes(EVENT_TYPES[kind]),
  );
  const recorded = await settleAll(groupsOf(needed), async (group) => {
    const receipt = await recordGroup(group, aws);
    return receipt === undefined ? [] : group.map((record) => linkEvent(record, receipt, deployment));
  });
  const events = fulfilled(recorded).flat();
  const published = events.filter(({ type }) => publishedTypes.includes(type));
  const notifications = events.flatMap((event) => notificationOf(event) ?? []);
  const sent = await Promise.allSettled([aws.publish?.(published), aws.notify?.(notifications)]);
  throwIfFailed([...recorded, ...sent]);
}

/** Kinds that change receipts, not only publish events. */
const RECORDED_KINDS: readonly LogRecord['kind'][] = ['redeemed', 'received', 'refused'];

type Group = readonly [LogRecord, ...LogRecord[]];

/** Groups records by link and kind, without duplicates. Keeps only as many refused attempts as a receipt holds. */
function groupsOf(records: readonly LogRecord[]): readonly Group[] {
  const groups = new Map<string, [LogRecord, ...LogRecord[]]>();
  for (const record of records) {
    const key = `${record.kind} ${record.linkId}`;
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, [record]);
    } else if (record.kind === 'refused' && group.length < MAX_REFUSED_ATTEMPTS && !group.some(isSameAs(record))) {
      group.push(record);
    }
  }
  return [...groups.values()];
}

function isSameAs({ at, requestId }: LogRecord): (other: LogRecord) => boolean {
  return (other) => other.at === at && other.requestId === requestId;
}

async function recordGroup(group: Group, aws: RecordAdapters): Promise<Receipt | undefined> {
  const [first] = group;
  switch (first.kind) {
    case 'redeemed':
      return await aws.recordRedemption(first.linkId, first.attempt);
    case 'received':
      return await aws.recordReceived(first.linkId, first.object);
    case 'refused': {
      const elements = group.flatMap((record) =>
        record.kind === 'refused' ? [refusedElement(record.attempt, record.requestId)] : [],
      );
      return await aws.recordRefused(first.linkId, elements);
    }
    case 'issued':
    case 'revoked':
      return await aws.findReceipt(first.linkId);
  }
}
