import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { defined } from './defined';

/**
 * The display name of an SNS topic has at most 100 characters:
 * https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
 */
const DISPLAY_NAME_PREFIX = 'One-time links: ';
export const MAX_NAME_LENGTH = 100 - DISPLAY_NAME_PREFIX.length;

/** Properties of a topic that sends email. */
interface EmailTopicProps {
  /** Name of the deployment, of at most {@link MAX_NAME_LENGTH} characters. The sender of its email. */
  readonly name: string;
  /** Address to subscribe. */
  readonly address: string | undefined;
  readonly encryptionKey: IKey | undefined;
}

/** Adds a topic that sends email. It accepts messages over TLS only. */
export function addEmailTopic(scope: Construct, id: string, { name, address, encryptionKey }: EmailTopicProps): Topic {
  const topic = new Topic(scope, id, {
    displayName: `${DISPLAY_NAME_PREFIX}${name}`,
    enforceSSL: true,
    ...defined({ masterKey: encryptionKey }),
  });
  if (address !== undefined) {
    topic.addSubscription(new EmailSubscription(address));
  }
  return topic;
}
