import { EventField, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { EVENT_TYPES, type EventType } from '../../lambda/contract';
import { addMailTopic } from '../mail-topic';
import type { LinkEvents } from './link-events';

/** Properties of {@link NotificationMail}. */
interface NotificationMailProps {
  readonly events: LinkEvents;
  /** Name of the deployment. */
  readonly name: string;
  readonly address: string;
  /** Whether receipts have the names of the files. */
  readonly hasFileNames: boolean;
  readonly encryptionKey: IKey | undefined;
}

/** Sends a mail for each redeemed link, and for each refused attempt to redeem it afterwards. */
export class NotificationMail extends Construct {
  constructor(scope: Construct, id: string, props: NotificationMailProps) {
    super(scope, id);
    const { events, name, address, hasFileNames, encryptionKey } = props;
    const topic = addMailTopic(this, 'Topic', { name, address, encryptionKey });
    // Without a condition, because EventBridge documents none for topics:
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    encryptionKey?.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    const link = [
      `Link ID: ${field('link_id')}`,
      ...(hasFileNames ? [`File: ${field('file_name')}`] : []),
      `Issued by: ${field('created_by')}`,
      `Issued at: ${field('created_at')}`,
    ];
    const attempt = [`IP address: ${field('source_ip')}`, `User agent: ${field('user_agent')}`];
    const mail = (ruleId: string, type: EventType, lines: readonly string[]) => {
      const message = RuleTargetInput.fromMultilineText(lines.join('\n'));
      events.addRule(this, ruleId, type, { target: new SnsTopic(topic, { message }) });
    };
    mail('Redeemed', EVENT_TYPES.redeemed, [
      'A one-time link was redeemed.',
      '',
      ...link,
      `Redeemed at: ${field('at')}`,
      ...attempt,
    ]);
    mail('Refused', EVENT_TYPES.refused, [
      'A link that is no longer active was requested again. The request was refused.',
      'This can be harmless: a double click, or a reader who returns to an old message.',
      '',
      ...link,
      `Refused at: ${field('at')}`,
      ...attempt,
      `Refused requests so far: ${field('refused_count')}`,
    ]);
  }
}

function field(name: string): string {
  return EventField.fromPath(`$.detail.${name}`);
}
