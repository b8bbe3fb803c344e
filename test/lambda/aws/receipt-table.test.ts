import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import {
  findReceipt,
  listLinkIds,
  type NewReceipt,
  recordReceived,
  recordRedemption,
  recordRefused,
  recordRevocation,
  storeReceipt,
} from '../../../lambda/aws/receipt-table';
import { tableClient } from '../../../lambda/aws/table-client';
import { linkIdOf } from '../../../lambda/link/nonce';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { startTable, type TableEngine } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { type Attempt, appliedThen, FaultyClients, failed, reset, throttled } from '../support/faulty-client';
import { conditionFailed } from '../support/handler';
import { nonceNumber } from '../support/samples';

const JANE = 'arn:aws:iam::123456789012:user/jane';
const JOE = 'arn:aws:iam::123456789012:user/joe';
const LINK_ID = linkIdOf(nonceNumber(0));
const RECEIPT: NewReceipt = {
  linkId: LINK_ID,
  operation: 'download',
  createdBy: JANE,
  createdAt: '2026-11-22T08:15:00.900Z',
  expiresAtSeconds: 2_000,
  purgeAtSeconds: 3_000,
};
/** {@link RECEIPT}, as returned by a lookup. */
const UNUSED = {
  linkId: LINK_ID,
  operation: 'download',
  createdBy: JANE,
  createdAt: '2026-11-22T08:15:00.900Z',
  expiresAtSeconds: 2_000,
  refused: [],
};
const REDEMPTION = { at: '2026-11-22T08:20:00.123Z', sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0' };
const LATER = { at: '2026-11-22T08:21:00.123Z', sourceIp: '198.51.100.9' };
const REVOCATION = { at: '2026-11-22T08:20:00.123Z', by: JOE };
const RECEIVED = {
  at: '2026-11-22T08:23:00.123Z',
  bucketName: 'shared-bucket',
  objectName: 'inbox/id/photo.jpg',
  sizeBytes: 1_000,
  checksum: { algorithm: 'SHA256', value: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' },
};
const ELEMENT = '2026-11-22T08:22:00.000Z 198.51.100.9 Xy0pWq1tIAMEVtA=';
const REFUSED = { at: '2026-11-22T08:22:00.000Z', sourceIp: '198.51.100.9' };

describe('the request to DynamoDB', () => {
  const dynamoDb = mockClient(DynamoDBDocumentClient);
  const table = { client: tableClient({ region: 'us-east-1' }), name: 'receipts' };
  afterEach(() => {
    dynamoDb.reset();
    jest.restoreAllMocks();
  });
  afterAll(() => dynamoDb.restore());

  const store = () => storeReceipt(table, RECEIPT);
  const redeem = () => recordRedemption(table, LINK_ID, REDEMPTION);
  const revoke = () => recordRevocation(table, LINK_ID, REVOCATION);
  const receive = () => recordReceived(table, LINK_ID, RECEIVED);
  const refuse = () => recordRefused(table, LINK_ID, [ELEMENT, ELEMENT]);
  const find = () => findReceipt(table, LINK_ID, 1_000);
  const list = () => listLinkIds(table, JANE, 50, undefined);

  test('that stores a receipt is one put that replaces nothing and contains no secret', async () => {
    dynamoDb.on(PutCommand).resolves({});

    await store();
    await storeReceipt(table, { ...RECEIPT, fileName: 'report.pdf' });

    const item = {
      link_id: LINK_ID,
      operation: 'download',
      created_by: JANE,
      created_at: '2026-11-22T08:15:00.900Z',
      expires_at: 2_000,
      purge_at: 3_000,
    };
    const put = { TableName: 'receipts', ConditionExpression: 'attribute_not_exists(link_id)' };
    expect(dynamoDb.commandCalls(PutCommand).map(({ args }) => args[0].input)).toEqual([
      { ...put, Item: item },
      { ...put, Item: { ...item, file_name: 'report.pdf' } },
    ]);
  });

  test('that records something is one idempotent conditional update', async () => {
    dynamoDb.on(UpdateCommand).resolves({});

    await redeem();
    await revoke();
    await refuse();

    const update = { TableName: 'receipts', Key: { link_id: LINK_ID }, ReturnValues: 'ALL_NEW' };
    expect(dynamoDb.commandCalls(UpdateCommand).map(({ args }) => args[0].input)).toEqual([
      {
        ...update,
        UpdateExpression: 'SET redeemed = if_not_exists(redeemed, :redeemed)',
        ConditionExpression: 'attribute_exists(link_id)',
        ExpressionAttributeValues: {
          ':redeemed': { at: '2026-11-22T08:20:00.123Z', source_ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
        },
      },
      {
        ...update,
        UpdateExpression: 'SET revoked = if_not_exists(revoked, :revoked)',
        ConditionExpression: 'attribute_exists(link_id)',
        ExpressionAttributeValues: { ':revoked': { at: '2026-11-22T08:20:00.123Z', by: JOE } },
      },
      {
        ...update,
        UpdateExpression: 'ADD refused :elements',
        ConditionExpression:
          'attribute_exists(link_id) AND (attribute_not_exists(refused) OR size(refused) < :max OR contains(refused, :first))',
        ExpressionAttributeValues: { ':elements': new Set([ELEMENT]), ':first': ELEMENT, ':max': 20 },
      },
    ]);
  });

  test('that records a received object is one idempotent conditional update', async () => {
    dynamoDb.on(UpdateCommand).resolves({});

    await receive();

    expect(dynamoDb.commandCalls(UpdateCommand).map(({ args }) => args[0].input)).toEqual([
      {
        TableName: 'receipts',
        Key: { link_id: LINK_ID },
        ReturnValues: 'ALL_NEW',
        UpdateExpression: 'SET received = if_not_exists(received, :received)',
        ConditionExpression: 'operation = :upload',
        ExpressionAttributeValues: {
          ':upload': 'upload',
          ':received': {
            at: '2026-11-22T08:23:00.123Z',
            bucket_name: 'shared-bucket',
            object_name: 'inbox/id/photo.jpg',
            size_bytes: 1_000,
            checksum_algorithm: 'SHA256',
            checksum: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
          },
        },
      },
    ]);
  });

  test('that finds a receipt is a consistent read', async () => {
    dynamoDb.on(GetCommand).resolves({});

    await find();

    expect(dynamoDb.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'receipts',
      Key: { link_id: LINK_ID },
      ConsistentRead: true,
    });
  });

  test.each([
    ['stores', store, 2_000],
    ['records a redemption', redeem, 2_000],
    ['records a revocation', revoke, 2_000],
    ['records a received object', receive, 2_000],
    ['records refused attempts', refuse, 2_000],
    ['finds', find, 4_500],
    ['lists', list, 4_500],
  ])('that %s has a deadline', async (_, call, milliseconds) => {
    const started = jest.spyOn(globalThis, 'setTimeout');
    dynamoDb.onAnyCommand().resolves({});

    await call();

    expect(started.mock.calls).toEqual([[expect.any(Function), milliseconds]]);
    const [sent] = dynamoDb.calls() as unknown as readonly [{ readonly args: readonly unknown[] }];
    expect(sent.args[1]).toEqual({ abortSignal: expect.any(AbortSignal) });
  });

  test('that fails throws the SDK’s error', async () => {
    const error = Object.assign(new Error('slow down'), { $metadata: { httpStatusCode: 400, attempts: 3 } });
    dynamoDb.rejects(error);

    for (const call of [store, redeem, revoke, receive, refuse, find, list]) {
      expect(await failureOf(call())).toBe(error);
    }
  });

  test('whose condition fails writes nothing, which is no error', async () => {
    dynamoDb.rejects(conditionFailed(1, 'no item'));

    for (const call of [store, redeem, revoke, receive, refuse]) {
      expect(await call()).toBeUndefined();
    }
  });

  const ITEM = { link_id: LINK_ID, created_by: JANE, created_at: 'T', expires_at: 2_000, purge_at: 3_000 };
  const NOT_OURS = 'the item is not a receipt that this project stores';
  test.each([
    [find, { Item: { ...ITEM, created_by: undefined } }, NOT_OURS],
    [find, { Item: { ...ITEM, created_at: 1 } }, NOT_OURS],
    [find, { Item: { ...ITEM, expires_at: '2000' } }, NOT_OURS],
    [find, { Item: { ...ITEM, purge_at: undefined } }, NOT_OURS],
    [find, { Item: { ...ITEM, link_id: 'guess' } }, 'the item has no link ID'],
    [list, { Items: [{ created_by: JANE }] }, 'the item has no link ID'],
  ])('%p throws a bug if the response is %j', async (call, response, message) => {
    dynamoDb.onAnyCommand().resolves(response);

    const error = await failureOf(call());

    expect(error).toMatchObject({ message });
    expect(isAwsFailure(error)).toBe(false);
  });

  test.each([
    ['redeemed', 'yes'],
    ['redeemed', { at: '2026-11-22T08:20:00.123Z' }],
    ['redeemed', { source_ip: '203.0.113.7' }],
    ['revoked', { at: '2026-11-22T08:20:00.123Z' }],
    ['revoked', null],
    ['received', 'yes'],
    ['received', { at: '2026-11-22T08:23:00.123Z', bucket_name: 'b', object_name: 'k' }],
    ['received', { at: '2026-11-22T08:23:00.123Z', bucket_name: 'b', object_name: 'k', size_bytes: '1' }],
    ['received', { at: '2026-11-22T08:23:00.123Z', object_name: 'k', size_bytes: 1 }],
    ['operation', 'another'],
    ['refused', [ELEMENT]],
    ['file_name', 1],
  ])('whose response has a %s of another type, %j, finds the rest', async (attribute, value) => {
    dynamoDb.on(GetCommand).resolves({ Item: { ...ITEM, [attribute]: value } });

    expect(await find()).toEqual({ ...UNUSED, createdAt: 'T' });
  });
});

describe('in a real table', () => {
  let engine: TableEngine;
  let faulty: FaultyClients;
  beforeAll(async () => {
    engine = await startTable();
    faulty = new FaultyClients(engine.endpoint);
  });
  afterAll(async () => {
    faulty.close();
    await engine.close();
  });

  let number = 0;
  /** Stores a receipt for a new link. */
  async function newLink(fields: Partial<NewReceipt> = {}) {
    const linkId = linkIdOf(nonceNumber(number++));
    await storeReceipt(engine.receipts, { ...RECEIPT, ...fields, linkId });
    return linkId;
  }

  test('a receipt is found as it was stored, until it is purged', async () => {
    const linkId = await newLink({ fileName: 'report.pdf' });

    expect(await findReceipt(engine.receipts, linkId, 2_999)).toEqual({ ...UNUSED, linkId, fileName: 'report.pdf' });
    expect(await findReceipt(engine.receipts, linkId, 3_000)).toBeUndefined();
  });

  test('the first record is kept, and each record returns the whole receipt', async () => {
    const linkId = await newLink();

    const redeemed = { ...UNUSED, linkId, redeemed: REDEMPTION };
    expect(await recordRedemption(engine.receipts, linkId, REDEMPTION)).toEqual(redeemed);
    expect(await recordRedemption(engine.receipts, linkId, LATER)).toEqual(redeemed);
    const revoked = { ...redeemed, revoked: REVOCATION };
    expect(await recordRevocation(engine.receipts, linkId, REVOCATION)).toEqual(revoked);
    expect(await recordRevocation(engine.receipts, linkId, { at: LATER.at, by: JANE })).toEqual(revoked);
    const all = { ...revoked, refused: [REFUSED] };
    expect(await recordRefused(engine.receipts, linkId, [ELEMENT])).toEqual(all);
    expect(await recordRefused(engine.receipts, linkId, [ELEMENT])).toEqual(all);
    expect(await findReceipt(engine.receipts, linkId, 1_000)).toEqual(all);
  });

  test('the receipt of an upload link keeps the first object that was received', async () => {
    const linkId = await newLink({ operation: 'upload' });
    const { checksum: _, ...withoutChecksum } = RECEIVED;
    await recordRedemption(engine.receipts, linkId, REDEMPTION);

    const received = { ...UNUSED, linkId, operation: 'upload', redeemed: REDEMPTION, received: RECEIVED };
    expect(await recordReceived(engine.receipts, linkId, RECEIVED)).toEqual(received);
    expect(await recordReceived(engine.receipts, linkId, { ...withoutChecksum, sizeBytes: 1 })).toEqual(received);
    expect(await findReceipt(engine.receipts, linkId, 1_000)).toEqual(received);
  });

  test('a received object without a checksum is kept without it', async () => {
    const linkId = await newLink({ operation: 'upload' });
    const { checksum: _, ...received } = { ...RECEIVED, sizeBytes: 0 };

    expect(await recordReceived(engine.receipts, linkId, received)).toEqual({
      ...UNUSED,
      linkId,
      operation: 'upload',
      received,
    });
  });

  test('a receipt that is due to be purged is still returned to its writer', async () => {
    const linkId = await newLink({ purgeAtSeconds: 1 });

    expect(await recordRedemption(engine.receipts, linkId, LATER)).toMatchObject({ redeemed: LATER });
  });

  test('recording creates no receipt', async () => {
    const linkId = linkIdOf(nonceNumber(number++));

    expect(await recordRedemption(engine.receipts, linkId, REDEMPTION)).toBeUndefined();
    expect(await recordRevocation(engine.receipts, linkId, REVOCATION)).toBeUndefined();
    expect(await recordReceived(engine.receipts, linkId, RECEIVED)).toBeUndefined();
    expect(await recordRefused(engine.receipts, linkId, [ELEMENT])).toBeUndefined();
    expect(await findReceipt(engine.receipts, linkId, 1_000)).toBeUndefined();
  });

  test('at most 20 attempts are recorded and returned', async () => {
    const linkId = await newLink();
    const elementsFrom = (start: number, count: number) =>
      Array.from({ length: count }, (_, index) => `2026-11-22T08:22:${start + index}.000Z 198.51.100.9 id`);

    expect((await recordRefused(engine.receipts, linkId, elementsFrom(10, 19)))?.refused).toHaveLength(19);
    expect((await recordRefused(engine.receipts, linkId, elementsFrom(29, 2)))?.refused).toHaveLength(20);
    expect(await recordRefused(engine.receipts, linkId, elementsFrom(31, 1))).toBeUndefined();
    // Repeated, for example because the events of the batch could not be published.
    expect((await recordRefused(engine.receipts, linkId, elementsFrom(29, 2)))?.refused).toHaveLength(20);

    const found = await findReceipt(engine.receipts, linkId, 1_000);
    expect(found?.refused.at(-1)?.at).toBe('2026-11-22T08:22:29.000Z');
  });

  test.each<[string, Attempt]>([
    ['is throttled', throttled],
    ['fails with 500', failed],
    ['is reset', reset],
    ['is reset after the put', appliedThen(reset)],
  ])('a put whose first attempt %s is retried, and succeeds', async (_, attempt) => {
    const linkId = linkIdOf(nonceNumber(number++));
    const { client, attempts } = faulty.connect(attempt);

    await storeReceipt({ ...engine.receipts, client }, { ...RECEIPT, linkId });

    expect(attempts()).toBe(2);
    expect(await findReceipt(engine.receipts, linkId, 1_000)).toEqual({ ...UNUSED, linkId });
  });

  test('a put that is applied late does not replace later records', async () => {
    const linkId = await newLink();
    await recordRedemption(engine.receipts, linkId, REDEMPTION);

    await storeReceipt(engine.receipts, { ...RECEIPT, linkId });

    expect(await findReceipt(engine.receipts, linkId, 1_000)).toMatchObject({ redeemed: REDEMPTION });
  });

  test('the links of a caller are listed newest first, page by page', async () => {
    const creator = 'arn:aws:iam::123456789012:user/lister';
    const first = await newLink({ createdBy: creator, createdAt: '2026-11-22T08:00:00.001Z' });
    const third = await newLink({ createdBy: creator, createdAt: '2026-11-22T08:00:00.003Z' });
    await newLink({ createdBy: `${creator}2`, createdAt: '2026-11-22T08:00:00.004Z' });
    const second = await newLink({ createdBy: creator, createdAt: '2026-11-22T08:00:00.002Z' });

    expect((await listLinkIds(engine.receipts, creator, 50, undefined)).linkIds).toEqual([third, second, first]);

    const page = await listLinkIds(engine.receipts, creator, 2, undefined);
    expect(page).toEqual({
      linkIds: [third, second],
      next: { createdAt: '2026-11-22T08:00:00.002Z', linkId: second },
    });
    expect(await listLinkIds(engine.receipts, creator, 2, page.next)).toEqual({ linkIds: [first], next: undefined });
  });

  test('links issued in the same millisecond are each listed once', async () => {
    const creator = 'arn:aws:iam::123456789012:user/script';
    const linkIds = [await newLink({ createdBy: creator }), await newLink({ createdBy: creator })];

    const page = await listLinkIds(engine.receipts, creator, 1, undefined);
    const last = await listLinkIds(engine.receipts, creator, 1, page.next);

    expect([...page.linkIds, ...last.linkIds].sort()).toEqual([...linkIds].sort());
  });

  test('a caller without links has an empty list', async () => {
    expect(await listLinkIds(engine.receipts, 'arn:aws:iam::123456789012:user/newcomer', 50, undefined)).toEqual({
      linkIds: [],
      next: undefined,
    });
  });
});
