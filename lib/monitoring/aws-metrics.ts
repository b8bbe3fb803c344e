import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

const SUM = { statistic: 'Sum', period: Duration.minutes(5) };

/** Failed requests of one operation, per five minutes. DynamoDB has no metric over all operations. */
export function systemErrors(table: Table, operation: 'DeleteItem' | 'PutItem'): Metric {
  return table.metric('SystemErrors', { ...SUM, dimensionsMap: { TableName: table.tableName, Operation: operation } });
}

/**
 * Lines written to a log group, per five minutes. The CDK's `metricIncomingLogEvents` has the wrong metric name and no
 * dimension: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
 */
export function incomingLines(log: ILogGroup): Metric {
  const dimensionsMap = { LogGroupName: log.logGroupName };
  return new Metric({ ...SUM, namespace: 'AWS/Logs', metricName: 'IncomingLogEvents', dimensionsMap });
}
