import { Readable } from 'node:stream';
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  InternalServerError,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { mockClient } from 'aws-sdk-client-mock';
import {
  findLink,
  redeemLink,
  revokeLink,
  STORE_CLIENT_SETTINGS,
  type StoredLink,
  storeLink,
} from '../../../lambda/aws/link-table';
import { tableClient } from '../../../lambda/aws/table-client';
import { linkIdOf } from '../../../lambda/link/nonce';
import { sealDestination, unsealDestination } from '../../../lambda/link/sealed-destination';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { ROLE_CREDENTIALS, startTable, type TableEngine } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { nonceNumber, presignedUrl, sessionToken, storedUrl } from '../support/samples';

const DESTINATION = storedUrl(presignedUrl({ token: sessionToken(1_100) }));

function linkNumber(number: number, expiresAtSeconds = 2_000): StoredLink {
  const nonce = nonceNumber(number);
  return {
    linkId: linkIdOf(nonce),
    sealed: sealDestination(nonce, DESTINATION),
    expiresAtSeconds,
    createdBy: 'arn:aws:iam::123456789012:user/jane',
  };
}

describe('the request to DynamoDB', () => {
  const LINK = linkNumber(0);
  const dynamoDb = mockClient(DynamoDBDocumentClient);
  const links = { client: tableClient({ region: 'us-east-1' }), name: 'links' };
  afterEach(() => dynamoDb.reset());
  afterAll(() => dynamoDb.restore());

  const redeem = () => redeemLink(links, LINK.linkId, 1_000);

  test('that stores a link is one put of four attributes, none of which redeems it', async () => {
    dynamoDb.on(PutCommand).resolves({});

    await storeLink(links, LINK);

    expect(dynamoDb.calls()).toHaveLength(1);
    expect(dynamoDb.commandCalls(PutCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Item: {
        nonce_id: LINK.linkId,
        sealed: LINK.sealed,
        expires_at: 2_000,
        created_by: 'arn:aws:iam::123456789012:user/jane',
      },
    });
  });

  test('that redeems a link is one conditional delete, and so is the one that revokes it', async () => {
    dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK.linkId, sealed: LINK.sealed } });

    expect(await redeem()).toEqual({ outcome: 'opened', sealed: LINK.sealed });
    expect(await revokeLink(links, LINK.linkId, 1_000)).toEqual({ outcome: 'revoked' });

    const [redeemed, revoked, ...more] = dynamoDb.commandCalls(DeleteCommand).map(({ args }) => args[0].input);
    expect(redeemed).toEqual({
      TableName: 'links',
      Key: { nonce_id: LINK.linkId },
      ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
      ExpressionAttributeValues: { ':now': 1_000 },
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(revoked).toEqual(redeemed);
    expect(more).toEqual([]);
  });

  test('that looks up a link is a consistent read without the sealed destination', async () => {
    dynamoDb.on(GetCommand).resolves({ Item: { expires_at: 2_000, created_by: LINK.createdBy } });

    await findLink(links, LINK.linkId, 1_000);

    expect(dynamoDb.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'links',
      Key: { nonce_id: LINK.linkId },
      ProjectionExpression: 'expires_at, created_by',
      ConsistentRead: true,
    });
  });

  test.each([
    [PutCommand, () => storeLink(links, LINK), 2_000],
    [DeleteCommand, () => redeemLink(links, LINK.linkId, 1_000), 4_500],
    [DeleteCommand, () => revokeLink(links, LINK.linkId, 1_000), 4_500],
    [GetCommand, () => findLink(links, LINK.linkId, 1_000), 4_500],
  ])('has a deadline: %p', async (command, call, milliseconds) => {
    const started = jest.spyOn(globalThis, 'setTimeout');
    const cleared = jest.spyOn(globalThis, 'clearTimeout');
    dynamoDb.on(command as typeof GetCommand).resolves({});

    await failureOf(call());

    expect(started.mock.calls).toEqual([[expect.any(Function), milliseconds]]);
    expect(cleared).toHaveBeenCalledWith(started.mock.results[0]?.value);
    const [first] = dynamoDb.calls() as unknown as readonly [{ readonly args: readonly unknown[] }];
    const [, options] = first.args;
    expect(options).toEqual({ abortSignal: expect.any(AbortSignal) });
    started.mockRestore();
    cleared.mockRestore();
  });

  test.each([
    ['no item: the link is unknown or redeemed', undefined, 1, 'unknown_or_spent'],
    ['no item at a retry: the outcome is unknown', undefined, 2, 'lost_reply'],
    ['an item: the link is expired', { nonce_id: { S: LINK.linkId } }, 1, 'expired'],
    ['an item at a retry: the link is expired', { nonce_id: { S: LINK.linkId } }, 2, 'expired'],
  ])('whose condition fails with %s', async (_, item, attempts, outcome) => {
    const error = new ConditionalCheckFailedException({
      message: 'The conditional request failed',
      $metadata: { attempts },
      ...(item && { Item: item }),
    });
    dynamoDb.on(DeleteCommand).rejects(error);

    expect(await redeem()).toEqual({ outcome });
    expect(await revokeLink(links, LINK.linkId, 1_000)).toEqual({ outcome });
  });

  const $metadata = { httpStatusCode: 400, attempts: 3 };
  test.each([
    ['is throttled', new ProvisionedThroughputExceededException({ message: 'slow down', $metadata })],
    ['fails', new InternalServerError({ message: 'oh', $metadata: { httpStatusCode: 500, attempts: 3 } })],
    [
      'is forbidden',
      new DynamoDBServiceException({ name: 'AccessDeniedException', $fault: 'client', message: 'no', $metadata }),
    ],
    ['gets no connection', Object.assign(new Error('connect ECONNREFUSED'), { $metadata: {} })],
    ['is aborted', Object.assign(new Error('Request aborted'), { name: 'AbortError' })],
  ])('that %s throws the SDK’s error, which is an AWS failure', async (_, error) => {
    dynamoDb.on(DeleteCommand).rejects(error);
    dynamoDb.on(PutCommand).rejects(error);

    expect(await failureOf(redeem())).toBe(error);
    expect(await failureOf(storeLink(links, LINK))).toBe(error);
    expect(isAwsFailure(error)).toBe(true);
  });

  test.each([
    ['no attributes', {}, 'the table did not return the deleted item'],
    ['no record', { Attributes: { nonce_id: LINK.linkId } }, 'the deleted item has no sealed record'],
    ['a string for a record', { Attributes: { sealed: 'https://…' } }, 'the deleted item has no sealed record'],
  ])('whose response to a redemption has %s throws a bug', async (_, response, message) => {
    dynamoDb.on(DeleteCommand).resolves(response);

    const error = await failureOf(redeem());

    expect(error).toMatchObject({ message });
    expect(isAwsFailure(error)).toBe(false);
  });

  test.each([
    { created_by: 'jane' },
    { expires_at: '2000', created_by: 'jane' },
    { expires_at: 2_000 },
    { expires_at: 2_000, created_by: 1 },
  ])('that finds the item %j throws a bug', async (item) => {
    dynamoDb.on(GetCommand).resolves({ Item: item });

    const error = await failureOf(findLink(links, LINK.linkId, 1_000));

    expect(error).toMatchObject({ message: 'the item is not a link that this project stores' });
    expect(isAwsFailure(error)).toBe(false);
  });
});

