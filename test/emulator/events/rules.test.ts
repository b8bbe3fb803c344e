import { Duration, type Stack } from 'aws-cdk-lib';
import { EventBus, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type BusEvent, busEvent } from '../../../emulator/events/event';
import { type MutableResource, resourceNamed } from '../../support/assembly';
import { SettableClock } from '../../support/settable-clock';
import { addFunction, type Change, type RunningDeliveries, reader, runDeliveries } from '../delivery-fixture';

const RULE = 'AWS::Events::Rule';
const NOW = new Date('2026-11-28T14:00:00.900Z');
const REDEEMED = { Source: 'one-time-s3-links', DetailType: 'Link Redeemed', Detail: '{"link_id":"abc"}' };
const REFUSED = { ...REDEEMED, DetailType: 'Link Refused' };

let running: RunningDeliveries | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** Adds a function that may publish to a bus of the account, and one that prints what it receives. */
function publisherAndReceiver(stack: Stack, bus = 'default') {
  const publisher = addFunction(stack, 'Publisher', 'publisher');
  const resources = [`arn:aws:events:us-east-1:123456789012:event-bus/${bus}`];
  publisher.role.addToPolicy(new PolicyStatement({ actions: ['events:PutEvents'], resources }));
  return addFunction(stack, 'Receiver', 'receiver').fn;
}

describe('a function that publishes', () => {
  test('reaches the functions of the rules that match', async () => {
    running = await runDeliveries(
      (stack) => {
        const receiver = publisherAndReceiver(stack);
        new Rule(stack, 'OnRedeemed', {
          eventPattern: { source: ['one-time-s3-links'], detailType: ['Link Redeemed', 'Link Revoked'] },
          targets: [new LambdaFunction(receiver)],
        });
      },
      { clock: new SettableClock(NOW) },
    );
    const result = await running.invoke('Publisher', {
      entries: [REDEEMED, REFUSED, { ...REDEEMED, Source: 'other' }],
    });
    await running.delivered();

    expect(result).toEqual({
      FailedEntryCount: 0,
      Entries: running.events.map(({ id }) => ({ EventId: id })),
    });
    expect(running.events.map((event) => [event.source, event['detail-type']])).toEqual([
      ['one-time-s3-links', 'Link Redeemed'],
      ['one-time-s3-links', 'Link Refused'],
      ['other', 'Link Redeemed'],
    ]);
    expect(running.received()).toEqual([
      {
        version: '0',
        id: running.events[0]?.id,
        'detail-type': 'Link Redeemed',
        source: 'one-time-s3-links',
        account: '123456789012',
        time: '2026-11-28T14:00:00Z',
        region: 'us-east-1',
        resources: [],
        detail: { link_id: 'abc' },
      },
    ]);
    expect(running.calls.map(({ principalArn, action }) => [principalArn, action])).toEqual([
      ['apigateway.amazonaws.com', 'lambda:InvokeFunction'],
      [expect.stringMatching(/:assumed-role\/Test-PublisherRole/), 'events:PutEvents'],
      ['events.amazonaws.com', 'lambda:InvokeFunction'],
    ]);
  });

  test('reaches only the rules of its bus', async () => {
    running = await runDeliveries((stack) => {
      const receiver = publisherAndReceiver(stack, 'links');
      const eventBus = new EventBus(stack, 'Bus', { eventBusName: 'links' });
      const eventPattern = { source: ['one-time-s3-links'] };
      new Rule(stack, 'OnBus', { eventBus, eventPattern, targets: [new LambdaFunction(receiver)] });
      new Rule(stack, 'OnDefaultBus', { eventPattern, targets: [new LambdaFunction(receiver)] });
    });
    await running.invoke('Publisher', { entries: [{ ...REDEEMED, EventBusName: 'links' }] });
    await running.delivered();

    expect(running.received()).toHaveLength(1);
  });
});

