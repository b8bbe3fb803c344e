import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { startDynamoDb } from '../../../emulator/dynamodb/server';
import { parseStatement } from '../../../emulator/iam/policy';
import type { LocalService } from '../../../emulator/loopback';
import { allow, byAccessKey, failureOf, principal } from '../support';

const TABLE = {
  name: 'links',
  arn: 'arn:aws:dynamodb:us-east-1:123456789012:table/links',
  partitionKey: { name: 'nonce_id', type: 'S' },
} as const;
const OWNER = principal('OWNER', allow('dynamodb:*'));
const ISSUER = principal(
  'ISSUER',
  parseStatement(
    {
      Effect: 'Allow',
      Action: ['dynamodb:UpdateItem', 'dynamodb:PutItem', 'dynamodb:BatchGetItem'],
      Resource: TABLE.arn,
      Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['upload-quota/*'] } },
    },
    'test',
  ),
);
const DENIED = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } };

let service: LocalService;
let owner: DynamoDBClient;
let issuer: DynamoDBClient;

beforeAll(async () => {
  const principals = byAccessKey(OWNER, ISSUER);
  service = await startDynamoDb({ tables: [TABLE], port: 0, region: 'us-east-1', principals, now: () => new Date() });
  const connect = (credentials: typeof OWNER) =>
    new DynamoDBClient({ endpoint: service.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  owner = connect(OWNER);
  issuer = connect(ISSUER);
});
afterAll(async () => {
  owner.destroy();
  issuer.destroy();
  await service.close();
});

function keyOf(id: string) {
  return { TableName: TABLE.name, Key: { nonce_id: { S: id } } };
}

async function itemOf(id: string) {
  return (await owner.send(new GetItemCommand(keyOf(id)))).Item;
}

describe('a quota', () => {
  /** Adds bytes to a quota of 100, as one conditional update. */
  function reserve(id: string, bytes: number) {
    return issuer.send(
      new UpdateItemCommand({
        ...keyOf(id),
        UpdateExpression: 'SET expires_at = :expires ADD bytes :bytes',
        ConditionExpression: 'attribute_not_exists(bytes) OR bytes <= :rest',
        ExpressionAttributeValues: {
          ':bytes': { N: String(bytes) },
          ':rest': { N: String(100 - bytes) },
          ':expires': { N: '1000' },
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  }

  test('is a number that starts at zero, and that simultaneous updates cannot exceed', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => failureOf(reserve('upload-quota/ada', 30))));

    expect(results.filter((failure) => failure === undefined)).toHaveLength(3);
    for (const failure of results.filter((one) => one !== undefined)) {
      expect(failure).toBeInstanceOf(ConditionalCheckFailedException);
    }
    expect(await itemOf('upload-quota/ada')).toMatchObject({ bytes: { N: '90' }, expires_at: { N: '1000' } });
  });

  test('that is exceeded is returned', async () => {
    await reserve('upload-quota/bob', 95);
    expect(await failureOf(reserve('upload-quota/bob', 10))).toMatchObject({ Item: { bytes: { N: '95' } } });
  });

  test('is an exact number up to 38 digits', async () => {
    const add = (N: string) =>
      owner.send(
        new UpdateItemCommand({
          ...keyOf('upload-quota/exact'),
          UpdateExpression: 'ADD bytes :bytes',
          ExpressionAttributeValues: { ':bytes': { N } },
          ReturnValues: 'ALL_NEW',
        }),
      );
    await add('100000000000000000000');
    expect((await add('1')).Attributes).toMatchObject({ bytes: { N: '100000000000000000001' } });
  });
});

describe('dynamodb:LeadingKeys', () => {
  const item = (id: string) => ({ TableName: TABLE.name, Item: { nonce_id: { S: id } } });
  const batch = (...ids: readonly string[]) => ({
    RequestItems: { [TABLE.name]: { Keys: ids.map((id) => ({ nonce_id: { S: id } })) } },
  });

  test('limits UpdateItem and PutItem to keys with a prefix', async () => {
    await owner.send(new PutItemCommand(item('a-link')));
    expect(await failureOf(issuer.send(new UpdateItemCommand(keyOf('a-link'))))).toMatchObject(DENIED);
    expect(await failureOf(issuer.send(new UpdateItemCommand(keyOf('upload-quota'))))).toMatchObject(DENIED);
    expect(await failureOf(issuer.send(new PutItemCommand(item('a-link'))))).toMatchObject(DENIED);
    expect(await failureOf(issuer.send(new UpdateItemCommand(keyOf('upload-quota/a'))))).toBeUndefined();
    expect(await failureOf(issuer.send(new PutItemCommand(item('upload-quota/b'))))).toBeUndefined();
  });

  test('limits a batch if one of its keys has another prefix', async () => {
    const read = (...ids: readonly string[]) => failureOf(issuer.send(new BatchGetItemCommand(batch(...ids))));
    expect(await read('upload-quota/a', 'upload-quota/b')).toBeUndefined();
    expect(await read('upload-quota/a', 'a-link')).toMatchObject(DENIED);
  });

  test('allows no other action', async () => {
    expect(await failureOf(issuer.send(new DeleteItemCommand(keyOf('upload-quota/a'))))).toMatchObject(DENIED);
    expect(await failureOf(issuer.send(new GetItemCommand(keyOf('upload-quota/a'))))).toMatchObject(DENIED);
  });
});

describe('the condition that redeems an upload link', () => {
  const UPLOAD = { nonce_id: { S: 'upload' }, record_format: { N: '3' }, max_bytes: { N: '1000' } };
  const ONLY_IMAGES = { ...UPLOAD, content_types: { SS: ['image/*', 'application/pdf'] } };
  const DOWNLOAD = { nonce_id: { S: 'upload' }, record_format: { N: '2' } };

  test.each<[string, Record<string, AttributeValue>, number, string, boolean]>([
    ['smaller than the maximum', UPLOAD, 999, 'text/plain', true],
    ['as large as the maximum', UPLOAD, 1000, 'text/plain', true],
    ['larger than the maximum', UPLOAD, 1001, 'text/plain', false],
    ['with more digits than the maximum', UPLOAD, 2_000_000, 'text/plain', false],
    ['empty', UPLOAD, 0, 'text/plain', true],
    ['of an accepted type', ONLY_IMAGES, 1, 'application/pdf', true],
    ['of an accepted range', ONLY_IMAGES, 1, 'image/png', true],
    ['of another type', ONLY_IMAGES, 1, 'text/html', false],
    ['of a type that is a part of an accepted type', ONLY_IMAGES, 1, 'application/pd', false],
    ['for a download link', DOWNLOAD, 1, 'text/plain', false],
  ])('holds for a file %s: %j, %d, %s, %s', async (_, Item, size, type, holds) => {
    await owner.send(new PutItemCommand({ TableName: TABLE.name, Item }));

    const result = owner.send(
      new DeleteItemCommand({
        ...keyOf('upload'),
        ConditionExpression:
          'attribute_exists(nonce_id) AND record_format IN (:three, :four) AND max_bytes >= :size AND ' +
          '(attribute_not_exists(content_types) OR contains(content_types, :type) OR contains(content_types, :range))',
        ExpressionAttributeValues: {
          ':three': { N: '3' },
          ':four': { N: '4' },
          ':size': { N: String(size) },
          ':type': { S: type },
          ':range': { S: type.replace(/\/.*/, '/*') },
        },
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );

    if (holds) {
      expect((await result).Attributes).toEqual(Item);
      expect(await itemOf('upload')).toBeUndefined();
    } else {
      expect(await failureOf(result)).toMatchObject({ name: 'ConditionalCheckFailedException', Item });
      expect(await itemOf('upload')).toEqual(Item);
    }
  });
});
