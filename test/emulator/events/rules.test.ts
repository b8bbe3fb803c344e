import { Duration, type Stack } from 'aws-cdk-lib';
import { EventBus, EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type MutableResource, resourceNamed } from '../../support/assembly';
import { SettableClock } from '../../support/settable-clock';
import { addFunction, type Change, type RunningDeliveries, reader, runDeliveries } from '../delivery-fixture';

const RULE = 'AWS::Events::Rule';
const TOPIC = 'AWS::SNS::Topic';
const TOPIC_POLICY = 'AWS::SNS::TopicPolicy';
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

describe('a topic with an email subscription', () => {
  /** Sends a mail about each event. */
  function mailAbout(message?: RuleTargetInput) {
    return (stack: Stack): void => {
      publisherAndReceiver(stack);
      const topic = new Topic(stack, 'Mails', { displayName: 'One-time links', enforceSSL: true });
      topic.addSubscription(new EmailSubscription('ada@example.com'));
      topic.addSubscription(new EmailSubscription('grace@example.com'));
      new Rule(stack, 'OnRedeemed', {
        eventPattern: { source: ['one-time-s3-links'] },
        targets: [new SnsTopic(topic, message && { message })],
      });
    };
  }

  async function textsOf(message: RuleTargetInput | undefined, detail: unknown): Promise<readonly string[]> {
    running = await runDeliveries(mailAbout(message), { clock: new SettableClock(NOW) });
    await running.invoke('Publisher', { entries: [{ ...REDEEMED, Detail: JSON.stringify(detail) }] });
    return running.mails.map(({ text }) => text);
  }

  test('sends a mail to each address', async () => {
    running = await runDeliveries(
      mailAbout(RuleTargetInput.fromText(`Redeemed: ${EventField.fromPath('$.detail.id')}`)),
    );
    await running.invoke('Publisher', { entries: [{ ...REDEEMED, Detail: '{"id":"abc"}' }] });

    const topicName = expect.stringMatching(/^Test-Mails[0-9A-F]{8}$/);
    expect(running.mails).toEqual([
      { topicName, to: 'ada@example.com', text: '"Redeemed: abc"' },
      { topicName, to: 'grace@example.com', text: '"Redeemed: abc"' },
    ]);
  });

  test('sends lines in quotes, with the fields of the event in them', async () => {
    const message = RuleTargetInput.fromMultilineText(
      `The link ${EventField.fromPath('$.detail.link-id')} was "redeemed"\nat ${EventField.time} (${EventField.detailType}),\nfrom ${EventField.fromPath('$.detail.source_ip')}, ${EventField.fromPath('$.detail.count')} times.`,
    );

    expect(await textsOf(message, { 'link-id': 'abc "1"', count: 2 })).toContain(
      '"The link abc "1" was \\"redeemed\\""\n"at 2026-11-28T14:00:00Z (Link Redeemed),"\n"from , 2 times."',
    );
  });

  test('sends the event as JSON if the target has no text', async () => {
    const [text = ''] = await textsOf(undefined, { id: 'abc' });

    expect(JSON.parse(text)).toMatchObject({ 'detail-type': 'Link Redeemed', detail: { id: 'abc' } });
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

/** Reads a stack with one rule, which has a function and a topic as targets. */
const readRule = reader((stack) => {
  const { fn } = addFunction(stack, 'Receiver', 'receiver');
  const topic = new Topic(stack, 'Mails', { displayName: 'One-time links', enforceSSL: true });
  topic.addSubscription(new EmailSubscription('ada@example.com'));
  const message = RuleTargetInput.fromText(`Redeemed: ${EventField.fromPath('$.detail.id')}`);
  new Rule(stack, 'OnRedeemed', {
    eventPattern: { source: ['one-time-s3-links'], detailType: ['Link Redeemed'] },
    targets: [new LambdaFunction(fn), new SnsTopic(topic, { message })],
  });
});

/** Changes the properties of the only resource of a type. */
function change(type: string, edit: (properties: MutableResource['Properties']) => void): Change {
  return (resources) => edit(resourceNamed(resources, type, '').Properties);
}

test('the topic of alarms, to which EventBridge does not publish, is ignored', async () => {
  const readAlarms = reader((stack) => {
    const topic = new Topic(stack, 'Alarms', { fifo: true });
    const principals = [new ServicePrincipal('cloudwatch.amazonaws.com')];
    const resources = [topic.topicArn];
    topic.addToResourcePolicy(new PolicyStatement({ principals, actions: ['sns:Publish'], resources }));
  });

  expect(await readAlarms()).toEqual({ subscriptions: [], rules: [] });
});

describe('the emulator does not start, and names the reason:', () => {
  test.each<[message: string, change: Change]>([
    [
      '.EventPattern.detail: the local emulator does not support this field',
      change(RULE, (rule) => {
        rule.EventPattern.detail = { outcome: ['redeemed'] };
      }),
    ],
    [
      '.EventPattern.source: the local emulator supports only strings',
      change(RULE, (rule) => {
        rule.EventPattern.source = [{ prefix: 'one-time' }];
      }),
    ],
    [
      '.EventPattern: must contain source or detail-type',
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
      '.Targets[0].Arn: the local emulator supports only functions and topics of the template, not arn:aws:sqs:us-east-1:123456789012:other',
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
      '.Targets[1].Input: the local emulator does not support this field',
      change(RULE, (rule) => {
        rule.Targets[1].Input = '"a"';
      }),
    ],
    [
      '.InputTransformer.InputTemplate: the local emulator supports only lines of text in double quotes',
      change(RULE, (rule) => {
        rule.Targets[1].InputTransformer.InputTemplate = '{"id":<detail-id>}';
      }),
    ],
    [
      '.InputTransformer.InputTemplate: InputPathsMap does not contain <id>',
      change(RULE, (rule) => {
        rule.Targets[1].InputTransformer.InputTemplate = '"<id>"';
      }),
    ],
    [
      '.InputTransformer.InputPathsMap: the local emulator does not support the path $.resources[0]',
      change(RULE, (rule) => {
        rule.Targets[1].InputTransformer.InputPathsMap['detail-id'] = '$.resources[0]';
      }),
    ],
    [
      '.Targets[0].Arn: no AWS::Lambda::Permission allows arn:aws:events:us-east-1:123456789012:rule/Test-OnRedeemed',
      change('AWS::Lambda::Permission', (properties) => {
        properties.Principal = 'logs.amazonaws.com';
      }),
    ],
    [
      'no AWS::SNS::TopicPolicy allows events.amazonaws.com to publish',
      change(TOPIC_POLICY, (properties) => {
        properties.PolicyDocument.Statement.pop();
      }),
    ],
    [
      '.Statement[1].Condition: the local emulator does not support this field',
      change(TOPIC_POLICY, (properties) => {
        properties.PolicyDocument.Statement[1].Condition = { StringEquals: { 'aws:SourceAccount': '210987654321' } };
      }),
    ],
    [
      '.Statement[0].Condition: the local emulator supports only the denial of plain HTTP',
      change(TOPIC_POLICY, (properties) => {
        delete properties.PolicyDocument.Statement[0].Condition;
      }),
    ],
    [
      '.Protocol: the local emulator supports only "email", not "https"',
      change('AWS::SNS::Subscription', (properties) => {
        properties.Protocol = 'https';
      }),
    ],
    [
      '.FifoTopic: the local emulator does not support this field',
      change(TOPIC, (properties) => {
        properties.FifoTopic = true;
      }),
    ],
  ])('%s', async (message, changed) => {
    await expect(readRule(changed)).rejects.toThrow(message);
  });
});