describe('a link in a real table', () => {
  let table: TableEngine;
  beforeAll(async () => {
    // Hundreds of requests at once may take longer than the deadline on a busy machine.
    jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
    table = await startTable();
  });
  afterAll(async () => {
    jest.restoreAllMocks();
    await table.close();
  });

  const store = (link: StoredLink) => storeLink(table.links, link);
  const redeem = (link: StoredLink, nowSeconds = 1_000) => redeemLink(table.links, link.linkId, nowSeconds);
  const revoke = (link: StoredLink, nowSeconds = 1_000) => revokeLink(table.links, link.linkId, nowSeconds);
  const find = (link: StoredLink, nowSeconds = 1_000) => findLink(table.links, link.linkId, nowSeconds);

  test('is redeemed once, with the record that was stored, and is gone from the table', async () => {
    await store(linkNumber(1));

    const redeemed = await redeem(linkNumber(1));

    expect(redeemed.outcome === 'opened' && unsealDestination(nonceNumber(1), redeemed.sealed)).toEqual(DESTINATION);
    expect(await find(linkNumber(1))).toEqual({ outcome: 'unknown_or_spent' });
    expect(await redeem(linkNumber(1))).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('that was never issued is unknown', async () => {
    expect(await redeem(linkNumber(2))).toEqual({ outcome: 'unknown_or_spent' });
    expect(await revoke(linkNumber(2))).toEqual({ outcome: 'unknown_or_spent' });
    expect(await find(linkNumber(2))).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('is redeemed by exactly one of 200 simultaneous readers', async () => {
    await store(linkNumber(3));

    const outcomes = await Promise.all(Array.from({ length: 200 }, () => redeem(linkNumber(3))));

    expect(outcomes.filter(({ outcome }) => outcome === 'opened')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'unknown_or_spent')).toHaveLength(199);
  });

  test('is redeemed in the last second before its expiry', async () => {
    await store(linkNumber(4, 2_000));

    expect(await redeem(linkNumber(4), 1_999)).toMatchObject({ outcome: 'opened' });
  });

  test.each([2_000, 2_001, 1_000_000])(
    'that expires at second 2000 is expired at second %i, and stays',
    async (now) => {
      await store(linkNumber(5, 2_000));

      expect(await redeem(linkNumber(5), now)).toEqual({ outcome: 'expired' });
      expect(await revoke(linkNumber(5), now)).toEqual({ outcome: 'expired' });
      expect(await find(linkNumber(5), now)).toEqual({ outcome: 'expired' });
      expect(await find(linkNumber(5), 1_999)).toEqual({
        outcome: 'open',
        link: { linkId: linkNumber(5).linkId, expiresAtSeconds: 2_000, createdBy: linkNumber(5).createdBy },
      });
    },
  );

  test('that is revoked cannot be redeemed, and is revoked once', async () => {
    await store(linkNumber(6));

    expect(await revoke(linkNumber(6))).toEqual({ outcome: 'revoked' });
    expect(await redeem(linkNumber(6))).toEqual({ outcome: 'unknown_or_spent' });
    expect(await revoke(linkNumber(6))).toEqual({ outcome: 'unknown_or_spent' });
  });

  test('goes to one of 100 simultaneous readers and a revocation', async () => {
    for (let number = 20; number < 23; number++) {
      const contested = linkNumber(number);
      await store(contested);

      const attempts = Array.from({ length: 100 }, (_, index) =>
        index === 50 ? revoke(contested) : redeem(contested),
      );
      const won = (await Promise.all(attempts)).filter(({ outcome }) => outcome !== 'unknown_or_spent');

      expect(won).toHaveLength(1);
    }
  });

  test('stays when another is redeemed', async () => {
    await store(linkNumber(7));
    await store(linkNumber(8));

    await redeem(linkNumber(7));

    expect(await find(linkNumber(8))).toMatchObject({ outcome: 'open' });
  });
});

describe('when the first attempt fails', () => {
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
  type Attempt = (send: () => ReturnType<Handle>) => ReturnType<Handle>;

  /** A client whose first attempt is replaced, and the number of attempts that it made. */
  function clientWith(firstAttempt: Attempt, overrides = {}) {
    let attempts = 0;
    const handle = async (...call: Parameters<Handle>): ReturnType<Handle> => {
      const send = () => sender.handle(...call);
      return attempts++ === 0 ? await firstAttempt(send) : await send();
    };
    const client = tableClient({
      endpoint: table.endpoint,
      region: 'us-east-1',
      credentials: ROLE_CREDENTIALS,
      requestHandler: { handle },
      ...overrides,
    });
    return { links: { client, name: table.links.name }, attempts: () => attempts };
  }

  const respond = (statusCode: number, type: string) => async () => ({
    response: { statusCode, headers: {}, body: Readable.from([Buffer.from(JSON.stringify({ __type: type }))]) },
  });
  const reset = async () => {
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
  };
  const throttled: Attempt = respond(400, 'com.amazon.coral.availability#ThrottlingException');
  const failed: Attempt = respond(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError');
  const appliedThen =
    (attempt: Attempt): Attempt =>
    async (send) => {
      await send();
      return await attempt(send);
    };

  test.each<[string, Attempt, string, string]>([
    ['throttled', throttled, 'opened', 'revoked'],
    ['failed with 500', failed, 'opened', 'revoked'],
    ['reset before the delete', reset, 'opened', 'revoked'],
    ['reset after the delete', appliedThen(reset), 'lost_reply', 'lost_reply'],
    ['failed with 500 after the delete', appliedThen(failed), 'lost_reply', 'lost_reply'],
  ])('%s, a redemption is %s on the second attempt, a revocation %s', async (_, attempt, redeemed, revoked) => {
    const [first, second] = [clientWith(attempt), clientWith(attempt)];

    await storeLink(table.links, linkNumber(40));
    expect(await redeemLink(first.links, linkNumber(40).linkId, 1_000)).toMatchObject({
      outcome: redeemed,
    });
    await storeLink(table.links, linkNumber(40));
    expect(await revokeLink(second.links, linkNumber(40).linkId, 1_000)).toEqual({
      outcome: revoked,
    });

    expect([first.attempts(), second.attempts()]).toEqual([2, 2]);
  });

  test('and a reader redeems the link before the second, the revocation does not claim it', async () => {
    const link = linkNumber(41);
    await storeLink(table.links, link);
    const { links } = clientWith(async () => {
      expect(await redeemLink(table.links, link.linkId, 1_000)).toMatchObject({ outcome: 'opened' });
      return await reset();
    });

    expect(await revokeLink(links, link.linkId, 1_000)).toEqual({ outcome: 'lost_reply' });
  });

  test.each<[string, Attempt, boolean]>([
    ['throttled', throttled, false],
    ['failed with 500', failed, false],
    ['reset', reset, false],
    ['reset after the put', appliedThen(reset), true],
  ])('%s, a put is not repeated: applied late, it would bring a redeemed link back', async (_, attempt, stored) => {
    const { links, attempts } = clientWith(attempt, STORE_CLIENT_SETTINGS);
    const { linkId } = linkNumber(42);

    const error = await failureOf(storeLink(links, linkNumber(42)));

    expect(isAwsFailure(error)).toBe(true);
    expect(attempts()).toBe(1);
    const found = await revokeLink(table.links, linkId, 1_000);
    expect(found.outcome).toBe(stored ? 'revoked' : 'unknown_or_spent');
  });
});
