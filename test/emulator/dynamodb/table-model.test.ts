import { readTables } from '../../../emulator/dynamodb/table-model';
import { Template } from '../../../emulator/template/template';

const LINKS = {
  KeySchema: [{ AttributeName: 'nonce_id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'nonce_id', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
  TimeToLiveSpecification: { AttributeName: 'purge_at', Enabled: true },
};
const BY_CREATOR = {
  IndexName: 'by_creator',
  KeySchema: [
    { AttributeName: 'created_by', KeyType: 'HASH' },
    { AttributeName: 'created_at', KeyType: 'RANGE' },
  ],
  Projection: { ProjectionType: 'KEYS_ONLY' },
};
const RECEIPTS = {
  ...LINKS,
  KeySchema: [{ AttributeName: 'link_id', KeyType: 'HASH' }],
  AttributeDefinitions: [
    { AttributeName: 'link_id', AttributeType: 'S' },
    { AttributeName: 'created_by', AttributeType: 'S' },
    { AttributeName: 'created_at', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [BY_CREATOR],
};

function read(properties: Readonly<Record<string, object>>) {
  const tables = Object.entries(properties).map(([logicalId, Properties]) => [
    logicalId,
    { Type: 'AWS::DynamoDB::Table', Properties },
  ]);
  return readTables(new Template({ Resources: Object.fromEntries(tables) }, 'stack'));
}

test('reads all tables, with their global secondary indexes', () => {
  const nonceId = { name: 'nonce_id', type: 'S' };
  expect(read({ Links: LINKS, Receipts: RECEIPTS })).toEqual([
    {
      name: 'stack-Links',
      arn: 'arn:aws:dynamodb:us-east-1:123456789012:table/stack-Links',
      partitionKey: nonceId,
      indexes: [],
    },
    {
      name: 'stack-Receipts',
      arn: 'arn:aws:dynamodb:us-east-1:123456789012:table/stack-Receipts',
      partitionKey: { name: 'link_id', type: 'S' },
      indexes: [
        {
          name: 'by_creator',
          partitionKey: { name: 'created_by', type: 'S' },
          sortKey: { name: 'created_at', type: 'S' },
          projection: 'KEYS_ONLY',
        },
      ],
    },
  ]);
});

test('reads an index without a sort key that projects all attributes', () => {
  const index = {
    IndexName: 'all',
    KeySchema: [{ AttributeName: 'nonce_id', KeyType: 'HASH' }],
    Projection: { ProjectionType: 'ALL' },
  };
  expect(read({ Links: { ...LINKS, GlobalSecondaryIndexes: [index] } })[0]?.indexes).toEqual([
    { name: 'all', partitionKey: { name: 'nonce_id', type: 'S' }, projection: 'ALL' },
  ]);
});

test.each([
  [
    'a table with a sort key',
    { ...RECEIPTS, KeySchema: BY_CREATOR.KeySchema },
    'KeySchema: the local emulator supports a partition key only',
  ],
  ['a table without a key', { ...LINKS, KeySchema: [] }, 'KeySchema: must contain a partition key'],
  ['a key without a type', { ...LINKS, AttributeDefinitions: [] }, 'does not contain the attribute nonce_id'],
  [
    'an attribute type that keys cannot have',
    { ...LINKS, AttributeDefinitions: [{ AttributeName: 'nonce_id', AttributeType: 'SS' }] },
    'AttributeDefinitions[0].AttributeType: must be S, N or B',
  ],
  [
    'an attribute that is in no key',
    { ...RECEIPTS, GlobalSecondaryIndexes: [] },
    'AttributeDefinitions: no key contains the attribute created_by',
  ],
  ['provisioned throughput', { ...LINKS, BillingMode: 'PROVISIONED' }, 'BillingMode'],
  ['local indexes', { ...LINKS, LocalSecondaryIndexes: [] }, 'LocalSecondaryIndexes: the local emulator does not'],
  ['a stream', { ...LINKS, StreamSpecification: {} }, 'StreamSpecification: the local emulator does not support'],
  [
    'an index that starts with a sort key',
    { ...RECEIPTS, GlobalSecondaryIndexes: [{ ...BY_CREATOR, KeySchema: [...BY_CREATOR.KeySchema].reverse() }] },
    'KeySchema[0].KeyType: the local emulator supports only "HASH"',
  ],
  [
    'an index with other attributes',
    { ...RECEIPTS, GlobalSecondaryIndexes: [{ ...BY_CREATOR, Projection: { ProjectionType: 'INCLUDE' } }] },
    'Projection.ProjectionType: the local emulator supports KEYS_ONLY and ALL',
  ],
  [
    'the throughput of an index',
    { ...RECEIPTS, GlobalSecondaryIndexes: [{ ...BY_CREATOR, OnDemandThroughput: {} }] },
    'GlobalSecondaryIndexes[0].OnDemandThroughput: the local emulator does not support this field',
  ],
])('refuses %s', (_, properties, message) => {
  expect(() => read({ Table: properties })).toThrow(message);
});
