import { gzipSync } from 'node:zlib';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { CloudWatchLogsEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type * as RecordReceipts from '../../lambda/record-receipts';
import { CALLER_ARN, REQUEST_ID } from './support/events';
import { failureOf } from './support/failure-of';
import { dynamoDbError, LINK_ID, parsed, setUpFunction, WITH_RECEIPTS } from './support/handler';

const { dynamoDb, output } = setUpFunction({
  ...WITH_RECEIPTS,
  DEPLOYMENT_NAME: 'Shop',
  EVENT_BUS_NAME: 'links',
  PUBLISHED_EVENTS: '["Link Redeemed"]',
});
const eventBridge = mockClient(EventBridgeClient);
const { handler } = jest.requireActual<typeof RecordReceipts>('../../lambda/record-receipts');

beforeEach(() => {
  eventBridge.reset();
  dynamoDb.on(UpdateCommand).resolves({
    Attributes: {
      link_id: LINK_ID,
      created_by: CALLER_ARN,
      created_at: '2026-11-22T08:00:00.123Z',
      expires_at: 1_795_335_301,
      purge_at: 1_795_335_301,
      redeemed: { at: '2026-11-22T08:10:00.456Z', source_ip: '203.0.113.7' },
    },
  });
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
});

/** Packs lines as CloudWatch Logs does. */
function delivery(messages: readonly string[], messageType = 'DATA_MESSAGE'): CloudWatchLogsEvent {
  const data = {
    messageType,
    owner: '123456789012',
    logGroup: '/aws/lambda/authorize-access',
    logStream: '2026/11/22/[$LATEST]0123456789abcdef0123456789abcdef',
    subscriptionFilters: ['record-receipts'],
    logEvents: messages.map((message, index) => ({
      id: `3195310660696698337880902507980421114328961542429${index}`,
      timestamp: Date.UTC(2026, 10, 22, 8, 10, 0, 456),
      message,
    })),
  };
  return { awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } };
}

const REDEMPTION = JSON.stringify({
  event: 'link_access',
  outcome: 'redeemed',
  link_id: LINK_ID,
  request_id: REQUEST_ID,
  source_ip: '203.0.113.7',
  user_agent: 'Mozilla/5.0',
});

test('records and publishes a redemption from a batch of log lines', async () => {
  await handler(delivery(['START RequestId: 5f0c1a4e-0000-4000-8000-000000000000', `${REDEMPTION}\n`, REDEMPTION]));

  expect(dynamoDb.calls()).toHaveLength(1);
  expect(dynamoDb.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'receipts',
    Key: { link_id: LINK_ID },
    ExpressionAttributeValues: {
      ':redeemed': { at: '2026-11-22T08:10:00.456Z', source_ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
    },
  });
  const [entry, ...others] = eventBridge.commandCalls(PutEventsCommand)[0]?.args[0].input.Entries ?? [];
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    EventBusName: 'links',
    Source: 'one-time-s3-links',
    DetailType: 'Link Redeemed',
    Time: new Date('2026-11-22T08:10:00.456Z'),
  });
  expect(JSON.parse(entry?.Detail ?? '')).toMatchObject({
    deployment: 'Shop',
    link_id: LINK_ID,
    source_ip: '203.0.113.7',
  });
  expect(output).toEqual([]);
});

test('ignores the health check of CloudWatch Logs', async () => {
  await handler(delivery(['CWL CONTROL MESSAGE: Checking health of destination Lambda.'], 'CONTROL_MESSAGE'));

  expect(dynamoDb.calls()).toEqual([]);
  expect(eventBridge.calls()).toEqual([]);
});

test.each([
  ['no data', '', 'unexpected end of file'],
  ['data that is not compressed', Buffer.from('{"logEvents":[]}').toString('base64'), 'incorrect header check'],
  ['data that is cut off', gzipSync('{"logEvents":[]}').subarray(0, 20).toString('base64'), 'unexpected end of file'],
  ['data that is not JSON', gzipSync('logEvents').toString('base64'), /not valid JSON/],
  ['data without log events', gzipSync('{}').toString('base64'), /undefined/],
  ['data of more than 50 MB', gzipSync(Buffer.alloc(50_000_001, ' ')).toString('base64'), /larger than/],
])('throws for %s, so that Lambda puts it into the dead-letter queue', async (_, data, message) => {
  expect(await failureOf(handler({ awslogs: { data } }))).toMatchObject({ message: expect.stringMatching(message) });
  expect(dynamoDb.calls()).toEqual([]);
});

test('throws if the table fails, so that Lambda retries the batch', async () => {
  dynamoDb.on(UpdateCommand).rejects(dynamoDbError('InternalServerError', 500));

  expect(await failureOf(handler(delivery([REDEMPTION])))).toMatchObject({ name: 'StorageUnavailableError' });
  expect(eventBridge.calls()).toEqual([]);
  expect(parsed(output)).toEqual([expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError' })]);
});
