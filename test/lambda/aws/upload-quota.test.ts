import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { findActive, redeemLink, revokeLink } from '../../../lambda/aws/link-table';
import { reserveUpload } from '../../../lambda/aws/upload-quota';
import { type LinkId, parseLinkId } from '../../../lambda/link/nonce';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { startTable, type TableEngine } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { type Attempt, appliedThen, FaultyClients, failed, reset, throttled } from '../support/faulty-client';

const JOE = 'arn:aws:iam::123456789012:user/joe';
const MORNING = new Date('2026-11-22T00:00:00.000Z');
const NIGHT = new Date('2026-11-22T23:59:59.999Z');
const NEXT_DAY = new Date('2026-11-23T00:00:00.000Z');

let table: TableEngine;
let faulty: FaultyClients;
beforeAll(async () => {
  table = await startTable();
  faulty = new FaultyClients(table.endpoint);
});
beforeEach(() => {
  // No waits between attempts.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => jest.restoreAllMocks());
afterAll(async () => {
  faulty.close();
  await table.close();
});

let callers = 0;
/** A caller that has reserved nothing. */
function newCaller(): string {
  return `arn:aws:sts::123456789012:assumed-role/Sharer/caller-${callers++}@example.com`;
}

function reserve(caller: string, bytes: number, now = MORNING): Promise<boolean> {
  return reserveUpload(table.links, caller, bytes, 100, now);
}

async function itemsInTable() {
  const { Items: items = [] } = await table.links.client.send(new ScanCommand({ TableName: table.links.name }));
  return items;
}

test('a caller can reserve exactly the limit of a day, in parts', async () => {
  const caller = newCaller();

  expect(await reserve(caller, 60)).toBe(true);
  expect(await reserve(caller, 41)).toBe(false);
  expect(await reserve(caller, 40, NIGHT)).toBe(true);
  expect(await reserve(caller, 1, NIGHT)).toBe(false);
});

test('a reservation that was refused adds nothing', async () => {
  const caller = newCaller();

  expect(await reserve(caller, 101)).toBe(false);
  expect(await reserve(caller, 60)).toBe(true);
  expect(await reserve(caller, 41)).toBe(false);
  expect(await reserve(caller, 40)).toBe(true);
});

test('more than the limit is refused without a request', async () => {
  const { client, attempts } = faulty.connect(failed);

  expect(await reserveUpload({ ...table.links, client }, newCaller(), 101, 100, MORNING)).toBe(false);
  expect(attempts()).toBe(0);
});

test('a deployment with the limit 0 issues no upload links', async () => {
  expect(await reserveUpload(table.links, newCaller(), 1, 0, MORNING)).toBe(false);
});

test('each day in UTC, and each caller, has its own total', async () => {
  const caller = newCaller();

  expect(await reserve(caller, 100, NIGHT)).toBe(true);
  expect(await reserve(caller, 100, NEXT_DAY)).toBe(true);
  expect(await reserve(caller, 1, NEXT_DAY)).toBe(false);
  expect(await reserve(newCaller(), 100, NIGHT)).toBe(true);
});

test('totals are counted with the largest limits without losing a byte', async () => {
  const caller = newCaller();
  const bytes = 5_000_000_000;

  for (let link = 0; link < 20; link++) {
    expect(await reserveUpload(table.links, caller, bytes, 100_000_000_000, MORNING)).toBe(true);
  }
  expect(await reserveUpload(table.links, caller, 1, 100_000_000_000, MORNING)).toBe(false);
});

test('20 simultaneous reservations never exceed the limit', async () => {
  const caller = newCaller();

  const reserved = await Promise.all(Array.from({ length: 20 }, () => reserve(caller, 15)));

  expect(reserved.filter((isReserved) => isReserved)).toHaveLength(6);
  expect(await reserve(caller, 11)).toBe(false);
  expect(await reserve(caller, 10)).toBe(true);
});

test('the item of a day contains no ARN, and is purged two days later', async () => {
  await reserve(JOE, 25);
  await reserve(JOE, 25, NIGHT);

  const own = (await itemsInTable()).filter((item) => item['reserved_bytes'] === 50);
  expect(own).toEqual([
    {
      nonce_id: expect.stringMatching(/^upload-quota\/2026-11-22\/[\w-]{43}$/),
      reserved_bytes: 50,
      purge_at: NIGHT.getTime() / 1000 - 0.999 + 2 * 86_400,
    },
  ]);
  expect(JSON.stringify(own)).not.toContain('joe');
});

test('the item of a day cannot be redeemed, described or revoked as a link, and no nonce has its key', async () => {
  await reserve(newCaller(), 1);
  const [item] = await itemsInTable();
  const key = String(item?.['nonce_id']) as LinkId;
  const file = { fileName: 'a', sizeBytes: 0, contentType: 'a/b' };

  expect(key).toMatch(/^upload-quota\//);
  expect(parseLinkId(key)).toBeUndefined();
  expect(await redeemLink(table.links, key, 0, { formats: [1, 2] })).not.toMatchObject({ outcome: 'redeemed' });
  expect(await redeemLink(table.links, key, 0, { formats: [3], declaration: file })).toEqual({ outcome: 'expired' });
  expect(await revokeLink(table.links, key, 0)).toEqual({ outcome: 'expired' });
  expect(await findActive(table.links, key, 0)).toEqual({ outcome: 'not_active' });
  const get = new GetCommand({ TableName: table.links.name, Key: { nonce_id: key } });
  expect((await table.links.client.send(get)).Item).toEqual(item);
});

test.each<[string, Attempt, number]>([
  ['is throttled', throttled, 50],
  ['fails with 500', failed, 50],
  ['is reset before the update', reset, 50],
  // A request that was counted twice makes the total too high, never too low.
  ['is reset after the update', appliedThen(reset), 0],
])('an update whose first attempt %s is repeated, and leaves room for %i bytes', async (_, attempt, room) => {
  const caller = newCaller();
  const { client, attempts } = faulty.connect(attempt);

  expect(await reserveUpload({ ...table.links, client }, caller, 50, 100, MORNING)).toBe(true);

  expect(attempts()).toBe(2);
  expect(await reserve(caller, room + 1)).toBe(false);
  expect(room === 0 || (await reserve(caller, room))).toBe(true);
});

test('an update that fails throws the SDK’s error', async () => {
  const { client } = faulty.connect(reset, { maxAttempts: 1 });

  const error = await failureOf(reserveUpload({ ...table.links, client }, newCaller(), 1, 100, MORNING));

  expect(isAwsFailure(error)).toBe(true);
});
