import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Unit } from 'aws-cdk-lib/aws-cloudwatch';
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
import type { LinkLogs } from './log-queries';

/** How counts are shown and alarmed on. */
export const SUM = { statistic: 'Sum', period: Duration.minutes(5) };

/** A metric that is counted from lines of a log. */
interface CountedLines {
  readonly metricName: string;
  readonly log: keyof LinkLogs;
  readonly pattern: IFilterPattern;
  /** @default - the name of the metric */
  readonly id?: string;
}

/** The authorizer redeemed the link, and the redirect after it succeeded. */
const REDIRECTED = [outcome('redeemed'), FilterPattern.numberValue('$.status', '<', 400)];

const STORAGE_FAILED = event(LOG_EVENT.storageFailed);

/** Attempts to redeem a link that were refused, by metric. */
export const REFUSED_METRICS = ['NotActive', 'Expired', 'Malformed', 'Prefetch', 'Unfurler'] as const;

/**
 * No metric has dimensions: a dimension has no value until something is counted, and each new value of one costs as much as
 * another metric.
 */
const COUNTED = [
  { metricName: 'Redeemed', log: 'access', pattern: FilterPattern.all(...REDIRECTED) },
  { metricName: 'NotActive', log: 'access', pattern: outcome('not_active') },
  { metricName: 'Expired', log: 'access', pattern: outcome('expired') },
  { metricName: 'OutcomeUnknown', log: 'access', pattern: outcome('outcome_unknown') },
  { metricName: 'Malformed', log: 'access', pattern: outcome('malformed') },
  { metricName: 'Prefetch', log: 'access', pattern: outcome('prefetch') },
  { metricName: 'Unfurler', log: 'access', pattern: outcome('unfurler') },
  { metricName: 'Issued', log: 'generateUrl', pattern: event(LOG_EVENT.issued) },
  { metricName: 'IssueRefused', log: 'generateUrl', pattern: event(LOG_EVENT.issueRefused) },
  { metricName: 'Revoked', log: 'manageLink', pattern: FilterPattern.stringValue('$.outcome', '=', 'revoked') },
  { metricName: 'StorageFailures', log: 'authorizeAccess', pattern: STORAGE_FAILED },
  { metricName: 'StorageFailures', log: 'generateUrl', pattern: STORAGE_FAILED, id: 'IssueStorageFailures' },
  { metricName: 'StorageFailures', log: 'manageLink', pattern: STORAGE_FAILED, id: 'ManageStorageFailures' },
  // API Gateway counts gateway responses with a changed status, such as our 503, as `4XXError`.
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
  { metricName: 'ServerErrors', log: 'access', pattern: FilterPattern.numberValue('$.status', '>=', 500) },
  // API Gateway counts 429 with all other 4xx.
  { metricName: 'Throttled', log: 'access', pattern: FilterPattern.numberValue('$.status', '=', 429) },
] as const satisfies readonly CountedLines[];

/** A metric of {@link LinkMetrics}. All but `RedeemLatency` count something. */
export type LinkMetricName = (typeof COUNTED)[number]['metricName'] | 'RedeemLatency';

/** Metrics that AWS does not provide, counted from the logs by metric filters. */
export class LinkMetrics extends Construct {
  private readonly namespace: string;

  constructor(scope: Construct, id: string, namespace: string, logs: LinkLogs) {
    super(scope, id);
    this.namespace = namespace;
    for (const { metricName, log, pattern, id = metricName } of COUNTED as readonly CountedLines[]) {
      new MetricFilter(this, id, {
        logGroup: logs[log],
        metricNamespace: namespace,
        metricName,
        filterPattern: pattern,
        metricValue: '1',
        // Lines that do not match count as zero, which tells "all is well" from "no data".
        defaultValue: 0,
      });
    }
    new MetricFilter(this, 'RedeemLatency', {
      logGroup: logs.access,
      metricNamespace: namespace,
      metricName: 'RedeemLatency',
      filterPattern: FilterPattern.all(...REDIRECTED, FilterPattern.numberValue('$.latency_ms', '>=', 0)),
      metricValue: '$.latency_ms',
      unit: Unit.MILLISECONDS,
    });
  }

  /** @default - the sum over 5 minutes */
  metric(metricName: LinkMetricName, options?: MetricOptions): Metric {
    return new Metric({ ...SUM, namespace: this.namespace, metricName, ...options }).attachTo(this);
  }
}

/** Failed requests of one operation. DynamoDB has no metric over all operations. */
export function systemErrors(table: Table, operation: 'DeleteItem' | 'PutItem'): Metric {
  return table.metric('SystemErrors', { ...SUM, dimensionsMap: { TableName: table.tableName, Operation: operation } });
}

/**
 * Lines written to a log group. The CDK's `metricIncomingLogEvents` has the wrong metric name and no dimension:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
 */
export function incomingLines(log: ILogGroup): Metric {
  const dimensionsMap = { LogGroupName: log.logGroupName };
  return new Metric({ ...SUM, namespace: 'AWS/Logs', metricName: 'IncomingLogEvents', dimensionsMap });
}

function outcome(name: (typeof REDEEM_OUTCOMES)[number]): JsonPattern {
  return FilterPattern.stringValue('$.outcome', '=', name);
}

function event(name: string): JsonPattern {
  return FilterPattern.stringValue('$.event', '=', name);
}
