import { Duration } from 'aws-cdk-lib';
import type { Stage } from 'aws-cdk-lib/aws-apigateway';
import { MathExpression, Metric, type MetricOptions, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import {
  FilterPattern,
  type IFilterPattern,
  type ILogGroup,
  type JsonPattern,
  MetricFilter,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LOG_EVENT, type REDEEM_OUTCOMES } from '../../lambda/contract';
import { createInOrder } from './create-in-order';
import { includes, type MonitoringLevel } from './levels';
import type { LinkLogs } from './log-queries';

/** Statistic and period of the counts on the dashboard and in alarms. */
export const SUM = { statistic: 'Sum', period: Duration.minutes(5) };

/** A metric that counts lines of a log. */
interface CountedLines {
  readonly metricName: string;
  readonly log: keyof LinkLogs;
  readonly pattern: IFilterPattern;
  /** Lowest level with this metric. @default 'full' */
  readonly level?: MonitoringLevel;
  /** @default - the name of the metric */
  readonly id?: string;
}

/** Matches requests that redeemed the link and were redirected. */
const REDIRECTED = FilterPattern.all(outcome('redeemed'), FilterPattern.any(status('2*'), status('3*')));

/** Matches requests that redeemed the link and failed: the link is lost. */
const IN_VAIN = FilterPattern.all(outcome('redeemed'), FilterPattern.any(status('4*'), status('5*')));

/** Lookups of a revoked link have the same outcome. */
const REVOKED = FilterPattern.all(event(LOG_EVENT.revocation), FilterPattern.stringValue('$.outcome', '=', 'revoked'));

const STORAGE_FAILED = event(LOG_EVENT.storageFailed);

/** Metrics of refused attempts to redeem a link. */
export const REFUSED_METRICS = ['NotActive', 'Expired', 'Malformed', 'Prefetch', 'Machine'] as const;

/**
 * The level `basic` has the counts that show whether links work, and those that its alarms need.
 *
 * The metrics have no dimensions: each value of a dimension would cost as much as another metric, and has no data until
 * it first occurs.
 */
const COUNTED = [
  { metricName: 'Redeemed', log: 'access', pattern: REDIRECTED, level: 'basic' },
  { metricName: 'RedeemedInVain', log: 'access', pattern: IN_VAIN, level: 'basic' },
  // From the log of the authorizer: AWS does not document that the context of a Deny is in the access log.
  { metricName: 'NotActive', log: 'authorizeAccess', pattern: outcome('not_active'), level: 'basic' },
  { metricName: 'Expired', log: 'authorizeAccess', pattern: outcome('expired') },
  { metricName: 'OutcomeUnknown', log: 'authorizeAccess', pattern: outcome('outcome_unknown'), level: 'basic' },
  { metricName: 'Malformed', log: 'authorizeAccess', pattern: outcome('malformed'), level: 'basic' },
  {
    metricName: 'NotActive',
    log: 'describeLink',
    pattern: outcome('not_active'),
    level: 'basic',
    id: 'DescribeNotActive',
  },
  { metricName: 'Expired', log: 'describeLink', pattern: outcome('expired'), id: 'DescribeExpired' },
  {
    metricName: 'Malformed',
    log: 'describeLink',
    pattern: outcome('malformed'),
    level: 'basic',
    id: 'DescribeMalformed',
  },
  { metricName: 'TamperedRecords', log: 'describeLink', pattern: event(LOG_EVENT.recordTampered) },
  { metricName: 'Prefetch', log: 'authorizeAccess', pattern: outcome('prefetch') },
  { metricName: 'Machine', log: 'authorizeAccess', pattern: outcome('machine') },
  { metricName: 'InvalidUpload', log: 'authorizeAccess', pattern: outcome('invalid_upload') },
  { metricName: 'Received', log: 'logReceived', pattern: event(LOG_EVENT.received) },
  { metricName: 'Issued', log: 'generateUrl', pattern: event(LOG_EVENT.issued), level: 'basic' },
  { metricName: 'IssueRefused', log: 'generateUrl', pattern: event(LOG_EVENT.issueRefused) },
  { metricName: 'Revoked', log: 'manageLink', pattern: REVOKED, level: 'basic' },
  { metricName: 'StorageFailures', log: 'authorizeAccess', pattern: STORAGE_FAILED },
  { metricName: 'StorageFailures', log: 'generateUrl', pattern: STORAGE_FAILED, id: 'IssueStorageFailures' },
  { metricName: 'StorageFailures', log: 'manageLink', pattern: STORAGE_FAILED, id: 'ManageStorageFailures' },
  { metricName: 'StorageFailures', log: 'describeLink', pattern: STORAGE_FAILED, id: 'DescribeStorageFailures' },
  { metricName: 'StorageFailures', log: 'recordReceipts', pattern: STORAGE_FAILED, id: 'ReceiptStorageFailures' },
  { metricName: 'StorageFailures', log: 'logReceived', pattern: STORAGE_FAILED, id: 'ReceivedStorageFailures' },
  { metricName: 'StorageFailures', log: 'removeUploads', pattern: STORAGE_FAILED, id: 'RemovalStorageFailures' },
  // API Gateway counts gateway responses with a customized status, such as our 503, as `4XXError`.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
  { metricName: 'ServerErrors', log: 'access', pattern: status('5*'), level: 'basic' },
  // API Gateway has no separate metric for 429.
  { metricName: 'Throttled', log: 'access', pattern: status('429'), level: 'basic' },
] as const satisfies readonly CountedLines[];

/** Name of a metric of {@link LinkMetrics}. All are counts, except `RedeemLatency`. */
export type LinkMetricName = (typeof COUNTED)[number]['metricName'] | 'RedeemLatency';

const COUNTED_LINES: readonly (CountedLines & { readonly metricName: LinkMetricName })[] = COUNTED;

/**
 * Metrics that AWS does not provide, extracted from the logs by metric filters. The level decides which of them exist.
 */
export class LinkMetrics extends Construct {
  private readonly namespace: string;
  private readonly level: MonitoringLevel;

  constructor(scope: Construct, id: string, namespace: string, logs: LinkLogs, level: MonitoringLevel) {
    super(scope, id);
    this.namespace = namespace;
    this.level = level;
    for (const { metricName, log, pattern, id = metricName } of COUNTED_LINES.filter((lines) =>
      this.has(lines.metricName),
    )) {
      const logGroup = logs[log];
      if (logGroup === undefined) {
        continue;
      }
      new MetricFilter(this, id, {
        logGroup,
        metricNamespace: namespace,
        metricName,
        filterPattern: pattern,
        metricValue: '1',
        // Other lines count as zero, so that the metric has data while nothing goes wrong.
        defaultValue: 0,
      });
    }
    if (this.has('RedeemLatency')) {
      new MetricFilter(this, 'RedeemLatency', {
        logGroup: logs.access,
        metricNamespace: namespace,
        metricName: 'RedeemLatency',
        // CloudWatch Logs can publish only a field that the filter matches.
        filterPattern: FilterPattern.all(REDIRECTED, FilterPattern.exists('$.latency_ms')),
        metricValue: '$.latency_ms',
        unit: Unit.MILLISECONDS,
      });
    }
    createInOrder(this.node.children);
  }

  /** Whether the metric exists at the monitoring level. */
  has(metricName: LinkMetricName): boolean {
    const [{ level = 'full' } = {}] = COUNTED_LINES.filter((lines) => lines.metricName === metricName);
    return includes(this.level, level);
  }

  /** @default - the sum over 5 minutes */
  metric(metricName: LinkMetricName, options?: MetricOptions): Metric {
    return new Metric({ ...SUM, namespace: this.namespace, metricName, ...options }).attachTo(this);
  }
}

/**
 * Returns a metric of DynamoDB with 0 for periods without data. An alarm on the metric itself ignores such periods and would
 * stay in ALARM: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function filled(metric: Metric): MathExpression {
  // IDs of metrics start with a lowercase letter.
  const id = metric.metricName.charAt(0).toLowerCase() + metric.metricName.slice(1);
  return new MathExpression({ expression: `FILL(${id}, 0)`, usingMetrics: { [id]: metric }, period: SUM.period });
}

/** Returns the failed requests of one operation. DynamoDB has no metric for all operations together. */
export function systemErrors(table: Table, operation: 'DeleteItem' | 'PutItem'): Metric {
  return table.metric('SystemErrors', { ...SUM, dimensionsMap: { TableName: table.tableName, Operation: operation } });
}

/**
 * Returns the number of requests to the API. The statistic of `Count` is `SampleCount`:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
export function requestCount(stage: Stage, options?: MetricOptions): Metric {
  return stage.metricCount({ ...SUM, statistic: 'SampleCount', ...options });
}

/**
 * Returns the number of lines written to a log group. CDK's `metricIncomingLogEvents` uses a wrong metric name and no
 * dimension:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
 */
export function incomingLines(log: ILogGroup): Metric {
  const dimensionsMap = { LogGroupName: log.logGroupName };
  return new Metric({ ...SUM, namespace: 'AWS/Logs', metricName: 'IncomingLogEvents', dimensionsMap });
}

function outcome(name: (typeof REDEEM_OUTCOMES)[number]): JsonPattern {
  return FilterPattern.stringValue('$.outcome', '=', name);
}

/** Matches a status of the access log, which is a string: `5*` is any 5xx. */
function status(pattern: string): JsonPattern {
  return FilterPattern.stringValue('$.status', '=', pattern);
}

function event(name: string): JsonPattern {
  return FilterPattern.stringValue('$.event', '=', name);
}
