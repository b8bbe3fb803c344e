import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import { eventPublisher } from '../../../lambda/aws/event-bus';
import type { LinkEvent } from '../../../lambda/link/link-event';
import { isAwsFailure } from '../../../lambda/runtime/outage';
import { failureOf } from '../support/failure-of';
import { ENVIRONMENT } from '../support/handler';

Object.assign(process.env, ENVIRONMENT);
const eventBridge = mockClient(EventBridgeClient);
beforeEach(() => {
  eventBridge.reset();
  eventBridge.on(PutEventsCommand).resolves({ FailedEntryCount: 0, Entries: [] });
});

const publish = eventPublisher('links');

function eventNumber(number: number): LinkEvent {
  return { type: 'Link Redeemed', at: '2026-11-22T08:10:00.456Z', detail: { version: 1, number } };
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
          Detail: '{"version":1,"number":1}',
        },
      ],
    },
  ]);
});

test('no events are no request', async () => {
  await publish([]);
  await eventPublisher(undefined)([]);

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
  expect(batches.flat().map(({ Detail: detail }) => JSON.parse(detail ?? '').number)).toEqual(
    Array.from({ length: count }, (_, number) => number),
  );
});

test('an entry that EventBridge refuses is an AWS failure with its code', async () => {
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
