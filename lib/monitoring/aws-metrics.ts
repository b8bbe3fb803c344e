import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

/** A metric that DynamoDB has of a table. */
export function tableMetric(metricName: string, dimensionsMap: Readonly<Record<string, string>>): Metric {
  return awsMetric('AWS/DynamoDB', metricName, dimensionsMap);
}

/**
 * Lines that were written into a log. The CDK's own `metricIncomingLogEvents` has a name that there is not, and no dimension:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
 */
export function linesOf(log: ILogGroup): Metric {
  return awsMetric('AWS/Logs', 'IncomingLogEvents', { LogGroupName: log.logGroupName });
}

function awsMetric(namespace: string, metricName: string, dimensionsMap: Readonly<Record<string, string>>): Metric {
  return new Metric({
    namespace,
    metricName,
    dimensionsMap: { ...dimensionsMap },
    statistic: 'Sum',
    period: Duration.minutes(5),
  });
}
