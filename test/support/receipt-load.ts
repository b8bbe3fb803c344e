import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import type { LogBatch } from '../../emulator/logs/subscriptions';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import type { MutableResources } from './assembly';
import { type BehaviorOf, type FaultyProxy, startFaultyProxy } from './faulty-proxy';
import { issueLink, send } from './http';
import { type RunningEmulator, runEmulator } from './running-emulator';
import { unthrottled } from './unthrottled';

/** What happens to one batch of log lines. */
export interface BatchFate {
  /** Number of deliveries. */
  readonly copies: number;
  readonly delayMilliseconds: number;
  /** Whether the batch arrives last. */
  readonly isLast: boolean;
}

/** What happens to one request of the function that records receipts. */
export const UPDATE_FATES = {
  passes: { kind: 'pass' },
  fails: { kind: 'fail' },
  isLost: { kind: 'reset', applied: false },
  isAppliedWithoutResponse: { kind: 'reset', applied: true },
} as const;

/** The fates of a load. Each list starts again at its end. */
export interface LoadSchedule {
  /** For each link, the number of attempts after its redemption. */
  readonly refused: readonly number[];
  readonly batches: readonly BatchFate[];
  readonly updates: readonly (keyof typeof UPDATE_FATES)[];
  /** Unrelated lines that are added to each batch. */
  readonly foreignLines: readonly string[];
}

/** Attempts on one link, according to the responses and the log of the authorizer, or to its receipt. */
interface Attempts {
  /** User agent of the reader. */
  readonly redeemedBy: string | undefined;
  /** Request IDs. */
  readonly refused: ReadonlySet<string>;
}

