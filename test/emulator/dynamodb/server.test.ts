import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import aws4 from 'aws4';
import { type DynamoDbOptions, startDynamoDb } from '../../../emulator/dynamodb/server';
import { parseStatement } from '../../../emulator/iam/policy';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import type { LocalService } from '../../../emulator/loopback';

const TABLE = {
  name: 'links',
  arn: 'arn:aws:dynamodb:us-east-1:123456789012:table/links',
  partitionKey: { name: 'nonce_id', type: 'S' },
} as const;
const ALL = parseStatement({ Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' }, 'test');
const DELETE_ONLY = parseStatement({ Effect: 'Allow', Action: 'dynamodb:DeleteItem', Resource: TABLE.arn }, 'test');
const OWNER: Principal = { arn: 'arn:owner', accessKeyId: 'OWNER', secretAccessKey: 'owner-secret', statements: [ALL] };
const REDEEMER: Principal = {
  arn: 'arn:redeemer',
  accessKeyId: 'REDEEMER',
  secretAccessKey: 'redeemer-secret',
  sessionToken: 't'.repeat(1_100),
  statements: [DELETE_ONLY],
};
const CONDITION = {
  ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
  ExpressionAttributeValues: { ':now': { N: '1000' } },
};

function options(more: Partial<DynamoDbOptions> = {}): DynamoDbOptions {
  const principals = new Map([OWNER, REDEEMER].map((principal) => [principal.accessKeyId, principal]));
  return { tables: [TABLE], port: 0, region: 'us-east-1', principals, now: () => new Date(), ...more };
}

function connect({ endpoint }: LocalService, credentials: Principal = OWNER): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

function item(id: string, expiresAt = 2_000): Record<string, AttributeValue> {
  return { nonce_id: { S: id }, expires_at: { N: String(expiresAt) } };
}

function put(client: DynamoDBClient, id: string, expiresAt?: number): Promise<unknown> {
  return client.send(new PutItemCommand({ TableName: 'links', Item: item(id, expiresAt) }));
}

function redeem(client: DynamoDBClient, id: string) {
  const key = { TableName: 'links', Key: { nonce_id: { S: id } } };
  return client.send(
    new DeleteItemCommand({
      ...key,
      ...CONDITION,
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
  );
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
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

  /** Sends what the SDK would not: any operation, parameters and headers, signed by aws4. */
  async function send(operation: string, body: string, change: (headers: Record<string, string>) => void = () => {}) {
    const target = `DynamoDB_20120810.${operation}`;
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
    const { host } = new URL(service.endpoint);
    const signed = aws4.sign(
      { host, service: 'dynamodb', region: 'us-east-1', method: 'POST', path: '/', body, headers },
      OWNER,
    );
    const sent = signed.headers as Record<string, string>;
    change(sent);
    return new Promise<{ status: number | undefined; body: Record<string, string>; requestId: unknown }>(
      (resolve, reject) => {
        const outgoing = request(service.endpoint, { method: 'POST', headers: sent }, async (response) => {
          const answer = JSON.parse(await text(response));
          resolve({ status: response.statusCode, body: answer, requestId: response.headers['x-amzn-requestid'] });
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      },
    );
  }

  test('keeps, reads, lists and deletes items', async () => {
    await put(owner, 'kept');
    const { Item } = await owner.send(new GetItemCommand({ TableName: 'links', Key: { nonce_id: { S: 'kept' } } }));
    expect(Item).toEqual(item('kept'));
    const { Items } = await owner.send(new ScanCommand({ TableName: 'links' }));
    expect(Items).toContainEqual(item('kept'));
    expect((await redeem(owner, 'kept')).Attributes).toEqual(item('kept'));
  });

  test('describes the table under the ARN of the template', async () => {
    const { Table } = await owner.send(new DescribeTableCommand({ TableName: 'links' }));
    expect(Table).toMatchObject({ TableArn: TABLE.arn, TableStatus: 'ACTIVE' });
  });

  test('lets exactly one of 500 simultaneous conditional deletes win', async () => {
    await put(owner, 'contested');
    const results = await Promise.allSettled(Array.from({ length: 500 }, () => redeem(redeemer, 'contested')));
    const won = results.filter((result) => result.status === 'fulfilled');
    expect(won.map((result) => result.value.Attributes)).toEqual([item('contested')]);
    const lost = results.filter((result) => result.status === 'rejected');
    expect(lost.every((result) => result.reason instanceof ConditionalCheckFailedException)).toBe(true);
  });

  test('gives the item that failed the condition to a delete that asks for it', async () => {
    await put(owner, 'expired', 500);
    const error = await failureOf(redeem(redeemer, 'expired'));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).toMatchObject({ Item: item('expired', 500), message: 'The conditional request failed' });
  });

  test('gives no item where there is none, or where none is asked for', async () => {
    expect(await failureOf(redeem(redeemer, 'absent'))).not.toHaveProperty('Item', expect.anything());
    await put(owner, 'quiet', 500);
    const silent = new DeleteItemCommand({ TableName: 'links', Key: { nonce_id: { S: 'quiet' } }, ...CONDITION });
    const error = await failureOf(owner.send(silent));
    expect(error).toBeInstanceOf(ConditionalCheckFailedException);
    expect(error).not.toHaveProperty('Item', expect.anything());
  });

  test('gives the item that is in the way of a put', async () => {
    await put(owner, 'taken', 700);
    const command = new PutItemCommand({
      TableName: 'links',
      Item: item('taken'),
      ConditionExpression: 'attribute_not_exists(nonce_id)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    expect(await failureOf(owner.send(command))).toMatchObject({ Item: item('taken', 700) });
  });

  test('refuses what the policy does not allow, in the words of AWS', async () => {
    const error = await failureOf(put(redeemer, 'forbidden'));
    expect(error).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } });
    expect(String(error)).toContain(
      `User: arn:redeemer is not authorized to perform: dynamodb:PutItem on resource: ${TABLE.arn} because no identity-based policy allows`,
    );
    const { Item } = await owner.send(
      new GetItemCommand({ TableName: 'links', Key: { nonce_id: { S: 'forbidden' } } }),
    );
    expect(Item).toBeUndefined();
  });

  test('reports each call that it let through, and no other', async () => {
    calls.length = 0;
    await failureOf(put(redeemer, 'reported'));
    await failureOf(redeem(redeemer, 'reported'));
    expect(calls).toEqual([{ principalArn: 'arn:redeemer', action: 'dynamodb:DeleteItem', resource: TABLE.arn }]);
  });

  test('refuses a wrong secret, an unknown key and a missing token', async () => {
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
    const { status, body, requestId } = await send('Scan', '{"TableName":"links"}', (headers) => {
      for (const name of Object.keys(headers)) {
        if (/^authorization$/i.test(name)) {
          delete headers[name];
        }
      }
    });
    expect(status).toBe(400);
    expect(body).toMatchObject({ __type: 'com.amazon.coral.service#MissingAuthenticationTokenException' });
    expect(requestId).toEqual(expect.any(String));
  });

  test('refuses operations that it does not know', async () => {
    const query = new QueryCommand({ TableName: 'links', KeyConditionExpression: 'nonce_id = :a' });
    const error = await failureOf(owner.send(query));
    expect(error).toMatchObject({ name: 'UnknownOperationException' });
    expect(String(error)).toContain('does not support DynamoDB_20120810.Query');
  });

  test.each([
    [
      'a parameter that dynalite ignores',
      'DeleteItem',
      { Key: {}, ReturnItemCollectionMetrics: 'SIZE' },
      /ReturnItemColl/,
    ],
    ['a parameter of another operation', 'GetItem', { Key: {}, ReturnValues: 'NONE' }, /ReturnValues of GetItem/],
    ['a value that dynalite ignores', 'DeleteItem', { Key: {}, ReturnValues: 'ALL_NEW' }, /ReturnValues/],
  ])('refuses %s', async (_, operation, parameters, message) => {
    const { status, body } = await send(operation, JSON.stringify({ TableName: 'links', ...parameters }));
    expect(status).toBe(400);
    expect(body['__type']).toMatch(/#ValidationException$/);
    expect(body['message']).toMatch(message);
    expect(body['message']).toContain('local emulator does not support');
  });

  test('refuses unknown tables, broken JSON and bodies over a megabyte', async () => {
    expect((await send('Scan', '{"TableName":"other"}')).body['__type']).toMatch(/#ResourceNotFoundException$/);
    expect((await send('Scan', '{"TableName"')).body['__type']).toMatch(/#SerializationException$/);
    expect((await send('Scan', '[]')).body['__type']).toMatch(/#SerializationException$/);
    const { status, body } = await send('PutItem', ' '.repeat(1024 * 1024 + 1));
    expect([status, body['__type']]).toEqual([413, expect.stringMatching(/#RequestEntityTooLargeException$/)]);
  });

  test('refuses a body that was changed on its way', async () => {
    const other = createHash('sha256').update('other').digest('hex');
    const { body } = await send('Scan', '{"TableName":"links"}', (headers) => {
      headers['x-amz-content-sha256'] = other;
    });
    expect(body['__type']).toMatch(/#InvalidSignatureException$/);
  });

  test('passes the validation errors of the engine on', async () => {
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

  test('is refused if a table in it has another key than the template says', async () => {
    await withService({}, (client) => put(client, 'old'));
    const tables = [{ ...TABLE, partitionKey: { name: 'other', type: 'N' as const } }];
    await expect(withService({ tables }, async () => {})).rejects.toThrow(/Table links .* different key/);
    await expect(withService({}, (client) => redeem(client, 'old'))).resolves.toBeDefined();
  });
});

test('a data directory that another emulator uses is refused', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'dynamodb-test-'));
  const first = await startDynamoDb(options({ dataDirectory }));
  await expect(startDynamoDb(options({ dataDirectory }))).rejects.toThrow(/Does another emulator use them/);
  await first.close();
  await rm(dataDirectory, { recursive: true });
});

test('keys that come after the start are known', async () => {
  const principals = new Map<string, Principal>();
  const service = await startDynamoDb(options({ principals }));
  const client = connect(service);
  expect(await failureOf(put(client, 'a'))).toMatchObject({ name: 'UnrecognizedClientException' });
  principals.set(OWNER.accessKeyId, OWNER);
  expect(await failureOf(put(client, 'a'))).toBeUndefined();
  client.destroy();
  await service.close();
});

test('a port in use is reported, and nothing is left running', async () => {
  const first = await startDynamoDb(options());
  const port = Number(new URL(first.endpoint).port);
  await expect(startDynamoDb(options({ port }))).rejects.toThrow(/EADDRINUSE/);
  await first.close();
});
