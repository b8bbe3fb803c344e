import { contentsOf } from '../../support/log-query';
import { defaultTemplate, idsWhere, type MetricQuery, propertiesOf, readable, resourcesOf } from '../support/template';

const resources = resourcesOf(defaultTemplate());
const alarms = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm'));
const FIVE_MINUTES = 300;
const AN_HOUR = 3600;
/** Alarms that do not go off at once. */
const WAITING: Readonly<Record<string, object>> = {
  'authorizer-slow': { EvaluationPeriods: 3, DatapointsToAlarm: 3 },
  'access-log-silent': { EvaluationPeriods: 24, DatapointsToAlarm: 2 },
};
/** Of the stack alone, so that two in an account do not count each other's lines. */
const NAMESPACE = 'OneTimeLinks/PreSignedURLStack';

/** What an alarm watches: a metric, or an expression with its metrics. */
function watchedBy(alarm: Record<string, unknown>): string {
  const metrics = (alarm['Metrics'] ?? []) as readonly MetricQuery[];
  const of = metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined ? [] : [`${Id}: ${metricOf({ ...MetricStat.Metric, Statistic: MetricStat.Stat })}`],
  );
  const [{ Expression } = {}] = metrics.filter((metric) => metric.Expression !== undefined);
  return Expression === undefined ? metricOf(alarm) : `${Expression} with ${of.join(', ')}`;
}

/** A metric as an alarm names it: namespace, name, dimensions, statistic. */
function metricOf({
  Namespace,
  MetricName,
  Dimensions,
  Statistic,
  ExtendedStatistic,
}: Record<string, unknown>): string {
  const dimensions = ((Dimensions ?? []) as { Name: string; Value: string }[]).map(
    ({ Name, Value }) => `${Name}=${Value}`,
  );
  return [`${Namespace}/${MetricName}`, ...dimensions, Statistic ?? ExtendedStatistic].join(' ');
}

describe('the metric filters', () => {
  const filters = Object.values(propertiesOf(resources, 'AWS::Logs::MetricFilter'));

  // That each counts the lines that it is for is shown where the lines are made: test/properties/audit-log.test.ts.
  test('make metrics without dimensions, so that nobody can make more of them, and a zero where nothing matches', () => {
    for (const { MetricTransformations } of filters) {
      expect(MetricTransformations).toEqual([
        MetricTransformations && (MetricTransformations as { MetricName: string }[])[0]?.MetricName === 'OpenLatency'
          ? {
              MetricNamespace: NAMESPACE,
              MetricName: 'OpenLatency',
              MetricValue: '$.latency_ms',
              Unit: 'Milliseconds',
            }
          : {
              MetricNamespace: NAMESPACE,
              MetricName: expect.stringMatching(/^[A-Z]\w+$/),
              MetricValue: '1',
              DefaultValue: 0,
            },
      ]);
    }
  });
});

const REQUESTS = 'AWS/ApiGateway/Count ApiName=PreSignedURLStack-links Stage=<LinkApiDeploymentStageprod> Sum';

describe('the alarms', () => {
  test('watch these metrics, and go off from these values on', () => {
    const known = alarms.map((alarm) => [
      String(alarm['AlarmName']).replace('PreSignedURLStack-', ''),
      `${watchedBy(alarm)} >= ${alarm['Threshold']}`,
    ]);
    expect(Object.fromEntries(known)).toEqual({
      'server-errors': 'OneTimeLinks/PreSignedURLStack/ServerErrors Sum >= 5',
      'authorizer-errors': 'AWS/Lambda/Errors FunctionName=<AuthorizeAccess> Sum >= 3',
      'authorizer-slow': 'AWS/Lambda/Duration FunctionName=<AuthorizeAccess> p99 >= 2500',
      'redirect-errors': 'AWS/Lambda/Errors FunctionName=<AccessObject> Sum >= 1',
      'issue-errors': 'AWS/Lambda/Errors FunctionName=<GenerateUrl> Sum >= 1',
      'manage-errors': 'AWS/Lambda/Errors FunctionName=<ManageLink> Sum >= 1',
      'redirect-throttled': 'AWS/Lambda/Throttles FunctionName=<AccessObject> Sum >= 1',
      'authorizer-throttled': 'AWS/Lambda/Throttles FunctionName=<AuthorizeAccess> Sum >= 1',
      'issue-throttled': 'AWS/Lambda/Throttles FunctionName=<GenerateUrl> Sum >= 1',
      'request-surge': `${REQUESTS} >= 60000`,
      'access-log-silent':
        'IF(requests > 0 AND FILL(lines, 0) == 0, 1, 0) with ' +
        `requests: ${REQUESTS}, lines: AWS/Logs/IncomingLogEvents LogGroupName=<LinkApiAccessLog> Sum >= 1`,
      'manage-throttled': 'AWS/Lambda/Throttles FunctionName=<ManageLink> Sum >= 1',
      'requests-throttled': 'OneTimeLinks/PreSignedURLStack/Throttled Sum >= 50',
      'unknown-nonces': 'OneTimeLinks/PreSignedURLStack/UnknownOrSpent Sum >= 100',
      'malformed-nonces': 'OneTimeLinks/PreSignedURLStack/Malformed Sum >= 100',
      'lost-replies': 'OneTimeLinks/PreSignedURLStack/LostReplies Sum >= 1',
      'storage-failures': 'OneTimeLinks/PreSignedURLStack/StorageFailures Sum >= 5',
      'table-throttled': 'AWS/DynamoDB/WriteThrottleEvents TableName=<LinkTable> Sum >= 10',
      'table-errors': 'AWS/DynamoDB/SystemErrors Operation=DeleteItem TableName=<LinkTable> Sum >= 5',
    });
  });

  test('look at metrics that there are: those of the namespace are made by a filter', () => {
    const made = Object.values(propertiesOf(resources, 'AWS::Logs::MetricFilter')).flatMap(
      ({ MetricTransformations }) =>
        (MetricTransformations as { MetricNamespace: string; MetricName: string }[]).map(
          ({ MetricNamespace, MetricName }) => `${MetricNamespace}/${MetricName}`,
        ),
    );
    const watched = alarms.filter(({ Namespace }) => Namespace === NAMESPACE);
    expect(watched.length).toBeGreaterThan(0);
    for (const { Namespace, MetricName } of watched) {
      expect(made).toContain(`${Namespace}/${MetricName}`);
    }
  });

  test('look at five minutes, or at hours for what may be rare, call nobody while nobody asks for anything, and say what to do', () => {
    for (const alarm of alarms) {
      const name = String(alarm['AlarmName']).replace('PreSignedURLStack-', '');
      const metrics = (alarm['Metrics'] ?? []) as readonly { MetricStat?: { Period: number } }[];
      const periods = [alarm['Period'], ...metrics.map(({ MetricStat }) => MetricStat?.Period)].filter(Boolean);
      expect(new Set(periods)).toEqual(new Set([name === 'access-log-silent' ? AN_HOUR : FIVE_MINUTES]));
      expect(alarm).toMatchObject({
        ...(WAITING[name] ?? { EvaluationPeriods: 1, DatapointsToAlarm: 1 }),
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: ['<MonitoringAlarmTopic>'],
        AlarmDescription: expect.stringMatching(new RegExp(`\\. Runbook: docs/runbook\\.md#${name}$`)),
      });
    }
  });
});

