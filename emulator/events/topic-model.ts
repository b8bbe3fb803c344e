import type { Fields } from '../template/fields';
import type { Template } from '../template/template';

/** A topic to which EventBridge publishes. */
export interface TopicModel {
  readonly name: string;
  /** Addresses of the email subscriptions. */
  readonly emails: readonly string[];
}

/**
 * Reads a topic that is the target of a rule. Other topics, for example of alarms, are not read.
 *
 * @returns `undefined` if the template has no such topic
 * @throws UnsupportedTemplateError for a subscription that is not by email, or a policy that does not let EventBridge
 * publish
 */
export function readTopic(template: Template, arn: string): TopicModel | undefined {
  const topic = template.ofType('AWS::SNS::Topic').find(({ identity }) => identity.ref === arn);
  if (topic === undefined) {
    return undefined;
  }
  topic.properties.ignore('DisplayName', 'KmsMasterKeyId', 'TopicName').done();
  const statements = template
    .ofType('AWS::SNS::TopicPolicy')
    .filter(({ properties }) => properties.list('Topics').includes(arn))
    .flatMap(({ properties }) => properties.object('PolicyDocument').objects('Statement'));
  if (statements.filter((statement) => allowsEventBridge(statement, arn)).length === 0) {
    throw topic.properties.error('TopicName', 'no AWS::SNS::TopicPolicy allows events.amazonaws.com to publish');
  }
  const emails = template
    .ofType('AWS::SNS::Subscription')
    .filter(({ properties }) => properties.optional('TopicArn') === arn)
    .map(({ properties }) => {
      const email = properties.only('Protocol', 'email').string('Endpoint');
      properties.done();
      return email;
    });
  return { name: arn.split(':').at(-1) ?? arn, emails };
}

/** Ignores the denial of plain HTTP, and permissions of other services. */
function allowsEventBridge(statement: Fields, topicArn: string): boolean {
  if (statement.string('Effect') === 'Deny') {
    statement.only('Condition', { Bool: { 'aws:SecureTransport': 'false' } });
    if (!statement.has('Condition')) {
      throw statement.error('Condition', 'the local emulator supports only the denial of plain HTTP');
    }
    return false;
  }
  const principal = statement.object('Principal');
  if (principal.optional('Service') !== 'events.amazonaws.com') {
    return false;
  }
  principal.done();
  statement.ignore('Sid').only('Action', 'sns:Publish').only('Resource', topicArn).done();
  return true;
}
