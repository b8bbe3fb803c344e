import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { eventPublisher } from '../../../lambda/aws/event-bus';
import type { LinkEvent } from '../../../lambda/link/link-event';
import { linkIdOf } from '../../../lambda/link/nonce';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { failureOf } from '../support/failure-of';
import { ENVIRONMENT } from '../support/handler';
import { nonceNumber } from '../support/samples';

Object.assign(process.env, ENVIRONMENT);
const eventBridge = mockClient(EventBridgeClient);
beforeEach(() => {
  eventBridge.reset();
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [] });
});

const publish = eventPublisher('links');

const DETAIL: LinkEvent['detail'] = {
  version: 1,
  event_id: '',
  deployment: 'Shop',
  link_id: linkIdOf(nonceNumber(0)),
  operation: 'download',
  created_by: 'arn:aws:iam::123456789012:user/ada',
  created_at: '2026-11-22T08:00:00Z',
  expires_at: '2026-11-22T09:00:00Z',
  file_name: undefined,
  at: '2026-11-22T08:10:00Z',
  source_ip: '203.0.113.7',
  user_agent: undefined,
  revoked_by: undefined,
  refused_count: 0,
  bucket_name: undefined,
  object_name: undefined,
  size_bytes: undefined,
  checksum_algorithm: undefined,
  checksum: undefined,
};

function eventNumber(number: number): LinkEvent {
  const detail = { ...DETAIL, event_id: `event-${number}` };
  return { type: 'Link Redeemed', at: '2026-11-22T08:10:00.456Z', detail };
}

test('an event is one entry for the bus, with its source, type and time', async () => {
  await publish([eventNumber(1)]);

  expect(eventBridge.commandCalls(PutEventsCommand).map(({ args }) => args[0].input)).toEqual([
    {
      Entries: [
        {
          EventBusName: 'links',
          Source: 'one-time-s3-links',
          DetailType: 'Link Redeemed',
          Time: new Date('2026-11-22T08:10:00.456Z'),
          Detail: JSON.stringify({ ...DETAIL, event_id: 'event-1' }),
        },
      ],
    },
  ]);
});

test('without events, no request is sent', async () => {
  await publish([]);

  expect(eventBridge.calls()).toEqual([]);
});

test.each([
  [10, [10]],
  [11, [10, 1]],
  [25, [10, 10, 5]],
])('%i events are requests of %j entries, in order', async (count, sizes) => {
  await publish(Array.from({ length: count }, (_, number) => eventNumber(number)));

  const batches = eventBridge.commandCalls(PutEventsCommand).map(({ args }) => args[0].input.Entries ?? []);
  expect(batches.map((batch) => batch.length)).toEqual(sizes);
  expect(batches.flat().map(({ Detail: detail }) => JSON.parse(detail ?? '').event_id)).toEqual(
    Array.from({ length: count }, (_, number) => `event-${number}`),
  );
});

test('a refused entry is reported as an AWS failure with its code', async () => {
  eventBridge.on(PutEventsCommand).resolves({
    FailedEntryCount: 1,
    Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow down' }],
    $metadata: { httpStatusCode: 200, attempts: 1, requestId: 'REQUESTID' },
  });

  const error = await failureOf(publish([eventNumber(1), eventNumber(2)]));

  expect(error).toMatchObject({ name: 'ThrottlingException', $metadata: { requestId: 'REQUESTID' } });
  expect(isAwsFailure(error)).toBe(true);
});

test('a failed request throws the SDK’s error', async () => {
  const error = Object.assign(new Error('reset'), { $metadata: {} });
  eventBridge.on(PutEventsCommand).rejects(error);

  expect(await failureOf(publish([eventNumber(1)]))).toBe(error);
});
