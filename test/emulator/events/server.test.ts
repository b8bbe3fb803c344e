import {
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from '@aws-sdk/client-eventbridge';
import type { BusEvent } from '../../../emulator/events/event';
import { EventBridge } from '../../../emulator/events/event-bridge';
import { startEventBridge } from '../../../emulator/events/server';
import type { PolicyStatement } from '../../../emulator/iam/policy';
import type { AwsCall, Principal } from '../../../emulator/iam/principal';
import type { LocalService } from '../../../emulator/loopback';
import { allow, byAccessKey, failureOf, principal } from '../support';

const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/default';
const ENTRY = { Source: 'one-time-s3-links', DetailType: 'Link Redeemed', Detail: '{"link_id":"abc"}' };
const NOW = new Date();

const ONLY_LINKS: PolicyStatement = {
  ...allow('events:PutEvents', BUS),
  conditions: [{ operator: 'StringEquals', key: 'events:source', values: ['one-time-s3-links'] }],
};
const publisher = principal('PUBLISHER', ONLY_LINKS);
const owner = principal('OWNER', allow('events:*'));
const reader = principal('READER', allow('s3:GetObject'));

const events: BusEvent[] = [];
const calls: AwsCall[] = [];
const clients: EventBridgeClient[] = [];
let service: LocalService;

beforeAll(async () => {
  const eventBridge = new EventBridge({
    rules: [],
    now: () => NOW,
    invoke: async () => {},
    onEvent: (event) => events.push(event),
  });
  service = await startEventBridge({
    eventBridge,
    port: 0,
    region: 'us-east-1',
    principals: byAccessKey(publisher, owner, reader),
    now: () => NOW,
    onCall: (call) => calls.push(call),
  });
});

afterAll(async () => {
  for (const client of clients) {
    client.destroy();
  }
  await service.close();
});

beforeEach(() => {
  events.length = 0;
  calls.length = 0;
});

function clientOf(credentials: Principal): EventBridgeClient {
  const client = new EventBridgeClient({
    endpoint: service.endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
  clients.push(client);
  return client;
}

async function put(credentials: Principal, ...entries: readonly PutEventsRequestEntry[]) {
  return await clientOf(credentials).send(new PutEventsCommand({ Entries: [...entries] }));
}

test('an event is published, with the given time or the current one', async () => {
  const time = new Date('2026-11-28T14:00:00Z');
  const result = await put(publisher, ENTRY, { ...ENTRY, Time: time, EventBusName: 'default' });

  expect(result).toMatchObject({ FailedEntryCount: 0, Entries: events.map(({ id }) => ({ EventId: id })) });
  expect(events).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Link Redeemed',
      source: 'one-time-s3-links',
      account: '123456789012',
      time: `${NOW.toISOString().slice(0, 19)}Z`,
      region: 'us-east-1',
      resources: [],
      detail: { link_id: 'abc' },
    },
    expect.objectContaining({ time: '2026-11-28T14:00:00Z' }),
  ]);
  expect(calls).toEqual([{ principalArn: 'arn:PUBLISHER', action: 'events:PutEvents', resource: BUS }]);
});

test.each<[entry: PutEventsRequestEntry, code: string, message: string]>([
  [
    { ...ENTRY, Source: '' },
    'InvalidArgument',
    'Parameter Source is not valid. Reason: Source is a required argument.',
  ],
  [
    { Source: ENTRY.Source, Detail: '{}' },
    'InvalidArgument',
    'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
  ],
  [
    { Source: ENTRY.Source, DetailType: 'a' },
    'InvalidArgument',
    'Parameter Detail is not valid. Reason: Detail is a required argument.',
  ],
  [
    { ...ENTRY, DetailType: 'a'.repeat(129) },
    'InvalidArgument',
    'Parameter DetailType is not valid. Reason: DetailType is longer than 128 characters.',
  ],
  [{ ...ENTRY, Detail: '{"link_id":' }, 'MalformedDetail', 'Detail is malformed.'],
  [{ ...ENTRY, Detail: '["abc"]' }, 'MalformedDetail', 'Detail is malformed.'],
])('the entry %j fails with %s, and the others are published', async (entry, code, message) => {
  const { FailedEntryCount, Entries } = await put(owner, ENTRY, entry, ENTRY);

  expect(FailedEntryCount).toBe(1);
  expect(Entries).toEqual([
    { EventId: events[0]?.id },
    { ErrorCode: code, ErrorMessage: message },
    { EventId: events[1]?.id },
  ]);
});

test.each<[name: string, entries: readonly PutEventsRequestEntry[], message: string]>([
  ['no entry', [], 'Entries must have 1 to 10 items'],
  ['11 entries', Array.from({ length: 11 }, () => ENTRY), 'Entries must have 1 to 10 items'],
  [
    'a malformed bus',
    [{ ...ENTRY, EventBusName: 'links:1' }],
    'EventBusName must be the name or the ARN of an event bus',
  ],
  [
    'a field that is not supported',
    [{ ...ENTRY, Resources: ['arn:aws:s3:::bucket'] }],
    'The local emulator does not support the field Resources of an entry',
  ],
])('a request with %s is refused', async (_, entries, message) => {
  expect(await failureOf(put(owner, ...entries))).toMatchObject({ name: 'ValidationException', message });
  expect(events).toEqual([]);
});

test.each<[name: string, credentials: Principal, entry: PutEventsRequestEntry, bus: string]>([
  ['without the permission', reader, ENTRY, 'default'],
  ['with another source', publisher, { ...ENTRY, Source: 'aws.s3' }, 'default'],
  ['to another bus', publisher, { ...ENTRY, EventBusName: 'links' }, 'links'],
  [
    'to the ARN of another bus',
    publisher,
    { ...ENTRY, EventBusName: 'arn:aws:events:us-east-1:123456789012:event-bus/links' },
    'links',
  ],
])('%s, nothing is published', async (_, credentials, entry, bus) => {
  expect(await failureOf(put(credentials, ENTRY, entry))).toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`events:PutEvents on resource: ${BUS.replace('default', bus)}`),
  });
  expect(events).toEqual([]);
  expect(calls).toEqual([]);
});

test('a wrong secret is refused', async () => {
  const impostor = { ...publisher, secretAccessKey: 'wrong' };

  expect(await failureOf(put(impostor, ENTRY))).toMatchObject({ name: 'InvalidSignatureException' });
});

test('an unsigned request is refused', async () => {
  const response = await fetch(service.endpoint, { method: 'POST', body: '{}' });

  expect([response.status, await response.json()]).toEqual([
    400,
    { __type: 'MissingAuthenticationTokenException', message: expect.any(String) },
  ]);
});

test('other operations are not supported', async () => {
  expect(await failureOf(clientOf(owner).send(new ListRulesCommand({})))).toMatchObject({
    name: 'UnknownOperationException',
    message: 'The local emulator does not support AWSEvents.ListRules',
  });
});
