import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import aws4 from 'aws4';
import { type DynamoDbOptions, startDynamoDb } from '../../../emulator/dynamodb/server';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import type { LocalService } from '../../../emulator/loopback';
import { send } from '../../support/http';
import { allow, byAccessKey, failureOf, principal } from '../support';

const TABLE = {
  name: 'links',
  arn: 'arn:aws:dynamodb:us-east-1:123456789012:table/links',
  partitionKey: { name: 'nonce_id', type: 'S' },
} as const;
const OWNER = principal('OWNER', allow('dynamodb:*'));
const REDEEMER = { ...principal('REDEEMER', allow('dynamodb:DeleteItem', TABLE.arn)), sessionToken: 't'.repeat(1_100) };
const CONDITION = {
  ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
  ExpressionAttributeValues: { ':now': { N: '1000' } },
};

function options(more: Partial<DynamoDbOptions> = {}): DynamoDbOptions {
  const principals = byAccessKey(OWNER, REDEEMER);
  return { tables: [TABLE], port: 0, region: 'us-east-1', principals, now: () => new Date(), ...more };
}

function connect({ endpoint }: LocalService, credentials: Principal = OWNER): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

function item(id: string, expiresAt = 2_000): Record<string, AttributeValue> {
  return { nonce_id: { S: id }, expires_at: { N: String(expiresAt) } };
}

function keyOf(id: string) {
  return { TableName: 'links', Key: { nonce_id: { S: id } } };
}

async function itemOf(client: DynamoDBClient, id: string): Promise<unknown> {
  return (await client.send(new GetItemCommand(keyOf(id)))).Item;
}

function put(client: DynamoDBClient, id: string, expiresAt?: number): Promise<unknown> {
  return client.send(new PutItemCommand({ TableName: 'links', Item: item(id, expiresAt) }));
}