describe('an event pattern', () => {
  test.each<[pattern: Record<string, unknown>, published: Partial<BusEvent>, matches: boolean]>([
    [{ source: ['one-time-s3-links', 'other'] }, {}, true],
    [{ source: ['other'] }, {}, false],
    [{ 'detail-type': ['Link Redeemed'] }, {}, true],
    [{ source: ['one-time-s3-links'], 'detail-type': ['Link Refused'] }, {}, false],
    [{ detail: { deployment: ['Shop', 'Invoices'] } }, { detail: { deployment: 'Shop' } }, true],
    [{ detail: { deployment: ['Shop'] } }, { detail: { deployment: 'Invoices' } }, false],
    [{ detail: { deployment: ['Shop'] } }, { detail: {} }, false],
    [{ detail: { deployment: ['Shop'], version: ['1'] } }, { detail: { deployment: 'Shop', version: 1 } }, false],
    [{ detail: { deployment: ['Shop'] } }, { detail: { deployment: ['Invoices', 'Shop'] } }, true],
    [{ source: [{ prefix: 'one-time' }] }, {}, true],
    [{ source: [{ prefix: 'two-time' }] }, {}, false],
    [{ detail: { object: { key: [{ prefix: 'inbox/' }] } } }, { detail: { object: { key: 'inbox/a' } } }, true],
    [{ detail: { object: { key: [{ prefix: 'inbox/' }] } } }, { detail: { object: { key: 'a/inbox/' } } }, false],
    [{ detail: { object: { key: [{ prefix: 'a/' }, 'b'] } } }, { detail: { object: { key: 'b' } } }, true],
    [{ detail: { object: { size: [{ prefix: '1' }] } } }, { detail: { object: { size: 12 } } }, false],
    [{ detail: { bucket: { name: ['b'] } } }, { detail: { bucket: 'b' } }, false],
    [{ detail: { bucket: { name: ['b'] } } }, { detail: {} }, false],
    [
      { detail: { bucket: { name: ['b'] }, object: { key: ['k'] } } },
      { detail: { bucket: { name: 'b' }, object: { key: 'k', size: 1 } } },
      true,
    ],
    [
      { detail: { bucket: { name: ['b'] }, object: { key: ['k'] } } },
      { detail: { bucket: { name: 'a' }, object: { key: 'k' } } },
      false,
    ],
    [{ source: ['other'], detail: { deployment: ['Shop'] } }, { detail: { deployment: 'Shop' } }, false],
  ])('%j and an event with %j: %s', async (pattern, published, matches) => {
    const { rules } = await readRule(
      change(RULE, (rule) => {
        rule.EventPattern = pattern;
      }),
    );
    const event = busEvent({ source: 'one-time-s3-links', detailType: 'Link Redeemed', time: NOW });

    expect(
      rules.map(({ trigger }) => trigger.type === 'pattern' && trigger.matches({ ...event, ...published })),
    ).toEqual([matches]);
  });
});

describe('a schedule', () => {
  test('invokes its function when runSchedules is called, and not before', async () => {
    running = await runDeliveries(
      (stack) => {
        const { fn } = addFunction(stack, 'Receiver', 'receiver');
        new Rule(stack, 'Regularly', {
          schedule: Schedule.rate(Duration.hours(12)),
          targets: [new LambdaFunction(fn)],
        });
      },
      { clock: new SettableClock(NOW) },
    );
    await running.delivered();
    expect(running.received()).toEqual([]);

    await running.runSchedules();
    await running.delivered();
    expect(running.received()).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '123456789012',
        time: '2026-11-28T14:00:00Z',
        region: 'us-east-1',
        resources: [expect.stringMatching(/^arn:aws:events:us-east-1:123456789012:rule\/Test-Regularly[0-9A-F]{8}$/)],
        detail: {},
      },
    ]);
  });

  test.each([
    ['rate(1 minute)', 60_000],
    ['rate(90 minutes)', 5_400_000],
    ['rate(12 hours)', 43_200_000],
    ['rate(2 days)', 172_800_000],
  ])('%s runs every %d ms', async (expression, rateMilliseconds) => {
    const { rules } = await readRule(
      change(RULE, (rule) => {
        delete rule.EventPattern;
        rule.ScheduleExpression = expression;
      }),
    );

    expect(rules.map(({ trigger }) => trigger)).toEqual([{ type: 'schedule', rateMilliseconds }]);
  });
});

