import { Duration } from 'aws-cdk-lib';
import { type Metric, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { LOG_EVENT, OPEN_OUTCOMES } from '../../lambda/contract';
import type { LinkLogs } from './log-queries';
import { namespaceOf } from './namespace';

type OpenOutcome = (typeof OPEN_OUTCOMES)[number];

/**
 * Name of the metric of each outcome. A metric an outcome, and no dimension: a metric with dimensions has no value while
 * all is well, and each new value of a dimension is one more metric to pay for, which must never be a stranger's to choose.
 */
const OUTCOME_METRICS: Readonly<Record<OpenOutcome, string>> = {
  opened: 'Opened',
  unknown_or_spent: 'UnknownOrSpent',
  expired: 'Expired',
  lost_reply: 'LostReplies',
  malformed: 'Malformed',
  prefetch: 'Prefetch',
  unfurler: 'Unfurler',
};

/** The authorizer redeemed, and the redirect did not fail after it. */
const LED_ON = FilterPattern.numberValue('$.status', '<', 400);

/** The metrics that AWS does not have by itself, counted in the logs by metric filters. */
export class LinkMetrics extends Construct {
  /** Requests to open a link, by what came of them; of the opened ones, those that led to the object. */
  readonly outcomes: Readonly<Record<OpenOutcome, Metric>>;
  /** Links that were made. */
  readonly issued: Metric;
  /** Links that were revoked before anybody opened them. */
  readonly revoked: Metric;
  /** Requests for a link that a function refused. */
  readonly issueRefused: Metric;
  /** Calls of S3 and DynamoDB that failed for good, after every try. */
  readonly storageFailures: Metric;
  /**
   * Answers of 5xx. API Gateway's own `5XXError` will not do: it counts gateway responses whose status was changed, as ours
   * is to 503, as `4XXError`.
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
   */
  readonly serverErrors: Metric;
  /** Answers of 429: API Gateway counts them among all others of 4xx. */
  readonly throttled: Metric;
  /** Milliseconds that the openers of links waited. */
  readonly openLatency: Metric;

  constructor(scope: Construct, id: string, logs: LinkLogs) {
    super(scope, id);
    const outcomes = OPEN_OUTCOMES.map((outcome) => {
      const pattern = FilterPattern.stringValue('$.outcome', '=', outcome);
      const counted = outcome === 'opened' ? FilterPattern.all(pattern, LED_ON) : pattern;
      return [outcome, this.count(OUTCOME_METRICS[outcome], logs.access, counted)] as const;
    });
    this.outcomes = Object.fromEntries(outcomes) as Record<OpenOutcome, Metric>;
    this.issued = this.count('Issued', logs.generateUrl, ofEvent(LOG_EVENT.issued));
    this.issueRefused = this.count('IssueRefused', logs.generateUrl, ofEvent(LOG_EVENT.issueRefused));
    this.revoked = this.count('Revoked', logs.manageLink, FilterPattern.stringValue('$.outcome', '=', 'revoked'));
    this.storageFailures = this.count('StorageFailures', logs.authorizeAccess, ofEvent(LOG_EVENT.storageFailed));
    this.count('StorageFailures', logs.generateUrl, ofEvent(LOG_EVENT.storageFailed), 'IssueStorageFailures');
    this.count('StorageFailures', logs.manageLink, ofEvent(LOG_EVENT.storageFailed), 'ManageStorageFailures');
    this.serverErrors = this.count('ServerErrors', logs.access, FilterPattern.numberValue('$.status', '>=', 500));
    this.throttled = this.count('Throttled', logs.access, FilterPattern.numberValue('$.status', '=', 429));
    this.openLatency = new MetricFilter(this, 'OpenLatency', {
      logGroup: logs.access,
      metricNamespace: namespaceOf(this),
      metricName: 'OpenLatency',
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.outcome', '=', 'opened'),
        LED_ON,
        FilterPattern.numberValue('$.latency_ms', '>=', 0),
      ),
      metricValue: '$.latency_ms',
      unit: Unit.MILLISECONDS,
    }).metric({ period: Duration.minutes(5) });
  }

  /** Counts lines. The zero of a line that does not match is what tells «all is well» from «no data». */
  private count(
    metricName: string,
    logGroup: ILogGroup,
    filterPattern: IFilterPattern,
    id: string = metricName,
  ): Metric {
    return new MetricFilter(this, id, {
      logGroup,
      metricNamespace: namespaceOf(this),
      metricName,
      filterPattern,
      metricValue: '1',
      defaultValue: 0,
    }).metric({ statistic: 'Sum', period: Duration.minutes(5) });
  }
}

function ofEvent(event: string): IFilterPattern {
  return FilterPattern.stringValue('$.event', '=', event);
}
