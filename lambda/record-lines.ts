import { EVENT_TYPES, type EventType } from './contract';
import { type LinkEvent, linkEvent } from './link/link-event';
import type { LogRecord } from './link/log-record';
import type { LinkId } from './link/nonce';
import { type Attempt, MAX_REFUSED_ATTEMPTS, type Receipt, refusedElement } from './link/receipt';
import { throwIfFailed } from './runtime/log';

/** The AWS calls needed to record log lines about links. Each returns the receipt; `undefined` if there is none. */
export interface RecordAdapters {
  readonly findReceipt: (linkId: LinkId) => Promise<Receipt | undefined>;
  readonly recordRedemption: (linkId: LinkId, attempt: Attempt) => Promise<Receipt | undefined>;
  readonly recordRefused: (linkId: LinkId, elements: readonly string[]) => Promise<Receipt | undefined>;
  readonly publish: (events: readonly LinkEvent[]) => Promise<void>;
}

/** Calls at the same time. More would wait for a connection until their deadline. */
const MAX_CONCURRENT = 25;

/**
 * Records log lines about links, with one write for each link and kind of record, and then publishes the events of the
 * published types. A failed part does not stop the others.
 *
 * @throws StorageUnavailableError if a part failed. Repeating the whole batch is safe.
 */
export async function recordLines(
  records: readonly LogRecord[],
  publishedTypes: readonly EventType[],
  aws: RecordAdapters,
): Promise<void> {
  const isPublished = ({ kind }: LogRecord) => publishedTypes.includes(EVENT_TYPES[kind]);
  const needed = records.filter(
    (record) => record.kind === 'redeemed' || record.kind === 'refused' || isPublished(record),
  );
  const events: LinkEvent[] = [];
  const failures: unknown[] = [];
  const groups = groupsOf(needed);
  for (let start = 0; start < groups.length; start += MAX_CONCURRENT) {
    const results = await Promise.allSettled(
      groups.slice(start, start + MAX_CONCURRENT).map(async (group) => {
        const receipt = await recordGroup(group, aws);
        if (receipt !== undefined) {
          events.push(...group.filter(isPublished).map((record) => linkEvent(record, receipt)));
        }
      }),
    );
    failures.push(...results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
  }
  await aws.publish(events).catch((error: unknown) => failures.push(error));
  throwIfFailed(failures);
}

type Group = readonly [LogRecord, ...LogRecord[]];

/** Groups records by link and kind, each once. Only as many refused attempts are kept as a receipt holds. */
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