describe('the topic of the alarms', () => {
  test('is the only one, and has no subscriber until one is named', () => {
    expect(idsWhere(resources, ({ Type }) => /^AWS::SNS::(Topic|Subscription)$/.test(Type))).toEqual([
      'MonitoringAlarmTopic',
    ]);
  });

  test('takes messages over TLS only, and from this account’s alarms: its own policy replaces that which lets them', () => {
    const { PolicyDocument } = propertiesOf(resources, 'AWS::SNS::TopicPolicy')['MonitoringAlarmTopicPolicy'] ?? {};
    expect(PolicyDocument).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Resource: '<MonitoringAlarmTopic>',
          Condition: {
            ArnLike: {
              'aws:SourceArn': 'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*',
            },
          },
        },
      ],
    });
  });
});

describe('the queries', () => {
  const queries = propertiesOf(resources, 'AWS::Logs::QueryDefinition');

  test('are in a folder of their own, and read logs of the stack', () => {
    const logGroups = Object.keys(propertiesOf(resources, 'AWS::Logs::LogGroup')).map((id) => `<${id}>`);
    expect(Object.keys(queries).length).toBeGreaterThan(0);
    for (const { Name, LogGroupNames, QueryString } of Object.values(queries)) {
      expect(Name).toMatch(/^OneTimeLinks\/PreSignedURLStack\/[a-z-]+$/);
      expect(logGroups).toEqual(expect.arrayContaining(LogGroupNames as string[]));
      expect(() => contentsOf(String(QueryString))).not.toThrow();
    }
  });
});

describe('the dashboard', () => {
  const [{ DashboardBody: body } = {}] = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Dashboard'));
  const { widgets } = JSON.parse(String(readable(body))) as {
    widgets: { type: string; properties: { metrics?: unknown[][]; alarms?: string[]; query?: string } }[];
  };

  test('is one, and shows every alarm', () => {
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);
    expect(shown.sort()).toEqual(
      idsWhere(resources, ({ Type }) => Type === 'AWS::CloudWatch::Alarm').map((id) => `<${id}.Arn>`),
    );
  });

  test('shows every metric that is made from the logs, and every metric that an alarm watches', () => {
    const shown = new Set(
      widgets.flatMap(({ properties }) => properties.metrics ?? []).map(([namespace, name]) => `${namespace}/${name}`),
    );
    const made = Object.values(propertiesOf(resources, 'AWS::Logs::MetricFilter')).map(
      ({ MetricTransformations }) =>
        `${NAMESPACE}/${(MetricTransformations as { MetricName: string }[])[0]?.MetricName}`,
    );
    const watched = alarms.flatMap(({ Namespace, MetricName, Metrics }) =>
      Metrics === undefined
        ? [`${Namespace}/${MetricName}`]
        : (Metrics as readonly MetricQuery[]).flatMap(({ MetricStat }) =>
            MetricStat === undefined ? [] : [`${MetricStat.Metric['Namespace']}/${MetricStat.Metric['MetricName']}`],
          ),
    );
    expect([...made, ...watched].filter((metric) => !shown.has(metric))).toEqual([]);
  });

  test('shows the links that somebody came for after they were opened', () => {
    const saved = Object.values(propertiesOf(resources, 'AWS::Logs::QueryDefinition')).find(
      ({ Name }) => Name === `${NAMESPACE}/second-openers`,
    );
    const [shown] = widgets.flatMap(({ properties }) => properties.query ?? []);
    expect(shown).toBe(`SOURCE '<LinkApiAccessLog>' | ${saved?.['QueryString']}`);
  });
});
