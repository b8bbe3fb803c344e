import { gunzipSync } from 'node:zlib';
import { Duration, type Stack } from 'aws-cdk-lib';
import { FilterPattern } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { type LogBatch, LogSubscriptions } from '../../../emulator/logs/subscriptions';
import { resourceNamed } from '../../support/assembly';
import { SettableClock } from '../../support/settable-clock';
import {
  addFunction,
  type Change,
  type FixtureFunction,
  type RunningDeliveries,
  reader,
  runDeliveries,
} from '../delivery-fixture';

const REDEEMED = '{"event":"link_access","outcome":"redeemed"}';
const EXPIRED = '{"event":"link_access","outcome":"expired"}';
const RELAYED = '{"event":"link_access","outcome":"relayed"}';
const ISSUED = '{"event":"link_issued"}';

let running: RunningDeliveries | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** `Receiver` subscribes to the lines of `Writer` whose event is `link_access`. */
function subscribe(environment: Readonly<Record<string, string>> = {}) {
  return (stack: Stack): void => {
    const writer = addFunction(stack, 'Writer', 'writer');
    const deadLetterQueue = new Queue(stack, 'DeadLetters', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const receiver = addFunction(stack, 'Receiver', 'receiver', { deadLetterQueue, environment });
    writer.logGroup.addSubscriptionFilter('Subscription', {
      destination: new LambdaDestination(receiver.fn),
      filterPattern: FilterPattern.stringValue('$.event', '=', 'link_access'),
      filterName: 'link-access',
    });
  };
}

function messagesIn(event: { readonly awslogs: { readonly data: string } }): readonly string[] {
  const data = JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, 'base64')).toString());
  return data.logEvents.map(({ message }: { message: string }) => message);
}

test('a subscribed function receives the matching lines as CloudWatch Logs sends them', async () => {
  running = await runDeliveries(subscribe(), { clock: new SettableClock(new Date('2026-11-28T14:00:00.123Z')) });
  await running.invoke('Writer', { lines: [REDEEMED, 'not JSON', ISSUED, EXPIRED] });
  await running.delivered();

  // Usually one batch; on a busy machine, the lines can arrive further apart.
  const batches = running.received().map(({ awslogs, ...others }) => {
    expect(others).toEqual({});
    return JSON.parse(gunzipSync(Buffer.from(awslogs.data, 'base64')).toString());
  });
  for (const batch of batches) {
    expect(batch).toEqual({
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: expect.stringMatching(/^Test-WriterLogs[0-9A-F]{8}$/),
      logStream: expect.stringMatching(/^2026\/11\/28\/Test-Writer[0-9A-F]{8}\[\$LATEST\][0-9a-f]{32}$/),
      subscriptionFilters: ['link-access'],
      logEvents: expect.anything(),
    });
  }
  expect(batches.flatMap(({ logEvents }) => logEvents)).toEqual([
    { id: `1795874400123${'0'.repeat(43)}`, timestamp: 1795874400123, message: REDEEMED },
    { id: `1795874400123${'0'.repeat(42)}1`, timestamp: 1795874400123, message: EXPIRED },
  ]);
  expect(running.calls.map(({ principalArn, action }) => [principalArn, action])).toEqual([
    ['apigateway.amazonaws.com', 'lambda:InvokeFunction'],
    ...batches.map(() => ['logs.amazonaws.com', 'lambda:InvokeFunction']),
  ]);
});

test('lines are delivered without calling delivered()', async () => {
  running = await runDeliveries(subscribe());
  await running.invoke('Writer', { lines: [REDEEMED] });

  while (running.received().length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
});

test('a batch has at most 1,000 lines', async () => {
  running = await runDeliveries(subscribe());
  await running.invoke('Writer', { lines: Array.from({ length: 2500 }, () => REDEEMED) });
  await running.delivered();

  const sizes = running.received().map((event) => messagesIn(event).length);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1000);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(2500);
});

