import { PublishCommand, SNSClient, ThrottledException } from '@aws-sdk/client-sns';
import { mockClient } from 'aws-sdk-client-mock';
import { notifier } from '../../../lambda/aws/notification-topic';
import { failureOf } from '../support/failure-of';

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:notifications';

const sns = mockClient(SNSClient);
beforeEach(() => {
  sns.reset();
  sns.on(PublishCommand).resolves({});
});

const notify = notifier(TOPIC);

test('each email is one message to the topic', async () => {
  await notify([
    { subject: 'First', text: 'one' },
    { subject: 'Second', text: 'two' },
  ]);

  expect(sns.commandCalls(PublishCommand).map(({ args }) => args[0].input)).toEqual([
    { TopicArn: TOPIC, Subject: 'First', Message: 'one' },
    { TopicArn: TOPIC, Subject: 'Second', Message: 'two' },
  ]);
});

test('an error of SNS is thrown', async () => {
  const error = new ThrottledException({ message: 'slow down', $metadata: { httpStatusCode: 429 } });
  sns.on(PublishCommand).rejects(error);

  expect(await failureOf(notify([{ subject: 'First', text: 'one' }]))).toBe(error);
});