/** An emulator whose log lines arrive late, repeatedly and in any order, and whose receipts can fail. */
export interface ReceiptLoad {
  readonly emulator: RunningEmulator;
  /**
   * Issues links, redeems all of them at once, requests them again at once, and waits until every line is delivered.
   *
   * @returns what is wrong with the receipts. Attempts in dead letters may be missing.
   */
  run(schedule: LoadSchedule): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The only attributes of a receipt. */
const ATTRIBUTES = [
  'operation',
  'link_id',
  'created_by',
  'created_at',
  'expires_at',
  'purge_at',
  'redeemed',
  'refused',
];

const MAX_REFUSED = 20;

/** Starts an emulator for loads. */
export async function startReceiptLoad(change: (resources: MutableResources) => void = () => {}): Promise<ReceiptLoad> {
  let proxy: FaultyProxy | undefined;
  let schedule: LoadSchedule = { refused: [], batches: [], updates: [], foreignLines: [] };
  let batches = 0;
  let updates = 0;
  let held: (() => Promise<void>)[] = [];
  const issued: string[] = [];

  const failUpdates: BehaviorOf = ({ headers }) => {
    const isUpdate = String(headers['x-amz-target']).endsWith('.UpdateItem');
    return UPDATE_FATES[(isUpdate && schedule.updates[updates++ % schedule.updates.length]) || 'passes'];
  };
  const emulator = await runEmulator({
    change: (resources) => {
      unthrottled(resources);
      change(resources);
    },
    between: async (service, endpoint) => {
      if (service === 's3') {
        return endpoint;
      }
      proxy = await startFaultyProxy(service, endpoint);
      return proxy.endpoint;
    },
    async deliver(batch, deliver) {
      const fate = schedule.batches[batches++ % schedule.batches.length];
      const { copies, delayMilliseconds, isLast } = fate ?? { copies: 1, delayMilliseconds: 0, isLast: false };
      const all = async (): Promise<void> => {
        await delay(delayMilliseconds);
        await Promise.all(Array.from({ length: copies }, () => deliver(withLines(batch, schedule.foreignLines))));
      };
      // The last batch to be held is delivered first.
      await (isLast ? void held.unshift(all) : all());
    },
  });

  async function openAll(urls: readonly string[]): Promise<readonly number[]> {
    const open = async (url: string, index: number) => {
      const { status } = await send(url, { headers: { 'User-Agent': `reader-${index}` } });
      return status;
    };
    return await Promise.all(urls.map(open));
  }

  async function settle(): Promise<void> {
    await emulator.delivered();
    while (held.length > 0) {
      const next = held;
      held = [];
      for (const deliverHeld of next) {
        await deliverHeld();
      }
      await emulator.delivered();
    }
  }

  return {
    emulator,
    async run(next) {
      schedule = next;
      const urls = await Promise.all(
        next.refused.map(async () => {
          const link = await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' });
          issued.push(link.link_id);
          return link.url;
        }),
      );
      const linksBefore = issued.length - urls.length;
      const from = new Date().toISOString();
      await proxy?.behave(failUpdates);
      const redeemed = await openAll(urls);
      await openAll(urls.flatMap((url, index) => Array(next.refused[index]).fill(url)));
      await openAll(
        [nonceNumber(1), nonceNumber(2)].map((nonce) => `${emulator.apiEndpoint}access-object?nonce=${nonce}`),
      );
      await settle();
      const to = new Date().toISOString();
      await proxy?.behave({ kind: 'pass' });

      const lines = linesOf(emulator);
      const facts = attemptsIn(lines);
      const written = new Set(lines);
      const undelivered = emulator.deadLetters.flatMap(({ event }) => messagesIn(event));
      const dead = attemptsIn(undelivered.filter((line) => written.has(line)));
      const { found, problems } = await readReceipts(emulator, [from, to], new Set(issued.slice(linksBefore)));
      return [
        ...problems,
        ...(emulator.deadLetters.length === emulator.logs.filter((line) => line.startsWith('dead-letter ')).length
          ? []
          : ['a dead letter is not in the log']),
        ...[...found.keys()].filter((id) => !issued.includes(id)).map((id) => `${id}: a receipt of an unknown link`),
        ...issued
          .slice(linksBefore)
          .flatMap((id, index) => [
            ...(redeemed[index] === 302 && facts.get(id)?.redeemedBy === undefined ? [`${id}: not in the log`] : []),
            ...differences(id, facts.get(id) ?? NONE, dead.get(id) ?? NONE, found.get(id)),
          ]),
      ];
    },
    async close() {
      await proxy?.close();
      await emulator.close();
    },
  };
}

const NONE: Attempts = { redeemedBy: undefined, refused: new Set() };

/** Describes what is wrong with a receipt. */
function differences(id: string, facts: Attempts, dead: Attempts, found: Attempts | undefined): readonly string[] {
  if (found === undefined) {
    return [`${id}: no receipt`];
  }
  const problems: string[] = [];
  const mayBeMissing = dead.redeemedBy !== undefined && found.redeemedBy === undefined;
  if (found.redeemedBy !== facts.redeemedBy && !mayBeMissing) {
    problems.push(`${id}: redeemed by ${found.redeemedBy} instead of ${facts.redeemedBy}`);
  }
  problems.push(
    ...[...found.refused].filter((one) => !facts.refused.has(one)).map((one) => `${id}: never sent: ${one}`),
  );
  const missing = [...facts.refused].filter((one) => !found.refused.has(one) && !dead.refused.has(one));
  if (missing.length > 0 && found.refused.size < MAX_REFUSED) {
    problems.push(`${id}: ${missing.length} of ${facts.refused.size} refused attempts are missing`);
  }
  return problems;
}

function withLines(batch: LogBatch, lines: readonly string[]): LogBatch {
  const foreign = lines.map((message, index) => ({ id: `${index}`, timestamp: Date.now(), message }));
  return { ...batch, events: [...foreign, ...batch.events] };
}

function linesOf({ logs }: RunningEmulator): readonly string[] {
  const prefix = 'AuthorizeAccess ';
  return logs.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

/** The log lines in the event of a subscription. */
function messagesIn(event: unknown): readonly string[] {
  const { awslogs } = event as { readonly awslogs: { readonly data: string } };
  const { logEvents } = JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString());
  return logEvents.map(({ message }: { readonly message: string }) => message);
}

/** Reads the attempts on each link from lines of the authorizer. */
function attemptsIn(lines: readonly string[]): ReadonlyMap<string, Attempts> {
  const byLink = new Map<string, { redeemedBy: string | undefined; refused: Set<string> }>();
  for (const line of lines.filter((text) => text.startsWith('{"event":"link_access"'))) {
    const { outcome, link_id: id, request_id: requestId, user_agent: userAgent } = JSON.parse(line);
    const attempts = byLink.get(id) ?? { redeemedBy: undefined, refused: new Set() };
    byLink.set(id, attempts);
    if (outcome === 'redeemed') {
      attempts.redeemedBy = userAgent;
    } else if (outcome === 'not_active') {
      attempts.refused.add(requestId);
    }
  }
  return byLink;
}

/** Reads every receipt, and checks those of the links in `ids`. */
async function readReceipts(
  { dynamoDb, receiptTableName: TableName }: RunningEmulator,
  [from, to]: readonly [string, string],
  ids: ReadonlySet<string>,
): Promise<{ readonly found: ReadonlyMap<string, Attempts>; readonly problems: readonly string[] }> {
  const found = new Map<string, Attempts>();
  const problems: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName })) {
    for (const item of Items) {
      const id = item['link_id']?.S ?? '';
      const redeemed = item['redeemed']?.M;
      const elements = (item['refused']?.SS ?? []).map((element) => element.split(' '));
      found.set(id, {
        redeemedBy: redeemed?.['user_agent']?.S,
        refused: new Set(elements.map(([, , requestId = '']) => requestId)),
      });
      const attempts = [
        ...(redeemed ? [[redeemed['at']?.S, redeemed['source_ip']?.S] as const] : []),
        ...elements.map(([at, sourceIp]) => [at, sourceIp] as const),
      ];
      const isWrong = attempts.some(([at = '', ip]) => at < from || at > to || ip !== '127.0.0.1');
      if (ids.has(id) && isWrong) {
        problems.push(`${id}: a wrong time or address: ${JSON.stringify(attempts)}`);
      }
      const unknown = Object.keys(item).filter((attribute) => !ATTRIBUTES.includes(attribute));
      problems.push(...unknown.map((attribute) => `${id}: an unknown attribute ${attribute}`));
    }
  }
  return { found, problems };
}

/** The ID of a link that was never issued, for unrelated lines. */
export const UNKNOWN_LINK_ID = linkIdOf(nonceNumber(3));
