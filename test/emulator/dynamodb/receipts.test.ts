import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  DeleteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type DynamoDbOptions, startDynamoDb } from '../../../emulator/dynamodb/server';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import type { LocalService } from '../../../emulator/loopback';
import { LINKS, RECEIPTS } from '../../support/tables';
import { allow, byAccessKey, failureOf, principal } from '../support';

const OWNER = principal('OWNER', allow('dynamodb:*'));
const INDEX_READER = principal('INDEX', allow('dynamodb:Query', `${RECEIPTS.arn}/index/by_creator`));
const TABLE_READER = principal('TABLE', allow('dynamodb:*', RECEIPTS.arn));

function options(more: Partial<DynamoDbOptions> = {}): DynamoDbOptions {
  const principals = byAccessKey(OWNER, INDEX_READER, TABLE_READER);
  return { tables: [LINKS, RECEIPTS], port: 0, region: 'us-east-1', principals, now: () => new Date(), ...more };
}

function connect({ endpoint }: LocalService, credentials: Principal): DynamoDBClient {
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

const calls: AwsCall[] = [];
let service: LocalService;
let owner: DynamoDBClient;
let indexReader: DynamoDBClient;
let tableReader: DynamoDBClient;

beforeAll(async () => {
  service = await startDynamoDb(options({ onCall: (call) => calls.push(call) }));
  owner = connect(service, OWNER);
  indexReader = connect(service, INDEX_READER);
  tableReader = connect(service, TABLE_READER);
});
beforeEach(() => {
  calls.length = 0;
});
afterAll(async () => {
  for (const client of [owner, indexReader, tableReader]) {
    client.destroy();
  }
  await service.close();
});

function keyOf(id: string) {
  return { TableName: 'receipts', Key: { link_id: { S: id } } };
}

function putReceipt(id: string, createdBy: string, createdAt: string, more = {}): Promise<unknown> {
  const item = { link_id: { S: id }, created_by: { S: createdBy }, created_at: { S: createdAt }, ...more };
  return owner.send(new PutItemCommand({ TableName: 'receipts', Item: item }));
}

async function update(id: string, input: Partial<UpdateItemCommandInput>) {
  return (await owner.send(new UpdateItemCommand({ ...keyOf(id), ...input }))).Attributes;
}

describe('UpdateItem', () => {
  const REDEEM = {
    UpdateExpression: 'SET redeemed = if_not_exists(redeemed, :redeemed)',
    ConditionExpression: 'attribute_exists(link_id)',
    ReturnValues: 'ALL_NEW',
  } as const;
  const REFUSE = {
    UpdateExpression: 'ADD refused :attempts',
    ConditionExpression: 'attribute_exists(link_id) AND (attribute_not_exists(refused) OR size(refused) < :max)',
    ReturnValues: 'ALL_NEW',
  } as const;

  function redeemedAt(at: string) {
    return { ':redeemed': { M: { at: { S: at } } } };
  }
  function attempts(...values: string[]) {
    return { ':attempts': { SS: values }, ':max': { N: '3' } };
  }

  test('sets an attribute once with if_not_exists, and returns the whole new item', async () => {
    await putReceipt('redeemed', 'ada', '2026-01-01');
    const item = { link_id: { S: 'redeemed' }, created_by: { S: 'ada' }, created_at: { S: '2026-01-01' } };
    const first = await update('redeemed', { ...REDEEM, ExpressionAttributeValues: redeemedAt('first') });
    expect(first).toEqual({ ...item, redeemed: { M: { at: { S: 'first' } } } });
    const second = await update('redeemed', { ...REDEEM, ExpressionAttributeValues: redeemedAt('second') });
    expect(second).toEqual(first);
  });

  test('does not create an item if the condition requires one', async () => {
    const error = await failureOf(update('unknown', { ...REDEEM, ExpressionAttributeValues: redeemedAt('x') }));
    expect(error).toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect((await owner.send(new GetItemCommand(keyOf('unknown')))).Item).toBeUndefined();
  });

  test('without a condition creates a missing item, and returns no old item', async () => {
    const created = await update('created', {
      UpdateExpression: 'ADD refused :attempts',
      ExpressionAttributeValues: { ':attempts': { SS: ['1'] } },
      ReturnValues: 'ALL_OLD',
    });
    expect(created).toBeUndefined();
    const { Item } = await owner.send(new GetItemCommand(keyOf('created')));
    expect(Item).toEqual({ link_id: { S: 'created' }, refused: { SS: ['1'] } });
  });

  test('adds to a set that does not exist yet, and adds no value more than once', async () => {
    await putReceipt('set', 'ada', '2026-01-01');
    expect(await update('set', { ...REFUSE, ExpressionAttributeValues: attempts('1') })).toMatchObject({
      refused: { SS: ['1'] },
    });
    const both = await update('set', { ...REFUSE, ExpressionAttributeValues: attempts('1', '2') });
    expect(both?.['refused']?.SS?.sort()).toEqual(['1', '2']);
  });

  test('compares the size of a set, and returns the item that failed the condition', async () => {
    await putReceipt('full', 'ada', '2026-01-01', { refused: { SS: ['1', '2', '3'] } });
    const error = await failureOf(
      update('full', {
        ...REFUSE,
        ExpressionAttributeValues: attempts('4'),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    expect(error).toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { link_id: { S: 'full' }, refused: { SS: ['1', '2', '3'] } },
    });
  });

  test('loses none of 50 simultaneous additions', async () => {
    await putReceipt('contested', 'ada', '2026-01-01');
    const values = Array.from({ length: 50 }, (_, index) => String(index));
    await Promise.all(
      values.map((value) =>
        update('contested', {
          UpdateExpression: 'ADD refused :attempts',
          ExpressionAttributeValues: { ':attempts': { SS: [value] } },
        }),
      ),
    );
    const { Item } = await owner.send(new GetItemCommand(keyOf('contested')));
    expect(new Set(Item?.['refused']?.SS)).toEqual(new Set(values));
  });

  test.each([
    ['changes the key', 'SET link_id = :v', { S: 'other' }, /part of the key/],
    ['changes an index key to another type', 'SET created_by = :v', { N: '1' }, /Type mismatch for Index Key/],
    ['adds a string', 'ADD refused :v', { S: '1' }, /Incorrect operand type/],
    ['names a reserved word', 'SET redeemed.at = :v', { S: '1' }, /reserved keyword/],
    ['adds an empty set', 'ADD refused :v', { SS: [] }, /may not be empty/],
  ])('that %s is refused', async (_, UpdateExpression, value, message) => {
    const error = await failureOf(
      update('x', { UpdateExpression, ExpressionAttributeValues: { ':v': value as never } }),
    );
    expect(error).toMatchObject({ name: 'ValidationException', message: expect.stringMatching(message) });
  });

  test('needs dynamodb:UpdateItem', async () => {
    const command = new UpdateItemCommand({ ...keyOf('x'), UpdateExpression: 'REMOVE refused' });
    expect(String(await failureOf(indexReader.send(command)))).toContain(
      'not authorized to perform: dynamodb:UpdateItem',
    );
  });
});

describe('Query of an index', () => {
  const QUERY = {
    TableName: 'receipts',
    IndexName: 'by_creator',
    KeyConditionExpression: 'created_by = :creator',
    ExpressionAttributeValues: { ':creator': { S: 'grace' } },
  };
  const query = (input: Partial<QueryCommandInput> = {}) => owner.send(new QueryCommand({ ...QUERY, ...input }));
  const idsOf = (items: Awaited<ReturnType<typeof query>>['Items'] = []) => items.map(({ link_id }) => link_id?.S);

  beforeAll(async () => {
    await putReceipt('one', 'grace', '2026-01-01T00:00:00.000Z', { file_name: { S: 'one.pdf' } });
    await putReceipt('two', 'grace', '2026-01-02T00:00:00.000Z');
    await putReceipt('three', 'grace', '2026-01-03T00:00:00.000Z');
    await putReceipt('four', 'grace', '2026-01-04T00:00:00.000Z');
    await putReceipt('of another creator', 'grace.hopper', '2026-01-02T00:00:00.000Z');
    await owner.send(new PutItemCommand({ TableName: 'receipts', Item: { link_id: { S: 'without index key' } } }));
  });

  test('returns the keys of the table and of the index only (KEYS_ONLY)', async () => {
    const { Items } = await query({ Limit: 1 });
    expect(Items).toEqual([
      { link_id: { S: 'one' }, created_by: { S: 'grace' }, created_at: { S: '2026-01-01T00:00:00.000Z' } },
    ]);
  });

  test('is ordered by the sort key, ascending or descending', async () => {
    expect(idsOf((await query()).Items)).toEqual(['one', 'two', 'three', 'four']);
    expect(idsOf((await query({ ScanIndexForward: false })).Items)).toEqual(['four', 'three', 'two', 'one']);
  });

  test('is continued after the last key of a page, also from the newest to the oldest', async () => {
    const pages: unknown[] = [];
    for await (const page of paginateQuery({ client: owner, pageSize: 3 }, { ...QUERY, ScanIndexForward: false })) {
      pages.push([idsOf(page.Items), page.LastEvaluatedKey]);
    }
    const lastKey = {
      link_id: { S: 'two' },
      created_by: { S: 'grace' },
      created_at: { S: '2026-01-02T00:00:00.000Z' },
    };
    expect(pages).toEqual([
      [['four', 'three', 'two'], lastKey],
      [['one'], undefined],
    ]);
  });

  test('has a last key if the limit is reached, even if no item follows', async () => {
    expect((await query({ Limit: 4 })).LastEvaluatedKey).toMatchObject({ link_id: { S: 'four' } });
    expect((await query({ Limit: 5 })).LastEvaluatedKey).toBeUndefined();
  });

  test('can be limited to a range of the sort key', async () => {
    const { Items } = await query({
      KeyConditionExpression: 'created_by = :creator AND created_at > :after',
      ExpressionAttributeValues: { ':creator': { S: 'grace' }, ':after': { S: '2026-01-03T00:00:00.000Z' } },
    });
    expect(idsOf(Items)).toEqual(['four']);
  });

  test('no longer contains a deleted item', async () => {
    await putReceipt('deleted', 'eve', '2026-01-01');
    await owner.send(new DeleteItemCommand(keyOf('deleted')));
    const ofEve = { ExpressionAttributeValues: { ':creator': { S: 'eve' } } };
    expect((await query(ofEve)).Items).toEqual([]);
  });

  test.each([
    ['an unknown index', { IndexName: 'by_date' }, /does not have the specified index: by_date/],
    ['the start key of another creator', { ExclusiveStartKey: startKey('eve') }, /outside query boundaries/],
    ['an incomplete start key', { ExclusiveStartKey: { link_id: { S: 'a' } } }, /starting key is invalid/],
  ])('is refused for %s', async (_, input, message) => {
    expect(await failureOf(query(input))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  test('needs permission for the index, and not for the table', async () => {
    const { Items } = await indexReader.send(new QueryCommand(QUERY));
    expect(idsOf(Items)).toEqual(['one', 'two', 'three', 'four']);
    expect(calls).toEqual([
      { principalArn: 'arn:INDEX', action: 'dynamodb:Query', resource: `${RECEIPTS.arn}/index/by_creator` },
    ]);
    expect(String(await failureOf(tableReader.send(new QueryCommand(QUERY))))).toContain(
      `dynamodb:Query on resource: ${RECEIPTS.arn}/index/by_creator`,
    );
  });

  function startKey(createdBy: string) {
    return { link_id: { S: 'a' }, created_by: { S: createdBy }, created_at: { S: '2026-01-01' } };
  }
});

test('Query of a table without an index needs permission for the table', async () => {
  await putReceipt('by key', 'ada', '2026-01-01');
  const input = { TableName: 'receipts', KeyConditionExpression: 'link_id = :id' };
  const query = new QueryCommand({ ...input, ExpressionAttributeValues: { ':id': { S: 'by key' } } });
  expect((await tableReader.send(query)).Items).toMatchObject([{ link_id: { S: 'by key' } }]);
  expect(String(await failureOf(indexReader.send(query)))).toContain(`dynamodb:Query on resource: ${RECEIPTS.arn} `);
});

test('PutItem with an empty index key is refused, as on AWS', async () => {
  const error = await failureOf(putReceipt('empty', '', '2026-01-01'));
  expect(error).toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('IndexKey: created_by'),
  });
});

test('DescribeTable returns the ARN of the index in the template', async () => {
  const { Table } = await owner.send(new DescribeTableCommand({ TableName: 'receipts' }));
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([
    { IndexName: 'by_creator', IndexArn: `${RECEIPTS.arn}/index/by_creator` },
  ]);
});

describe('BatchGetItem', () => {
  type Requests = BatchGetItemCommandInput['RequestItems'];
  const get = (RequestItems: Requests, client = owner) => client.send(new BatchGetItemCommand({ RequestItems }));

  beforeAll(async () => {
    await putReceipt('batch', 'ada', '2026-01-01', { file_name: { S: 'a.pdf' } });
    await owner.send(
      new PutItemCommand({ TableName: 'links', Item: { nonce_id: { S: 'batch' }, expires_at: { N: '1' } } }),
    );
  });

  test('returns the items that exist, of several tables', async () => {
    const { Responses, UnprocessedKeys } = await get({
      links: { Keys: [{ nonce_id: { S: 'batch' } }, { nonce_id: { S: 'absent' } }], ConsistentRead: true },
      receipts: {
        Keys: [{ link_id: { S: 'batch' } }],
        ProjectionExpression: '#id, file_name',
        ExpressionAttributeNames: { '#id': 'link_id' },
      },
    });
    expect(Responses).toEqual({
      links: [{ nonce_id: { S: 'batch' }, expires_at: { N: '1' } }],
      receipts: [{ link_id: { S: 'batch' }, file_name: { S: 'a.pdf' } }],
    });
    expect(UnprocessedKeys).toEqual({});
  });

  test('returns the keys that do not fit into a response, which can be sent again unchanged', async () => {
    const ids = ['large1', 'large2', 'large3', 'large4', 'large5'];
    for (const id of ids) {
      await putReceipt(id, 'ada', '2026-01-01', { file_name: { S: 'x'.repeat(399_000) } });
    }
    const received: unknown[] = [];
    let requests: Requests = {
      receipts: {
        Keys: ids.map((id) => ({ link_id: { S: id } })),
        ProjectionExpression: '#id, file_name',
        ExpressionAttributeNames: { '#id': 'link_id' },
        ConsistentRead: true,
      },
    };
    let responses = 0;
    while (Object.keys(requests ?? {}).length > 0) {
      const { Responses, UnprocessedKeys } = await get(requests);
      received.push(...(Responses?.['receipts'] ?? []).map((item) => [Object.keys(item).sort(), item['link_id']?.S]));
      requests = UnprocessedKeys;
      responses++;
    }
    expect(received.sort()).toEqual(ids.map((id) => [['file_name', 'link_id'], id]));
    expect(responses).toBeGreaterThan(1);
  });

  test('needs permission for every table in it', async () => {
    const receipts = { Keys: [{ link_id: { S: 'batch' } }] };
    expect((await get({ receipts }, tableReader)).Responses?.['receipts']).toHaveLength(1);
    calls.length = 0;
    const error = await failureOf(get({ receipts, links: { Keys: [{ nonce_id: { S: 'batch' } }] } }, tableReader));
    expect(error).toMatchObject({ name: 'AccessDeniedException' });
    expect(String(error)).toContain(`dynamodb:BatchGetItem on resource: ${LINKS.arn} `);
    expect(calls).toEqual([]);
  });

  test('reports one call for each table', async () => {
    await get({ links: { Keys: [{ nonce_id: { S: 'a' } }] }, receipts: { Keys: [{ link_id: { S: 'a' } }] } });
    expect(calls.map(({ resource }) => resource)).toEqual([LINKS.arn, RECEIPTS.arn]);
  });

  test.each([
    ['the same key more than once', { Keys: [{ link_id: { S: 'a' } }, { link_id: { S: 'a' } }] }, /duplicates/],
    ['no key', { Keys: [] }, /greater than or equal to 1/],
    ['101 keys', { Keys: Array.from({ length: 101 }, (_, i) => ({ link_id: { S: `${i}` } })) }, /equal to 100/],
  ])('is refused for %s', async (_, receipts, message) => {
    expect(await failureOf(get({ receipts }))).toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  test('is refused for an unknown table, and without tables', async () => {
    const unknown = get({ other: { Keys: [{ id: { S: 'a' } }] } });
    expect(await failureOf(unknown)).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await failureOf(get({}))).toMatchObject({ name: 'ValidationException' });
  });
});

describe('a data directory of an older version', () => {
  let dataDirectory: string;
  beforeEach(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'dynamodb-test-'));
  });
  afterEach(() => rm(dataDirectory, { recursive: true, force: true }));

  async function run(tables: DynamoDbOptions['tables'], use: (client: DynamoDBClient) => Promise<void>): Promise<void> {
    const older = await startDynamoDb(options({ dataDirectory, tables }));
    const client = connect(older, OWNER);
    await use(client).finally(() => client.destroy());
    await older.close();
  }

  test('gets the tables that it does not contain, and keeps its items', async () => {
    const Item = { nonce_id: { S: 'old' } };
    await run([LINKS], async (client) => void (await client.send(new PutItemCommand({ TableName: 'links', Item }))));
    await run([LINKS, RECEIPTS], async (client) => {
      expect((await client.send(new GetItemCommand({ TableName: 'links', Key: Item }))).Item).toEqual(Item);
      expect((await client.send(new GetItemCommand(keyOf('new')))).Item).toBeUndefined();
    });
    await run([LINKS, RECEIPTS], async () => {});
  });

  test('is refused if a table in it has different indexes', async () => {
    await run([{ ...RECEIPTS, indexes: [] }], async () => {});
    await expect(run([RECEIPTS], async () => {})).rejects.toThrow(
      /Table receipts .* different indexes\. Delete the data directory or use another one/,
    );
  });
});
