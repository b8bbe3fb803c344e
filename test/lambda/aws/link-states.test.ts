import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { findLinkState, findLinkStates } from '../../../lambda/aws/link-states';
import { storeLink } from '../../../lambda/aws/link-table';
import { recordRedemption, storeReceipt } from '../../../lambda/aws/receipt-table';
import { tableClient } from '../../../lambda/aws/table-client';
import { type LinkId, linkIdOf } from '../../../lambda/link/nonce';
import { sealDestination } from '../../../lambda/link/sealed-destination';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { startTable, type TableEngine } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { nonceNumber, presignedUrl, storedUrl } from '../support/samples';

const JANE = 'arn:aws:iam::123456789012:user/jane';
const ACTIVE = linkIdOf(nonceNumber(0));
const EXPIRED = linkIdOf(nonceNumber(1));
const REDEEMED = linkIdOf(nonceNumber(2));
const ENDED = linkIdOf(nonceNumber(3));
const FORGOTTEN = linkIdOf(nonceNumber(4));
const WITHOUT_RECEIPT = linkIdOf(nonceNumber(5));
const UNKNOWN = linkIdOf(nonceNumber(6));

describe('the request to DynamoDB', () => {
  const dynamoDb = mockClient(DynamoDBDocumentClient);
  const client = tableClient({ region: 'us-east-1' });
  const links = { client, name: 'links' };
  const receipts = { client, name: 'receipts' };
  afterEach(() => dynamoDb.reset());
  afterAll(() => dynamoDb.restore());

  const LINK_ITEM = { nonce_id: ACTIVE, expires_at: 2_000, purge_at: 3_000, created_by: JANE };
  const RECEIPT_ITEM = { ...LINK_ITEM, link_id: ACTIVE, created_at: '2026-11-22T08:15:00.900Z' };
  const REST = { receipts: { Keys: [{ link_id: ACTIVE }], ConsistentRead: true } };

  test('is one batch of consistent reads without the sealed destinations', async () => {
    dynamoDb.on(BatchGetCommand).resolves({});

    await findLinkStates(links, receipts, [ACTIVE, EXPIRED], 1_000);

    expect(dynamoDb.commandCalls(BatchGetCommand).map(({ args }) => args[0].input)).toEqual([
      {
        RequestItems: {
          links: {
            Keys: [{ nonce_id: ACTIVE }, { nonce_id: EXPIRED }],
            ProjectionExpression: 'nonce_id, expires_at, purge_at, created_by',
            ConsistentRead: true,
          },
          receipts: { Keys: [{ link_id: ACTIVE }, { link_id: EXPIRED }], ConsistentRead: true },
        },
      },
    ]);
  });

  test('is not sent without links', async () => {
    expect(await findLinkStates(links, receipts, [], 1_000)).toEqual([]);
    expect(dynamoDb.calls()).toEqual([]);
  });

  test('is repeated for the keys that were left unprocessed', async () => {
    dynamoDb
      .on(BatchGetCommand)
      .resolvesOnce({ Responses: { links: [LINK_ITEM] }, UnprocessedKeys: REST })
      .resolvesOnce({ UnprocessedKeys: REST })
      .resolves({ Responses: { receipts: [RECEIPT_ITEM] } });

    const [state] = await findLinkStates(links, receipts, [ACTIVE], 1_000);

    expect(state).toMatchObject({ status: 'active', receipt: { createdAt: '2026-11-22T08:15:00.900Z' } });
    expect(dynamoDb.commandCalls(BatchGetCommand).map(({ args }) => args[0].input.RequestItems)).toEqual([
      expect.objectContaining({ links: expect.anything() }),
      REST,
      REST,
    ]);
  });

  test('is made at most three times, and then fails like a throttled request', async () => {
    dynamoDb.on(BatchGetCommand).resolves({ Responses: { links: [LINK_ITEM] }, UnprocessedKeys: REST });

    const error = await failureOf(findLinkStates(links, receipts, [ACTIVE], 1_000));

    expect(error).toMatchObject({ name: 'ProvisionedThroughputExceededException' });
    expect(isAwsFailure(error)).toBe(true);
    expect(dynamoDb.calls()).toHaveLength(3);
  });

  test('that fails throws the SDK’s error', async () => {
    const error = Object.assign(new Error('slow down'), { $metadata: {} });
    dynamoDb.rejects(error);

    expect(await failureOf(findLinkStates(links, receipts, [ACTIVE], 1_000))).toBe(error);
    expect(await failureOf(findLinkState({ links, receipts }, ACTIVE, 1_000))).toBe(error);
  });
});

