import { Duration } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { FilterPattern, type ILogGroup, type JsonPattern, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  ENVIRONMENT,
  EVENT_SOURCE,
  EVENT_TYPES,
  type EventType,
  LOG_EVENT,
  REFUSED_OUTCOMES,
} from '../../lambda/contract';
import { acknowledge } from './acknowledge';
import { grantKey } from './grants';
import { HandlerFunction } from './handler-function';
import type { ReceiptTable } from './receipt-table';

/** The functions whose logs say what happened to a link. */
type Witness = 'generateUrl' | 'authorizeAccess' | 'describeLink' | 'manageLink';

/** Properties of {@link RecordReceipts}. */
interface RecordReceiptsProps {
  /** Name of the deployment, for events. */
  readonly name: string;
  readonly table: ReceiptTable;
  readonly logs: Readonly<Record<Witness, ILogGroup>>;
  /** Key of the dead-letter queue. @default - a key that SQS owns */
  readonly encryptionKey: IKey | undefined;
}

/**
 * Records redemptions, received files and later attempts in receipts, from the logs of other functions. CloudWatch Logs invokes
 * the function asynchronously. Batches that fail after two retries go to the dead-letter queue.
 */
export class RecordReceipts extends HandlerFunction {
  readonly deadLetters: Queue;
  /** The subscription filters. */
  readonly subscriptions: Construct;
  private readonly table: ReceiptTable;
  private readonly logs: Readonly<Record<Witness, ILogGroup>>;
  private readonly published = new Set<EventType>();

  constructor(scope: Construct, id: string, { name, table, logs, encryptionKey }: RecordReceiptsProps) {
    const deadLetterQueue = new Queue(scope, `${id}DeadLetters`, {
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      ...(encryptionKey === undefined
        ? { encryption: QueueEncryption.SQS_MANAGED }
        : { encryptionMasterKey: encryptionKey }),
    });
    acknowledge(deadLetterQueue, { SQS3: 'It is a dead-letter queue.' });
    super(scope, id, {
      entry: 'record-receipts',
      description: 'Records what happened to one-time links',
      memorySize: 256,
      timeout: Duration.seconds(60),
      deadLetterQueue,
    });
    if (encryptionKey !== undefined) {
      // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
      grantKey(this, encryptionKey, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey']);
    }
    this.deadLetters = deadLetterQueue;
    this.table = table;
    this.logs = logs;
    this.subscriptions = new Construct(this, 'Subscriptions');
    this.addEnvironment(ENVIRONMENT.deploymentName, name);
    table.grant(this, 'dynamodb:UpdateItem');
    this.subscribe('authorizeAccess', logs.authorizeAccess, LOG_EVENT.access, 'redeemed', ...REFUSED_OUTCOMES);
    this.subscribe('describeLink', logs.describeLink, LOG_EVENT.described, ...REFUSED_OUTCOMES);
  }

  /** Records received files from the log of the function that finds them. */
  recordReceived(log: ILogGroup): void {
    this.subscribe('logReceived', log, LOG_EVENT.received);
  }

  /** Publishes events of this type on the bus. All types must be published on the same bus. */
  publish(type: EventType, bus: IEventBus): void {
    if (this.published.has(type)) {
      return;
    }
    if (this.published.size === 0) {
      // A name means a bus of the function's own account.
      const isOwn = bus.env.account === this.env.account;
      this.addEnvironment(ENVIRONMENT.eventBus, isOwn ? bus.eventBusName : bus.eventBusArn);
      const conditions = { StringEquals: { 'events:source': EVENT_SOURCE } };
      this.addToRolePolicy(
        new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus.eventBusArn], conditions }),
      );
    }
    this.published.add(type);
    const published = Object.values(EVENT_TYPES).filter((known) => this.published.has(known));
    this.addEnvironment(ENVIRONMENT.publishedEvents, JSON.stringify(published));
    if (type === EVENT_TYPES.issued) {
      this.subscribe('generateUrl', this.logs.generateUrl, LOG_EVENT.issued);
      this.table.grant(this, 'dynamodb:GetItem');
    } else if (type === EVENT_TYPES.revoked) {
      this.subscribe('manageLink', this.logs.manageLink, LOG_EVENT.revocation, 'revoked');
      this.table.grant(this, 'dynamodb:GetItem');
    }
  }

  /** Publishes redemptions and refused attempts to a topic that sends email. */
  notify(topic: Topic): void {
    this.addEnvironment(ENVIRONMENT.notificationTopic, topic.topicArn);
    this.addToRolePolicy(new PolicyStatement({ actions: ['sns:Publish'], resources: [topic.topicArn] }));
    if (topic.masterKey !== undefined) {
      // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
      grantKey(this, topic.masterKey, 'sns', ['kms:Decrypt', 'kms:GenerateDataKey']);
    }
  }

  /** Subscribes to the lines with this event and, if given, one of these outcomes. */
  private subscribe(id: string, logGroup: ILogGroup, event: string, ...outcomes: readonly string[]): void {
    const isEvent = equals('event', event);
    const isOutcome = outcomes.map((outcome) => equals('outcome', outcome));
    new SubscriptionFilter(this.subscriptions, id, {
      logGroup,
      destination: new LambdaDestination(this),
      filterPattern: isOutcome.length === 0 ? isEvent : FilterPattern.all(isEvent, FilterPattern.any(...isOutcome)),
    });
  }
}

function equals(field: string, value: string): JsonPattern {
  return FilterPattern.stringValue(`$.${field}`, '=', value);
}
