import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Function as LambdaFunctionConstruct } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { OneTimeLinks, type OneTimeLinksProps } from '../../../lib/one-time-links';
import { FAST_SYNTH, templateWith } from '../../support/synthesized';
import {
  defaultTemplate,
  idsWhere,
  propertiesOf,
  type RawTemplate,
  type ReadableResources,
  resourcesOf,
  variablesOf,
} from '../support/template';

const resources = resourcesOf(defaultTemplate());
const REDEEMED_OR_REFUSED =
  '{ ($.event = "link_access") && (($.outcome = "redeemed") || ($.outcome = "not_active") || ($.outcome = "expired")) }';
/** The click-through page does not try to redeem a link that has ended. */
const ALWAYS = {
  '<AuthorizeAccessLogs>': REDEEMED_OR_REFUSED,
  '<DescribeLinkLogs>': '{ ($.event = "link_description") && (($.outcome = "not_active") || ($.outcome = "expired")) }',
  '<LogReceivedLogs>': '{ $.event = "object_received" }',
};
const DEFAULT_BUS = 'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default';

/** Finds files that were received in the default bucket. */
const RECEIVED_RULE = {
  Description: 'Received files',
  EventPattern: {
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: {
      bucket: { name: ['<DefaultBucket>'] },
      object: { key: [{ prefix: 'inbox/' }] },
      reason: ['PutObject'],
    },
  },
  State: 'ENABLED',
  Targets: [{ Arn: '<LogReceived.Arn>', Id: 'Target0' }],
};

/** The resources of a stack with the construct and additions. */
function resourcesWith(
  props: (stack: Stack) => OneTimeLinksProps,
  use: (links: OneTimeLinks) => void = () => {},
): ReadableResources {
  const stack = new Stack(new App({ context: FAST_SYNTH }), 'Shop');
  use(new OneTimeLinks(stack, 'Default', props(stack)));
  return resourcesOf(Template.fromStack(stack).toJSON() as RawTemplate);
}

/** Filter patterns of the subscriptions of record-receipts, by log group. */
function subscriptionsIn(template: ReadableResources): Readonly<Record<string, unknown>> {
  const filters = Object.values(propertiesOf(template, 'AWS::Logs::SubscriptionFilter'));
  expect(filters.map(({ DestinationArn }) => DestinationArn)).toEqual(filters.map(() => '<RecordReceipts.Arn>'));
  return Object.fromEntries(filters.map(({ LogGroupName, FilterPattern }) => [LogGroupName, FilterPattern]));
}

function statementsOf(template: ReadableResources, functionId: string): readonly unknown[] {
  const { PolicyDocument } = template[`${functionId}RoleDefaultPolicy`]?.Properties ?? {};
  return (PolicyDocument as { readonly Statement: readonly unknown[] }).Statement;
}

/** Rules for the events of links. */
function rulesIn(template: ReadableResources): readonly unknown[] {
  const rules = Object.values(propertiesOf(template, 'AWS::Events::Rule'));
  return rules.filter(
    ({ EventPattern, Description }) => EventPattern !== undefined && Description !== RECEIVED_RULE.Description,
  );
}