test('delivered() waits for lines that arrive after the result of their function', async () => {
  running = await runDeliveries(subscribe());
  const lines = Array.from({ length: 200 }, () => EXPIRED);
  for (let written = 200; written <= 1000; written += 200) {
    await running.invoke('Writer', { lines });
    await running.delivered();
    expect(running.received().flatMap(messagesIn)).toHaveLength(written);
  }
});

describe('delivered() waits for the lines that deliveries cause', () => {
  /** `Relay` writes a line for each batch from `Writer`, and `Receiver` receives it. */
  function relay(stack: Stack): void {
    const writer = addFunction(stack, 'Writer', 'writer');
    const relay = addFunction(stack, 'Relay', 'relay');
    const receiver = addFunction(stack, 'Receiver', 'receiver');
    const filterPattern = FilterPattern.stringValue('$.event', '=', 'link_access');
    const subscribe = (from: FixtureFunction, to: FixtureFunction) =>
      from.logGroup.addSubscriptionFilter(to.fn.node.id, { destination: new LambdaDestination(to.fn), filterPattern });
    subscribe(writer, relay);
    subscribe(relay, receiver);
  }

  test('later', async () => {
    running = await runDeliveries(relay);
    await running.invoke('Writer', { lines: [REDEEMED] });
    await running.delivered();

    expect(running.received().map(messagesIn)).toEqual([[RELAYED]]);
  });

  test('while one of them is running', async () => {
    let started = (): void => {};
    const sending = new Promise<void>((resolve) => {
      started = resolve;
    });
    running = await runDeliveries(relay, {
      async deliver(batch, send) {
        const sent = send(batch);
        started();
        await sent;
      },
    });
    await running.invoke('Writer', { lines: [REDEEMED] });
    await sending;
    await running.delivered();

    expect(running.received().map(messagesIn)).toEqual([[RELAYED]]);
  });
});

test('a test can repeat and reorder deliveries', async () => {
  const held: (() => Promise<void>)[] = [];
  running = await runDeliveries(subscribe(), {
    async deliver(batch: LogBatch, send) {
      held.unshift(() => send(batch));
      if (held.length === 2) {
        for (const sendHeld of [...held, ...held]) {
          await sendHeld();
        }
      }
    },
  });
  await running.invoke('Writer', { lines: [REDEEMED] });
  await running.delivered();
  await running.invoke('Writer', { lines: [EXPIRED] });
  await running.delivered();

  expect(running.received().flatMap(messagesIn)).toEqual([EXPIRED, REDEEMED, EXPIRED, REDEEMED]);
});

test('a function that fails twice receives the same event three times', async () => {
  running = await runDeliveries(subscribe({ FAILURES: '2' }));
  await running.invoke('Writer', { lines: [REDEEMED] });
  await running.delivered();

  expect(running.received().map(messagesIn)).toEqual([[REDEEMED], [REDEEMED], [REDEEMED]]);
  expect(running.deadLetters).toEqual([]);
});

test('after three failures, the event is in the dead-letter queue and in the log', async () => {
  running = await runDeliveries(subscribe({ FAILURES: '3' }));
  await running.invoke('Writer', { lines: [REDEEMED] });
  await running.delivered();

  expect(running.received()).toHaveLength(3);
  expect(running.deadLetters).toEqual([
    {
      queueArn: expect.stringMatching(/^arn:aws:sqs:us-east-1:123456789012:Test-DeadLetters[0-9A-F]{8}$/),
      functionArn: expect.stringMatching(/:function:Test-Receiver[0-9A-F]{8}$/),
      event: running.received()[0],
      errorMessage: 'The table is missing',
    },
  ]);
  expect(running.logs.filter((line) => line.startsWith('dead-letter'))).toEqual([
    expect.stringMatching(/^dead-letter \{"queueArn":".*","functionArn":".*","errorMessage":"The table is missing"\}$/),
  ]);
  expect(running.calls.at(-1)).toEqual({
    principalArn: expect.stringMatching(/:assumed-role\/Test-ReceiverRole/),
    action: 'sqs:SendMessage',
    resource: running.deadLetters[0]?.queueArn,
  });
});

