import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Watched } from './alarms';
import { incomingLines, systemErrors } from './aws-metrics';
import { REFUSED_METRICS } from './link-metrics';
import { queryString, SECOND_OPENERS } from './log-queries';

const FULL_WIDTH = 24;
const HALF_WIDTH = FULL_WIDTH / 2;
const PERIOD = Duration.minutes(5);

/** Adds the dashboard: alarms first, then the links, then the resources behind them. */
export function addDashboard(scope: Construct, watched: Watched, alarms: readonly cloudwatch.Alarm[]): void {
  const { name, namespace, api, metrics, functions, table, logs } = watched;
  const stage = api.restApi.deploymentStage;
  const sum = { statistic: 'Sum', period: PERIOD };
  const eachFunction = (metricName: string, statistic: string): readonly cloudwatch.IMetric[] => [
    functions.generateUrl.metric(metricName, { statistic, period: PERIOD, label: 'issue' }),
    functions.authorizeAccess.metric(metricName, { statistic, period: PERIOD, label: 'authorizer' }),
    functions.accessObject.metric(metricName, { statistic, period: PERIOD, label: 'redirect' }),
    functions.manageLink.metric(metricName, { statistic, period: PERIOD, label: 'manage' }),
  ];
  const intro = `Runbook: \`docs/runbook.md\`. Saved queries: Logs Insights, folder *${namespace}*.`;
  new cloudwatch.Dashboard(scope, 'Dashboard', {
    dashboardName: `${name}-links`,
    widgets: [
      [new cloudwatch.TextWidget({ width: FULL_WIDTH, height: 1, markdown: intro })],
      [new cloudwatch.AlarmStatusWidget({ width: FULL_WIDTH, height: 3, title: 'Alarms', alarms: [...alarms] })],
      [
        graph('Links issued, redeemed and revoked', [
          metrics.count('Issued'),
          metrics.count('Opened'),
          metrics.count('Revoked'),
          metrics.count('IssueRefused'),
        ]),
        graph(
          'Attempts refused, by reason',
          REFUSED_METRICS.map((reason) => metrics.count(reason)),
        ),
      ],
      [
        graph('Outcome unknown, failed, throttled', [
          metrics.count('LostReplies'),
          metrics.count('StorageFailures'),
          metrics.count('ServerErrors'),
          metrics.count('Throttled'),
        ]),
        graph('Latency of redemptions, in milliseconds', [
          metrics.openLatency({ statistic: 'p50', label: 'p50' }),
          metrics.openLatency({ statistic: 'p95', label: 'p95' }),
          metrics.openLatency({ statistic: 'p99', label: 'p99' }),
        ]),
      ],
      [
        new cloudwatch.LogQueryWidget({
          width: FULL_WIDTH,
          title: 'Links requested again after they were redeemed',
          logGroupNames: [logs.access.logGroupName],
          queryString: queryString(SECOND_OPENERS),
          view: cloudwatch.LogQueryVisualizationType.TABLE,
        }),
      ],
      [
        graph('Requests', [stage.metricCount(sum), stage.metricClientError(sum), incomingLines(logs.access)]),
        graph('Functions: errors', eachFunction('Errors', 'Sum')),
      ],
      [
        graph('Functions: throttles', eachFunction('Throttles', 'Sum')),
        graph('Functions: concurrent executions', eachFunction('ConcurrentExecutions', 'Maximum')),
      ],
      [
        graph('Functions: p99 duration, in milliseconds', eachFunction('Duration', 'p99')),
        graph('Table', [
          table.metric('ConsumedWriteCapacityUnits', sum),
          table.metric('WriteThrottleEvents', sum),
          table.metric('ReadThrottleEvents', sum),
          systemErrors(table, 'DeleteItem'),
          systemErrors(table, 'PutItem'),
        ]),
      ],
    ],
  });
}

function graph(title: string, left: readonly cloudwatch.IMetric[]): cloudwatch.GraphWidget {
  return new cloudwatch.GraphWidget({ title, left: [...left], width: HALF_WIDTH });
}