function redeem(client: DynamoDBClient, id: string) {
  const returned = { ReturnValues: 'ALL_OLD', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  return client.send(new DeleteItemCommand({ ...keyOf(id), ...CONDITION, ...returned }));
}

describe('the local DynamoDB', () => {
  const calls: AwsCall[] = [];
  let service: LocalService;
  let owner: DynamoDBClient;
  let redeemer: DynamoDBClient;

  beforeAll(async () => {
    service = await startDynamoDb(options({ onCall: (call) => calls.push(call) }));
    owner = connect(service);
    redeemer = connect(service, REDEEMER);
  });
  afterAll(async () => {
    owner.destroy();
    redeemer.destroy();
    await service.close();
  });

  /**
   * Sends a request that the SDK would not send, signed by aws4.
   *
   * @param remove header to omit
   * @param add header to add
   */
  async function sendRaw(operation: string, body: string, change: { remove?: string; add?: [string, string] } = {}) {
    const target = `DynamoDB_20120810.${operation}`;
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
    const { host } = new URL(service.endpoint);
    const request = { host, service: 'dynamodb', region: 'us-east-1', method: 'POST', path: '/', body, headers };
    const signed = Object.entries(aws4.sign(request, OWNER).headers ?? {}).filter(([name]) => name !== change.remove);
    const sent = Object.fromEntries([...signed, ...(change.add ? [change.add] : [])]) as Record<string, string>;
    const response = await send(`${service.endpoint}/`, { method: 'POST', headers: sent, body });
    return { ...response, body: JSON.parse(response.body) };
  }

  test('stores, returns, lists and deletes items', async () => {
    await put(owner, 'kept');
    expect(await itemOf(owner, 'kept')).toEqual(item('kept'));
    const { Items } = await owner.send(new ScanCommand({ TableName: 'links' }));
    expect(Items).toContainEqual(item('kept'));
    expect((await redeem(owner, 'kept')).Attributes).toEqual(item('kept'));
  });

  test('describes the table, including its ARN in the template', async () => {
    const { Table } = await owner.send(new DescribeTableCommand({ TableName: 'links' }));
    expect(Table).toMatchObject({ TableArn: TABLE.arn, TableStatus: 'ACTIVE' });
  });

  test('applies exactly one of 500 simultaneous conditional deletes', async () => {
    await put(owner, 'contested');
    const results = await Promise.allSettled(Array.from({ length: 500 }, () => redeem(redeemer, 'contested')));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won.map((result) => result.value.Attributes)).toEqual([item('contested')]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost.every((result) => result.reason instanceof ConditionalCheckFailedException)).toBe(true);
  });

  test('returns the item that failed the condition of a delete', async () => {
    await put(owner, 'expired', 500);
    const error = await failureOf(redeem(redeemer, 'expired'));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: item('expired', 500), message: 'The conditional request failed' });
  });

  test('returns no item if none exists, or if the request does not ask for it', async () => {
    expect(await failureOf(redeem(redeemer, 'absent'))).not.toHaveProperty('Item', expect.anything());
    await put(owner, 'quiet', 500);
    const silent = new DeleteItemCommand({ ...keyOf('quiet'), ...CONDITION });
    const error = await failureOf(owner.send(silent));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).not.toHaveProperty('Item', expect.anything());
  });

  test('returns the item that failed the condition of a put', async () => {
    await put(owner, 'taken', 700);
    const command = new PutItemCommand({
      TableName: 'links',
      Item: item('taken'),
      ConditionExpression: 'attribute_not_exists(nonce_id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(await failureOf(owner.send(command))).toMatchObject({ Item: item('taken', 700) });
  });

  test('refuses calls that the policy does not allow, with the same message as AWS', async () => {
    const error = await failureOf(put(redeemer, 'forbidden'));
    expect(error).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } });
    expect(String(error)).toContain(
      `User: arn:REDEEMER is not authorized to perform: dynamodb:PutItem on resource: ${TABLE.arn} because no identity-based policy allows`,
    );
    expect(await itemOf(owner, 'forbidden')).toBeUndefined();
  });

  test('reports allowed calls', async () => {
    calls.length = 0;
    await failureOf(put(redeemer, 'reported'));
    await failureOf(redeem(redeemer, 'reported'));
    expect(calls).toEqual([{ principalArn: 'arn:REDEEMER', action: 'dynamodb:DeleteItem', resource: TABLE.arn }]);
  });

  test('refuses a wrong secret, an unknown key and a wrong token', async () => {
    const nameFor = async (change: Partial<Principal>): Promise<unknown> => {
      const client = connect(service, { ...REDEEMER, ...change });
      const error = await failureOf(redeem(client, 'x'));
      client.destroy();
      return error instanceof Error ? error.name : error;
    };
    expect(await nameFor({ secretAccessKey: 'guess' })).toBe('InvalidSignatureException');
    expect(await nameFor({ accessKeyId: 'NOBODY' })).toBe('UnrecognizedClientException');
    expect(await nameFor({ sessionToken: 'guess' })).toBe('UnrecognizedClientException');
  });

  test('refuses an unsigned request', async () => {
    const { status, headers, body } = await sendRaw('Scan', '{"TableName":"links"}', { remove: 'Authorization' });
    expect(status).toBe(400);
    expect(body).toMatchObject({ __type: 'com.amazon.coral.service#MissingAuthenticationTokenException' });
    expect(headers['x-amzn-requestid']).toEqual(expect.any(String));
  });

  test('refuses unsupported operations', async () => {
    const error = await failureOf(owner.send(new ListTablesCommand({})));
    expect(error).toMatchObject({ name: 'UnknownOperationException' });
    expect(String(error)).toContain('does not support DynamoDB_20120810.ListTables');
  });

  test.each([
    ['a parameter that dynalite ignores', 'DeleteItem', { ReturnItemCollectionMetrics: 'SIZE' }, /ReturnItemColl/],
    ['a parameter of another operation', 'GetItem', { ReturnValues: 'NONE' }, /ReturnValues of GetItem/],
    ['a value that dynalite ignores', 'DeleteItem', { ReturnValues: 'ALL_NEW' }, /ReturnValues/],
    [
      'a value of UpdateItem',
      'UpdateItem',
      { ReturnValues: 'UPDATED_NEW' },
      /ReturnValues: only NONE, ALL_OLD, ALL_NEW/,
    ],
    ['the predecessor of UpdateExpression', 'UpdateItem', { AttributeUpdates: {} }, /AttributeUpdates of UpdateItem/],
    ['a projection of Query', 'Query', { IndexName: 'i', ProjectionExpression: 'a' }, /ProjectionExpression of Query/],
    ['a filter of Query', 'Query', { FilterExpression: 'a = b' }, /FilterExpression of Query/],
    [
      'a parameter of a table in BatchGetItem',
      'BatchGetItem',
      { RequestItems: { links: { Keys: [], AttributesToGet: ['sealed'] } } },
      /AttributesToGet of BatchGetItem/,
    ],
  ])('refuses %s', async (_, operation, parameters, message) => {
    const { status, body } = await sendRaw(operation, JSON.stringify(parameters));
    expect(status).toBe(400);
    expect(body['__type']).toMatch(/#ValidationException$/);
    expect(body['message']).toMatch(message);
    expect(body['message']).toContain('local emulator does not support');
  });

  test('refuses unknown tables, broken JSON and bodies larger than a megabyte', async () => {
    expect((await sendRaw('Scan', '{"TableName":"other"}')).body['__type']).toMatch(/#ResourceNotFoundException$/);
    expect((await sendRaw('Scan', '{"TableName"')).body['__type']).toMatch(/#SerializationException$/);
    expect((await sendRaw('Scan', '[]')).body['__type']).toMatch(/#SerializationException$/);
    const { status, body } = await sendRaw('PutItem', ' '.repeat(1024 * 1024 + 1));
    expect([status, body['__type']]).toEqual([413, expect.stringMatching(/#RequestEntityTooLargeException$/)]);
  });

  test('refuses a body that does not match its declared hash', async () => {
    const hash = createHash('sha256').update('other').digest('hex');
    const { body } = await sendRaw('Scan', '{"TableName":"links"}', { add: ['x-amz-content-sha256', hash] });
    expect(body['__type']).toMatch(/#InvalidSignatureException$/);
  });

  test('returns the validation errors of dynalite', async () => {
    const command = new PutItemCommand({ TableName: 'links', Item: { wrong: { S: 'key' } } });
    expect(await failureOf(owner.send(command))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('the data directory', () => {
  let dataDirectory: string;
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'dynamodb-test-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true, force: true }));

  /** Runs a service on the directory during `use`. */
  async function withService<T>(
    more: Partial<DynamoDbOptions>,
    use: (client: DynamoDBClient) => Promise<T>,
  ): Promise<T> {
    const service = await startDynamoDb(options({ dataDirectory, ...more }));
    const client = connect(service);
    try {
      return await use(client);
    } finally {
      client.destroy();
      await service.close();
    }
  }

  test('keeps items across restarts', async () => {
    await withService({}, (client) => put(client, 'old'));
    const found = await withService({}, (client) => redeem(client, 'old'));
    expect(found.Attributes).toEqual(item('old'));
  });

  test('is refused if a table in it has a different key', async () => {
    await withService({}, (client) => put(client, 'old'));
    const tables = [{ ...TABLE, partitionKey: { name: 'other', type: 'N' as const } }];
    await expect(withService({ tables }, async () => {})).rejects.toThrow(/Table links .* different key/);
    await expect(withService({}, (client) => redeem(client, 'old'))).resolves.toBeDefined();
  });

  test('is refused if another service uses it', async () => {
    await withService({}, async () => {
      await expect(withService({}, async () => {})).rejects.toThrow(/Does another emulator use them/);
    });
  });
});

test('keys can be added after the start', async () => {
  const principals = new Map<string, Principal>();
  const service = await startDynamoDb(options({ principals }));
  const client = connect(service);
  expect(await failureOf(put(client, 'a'))).toMatchObject({ name: 'UnrecognizedClientException' });
  principals.set(OWNER.accessKeyId, OWNER);
  expect(await failureOf(put(client, 'a'))).toBeUndefined();
  client.destroy();
  await service.close();
});

test('a port in use is refused', async () => {
  const first = await startDynamoDb(options());
  const port = Number(new URL(first.endpoint).port);
  await expect(startDynamoDb(options({ port }))).rejects.toThrow(/EADDRINUSE/);
  await first.close();
});