describe('in real tables', () => {
  let engine: TableEngine;
  beforeAll(async () => {
    engine = await startTable();
    await issue(0, 2_000, 3_000);
    await issue(1, 1_000, 3_000);
    await storeReceipt(engine.receipts, receipt(REDEEMED, 3_000));
    await recordRedemption(engine.receipts, REDEEMED, { at: '2026-11-22T08:20:00.123Z', sourceIp: '203.0.113.7' });
    await storeReceipt(engine.receipts, receipt(ENDED, 3_000));
    await issue(4, 500, 1_000);
    await storeLink(engine.links, link(5, 2_000, 3_000));
  });
  afterAll(() => engine.close());

  function link(number: number, expiresAtSeconds: number, purgeAtSeconds: number) {
    const nonce = nonceNumber(number);
    const sealed = sealDestination(nonce, storedUrl(presignedUrl()));
    return { linkId: linkIdOf(nonce), sealed, expiresAtSeconds, purgeAtSeconds, createdBy: JANE };
  }

  function receipt(linkId: LinkId, purgeAtSeconds: number) {
    const createdAt = '2026-11-22T08:15:00.900Z';
    return {
      linkId,
      operation: 'download',
      createdBy: JANE,
      createdAt,
      expiresAtSeconds: 2_000,
      purgeAtSeconds,
    } as const;
  }

  async function issue(number: number, expiresAtSeconds: number, purgeAtSeconds: number): Promise<void> {
    await storeLink(engine.links, link(number, expiresAtSeconds, purgeAtSeconds));
    await storeReceipt(engine.receipts, receipt(linkIdOf(nonceNumber(number)), purgeAtSeconds));
  }

  test.each([
    ['active', ACTIVE, 'active'],
    ['expired', EXPIRED, 'expired'],
    ['redeemed', REDEEMED, 'redeemed'],
    ['ended', ENDED, 'ended'],
    ['active, without a receipt', WITHOUT_RECEIPT, 'active'],
    ['due to be purged', FORGOTTEN, undefined],
    ['unknown', UNKNOWN, undefined],
  ])('the state of a link that is %s is found', async (_, linkId, status) => {
    const state = await findLinkState(engine, linkId, 1_000);

    expect(state?.status).toBe(status);
    expect(await findLinkStates(engine.links, engine.receipts, [linkId], 1_000)).toEqual(state ? [state] : []);
  });

  test('without a receipt table, only active links are found', async () => {
    const { links } = engine;

    expect(await findLinkState({ links, receipts: undefined }, ACTIVE, 1_000)).toEqual({
      linkId: ACTIVE,
      status: 'active',
      createdBy: JANE,
      expiresAtSeconds: 2_000,
      receipt: undefined,
    });
    for (const linkId of [EXPIRED, REDEEMED, ENDED, FORGOTTEN, UNKNOWN]) {
      expect(await findLinkState({ links, receipts: undefined }, linkId, 1_000)).toBeUndefined();
    }
  });

  test('states are in the order of the IDs, without purged and unknown links', async () => {
    const linkIds = [REDEEMED, UNKNOWN, ACTIVE, FORGOTTEN, WITHOUT_RECEIPT, EXPIRED, ENDED];

    const states = await findLinkStates(engine.links, engine.receipts, linkIds, 1_000);

    expect(states.map(({ linkId }) => linkId)).toEqual([REDEEMED, ACTIVE, WITHOUT_RECEIPT, EXPIRED, ENDED]);
  });

  test('a batch has room for 50 links', async () => {
    const linkIds = Array.from({ length: 49 }, (_, number) => linkIdOf(nonceNumber(100 + number)));

    expect(await findLinkStates(engine.links, engine.receipts, [...linkIds, ACTIVE], 1_000)).toHaveLength(1);
  });
});
