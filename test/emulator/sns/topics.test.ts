import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { type MutableResource, resourceNamed } from '../../support/assembly';
import { addFunction, type Change, type RunningDeliveries, reader, runDeliveries } from '../delivery-fixture';

const SUBSCRIPTION = 'AWS::SNS::Subscription';

let running: RunningDeliveries | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

/** Adds a topic with two subscribers, and a function that may publish to it. */
function mailerAndTopic(stack: Stack): void {
  const topic = new Topic(stack, 'Emails', { displayName: 'One-time links', enforceSSL: true });
  topic.addSubscription(new EmailSubscription('ada@example.com'));
  topic.addSubscription(new EmailSubscription('grace@example.com'));
  const { role } = addFunction(stack, 'Mailer', 'mailer', { environment: { TOPIC_ARN: topic.topicArn } });
  role.addToPolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
}

test('a function that publishes to a topic sends an email to each subscribed address', async () => {
  running = await runDeliveries(mailerAndTopic);
  const messageId = await running.invoke('Mailer', {
    Subject: 'Redeemed',
    Message: 'A link was redeemed.\n\nBy: "Ada"',
  });

  const topicName = expect.stringMatching(/^Test-Emails[0-9A-F]{8}$/);
  const email = { topicName, subject: 'Redeemed', text: 'A link was redeemed.\n\nBy: "Ada"' };
  expect(messageId).toMatch(/^[0-9a-f-]{36}$/);
  expect(running.emails).toEqual([
    { ...email, to: 'ada@example.com' },
    { ...email, to: 'grace@example.com' },
  ]);
  expect(running.calls.at(-1)).toEqual({
    principalArn: expect.stringMatching(/:assumed-role\/Test-MailerRole/),
    action: 'sns:Publish',
    resource: expect.stringMatching(/^arn:aws:sns:us-east-1:123456789012:Test-Emails[0-9A-F]{8}$/),
  });
});

const readTopicsOf = reader((stack) => {
  mailerAndTopic(stack);
  const alarms = new Topic(stack, 'Alarms', { fifo: true });
  const principals = [new ServicePrincipal('cloudwatch.amazonaws.com')];
  const resources = [alarms.topicArn];
  alarms.addToResourcePolicy(new PolicyStatement({ principals, actions: ['sns:Publish'], resources }));
});

test('the topic of alarms, to which no function may publish, is ignored', async () => {
  const { topics } = await readTopicsOf();

  expect(topics).toEqual([
    {
      name: expect.stringMatching(/^Test-Emails[0-9A-F]{8}$/),
      arn: expect.stringMatching(/^arn:aws:sns:us-east-1:123456789012:Test-Emails[0-9A-F]{8}$/),
      emails: ['ada@example.com', 'grace@example.com'],
    },
  ]);
});

/** Changes the properties of the topic `Emails`, its policy or its first subscription. */
function change(type: string, edit: (properties: MutableResource['Properties']) => void): Change {
  return (resources) => edit(resourceNamed(resources, type, type === SUBSCRIPTION ? 'Emailsada' : 'Emails').Properties);
}

describe('the emulator does not start, and names the reason:', () => {
  test.each<[message: string, change: Change]>([
    [
      '.Statement[0].Effect: the local emulator supports only "Deny", not "Allow"',
      change('AWS::SNS::TopicPolicy', (properties) => {
        properties.PolicyDocument.Statement[0].Effect = 'Allow';
      }),
    ],
    [
      '.Statement[0].Condition: the local emulator supports only {"Bool":{"aws:SecureTransport":"false"}}, not {"Bool":{"aws:SecureTransport":"true"}}',
      change('AWS::SNS::TopicPolicy', (properties) => {
        properties.PolicyDocument.Statement[0].Condition = { Bool: { 'aws:SecureTransport': 'true' } };
      }),
    ],
    [
      '.Statement[0].Condition: the local emulator supports only the denial of plain HTTP',
      change('AWS::SNS::TopicPolicy', (properties) => {
        delete properties.PolicyDocument.Statement[0].Condition;
      }),
    ],
    [
      '.Protocol: the local emulator supports only "email", not "https"',
      change(SUBSCRIPTION, (properties) => {
        properties.Protocol = 'https';
      }),
    ],
    [
      '.FilterPolicy: the local emulator does not support this field',
      change(SUBSCRIPTION, (properties) => {
        properties.FilterPolicy = { status: ['redeemed'] };
      }),
    ],
    [
      '.KmsMasterKeyId: the local emulator supports only the ARN of a key',
      change('AWS::SNS::Topic', (properties) => {
        properties.KmsMasterKeyId = 'alias/aws/sns';
      }),
    ],
    [
      '.FifoTopic: the local emulator does not support this field',
      change('AWS::SNS::Topic', (properties) => {
        properties.FifoTopic = true;
      }),
    ],
  ])('%s', async (message, changed) => {
    await expect(readTopicsOf(changed)).rejects.toThrow(message);
  });
});
