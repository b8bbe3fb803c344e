import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { addEmailTopic } from '../email-topic';
import { throttleOf } from '../limits';
import { includes, type MonitoringLevel } from './levels';
import { filled, incomingLines, requestCount, SUM, systemErrors } from './link-metrics';
import type { MonitoringProps, Watched } from './watched';

/** An alarm that goes off at `threshold` or above. @default - 1, in 1 of 1 periods */
type AlarmDefinition = Partial<AlarmProps> & {
  readonly metric: IMetric;
  /** Lowest level with this alarm. @default 'full' */
  readonly level?: MonitoringLevel;
  /** What has happened, and what it means. */
  readonly description: string;
};

/** Requests in 5 minutes whose cost is negligible, however low the throttle is. */
const NEGLIGIBLE_REQUESTS = 3000;

/** Requests in a day that cost about half a dollar. */
const NEGLIGIBLE_DAILY_REQUESTS = 100_000;

const DAY = Duration.days(1);

/**
 * The alarms by name. Each has a section of that name in `docs/runbook.md`. All but one watch a single metric: a sum of
 * metrics has no value while one of them has none. The level `basic` has alarms for lost links, failing redemptions, missing
 * receipts, a growing bill, and logs that other alarms depend on.
 */
function alarmsOf(watched: Watched): Readonly<Record<string, AlarmDefinition>> {
  const { api, functions, metrics, table, logs, throttles } = watched;
  const { generateUrl, authorizeAccess, accessObject, manageLink, describeLink } = functions;
  const stage = api.restApi.deploymentStage;
  return {
    'server-errors': {
      level: 'basic',
      metric: metrics.metric('ServerErrors'),
      threshold: 5,
      description: "5 or more 5xx responses in 5 minutes. Readers see 'Please try again'.",
    },
    'authorizer-errors': {
      level: 'basic',
      metric: authorizeAccess.metricErrors(SUM),
      threshold: 3,
      description:
        '3 or more authorizer errors in 5 minutes: DynamoDB, timeouts or an older deployment. Those links cannot be redeemed.',
    },
    'authorizer-slow': {
      metric: authorizeAccess.metricDuration({ ...SUM, statistic: 'p99' }),
      threshold: 2500,
      evaluationPeriods: 3,
      description: 'The p99 duration of the authorizer was 2.5 s or more for 15 minutes. It times out after 5 s.',
    },
    'redirect-errors': {
      metric: accessObject.metricErrors(SUM),
      description: 'The redirect failed after the link was redeemed. That link is lost.',
    },
    'redeemed-in-vain': {
      level: 'basic',
      metric: metrics.metric('RedeemedInVain'),
      description: 'A link was redeemed, but its reader got an error. That link is lost.',
    },
    'issue-errors': {
      metric: generateUrl.metricErrors(SUM),
      description:
        'Issuing failed with an exception or a timeout. Requests refused with 4xx and outages do not count here.',
    },
    'manage-errors': {
      metric: manageLink.metricErrors(SUM),
      description:
        'Managing a link failed with an exception or a timeout. Requests refused with 4xx and outages do not count here.',
    },
    'describe-errors': {
      metric: describeLink.metricErrors(SUM),
      threshold: 3,
      description: '3 or more failed descriptions in 5 minutes. Readers can download files, but do not see which.',
    },
    'record-tampered': {
      metric: metrics.metric('TamperedRecords'),
      description: 'The record of a link does not match its nonce: something else wrote to the table.',
    },
    'redirect-throttled': {
      metric: accessObject.metricThrottles(SUM),
      description: 'Lambda throttled the redirect after the link was redeemed. That link is lost.',
    },
    'authorizer-throttled': {
      metric: authorizeAccess.metricThrottles(SUM),
      description: 'Lambda throttled the authorizer. No link is lost yet; without a reservation, the redirect is next.',
    },
    'issue-throttled': {
      metric: generateUrl.metricThrottles(SUM),
      description: 'Lambda throttled issuing. No link is lost yet, but the redirect shares its concurrency.',
    },
    'manage-throttled': {
      metric: manageLink.metricThrottles(SUM),
      description: 'Lambda throttled a request to manage a link. A link that should be revoked may still be active.',
    },
    'describe-throttled': {
      metric: describeLink.metricThrottles(SUM),
      description: 'Lambda throttled a description. No link is lost yet, but the redirect shares its concurrency.',
    },
    'requests-throttled': {
      metric: metrics.metric('Throttled'),
      threshold: 50,
      description: '50 or more responses with 429 in 5 minutes. Readers or callers are locked out.',
    },
    'request-surge': {
      metric: requestCount(stage),
      threshold: Math.max(NEGLIGIBLE_REQUESTS, (throttleOf(throttles, 'open').rateLimit * SUM.period.toSeconds()) / 5),
      description: 'A fifth of the requests that the throttle allows to redeem links. Every request costs money.',
    },
    'daily-requests': {
      level: 'basic',
      // An average below every other alarm, 24 hours a day, is a bill of thousands of dollars a month.
      metric: requestCount(stage, { period: DAY }),
      threshold: Math.max(NEGLIGIBLE_DAILY_REQUESTS, (throttleOf(throttles, 'open').rateLimit * DAY.toSeconds()) / 50),
      description: 'A fiftieth of the requests that the throttle allows to redeem links, over a day. Check the bill.',
    },
    'logs-incomplete': {
      level: 'basic',
      // Each request has one line in the access log, and each call of the authorizer at least one in its own log.
      metric: new MathExpression({
        expression: 'IF(requests > 10 + 2 * FILL(access, 0) OR FILL(calls, 0) > 10 + 2 * FILL(authorizer, 0), 1, 0)',
        usingMetrics: {
          requests: requestCount(stage),
          access: incomingLines(logs.access),
          calls: authorizeAccess.metricInvocations(SUM),
          authorizer: incomingLines(logs.authorizeAccess),
        },
        // Lines arrive minutes late: the 10 above keeps a request at the end of a quiet hour from counting.
        period: Duration.hours(1),
      }),
      evaluationPeriods: 24,
      datapointsToAlarm: 2,
      description: 'Half of the log lines are missing. The audit log has gaps, and alarms that count lines are blind.',
    },
    'unknown-nonces': {
      metric: metrics.metric('NotActive'),
      threshold: 100,
      description: '100 or more unknown nonces in 5 minutes. Second clicks cause a few; this is a program.',
    },
    'malformed-nonces': {
      metric: metrics.metric('Malformed'),
      threshold: 100,
      description: '100 or more malformed nonces in 5 minutes. Copying mistakes cause a few; this is a program.',
    },
    'outcome-unknown': {
      level: 'basic',
      metric: metrics.metric('OutcomeUnknown'),
      description: 'The outcome of a redemption is unknown: the response of DynamoDB was lost. That link is gone.',
    },
    'storage-failures': {
      metric: metrics.metric('StorageFailures'),
      threshold: 5,
      description: '5 or more calls to DynamoDB or S3 in 5 minutes failed after every attempt.',
    },
    'table-throttled': {
      metric: filled(table.metric('WriteThrottleEvents', SUM)),
      threshold: 10,
      description: '10 or more throttled writes in 5 minutes. Retries hide a few while the table scales.',
    },
    'table-errors': {
      // DynamoDB has no sum over operations. A delete that fails can cost a link.
      metric: filled(systemErrors(table, 'DeleteItem')),
      threshold: 5,
      description: '5 or more failed deletes in 5 minutes. A delete that fails may have been applied.',
    },
  };
}

