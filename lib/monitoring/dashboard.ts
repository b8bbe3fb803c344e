import { Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { incomingLines, type LinkMetricName, REFUSED_METRICS, requestCount, SUM, systemErrors } from './link-metrics';
import { queryString, SECOND_ATTEMPT_LOGS, SECOND_ATTEMPTS } from './log-queries';
import type { Watched } from './watched';

const FULL_WIDTH = 24;

/**
 * Adds the dashboard of the metrics and alarms that exist: alarms first, then the links, then the resources behind
 * them.
 */
export function addDashboard(scope: Construct, watched: Watched, alarms: readonly cloudwatch.Alarm[]): void {
  const { name, namespace, api, metrics, table, logs, recordReceipts, removeUploads } = watched;
  const { generateUrl, authorizeAccess, accessObject, manageLink, openLink, describeLink } = watched.functions;
  const stage = api.restApi.deploymentStage;
  const counts = (...names: readonly LinkMetricName[]) =>
    names.filter((metricName) => metrics.has(metricName)).map((metricName) => metrics.metric(metricName));
  const latency = (statistic: string) => metrics.metric('RedeemLatency', { statistic, label: statistic });
  const latencies = metrics.has('RedeemLatency')
    ? [graph('Latency of redemptions, in milliseconds', ['p50', 'p95', 'p99'].map(latency))]
    : [];
  const byLabel = {
    issue: generateUrl,
    authorizer: authorizeAccess,
    redirect: accessObject,
    manage: manageLink,
    page: openLink,
    describe: describeLink,
    ...(recordReceipts && { receipts: recordReceipts }),
  };
  const eachFunction = (metricName: string, statistic: string) =>
    Object.entries(byLabel).map(([label, fn]) => fn.metric(metricName, { ...SUM, statistic, label }));
  // Only errors, because a dashboard with more than 50 metrics is not free.
  const removalErrors = removeUploads ? [removeUploads.metricErrors({ ...SUM, label: 'upload removal' })] : [];
  const deadLetters = recordReceipts
    ? [recordReceipts.deadLetters.metricApproximateNumberOfMessagesVisible({ ...SUM, statistic: 'Maximum' })]
    : [];
  const intro = `Runbook: ${watched.runbookBaseUrl}. Saved queries: Logs Insights, folder *${namespace}*.`;
  new cloudwatch.Dashboard(scope, 'Dashboard', {
    // Dashboards are global in an account, stack names are not.
    dashboardName: `${name}-links-${Stack.of(scope).region}`,
    widgets: [
      [new cloudwatch.TextWidget({ width: FULL_WIDTH, height: 1, markdown: intro })],
      [new cloudwatch.AlarmStatusWidget({ width: FULL_WIDTH, height: 3, title: 'Alarms', alarms: [...alarms] })],
      [
        graph(
          'Links issued, redeemed and revoked',
          counts('Issued', 'Redeemed', 'Received', 'Revoked', 'IssueRefused'),
        ),
        graph('Attempts refused, by reason', counts(...REFUSED_METRICS, 'InvalidUpload')),
      ],
      [
        graph(
          'Outcome unknown, failed, throttled',
          counts('RedeemedInVain', 'OutcomeUnknown', 'StorageFailures', 'TamperedRecords', 'ServerErrors', 'Throttled'),
        ),
        ...latencies,
      ],
      [
        new cloudwatch.LogQueryWidget({
          width: FULL_WIDTH,
          title: 'Links requested again after they were redeemed',
          logGroupNames: SECOND_ATTEMPT_LOGS.map((log) => logs[log].logGroupName),
          queryString: queryString(SECOND_ATTEMPTS),
          view: cloudwatch.LogQueryVisualizationType.TABLE,
        }),
      ],
      [
        graph('Requests, and lines of their logs', [
          requestCount(stage),
          stage.metricClientError(SUM),
          incomingLines(logs.access),
          authorizeAccess.metricInvocations(SUM),
          incomingLines(logs.authorizeAccess),
        ]),
        graph('Functions: errors, and batches of log lines in the dead-letter queue', [
          ...eachFunction('Errors', 'Sum'),
          ...removalErrors,
          ...deadLetters,
        ]),
      ],
      [
        graph('Functions: throttles', eachFunction('Throttles', 'Sum')),
        graph('Functions: concurrent executions', eachFunction('ConcurrentExecutions', 'Maximum')),
      ],
      [
        graph('Functions: p99 duration, in milliseconds', eachFunction('Duration', 'p99')),
        graph('Table', [
          table.metric('ConsumedWriteCapacityUnits', SUM),
          table.metric('WriteThrottleEvents', SUM),
          table.metric('ReadThrottleEvents', SUM),
          systemErrors(table, 'DeleteItem'),
          systemErrors(table, 'PutItem'),
        ]),
      ],
    ],
  });
}

function graph(title: string, left: readonly cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left: [...left], width: FULL_WIDTH / 2 });
}