describe('by default', () => {
  test('redemptions, received files and refused attempts are recorded from the logs of other functions, and nothing is published', () => {
    expect(subscriptionsIn(resources)).toEqual(ALWAYS);
    expect(variablesOf(resources, 'RecordReceipts')).toEqual({
      DEPLOYMENT_NAME: 'PreSignedURLStack',
      RECEIPT_TABLE_NAME: '<ReceiptTable>',
    });
    expect(rulesIn(resources)).toEqual([]);
  });

  test('links are issued only once their redemption can be recorded', () => {
    expect(resources['GenerateUrl']?.DependsOn).toEqual(
      expect.arrayContaining(['RecordReceipts', 'RecordReceiptsSubscriptionsauthorizeAccess']),
    );
  });

  test('subscriptions are created after the metric filters, because parallel changes of a log group can fail', () => {
    const filters = idsWhere(resources, ({ Type }) => Type === 'AWS::Logs::MetricFilter');
    expect(filters.length).toBeGreaterThan(0);
    expect(resources['RecordReceiptsSubscriptionsauthorizeAccess']?.DependsOn).toEqual(expect.arrayContaining(filters));
  });

  test('batches that fail go to an encrypted queue, which keeps them for 14 days and accepts TLS only', () => {
    expect(propertiesOf(resources, 'AWS::SQS::Queue')).toEqual({
      RecordReceiptsDeadLetters: { MessageRetentionPeriod: 1_209_600, SqsManagedSseEnabled: true },
    });
    expect(propertiesOf(resources, 'AWS::SQS::QueuePolicy')).toMatchObject({
      RecordReceiptsDeadLettersPolicy: {
        PolicyDocument: {
          Statement: [{ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
        },
      },
    });
  });

  test('received files are found as soon as they arrive, and shared files are removed every 12 hours', () => {
    expect(propertiesOf(resources, 'AWS::Events::Rule')).toEqual({
      LogReceivedRule0: RECEIVED_RULE,
      RemoveUploadsSchedule: {
        Description: expect.any(String),
        ScheduleExpression: 'rate(12 hours)',
        State: 'ENABLED',
        Targets: [{ Arn: '<RemoveUploads.Arn>', Id: 'Target0' }],
      },
    });
  });
});

test('without a default bucket, there are receipts, but no uploads to remove', () => {
  const template = resourcesOf(templateWith({ defaultBucket: false, existingBuckets: ['team-reports'] }));
  expect(template).toHaveProperty('RecordReceipts');
  expect(propertiesOf(template, 'AWS::Events::Rule')).toEqual({});
  expect(Object.keys(template).filter((id) => id.startsWith('RemoveUploads'))).toEqual([]);
});

describe('receiptRetention of 0 days', () => {
  const off = resourcesWith(() => ({ receiptRetention: Duration.days(0), monitoring: 'full' }));

  test('omits the table, functions, queue, subscriptions, rules, routes and alarms', () => {
    const ours = /receipt|removeupload|received|mylinks|Events/i;
    expect(Object.keys(off).filter((id) => ours.test(id))).toEqual([]);
    const types = /^AWS::(SQS|Events)::|SubscriptionFilter$/;
    expect(idsWhere(off, ({ Type }) => types.test(Type))).toEqual([]);
  });

  test('omits the permissions and environment variables', () => {
    // The saved queries contain every route and event.
    const others = Object.values(off).filter(({ Type }) => Type !== 'AWS::Logs::QueryDefinition');
    expect(JSON.stringify(others)).not.toMatch(/receipt|my-links|dynamodb:Query|BatchGetItem/i);
    expect(JSON.stringify(off['SharerPolicy'])).not.toContain('s3:PutObjectTagging');
  });

  test('has no events', () => {
    const use = (links: OneTimeLinks) => {
      links.onRedeemed('Redeemed');
    };
    expect(() => resourcesWith(() => ({ receiptRetention: Duration.days(0) }), use)).toThrow(
      'there are no events without receipts',
    );
  });
});

test('receiptRetention and receiptFileNames go to the function that issues links', () => {
  const template = resourcesWith(() => ({ receiptRetention: Duration.days(365), receiptFileNames: true }));
  expect(variablesOf(template, 'GenerateUrl')).toMatchObject({
    RECEIPT_RETENTION_SECONDS: '31536000',
    RECEIPT_FILE_NAMES: 'true',
  });
  expect(variablesOf(resources, 'GenerateUrl')).not.toHaveProperty('RECEIPT_FILE_NAMES');
});

test('onReceived adds a rule, and needs a bucket that accepts uploads', () => {
  const template = resourcesWith(
    () => ({}),
    (links) => links.onReceived('Received'),
  );
  expect(rulesIn(template)).toMatchObject([{ EventPattern: { 'detail-type': ['Object Received'] } }]);
  expect(variablesOf(template, 'RecordReceipts')['PUBLISHED_EVENTS']).toBe('["Object Received"]');
  const withoutUploads = (stack: Stack) => ({ buckets: [Bucket.fromBucketName(stack, 'Reports', 'team-reports')] });
  expect(() => resourcesWith(withoutUploads, (links) => links.onReceived('Received'))).toThrow(
    'no bucket accepts uploads: set `uploadPrefix` of one of `buckets`, or use the default bucket',
  );
});

test('receiptTable is the receipt table', () => {
  const links = new OneTimeLinks(new Stack(), 'Links');
  expect(links.receiptTable?.node.path).toBe('Default/Links/ReceiptTable/Table');
});

describe('onRedeemed', () => {
  const template = resourcesWith(
    () => ({}),
    (links) => {
      const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:tell-sales';
      const target = new LambdaFunction(LambdaFunctionConstruct.fromFunctionArn(links, 'TellSales', arn));
      links.onRedeemed('Redeemed', { target, description: 'Tells sales' });
    },
  );

  test('adds a rule on the default bus', () => {
    expect(rulesIn(template)).toEqual([
      {
        Description: 'Tells sales',
        EventBusName: 'default',
        EventPattern: {
          source: ['one-time-s3-links'],
          'detail-type': ['Link Redeemed'],
          detail: { deployment: ['Shop'] },
        },
        State: 'ENABLED',
        Targets: [{ Arn: 'arn:aws:lambda:eu-west-1:123456789012:function:tell-sales', Id: 'Target0' }],
      },
    ]);
  });

  test('publishes only this type, from the log that is already subscribed', () => {
    expect(variablesOf(template, 'RecordReceipts')).toEqual({
      DEPLOYMENT_NAME: 'Shop',
      RECEIPT_TABLE_NAME: '<ReceiptTable>',
      EVENT_BUS_NAME: 'default',
      PUBLISHED_EVENTS: '["Link Redeemed"]',
    });
    expect(subscriptionsIn(template)).toEqual(ALWAYS);
  });

  test('allows events with our source on this bus only', () => {
    expect(statementsOf(template, 'RecordReceipts')).toContainEqual({
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: DEFAULT_BUS,
      Condition: { StringEquals: { 'events:source': 'one-time-s3-links' } },
    });
    expect(JSON.stringify(statementsOf(template, 'RecordReceipts'))).not.toContain('dynamodb:GetItem');
  });
});

test.each<[string, (links: OneTimeLinks) => void, string, Readonly<Record<string, string>>]>([
  [
    'onIssued',
    (links) => links.onIssued('Rule'),
    'Link Issued',
    { '<GenerateUrlLogs>': '{ $.event = "link_issued" }' },
  ],
  [
    'onRevoked',
    (links) => links.onRevoked('Rule'),
    'Link Revoked',
    { '<ManageLinkLogs>': '{ ($.event = "link_revocation") && ($.outcome = "revoked") }' },
  ],
])('%s reads one more log, and the receipts', (_method, use, type, subscriptions) => {
  const template = resourcesWith(() => ({}), use);
  expect(rulesIn(template)).toMatchObject([{ EventPattern: { 'detail-type': [type] } }]);
  expect(variablesOf(template, 'RecordReceipts')['PUBLISHED_EVENTS']).toBe(JSON.stringify([type]));
  expect(subscriptionsIn(template)).toEqual({ ...ALWAYS, ...subscriptions });
  expect(JSON.stringify(statementsOf(template, 'RecordReceipts'))).toContain('dynamodb:GetItem');
});

test('several rules for one type publish it once, in the order of the types', () => {
  const template = resourcesWith(
    () => ({}),
    (links) => {
      links.onRefused('Refused');
      links.onRedeemed('Redeemed');
      links.onRedeemed('RedeemedToo');
    },
  );
  expect(rulesIn(template)).toHaveLength(3);
  expect(variablesOf(template, 'RecordReceipts')['PUBLISHED_EVENTS']).toBe('["Link Redeemed","Link Refused"]');
});

describe('eventBus', () => {
  test('receives all event types, and has the rules', () => {
    const template = resourcesWith(
      (stack) => ({ eventBus: new EventBus(stack, 'Bus') as IEventBus }),
      (links) => links.onRevoked('Revoked'),
    );
    expect(variablesOf(template, 'RecordReceipts')).toMatchObject({
      EVENT_BUS_NAME: '<Bus>',
      PUBLISHED_EVENTS: '["Link Issued","Link Redeemed","Link Revoked","Link Refused","Object Received"]',
    });
    expect(rulesIn(template)).toMatchObject([{ EventBusName: '<Bus>' }]);
    expect(Object.keys(subscriptionsIn(template)).sort()).toEqual([
      '<AuthorizeAccessLogs>',
      '<DescribeLinkLogs>',
      '<GenerateUrlLogs>',
      '<LogReceivedLogs>',
      '<ManageLinkLogs>',
    ]);
    const put = { Action: 'events:PutEvents', Resource: '<Bus.Arn>' };
    expect(statementsOf(template, 'RecordReceipts')).toContainEqual(expect.objectContaining(put));
  });

  test.each([
    ['of this account is called by name', 'arn:aws:events:eu-west-1:123456789012:event-bus/links', 'links'],
    [
      'of another account is called by ARN',
      'arn:aws:events:eu-west-1:210987654321:event-bus/links',
      'arn:aws:events:eu-west-1:210987654321:event-bus/links',
    ],
  ])('an imported bus %s', (_which, arn, expected) => {
    const env = { account: '123456789012', region: 'eu-west-1' };
    const stack = new Stack(new App({ context: FAST_SYNTH }), 'Shop', { env });
    new OneTimeLinks(stack, 'Default', { eventBus: EventBus.fromEventBusArn(stack, 'Bus', arn) });
    const template = resourcesOf(Template.fromStack(stack).toJSON() as RawTemplate);
    expect(variablesOf(template, 'RecordReceipts')['EVENT_BUS_NAME']).toBe(expected);
  });
});

describe('notificationEmail', () => {
  const template = resourcesWith(() => ({ notificationEmail: 'ada@example.com', monitoring: 'none' }));

  test('subscribes the address to a topic over TLS', () => {
    expect(propertiesOf(template, 'AWS::SNS::Topic')).toEqual({
      NotificationTopic: { DisplayName: 'One-time links: Shop' },
    });
    expect(Object.values(propertiesOf(template, 'AWS::SNS::Subscription'))).toEqual([
      { Protocol: 'email', Endpoint: 'ada@example.com', TopicArn: '<NotificationTopic>' },
    ]);
    expect(propertiesOf(template, 'AWS::SNS::TopicPolicy')).toMatchObject({
      NotificationTopicPolicy: {
        PolicyDocument: {
          Statement: [
            { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
          ],
        },
      },
    });
  });

  test('lets the function publish to this topic, without events', () => {
    expect(variablesOf(template, 'RecordReceipts')).toEqual({
      DEPLOYMENT_NAME: 'Shop',
      RECEIPT_TABLE_NAME: '<ReceiptTable>',
      NOTIFICATION_TOPIC_ARN: '<NotificationTopic>',
    });
    expect(statementsOf(template, 'RecordReceipts')).toContainEqual({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: '<NotificationTopic>',
    });
    expect(rulesIn(template)).toEqual([]);
  });

  test('two constructs in one stack have separate topics', () => {
    const stack = new Stack(new App({ context: FAST_SYNTH }), 'Shop');
    new OneTimeLinks(stack, 'Links', { notificationEmail: 'ada@example.com' });
    new OneTimeLinks(stack, 'Invoices', { notificationEmail: 'bob@example.com' });
    const both = resourcesOf(Template.fromStack(stack).toJSON() as RawTemplate);
    const topics = Object.keys(propertiesOf(both, 'AWS::SNS::Topic')).filter((id) => id.includes('Notification'));
    expect(topics).toEqual(['LinksNotificationTopic', 'InvoicesNotificationTopic']);
  });
});