test('close drops lines that were not delivered', async () => {
  const invoked: unknown[] = [];
  const logs = new LogSubscriptions({
    subscriptions: [{ filterName: 'all', logGroupName: 'group', matches: () => true, functionArn: 'arn:receiver' }],
    now: () => new Date(),
    invoke: async (_, event) => void invoked.push(event),
  });
  logs.write({ name: 'Writer', logGroupName: 'group' }, REDEEMED);
  logs.close();
  logs.write({ name: 'Writer', logGroupName: 'group' }, REDEEMED);
  await logs.flush();

  expect(invoked).toEqual([]);
});

test('the functions can be closed while a batch is pending', async () => {
  running = await runDeliveries(subscribe({ FAILURES: '3' }));
  await running.invoke('Writer', { lines: [REDEEMED] });

  await expect(running.close()).resolves.toBeUndefined();
});

/** Changes a property of the only resource of a type whose ID starts with `prefix`. */
function set(type: string, prefix: string, property: string, value: unknown): Change {
  return (resources) => {
    resourceNamed(resources, type, prefix).Properties[property] = value;
  };
}

const FILTER = 'AWS::Logs::SubscriptionFilter';
const STATEMENT = { Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' };

describe('the emulator does not start, and names the reason:', () => {
  const read = reader(subscribe());

  test.each<[message: string, change: Change]>([
    [
      'Properties.DestinationArn: no AWS::Lambda::Permission allows arn:aws:logs:us-east-1:123456789012:log-group:Test-WriterLogs',
      set('AWS::Lambda::Permission', 'WriterLogs', 'SourceArn', 'arn:aws:logs:us-east-1:123456789012:log-group:x:*'),
    ],
    [
      'Properties.DestinationArn: no AWS::Lambda::Permission allows arn:aws:logs:us-east-1:123456789012:log-group:Test-WriterLogs',
      set('AWS::Lambda::Permission', 'WriterLogs', 'Principal', 'events.amazonaws.com'),
    ],
    [
      'Properties.DestinationArn: the template has no function arn:aws:kinesis:us-east-1:123456789012:stream/lines',
      set(FILTER, '', 'DestinationArn', 'arn:aws:kinesis:us-east-1:123456789012:stream/lines'),
    ],
    [
      'Properties.LogGroupName: the local emulator supports only log groups of functions',
      set(FILTER, '', 'LogGroupName', '/access'),
    ],
    [
      'Properties.FilterPattern: the local emulator does not support the filter pattern "ERROR"',
      set(FILTER, '', 'FilterPattern', 'ERROR'),
    ],
    ['Properties.RoleArn: the local emulator does not support this field', set(FILTER, '', 'RoleArn', 'arn:aws:x')],
    [
      'Properties.LogGroupName: a log group has at most two subscription filters',
      (resources) => {
        const filter = resourceNamed(resources, FILTER, '');
        Object.assign(resources, { Second: filter, Third: filter });
      },
    ],
    [
      'Properties.DeadLetterConfig.TargetArn: the template has no queue arn:aws:sqs:us-east-1:123456789012:other',
      set('AWS::Lambda::Function', 'Receiver', 'DeadLetterConfig', {
        TargetArn: 'arn:aws:sqs:us-east-1:123456789012:other',
      }),
    ],
    [
      'Properties.DeadLetterConfig.TargetArn: the role does not allow sqs:SendMessage on arn:aws:sqs:',
      set('AWS::IAM::Policy', 'ReceiverRole', 'PolicyDocument', { Version: '2012-10-17', Statement: [] }),
    ],
    [
      'Properties.FifoQueue: the local emulator does not support this field',
      set('AWS::SQS::Queue', '', 'FifoQueue', true),
    ],
    [
      '.Statement[0].Effect: the local emulator supports only "Deny", not "Allow"',
      set('AWS::SQS::QueuePolicy', '', 'PolicyDocument', { Version: '2012-10-17', Statement: [STATEMENT] }),
    ],
  ])('%s', async (message, change) => {
    await expect(read(change)).rejects.toThrow(message);
  });
});
