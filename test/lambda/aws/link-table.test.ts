import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  InternalServerError,
  ProvisionedThroughputExceededException,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import { findLink, redeemLink, revokeLink, type StoredLink, storeLink } from '../../../lambda/aws/link-table';
import { tableClient } from '../../../lambda/aws/table-client';
import { linkIdOf } from '../../../lambda/link/nonce';
import { sealDestination, unsealDestination } from '../../../lambda/link/sealed-destination';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { ROLE, startTable, type TableEngine } from '../support/engines';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

const NONCE = nonceNumber(0);
const URL_OF_OBJECT = presignedUrl({ token: sessionToken(1_100) });
const LINK: StoredLink = {
  linkId: linkIdOf(NONCE),
  sealed: sealDestination(NONCE, storedUrl(URL_OF_OBJECT)),
  expiresAtSeconds: 2_000,
  createdBy: 'arn:aws:iam::123456789012:user/jane',
};

function linkNumber(number: number, expiresAtSeconds = 2_000): StoredLink {
  const nonce = nonceNumber(number);
  return {
    ...LINK,
    linkId: linkIdOf(nonce),
    sealed: sealDestination(nonce, storedUrl(URL_OF_OBJECT)),
    expiresAtSeconds,
  };
}

function conditionFailed(item?: ConditionalCheckFailedException['Item']): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
    ...(item === undefined ? {} : { Item: item }),
  });
}

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return await call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('what is sent to DynamoDB', () => {
  const dynamoDb = mockClient(DynamoDBClient);
  const client = new DynamoDBClient({ region: 'us-east-1' });
  afterEach(() => dynamoDb.reset());
  afterAll(() => dynamoDb.restore());

  const redeem = () => redeemLink(client, 'links', LINK.linkId, 1_000);

  test('to store a link is one put of four attributes, none of which opens anything', async () => {
    dynamoDb.on(PutItemCommand).resolves({});

    await storeLink(client, 'links', LINK);

    expect(dynamoDb.calls()).toHaveLength(1);
    expect(dynamoDb.commandCalls(PutItemCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Item: {
        nonce_id: { S: LINK.linkId },
        sealed: { B: LINK.sealed },
        expires_at: { N: '2000' },
        created_by: { S: 'arn:aws:iam::123456789012:user/jane' },
      },
    });
  });

  test('to redeem a link is one conditional delete that returns what it deleted', async () => {
    dynamoDb
      .on(DeleteItemCommand)
      .resolves({ Attributes: { nonce_id: { S: LINK.linkId }, sealed: { B: LINK.sealed } } });

    expect(await redeem()).toEqual({ outcome: 'opened', sealed: LINK.sealed });

    expect(dynamoDb.calls()).toHaveLength(1);
    expect(dynamoDb.commandCalls(DeleteItemCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Key: { nonce_id: { S: LINK.linkId } },
      ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
      ExpressionAttributeValues: { ':now': { N: '1000' } },
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  const item = { nonce_id: { S: LINK.linkId }, expires_at: { N: '999' } };
  test.each([
    ['unknown or spent, where there is no item', conditionFailed(), 'unknown_or_spent'],
    ['expired, where the item is still there', conditionFailed(item), 'expired'],
  ])('and refused by the condition makes the link %s', async (_, error, outcome) => {
    dynamoDb.on(DeleteItemCommand).rejects(error);

    expect(await redeem()).toEqual({ outcome });
  });

  const $metadata = { httpStatusCode: 400, attempts: 3 };
  test.each([
    ['throttled', new ProvisionedThroughputExceededException({ message: 'slow down', $metadata })],
    ['faulty', new InternalServerError({ message: 'oh', $metadata: { httpStatusCode: 500, attempts: 3 } })],
    [
      'forbidden',
      new DynamoDBServiceException({ name: 'AccessDeniedException', $fault: 'client', message: 'no', $metadata }),
    ],
    ['out of reach', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', $metadata: {} })],
  ])('and %s is thrown on as it came', async (_, error) => {
    dynamoDb.on(DeleteItemCommand).rejects(error);
    dynamoDb.on(PutItemCommand).rejects(error);

    expect(await failureOf(redeem())).toBe(error);
    expect(await failureOf(storeLink(client, 'links', LINK))).toBe(error);
    expect(isAwsFailure(error)).toBe(true);
  });

  test.each([
    ['no attributes', {}, 'the table does not say what it deleted'],
    ['no record', { Attributes: { nonce_id: { S: LINK.linkId } } }, 'the deleted item has no sealed record'],
    [
      'a record of another type',
      { Attributes: { nonce_id: { S: LINK.linkId }, sealed: { S: 'https://…' } } },
      'the deleted item has no sealed record',
    ],
  ])('and answered with %s is a fault, and not an outage', async (_, answer, message) => {
    dynamoDb.on(DeleteItemCommand).resolves(answer);

    const error = await failureOf(redeem());

    expect(error).toMatchObject({ message });
    expect(isAwsFailure(error)).toBe(false);
  });

  test('to revoke a link is the same delete as to redeem it, and to look at one is a read without what it leads to', async () => {
    dynamoDb
      .on(DeleteItemCommand)
      .resolves({ Attributes: { nonce_id: { S: LINK.linkId }, sealed: { B: LINK.sealed } } });
    dynamoDb.on(GetItemCommand).resolves({ Item: { expires_at: { N: '2000' }, created_by: { S: LINK.createdBy } } });

    expect(await revokeLink(client, 'links', LINK.linkId, 1_000)).toEqual({ outcome: 'revoked' });
    await redeem();
    await findLink(client, 'links', LINK.linkId, 1_000);

    const [revoked, redeemed] = dynamoDb.commandCalls(DeleteItemCommand).map(({ args }) => args[0].input);
    expect(revoked).toEqual(redeemed);
    expect(dynamoDb.commandCalls(GetItemCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Key: { nonce_id: { S: LINK.linkId } },
      ProjectionExpression: 'expires_at, created_by',
      ConsistentRead: true,
    });
  });

  test.each([
    { created_by: { S: LINK.createdBy } },
    { expires_at: { S: '2000' }, created_by: { S: LINK.createdBy } },
    { expires_at: { N: '2000' } },
    { expires_at: { N: '2000' }, created_by: { N: '1' } },
  ])('a look that finds %j is a fault, and not an outage', async (Item) => {
    dynamoDb.on(GetItemCommand).resolves({ Item });

    const error = await failureOf(findLink(client, 'links', LINK.linkId, 1_000));

    expect(error).toMatchObject({ message: 'the item of the link is not one that this project writes' });
    expect(isAwsFailure(error)).toBe(false);
  });
});

describe('a link in a real table', () => {
  let table: TableEngine;
  beforeAll(async () => {
    table = await startTable();
  });
  afterAll(() => table.close());

  const store = (link: StoredLink) => storeLink(table.client, table.tableName, link);
  const redeem = (link: StoredLink, nowSeconds = 1_000) =>
    redeemLink(table.client, table.tableName, link.linkId, nowSeconds);
  const read = async (link: StoredLink) =>
    (await table.client.send(new GetItemCommand({ TableName: table.tableName, Key: { nonce_id: { S: link.linkId } } })))
      .Item;

  test('opens once, with the record that was stored, and is gone from the table', async () => {
    await store(LINK);

    const opened = await redeem(LINK);

    expect(opened.outcome === 'opened' && unsealDestination(NONCE, opened.sealed)).toEqual(storedUrl(URL_OF_OBJECT));
    expect(await read(LINK)).toBeUndefined();
    expect(await redeem(LINK)).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('that was never made is unknown', async () => {
    expect(await redeem(linkNumber(1))).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('opens for exactly one of 200 simultaneous openers', async () => {
    const contested = linkNumber(2);
    await store(contested);

    const outcomes = await Promise.all(Array.from({ length: 200 }, () => redeem(contested)));

    expect(outcomes.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'unknown_or_spent')).toHaveLength(199);
  });

  test('opens in the last second before its expiry', async () => {
    await store(linkNumber(3, 2_000));

    expect(await redeem(linkNumber(3), 1_999)).toMatchObject({ outcome: 'opened' });
  });

  test.each([2_000, 2_001, 1_000_000])(
    'that expires at second 2000 does not open at second %i, and stays',
    async (now) => {
      await store(linkNumber(4, 2_000));

      expect(await redeem(linkNumber(4), now)).toEqual({ outcome: 'expired' });
      expect(await read(linkNumber(4))).toBeDefined();
    },
  );

  test('counts as expired, and does not open, where its opener reckons in milliseconds by mistake', async () => {
    await store(linkNumber(5, 2_000));

    expect(await redeem(linkNumber(5), 1_000 * 1_000)).toEqual({ outcome: 'expired' });
  });

  const find = (link: StoredLink, nowSeconds = 1_000) =>
    findLink(table.client, table.tableName, link.linkId, nowSeconds);
  const revoke = (link: StoredLink, nowSeconds = 1_000) =>
    revokeLink(table.client, table.tableName, link.linkId, nowSeconds);

  test('is seen while it is open, to the second, with nothing of what it leads to', async () => {
    const link = linkNumber(8, 2_000);
    await store(link);

    expect(await find(link, 1_999)).toEqual({
      outcome: 'open',
      link: { linkId: link.linkId, expiresAtSeconds: 2_000, createdBy: LINK.createdBy },
    });
    expect(await find(link, 2_000)).toEqual({ outcome: 'expired' });
    expect(await redeem(link)).toMatchObject({ outcome: 'opened' });
    expect(await find(link)).toEqual({ outcome: 'unknown_or_spent' });
    expect(await find(linkNumber(9))).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('that is revoked opens for nobody, and is revoked once', async () => {
    const link = linkNumber(10);
    await store(link);

    expect(await revoke(link)).toEqual({ outcome: 'revoked' });
    expect(await redeem(link)).toEqual({ outcome: 'unknown_or_spent' });
    expect(await revoke(link)).toEqual({ outcome: 'unknown_or_spent' });
    expect(await read(link)).toBeUndefined();
  });

  test('that is spent, expired or unknown cannot be revoked', async () => {
    const [spent, expired] = [linkNumber(11), linkNumber(12, 2_000)];
    await store(spent);
    await store(expired);
    await redeem(spent);

    expect(await revoke(spent)).toEqual({ outcome: 'unknown_or_spent' });
    expect(await revoke(expired, 2_000)).toEqual({ outcome: 'expired' });
    expect(await revoke(linkNumber(13))).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('goes to one of 100 openers and a revocation that come at the same moment', async () => {
    for (let number = 20; number < 30; number++) {
      const contested = linkNumber(number);
      await store(contested);

      const attempts = Array.from({ length: 100 }, (_, index) =>
        index === 50 ? revoke(contested) : redeem(contested),
      );
      const won = (await Promise.all(attempts)).filter(({ outcome }) => outcome !== 'unknown_or_spent');

      expect(won).toHaveLength(1);
    }
  });

  test('does not open another link', async () => {
    await store(linkNumber(6));
    await store(linkNumber(7));

    await redeem(linkNumber(6));

    expect(await read(linkNumber(7))).toBeDefined();
  });
});

describe('a link in a real table, where the first try fails', () => {
  let table: TableEngine;
  const sender = new NodeHttpHandler();
  beforeAll(async () => {
    table = await startTable();
  });
  afterAll(async () => {
    sender.destroy();
    await table.close();
  });

  type Handle = NodeHttpHandler['handle'];
  type Try = (send: () => ReturnType<Handle>) => ReturnType<Handle>;

  /** A client whose first try goes as it is told. */
  function clientWith(firstTry: Try): { client: DynamoDBClient; tries: () => number } {
    let tries = 0;
    const handle = async (...call: Parameters<Handle>): ReturnType<Handle> => {
      const send = () => sender.handle(...call);
      return tries++ === 0 ? await firstTry(send) : await send();
    };
    const client = tableClient({
      endpoint: table.endpoint,
      region: 'us-east-1',
      credentials: ROLE,
      requestHandler: { handle },
    });
    return { client, tries: () => tries };
  }

  const answering =
    (statusCode: number, body: string): Try =>
    async () => ({
      response: new HttpResponse({ statusCode, headers: {}, body: Readable.from([Buffer.from(body)]) }),
    });
  const failing =
    (code: string, name = 'Error'): Try =>
    async () => {
      throw Object.assign(new Error(code), { code, name });
    };
  const applied =
    (then: Try): Try =>
    async (send) => {
      await send();
      return await then(send);
    };
  const lost = failing('ECONNRESET', 'TimeoutError');
  const throttled = answering(400, '{"__type":"com.amazon.coral.availability#ThrottlingException"}');
  const broken = answering(500, '{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}');
  const unreadable = answering(200, '<!doctype html>');

  test.each<[string, Try, string]>([
    ['cut off after the link was gone', applied(lost), 'lost_reply'],
    ['answered with 500 though the link was gone', applied(broken), 'lost_reply'],
    ['not answered by DynamoDB though the link was gone', applied(unreadable), 'lost_reply'],
    ['throttled', throttled, 'opened'],
    ['refused a connection', failing('ECONNREFUSED'), 'opened'],
    ['cut off before', lost, 'opened'],
  ])('when a fresh link is redeemed: %s', async (_, firstTry, outcome) => {
    const { client, tries } = clientWith(firstTry);
    const link = linkNumber(95);
    await storeLink(table.client, table.tableName, link);

    expect(await redeemLink(client, table.tableName, link.linkId, 1_000)).toMatchObject({ outcome });
    expect(tries()).toBe(2);
  });

  test.each<[string, Try, string]>([
    ['throttled, which applies nothing', throttled, 'unknown_or_spent'],
    ['refused a connection, which sends nothing', failing('ECONNREFUSED'), 'unknown_or_spent'],
    ['cut off, which says nothing', lost, 'lost_reply'],
    ['answered with 500, which says nothing', broken, 'lost_reply'],
  ])('when a link that is not there is redeemed: %s', async (_, firstTry, outcome) => {
    const { client, tries } = clientWith(firstTry);

    expect(await redeemLink(client, table.tableName, linkNumber(94).linkId, 1_000)).toEqual({ outcome });
    expect(tries()).toBe(2);
  });

  test.each<[string, Try, string]>([
    ['cut off after the link was gone', applied(lost), 'lost_reply'],
    ['answered with 500 though the link was gone', applied(broken), 'lost_reply'],
    ['throttled', throttled, 'revoked'],
    ['cut off before', lost, 'revoked'],
  ])('when a link is revoked: %s', async (_, firstTry, outcome) => {
    const { client, tries } = clientWith(firstTry);
    const link = linkNumber(93);
    await storeLink(table.client, table.tableName, link);

    expect(await revokeLink(client, table.tableName, link.linkId, 1_000)).toEqual({ outcome });
    expect(tries()).toBe(2);
  });

  test('when a link is revoked, and opened between two tries, nobody is told that it was revoked', async () => {
    const link = linkNumber(92);
    await storeLink(table.client, table.tableName, link);
    const { client } = clientWith(async (send) => {
      expect(await redeemLink(table.client, table.tableName, link.linkId, 1_000)).toMatchObject({ outcome: 'opened' });
      return await lost(send);
    });

    expect(await revokeLink(client, table.tableName, link.linkId, 1_000)).toEqual({ outcome: 'lost_reply' });
  });

  test('when an expired link is redeemed, and no answer came, it is expired: the item is still there', async () => {
    await storeLink(table.client, table.tableName, linkNumber(98));

    expect(await redeemLink(clientWith(lost).client, table.tableName, linkNumber(98).linkId, 2_000)).toEqual({
      outcome: 'expired',
    });
  });

  test.each<[string, Try]>([
    ['throttled', throttled],
    ['refused a connection', failing('ECONNREFUSED')],
  ])('when a link is stored: %s, and tried again', async (_, firstTry) => {
    const { client, tries } = clientWith(firstTry);

    await storeLink(client, table.tableName, linkNumber(97));

    expect(tries()).toBe(2);
  });

  test.each<[string, Try]>([
    ['cut off', lost],
    ['answered by somebody else', unreadable],
    ['answered with 500', broken],
  ])('when a link is stored: %s, and not tried again, as it may be stored late', async (_, firstTry) => {
    const { client, tries } = clientWith(firstTry);

    const error = await failureOf(storeLink(client, table.tableName, linkNumber(96)));

    expect(error).toMatchObject({ name: 'UnansweredPutError', $metadata: { attempts: 1 } });
    expect(isAwsFailure(error)).toBe(true);
    expect(tries()).toBe(1);
  });
});

describe('a table that does not answer', () => {
  let silent: Server;
  let client: DynamoDBClient;
  beforeEach(async () => {
    silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const endpoint = `http://127.0.0.1:${port}`;
    client = tableClient({ endpoint, region: 'us-east-1', credentials: ROLE });
  });
  afterEach(() => {
    client.destroy();
    silent.close();
  });

  test('is an outage to our eyes where nobody listens', async () => {
    await promisify(silent.close.bind(silent))();

    const error = await failureOf(redeemLink(client, 'links', LINK.linkId, 1_000));

    expect(String(error)).toContain('ECONNREFUSED');
    expect(error).toMatchObject({ $metadata: { attempts: 3 } });
    expect(isAwsFailure(error)).toBe(true);
  });

  test('is given up within the 5 seconds that the authorizer has, where it takes the call and stays silent', async () => {
    const started = performance.now();

    const error = await failureOf(redeemLink(client, 'links', LINK.linkId, 1_000));

    expect(performance.now() - started).toBeLessThan(5_000);
    expect(error).toMatchObject({ name: 'TimeoutError', $metadata: { attempts: 3 } });
    expect(isAwsFailure(error)).toBe(true);
  });
});