/** Alarms of functions that exist only with receipts. */
function receiptAlarms({ recordReceipts, removeUploads }: Watched): Readonly<Record<string, AlarmDefinition>> {
  return {
    ...(recordReceipts && {
      'receipts-dead-letters': {
        level: 'basic',
        metric: recordReceipts.deadLetters.metricApproximateNumberOfMessagesVisible({ ...SUM, statistic: 'Maximum' }),
        // SQS sends no metrics for a queue that was idle for six hours, even if it holds messages.
        treatMissingData: TreatMissingData.IGNORE,
        description:
          'Log lines or received files could not be recorded in receipts. Senders do not see what happened to their links.',
      },
      'receipt-errors': {
        metric: recordReceipts.metricErrors(SUM),
        description: 'Recording receipts failed. Lambda retries twice, then sends the batch to the dead-letter queue.',
      },
    }),
    ...(removeUploads && {
      'upload-removal-errors': {
        metric: removeUploads.metricErrors(SUM),
        description: 'Some uploaded files could not be removed after their links had ended. The next run tries again.',
      },
    }),
  };
}

/**
 * Adds the topic that the alarms publish to. It accepts messages over TLS and from alarms of this account only.
 * Without a key it is not encrypted at rest: messages hold an alarm name and a number, and CloudWatch cannot publish to a
 * topic with the AWS managed key (https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger).
 */
export function addAlarmTopic(scope: Construct, { name, alarmEmail, encryptionKey }: MonitoringProps): ITopic {
  const topic = addEmailTopic(scope, 'AlarmTopic', { name, address: alarmEmail, encryptionKey });
  // A topic with its own policy no longer has the default one, which lets services of the account publish.
  const alarmArns = Stack.of(scope).formatArn({ service: 'cloudwatch', resource: 'alarm:*' });
  const fromAlarms = {
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    conditions: { ArnLike: { 'aws:SourceArn': alarmArns } },
  };
  topic.addToResourcePolicy(
    new PolicyStatement({ ...fromAlarms, actions: ['sns:Publish'], resources: [topic.topicArn] }),
  );
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
  encryptionKey?.addToResourcePolicy(
    new PolicyStatement({ ...fromAlarms, actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] }),
  );
  return topic;
}

/** Adds the alarms of the monitoring level. They publish when they go off and when they recover. */
export function addAlarms(scope: Construct, watched: Watched, topic: ITopic): readonly Alarm[] {
  const alarms = Object.entries({ ...alarmsOf(watched), ...receiptAlarms(watched) });
  const existing = alarms.filter(([, { level = 'full' }]) => includes(watched.level, level));
  return existing.map(([name, { description, level: _, evaluationPeriods = 1, ...definition }]) => {
    const alarm = new Alarm(scope, `Alarm-${name}`, {
      threshold: 1,
      evaluationPeriods,
      datapointsToAlarm: evaluationPeriods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Without requests there is no data.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...definition,
      alarmName: `${watched.name}-${name}`,
      alarmDescription: `${description} Runbook: ${watched.runbookBaseUrl}#${name}`,
    });
    alarm.addAlarmAction(new SnsAction(topic));
    alarm.addOkAction(new SnsAction(topic));
    return alarm;
  });
}