/** Reads a stack with one rule, which invokes a function. */
const readRule = reader((stack) => {
  const { fn } = addFunction(stack, 'Receiver', 'receiver');
  new Rule(stack, 'OnRedeemed', {
    eventPattern: { source: ['one-time-s3-links'], detailType: ['Link Redeemed'] },
    targets: [new LambdaFunction(fn)],
  });
});

/** Changes the properties of the only resource of a type. */
function change(type: string, edit: (properties: MutableResource['Properties']) => void): Change {
  return (resources) => edit(resourceNamed(resources, type, '').Properties);
}

describe('the emulator does not start, and names the reason:', () => {
  test.each<[message: string, change: Change]>([
    [
      '.EventPattern.detail.deployment: must be a list',
      change(RULE, (rule) => {
        rule.EventPattern.detail = { deployment: 'Shop' };
      }),
    ],
    [
      '.EventPattern.detail.deployment: the local emulator supports only strings and prefixes',
      change(RULE, (rule) => {
        rule.EventPattern.detail = { deployment: [{ exists: false }] };
      }),
    ],
    [
      '.EventPattern.account: the local emulator does not support this field',
      change(RULE, (rule) => {
        rule.EventPattern.account = ['123456789012'];
      }),
    ],
    [
      '.EventPattern.source: the local emulator supports only strings and prefixes',
      change(RULE, (rule) => {
        rule.EventPattern.source = [{ prefix: 'one-time', suffix: 'links' }];
      }),
    ],
    [
      '.EventPattern: must contain source, detail-type or a field of detail',
      change(RULE, (rule) => {
        rule.EventPattern = {};
      }),
    ],
    [
      '.State: the local emulator supports only "ENABLED", not "DISABLED"',
      change(RULE, (rule) => {
        rule.State = 'DISABLED';
      }),
    ],
    [
      '.ScheduleExpression: the local emulator does not support cron(0 12 * * ? *)',
      change(RULE, (rule) => {
        rule.ScheduleExpression = 'cron(0 12 * * ? *)';
      }),
    ],
    [
      '.ScheduleExpression: the local emulator does not support rate(1 hours)',
      change(RULE, (rule) => {
        rule.ScheduleExpression = 'rate(1 hours)';
      }),
    ],
    [
      '.EventPattern: the local emulator does not support this field',
      change(RULE, (rule) => {
        rule.ScheduleExpression = 'rate(1 hour)';
      }),
    ],
    [
      '.Targets[0].Arn: the local emulator supports only functions of the template, not arn:aws:sqs:us-east-1:123456789012:other',
      change(RULE, (rule) => {
        rule.Targets[0].Arn = 'arn:aws:sqs:us-east-1:123456789012:other';
      }),
    ],
    [
      '.Targets[0].InputTransformer: the local emulator does not support this field',
      change(RULE, (rule) => {
        rule.Targets[0].InputTransformer = { InputTemplate: '"a"' };
      }),
    ],
    [
      '.Targets[0].RetryPolicy: the local emulator does not support this field',
      change(RULE, (rule) => {
        rule.Targets[0].RetryPolicy = { MaximumRetryAttempts: 0 };
      }),
    ],
    [
      '.Targets[0].Arn: no AWS::Lambda::Permission allows arn:aws:events:us-east-1:123456789012:rule/Test-OnRedeemed',
      change('AWS::Lambda::Permission', (properties) => {
        properties.Principal = 'logs.amazonaws.com';
      }),
    ],
  ])('%s', async (message, changed) => {
    await expect(readRule(changed)).rejects.toThrow(message);
  });
});
