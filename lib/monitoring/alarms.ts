import { Duration, Stack } from 'aws-cdk-lib';
import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Throttles } from '../options/throttles';
import { linesOf, tableMetric } from './aws-metrics';
import type { LinkMetrics } from './link-metrics';

/** The functions behind the API, each of which is watched for something else. */
export interface LinkFunctions {
  readonly generateUrl: LambdaFunction;
  readonly authorizeAccess: LambdaFunction;
  readonly accessObject: LambdaFunction;
  readonly manageLink: LambdaFunction;
}

/** What is watched. */
export interface Watched {
  readonly metrics: LinkMetrics;
  readonly functions: LinkFunctions;
  readonly tableName: string;
  readonly stage: Stage;
  readonly accessLog: ILogGroup;
  readonly throttles: Throttles;
}

/** What people are called for. */
interface AlarmDefinition {
  readonly metric: IMetric;
  /** Goes off from this value on. */
  readonly threshold: number;
  /** Why this value. */
  readonly why: string;
  /** How many periods are looked at. @default 1 */
  readonly periods?: number;
  /** In how many of them. @default - in all */
  readonly breaching?: number;
}

const PERIOD = Duration.minutes(5);
/** In a period: what they cost nobody notices, however low the throttle. */
const FEW_REQUESTS = 3000;

/**
 * The alarms by name, which is that of a section in `docs/runbook.md` as well. Each looks at one metric, but for one: the sum
 * of two has no value where one of them has none, as errors have none while there are none.
 */
function alarmsOf(watched: Watched): Readonly<Record<string, AlarmDefinition>> {
  const { metrics, functions, tableName, stage, accessLog, throttles } = watched;
  const { generateUrl, authorizeAccess, accessObject, manageLink } = functions;
  const sum = { statistic: 'Sum', period: PERIOD };
  return {
    'server-errors': {
      metric: metrics.serverErrors,
      threshold: 5,
      why: 'One is a hiccup that the next try hides; five in five minutes are none.',
    },
    'authorizer-errors': {
      metric: authorizeAccess.metricErrors(sum),
      threshold: 3,
      why: 'It throws only when storage fails after three tries, or when its time is up: nobody can open a link then.',
    },
    'authorizer-slow': {
      metric: authorizeAccess.metricDuration({ statistic: 'p99', period: PERIOD }),
      threshold: 2500,
      periods: 3,
      why: 'Half of its time-out, in milliseconds. One slow call is a retry; a quarter of an hour of them is not.',
    },
    'redirect-errors': {
      metric: accessObject.metricErrors(sum),
      threshold: 1,
      why: 'Each is a link that was redeemed and led nowhere.',
    },
    'issue-errors': {
      metric: generateUrl.metricErrors(sum),
      threshold: 1,
      why: 'Refusals and outages are answers, not errors: what is left is a bug or a time-out.',
    },
    'manage-errors': {
      metric: manageLink.metricErrors(sum),
      threshold: 1,
      why: 'Refusals and outages are answers, not errors: what is left is a bug or a time-out.',
    },
    'redirect-throttled': {
      metric: accessObject.metricThrottles(sum),
      threshold: 1,
      why: 'Each is a link that was redeemed and led nowhere.',
    },
    'authorizer-throttled': {
      metric: authorizeAccess.metricThrottles(sum),
      threshold: 1,
      why: 'It loses no link, but the redirect after it shares the same quota.',
    },
    'issue-throttled': {
      metric: generateUrl.metricThrottles(sum),
      threshold: 1,
      why: 'It loses no link, but those who open some share the same quota.',
    },
    'manage-throttled': {
      metric: manageLink.metricThrottles(sum),
      threshold: 1,
      why: 'It loses no link, but a link that somebody wants revoked stays open for as long.',
    },
    'requests-throttled': {
      metric: metrics.throttled,
      threshold: 50,
      why: 'A script that is slowed down for a moment is what throttles are for; fifty in five minutes keep people out.',
    },
    'request-surge': {
      metric: stage.metricCount(sum),
      threshold: Math.max(FEW_REQUESTS, (throttles.open.ratePerSecond * PERIOD.toSeconds()) / 5),
      why: 'A fifth of what the throttle lets through to open links. Each request costs, whatever comes of it.',
    },
    'access-log-silent': {
      metric: new MathExpression({
        expression: 'IF(requests > 0 AND FILL(lines, 0) == 0, 1, 0)',
        usingMetrics: { requests: stage.metricCount(sum), lines: linesOf(accessLog) },
        // Lines come minutes late, and there may be hours without a request.
        period: Duration.hours(1),
      }),
      threshold: 1,
      periods: 24,
      breaching: 2,
      why: 'There are requests, and no lines about them: evidence is lost, and the alarms that count lines are deaf.',
    },
    'unknown-nonces': {
      metric: metrics.outcomes.unknown_or_spent,
      threshold: 100,
      why: 'People who open a link twice make a few; a hundred in five minutes are a program.',
    },
    'malformed-nonces': {
      metric: metrics.outcomes.malformed,
      threshold: 100,
      why: 'Links that were copied by hand make a few; a hundred in five minutes are a program.',
    },
    'lost-replies': {
      metric: metrics.outcomes.lost_reply,
      threshold: 1,
      why: 'Each is a link that is gone, and a reader who has nothing.',
    },
    'storage-failures': {
      metric: metrics.storageFailures,
      threshold: 5,
      why: 'Each stands for three tries: five in five minutes are an outage.',
    },
    'table-throttled': {
      metric: tableMetric('WriteThrottleEvents', { TableName: tableName }),
      threshold: 10,
      why: 'Tries after a throttle hide a few while the table grows.',
    },
    'table-errors': {
      // Of the delete, where it can cost a link. DynamoDB has no sum over operations.
      metric: tableMetric('SystemErrors', { TableName: tableName, Operation: 'DeleteItem' }),
      threshold: 5,
      why: 'Tries hide a few, and a delete that failed so may have been applied.',
    },
  };
}

/**
 * Makes the alarms, and the topic that they are published to. It takes messages over TLS only, and from the alarms of this
 * account only. It is not encrypted at rest: what is in a message is the name of an alarm and a number, and with the key
 * that AWS has for that, CloudWatch may not publish (https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger).
 *
 * @param email who gets a mail, if anybody.
 */
export function addAlarms(
  scope: Construct,
  watched: Watched,
  email: string | undefined,
): { readonly topic: ITopic; readonly alarms: readonly Alarm[] } {
  const stack = Stack.of(scope);
  const topic = new Topic(scope, 'AlarmTopic', { displayName: `One-time links: ${stack.stackName}`, enforceSSL: true });
  // A topic with a policy of its own has lost the one that lets the account's services publish.
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { ArnLike: { 'aws:SourceArn': stack.formatArn({ service: 'cloudwatch', resource: 'alarm:*' }) } },
    }),
  );
  if (email !== undefined) {
    topic.addSubscription(new EmailSubscription(email));
  }
  const alarms = Object.entries(alarmsOf(watched)).map(
    ([name, { metric, threshold, why, periods = 1, breaching = periods }]) => {
      const alarm = new Alarm(scope, `Alarm-${name}`, {
        alarmName: `${stack.stackName}-${name}`,
        alarmDescription: `${why} What to do: docs/runbook.md#${name}`,
        metric,
        threshold,
        evaluationPeriods: periods,
        datapointsToAlarm: breaching,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // Nobody asked for anything.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(new SnsAction(topic));
      return alarm;
    },
  );
  return { topic, alarms };
}
