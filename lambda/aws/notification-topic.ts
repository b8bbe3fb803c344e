import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Notification } from '../link/notification';
import { clientSettings, withDeadline } from './client-settings';

/**
 * Returns a function that sends email to the subscribers of a topic.
 *
 * @throws the function throws the SDK's error if SNS gives no usable response. Earlier notifications have been sent.
 */
export function notifier(topicArn: string): (notifications: readonly Notification[]) => Promise<void> {
  const client = new SNSClient(clientSettings());
  return async (notifications) => {
    for (const { subject, text } of notifications) {
      const publish = new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text });
      await withDeadline(async (options) => await client.send(publish, options));
    }
  };
}
