import { checkPlainHttpDenial } from '../iam/plain-http-denial';
import { isAllowed } from '../iam/policy';
import type { FunctionModel } from '../lambda/function-model';
import type { Resource, Template } from '../template/template';

/** A topic to which functions publish. */
export interface TopicModel {
  readonly name: string;
  readonly arn: string;
  /** Addresses of the email subscriptions, which the emulator considers confirmed. */
  readonly emails: readonly string[];
  /** Key that encrypts messages. Publishers need permission to use it. @default - none */
  readonly kmsKeyArn?: string;
}

/** IAM action that publishes a message to a topic. */
export const PUBLISH = 'sns:Publish';

const KEY_ARN = /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/.+$/;

/**
 * Reads the topics to which a function may publish. Others, for example of alarms, are ignored.
 *
 * @throws UnsupportedTemplateError for a subscription that is not by email, or a policy that does more than deny plain HTTP
 */
export function readTopics(template: Template, functions: readonly FunctionModel[]): readonly TopicModel[] {
  return template
    .ofType('AWS::SNS::Topic')
    .filter(({ identity }) => functions.some(({ statements }) => isAllowed(statements, PUBLISH, identity.ref)))
    .flatMap((topic) => template.attempt(topic, () => readTopic(template, topic)) ?? []);
}

function readTopic(template: Template, { identity: { ref: arn }, properties }: Resource): TopicModel {
  const kmsKeyArn = properties.optionalString('KmsMasterKeyId');
  if (kmsKeyArn !== undefined && !KEY_ARN.test(kmsKeyArn)) {
    throw properties.error('KmsMasterKeyId', 'the local emulator supports only the ARN of a key');
  }
  properties.ignore('DisplayName', 'TopicName').done();
  checkPolicies(template, arn);
  const name = arn.split(':').at(-1) ?? arn;
  return { name, arn, emails: readEmails(template, arn), ...(kmsKeyArn !== undefined && { kmsKeyArn }) };
}

function readEmails(template: Template, topicArn: string): readonly string[] {
  return template
    .read('AWS::SNS::Subscription', ({ properties }) => {
      if (properties.optional('TopicArn') !== topicArn) {
        return [];
      }
      const email = properties.only('Protocol', 'email').string('Endpoint');
      properties.done();
      return [email];
    })
    .flat();
}

function checkPolicies(template: Template, topicArn: string): void {
  template.read('AWS::SNS::TopicPolicy', ({ properties }) => {
    if (properties.list('Topics').includes(topicArn)) {
      properties.object('PolicyDocument').objects('Statement').forEach(checkPlainHttpDenial);
    }
  });
}
