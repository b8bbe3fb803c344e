import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  LogQueryVisualizationType,
  LogQueryWidget,
  type Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Watched } from './alarms';
import { linesOf, tableMetric } from './aws-metrics';
import { type LinkLogs, SECOND_OPENERS_QUERY } from './log-queries';
import { namespaceOf } from './namespace';

const FULL_WIDTH = 24;
const HALF_WIDTH = FULL_WIDTH / 2;
const PERIOD = Duration.minutes(5);

/** Everything on one page: what goes wrong first, then what links do, then what is behind them. */
export function addDashboard(
  scope: Construct,
  { metrics, functions, tableName, stage }: Watched,
  alarms: readonly Alarm[],
  logs: LinkLogs,
): void {
  const { outcomes } = metrics;
  const ofEach = (metricOf: (fn: LambdaFunction) => Metric): readonly IMetric[] => [
    metricOf(functions.generateUrl).with({ label: 'issue' }),
    metricOf(functions.authorizeAccess).with({ label: 'authorizer' }),
    metricOf(functions.accessObject).with({ label: 'redirect' }),
    metricOf(functions.manageLink).with({ label: 'manage' }),
  ];
  const sum = { statistic: 'Sum', period: PERIOD };
  const refused = [
    outcomes.unknown_or_spent,
    outcomes.expired,
    outcomes.malformed,
    outcomes.prefetch,
    outcomes.unfurler,
  ];
  const percentiles = ['p50', 'p95', 'p99'];
  new Dashboard(scope, 'Dashboard', {
    dashboardName: `${Stack.of(scope).stackName}-links`,
    widgets: [
      [
        new TextWidget({
          width: FULL_WIDTH,
          height: 1,
          markdown:
            'What an alarm means and what to do: `docs/runbook.md`. Queries: Logs Insights, folder ' +
            `*${namespaceOf(scope)}*.`,
        }),
      ],
      [new AlarmStatusWidget({ width: FULL_WIDTH, height: 3, title: 'Alarms', alarms: [...alarms] })],
      [
        graph('Links issued, opened and revoked', [
          metrics.issued,
          outcomes.opened,
          metrics.revoked,
          metrics.issueRefused,
        ]),
        graph('Openings refused, by reason', refused),
      ],
      [
        graph('Lost, failed, throttled', [
          outcomes.lost_reply,
          metrics.storageFailures,
          metrics.serverErrors,
          metrics.throttled,
        ]),
        graph(
          'What openers wait, in milliseconds',
          percentiles.map((statistic) => metrics.openLatency.with({ statistic, label: statistic })),
        ),
      ],
      [
        new LogQueryWidget({
          width: FULL_WIDTH,
          title: 'Links that somebody came for after they were opened',
          logGroupNames: [logs.access.logGroupName],
          queryString: SECOND_OPENERS_QUERY,
          view: LogQueryVisualizationType.TABLE,
        }),
      ],
      [
        graph('Requests', [stage.metricCount(sum), stage.metricClientError(sum), linesOf(logs.access)]),
        graph(
          'Functions: errors',
          ofEach((fn) => fn.metricErrors(sum)),
        ),
      ],
      [
        graph(
          'Functions: throttles',
          ofEach((fn) => fn.metricThrottles(sum)),
        ),
        graph(
          'Functions: at once',
          ofEach((fn) => fn.metric('ConcurrentExecutions', { statistic: 'Maximum', period: PERIOD })),
        ),
      ],
      [
        graph(
          'Functions: p99 in milliseconds',
          ofEach((fn) => fn.metricDuration({ statistic: 'p99', period: PERIOD })),
        ),
        graph('Table', [
          tableMetric('ConsumedWriteCapacityUnits', { TableName: tableName }),
          tableMetric('WriteThrottleEvents', { TableName: tableName }),
          tableMetric('ReadThrottleEvents', { TableName: tableName }),
          tableMetric('SystemErrors', { TableName: tableName, Operation: 'DeleteItem' }),
          tableMetric('SystemErrors', { TableName: tableName, Operation: 'PutItem' }),
        ]),
      ],
    ],
  });
}

function graph(title: string, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: HALF_WIDTH });
}
