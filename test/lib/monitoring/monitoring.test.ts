import { LOG_EVENT, LOOKUP_OUTCOMES, REDEEM_OUTCOMES, REVOKE_OUTCOMES } from '../../../lambda/contract';
import type { LogFields } from '../../../lambda/runtime/log';
import { ACCESS_LOG_FIELDS } from '../../../lib/monitoring/access-log';
import type { REFUSED_METRICS } from '../../../lib/monitoring/link-metrics';
import { templateWith } from '../../support/synthesized';
import {
  defaultTemplate,
  idsWhere,
  type MetricQuery,
  monitoringIn,
  propertiesOf,
  type ReadableResources,
  readable,
  resourcesOf,
} from '../support/template';

const basic = resourcesOf(defaultTemplate());
const resources = resourcesOf(templateWith({ monitoring: 'full' }));
const alarms = Object.values(propertiesOf(resources, 'AWS::CloudWatch::Alarm'));
const filters = Object.values(propertiesOf(resources, 'AWS::Logs::MetricFilter'));
const queries = Object.values(propertiesOf(resources, 'AWS::Logs::QueryDefinition'));
const NAMESPACE = 'OneTimeLinks/PreSignedURLStack';
const REQUESTS = 'AWS/ApiGateway/Count ApiName=PreSignedURLStack-links Stage=<LinkApiDeploymentStageprod> SampleCount';

/** Every field that a function can log. The compiler checks that this list equals the type. */
const FUNCTION_LOG_FIELDS: Readonly<Record<keyof LogFields, true>> = {
  event: true,
  outcome: true,
  code: true,
  link_id: true,
  request_id: true,
  caller: true,
  source_ip: true,
  user_agent: true,
  count: true,
  error: true,
  http_status: true,
  attempts: true,
  format: true,
  bucket_name: true,
  object_name: true,
  size_bytes: true,
  checksum_algorithm: true,
  checksum: true,
  aws_request_id: true,
};

function fieldsOf(logGroup: unknown): readonly string[] {
  return Object.keys(logGroup === '<LinkApiAccessLog>' ? ACCESS_LOG_FIELDS : FUNCTION_LOG_FIELDS);
}

describe('the level', () => {
  test('basic, the default, has what matters most, within the free tier of CloudWatch', () => {
    const { metrics, alarmMetrics, dashboards } = monitoringIn(basic);
    const shown = widgetsIn(basic).flatMap(({ properties }) => properties.metrics ?? []);

    expect(metrics).toEqual([
      'Redeemed',
      'RedeemedInVain',
      'NotActive',
      'OutcomeUnknown',
      'Malformed',
      'Issued',
      'Revoked',
      'ServerErrors',
      'Throttled',
    ]);
    expect(Object.values(propertiesOf(basic, 'AWS::CloudWatch::Alarm')).map(nameOf)).toEqual([
      'server-errors',
      'authorizer-errors',
      'redeemed-in-vain',
      'daily-requests',
      'logs-incomplete',
      'outcome-unknown',
      'receipts-dead-letters',
    ]);
    // https://aws.amazon.com/cloudwatch/pricing/
    expect(metrics.length).toBeLessThanOrEqual(10);
    expect(alarmMetrics).toBeLessThanOrEqual(10);
    expect(dashboards).toBe(1);
    expect(shown.length).toBeLessThanOrEqual(50);
  });

  test('basic names the dashboard after the stack and its Region, because dashboards are global', () => {
    expect(Object.values(propertiesOf(basic, 'AWS::CloudWatch::Dashboard'))).toMatchObject([
      { DashboardName: 'PreSignedURLStack-links-<AWS::Region>' },
    ]);
  });

  test('basic shows and watches only metrics that it counts', () => {
    const shown = widgetsIn(basic).flatMap(({ properties }) => properties.metrics ?? []);
    const watched = Object.values(propertiesOf(basic, 'AWS::CloudWatch::Alarm'));
    const used = [
      ...shown.filter(([namespace]) => namespace === NAMESPACE).map(([, name]) => String(name)),
      ...watched.filter(({ Namespace }) => Namespace === NAMESPACE).map(({ MetricName }) => String(MetricName)),
    ];
    expect([...new Set(used)].sort()).toEqual(monitoringIn(basic).metrics.toSorted());
  });

  test.each(['second-attempts', 'unknown-nonces', 'outcome-unknown'])(
    'the query %s does not need the context of a Deny in the access log',
    (name) => {
      const saved = queries.find(({ Name }) => Name === `${NAMESPACE}/${name}`);
      expect(saved?.['LogGroupNames']).not.toContain('<LinkApiAccessLog>');
      expect(saved?.['LogGroupNames']).toContain('<AuthorizeAccessLogs>');
    },
  );

  test('none has nothing that CloudWatch charges for, and no topic, but the saved queries', () => {
    const none = resourcesOf(templateWith({ monitoring: 'none' }));
    expect(monitoringIn(none)).toEqual({ metrics: [], alarmMetrics: 0, dashboards: 0 });
    expect(idsWhere(none, ({ Type }) => Type.startsWith('AWS::SNS::'))).toEqual([]);
    expect(propertiesOf(none, 'AWS::Logs::QueryDefinition')).toEqual(
      propertiesOf(resources, 'AWS::Logs::QueryDefinition'),
    );
  });
});

test.each(['AWS::Logs::MetricFilter', 'AWS::Logs::QueryDefinition'])(
  '%s: CloudFormation creates one at a time, because parallel changes of a log group can fail',
  (type) => {
    const ids = Object.keys(propertiesOf(resources, type));
    const chain = ids.map((id) => [id, resources[id]?.DependsOn]);
    expect(ids.length).toBeGreaterThan(1);
    expect(chain).toEqual(ids.map((id, index) => [id, ids.slice(index === 0 ? 0 : index - 1, index)]));
  },
);

describe('the metric filters', () => {
  test('have no dimensions, because each value would cost as much as another metric, and count zero for other lines', () => {
    for (const { MetricTransformations } of filters) {
      const [transformation] = MetricTransformations as readonly { readonly MetricName: string }[];
      expect(transformation).toEqual(
        transformation?.MetricName === 'RedeemLatency'
          ? {
              MetricNamespace: NAMESPACE,
              MetricName: 'RedeemLatency',
              MetricValue: '$.latency_ms',
              Unit: 'Milliseconds',
            }
          : { MetricNamespace: NAMESPACE, MetricName: expect.any(String), MetricValue: '1', DefaultValue: 0 },
      );
    }
  });

  // AWS does not document that the access log has the context of a Deny. The click-through page describes a link that has
  // ended, and does not try to redeem it.
  test.each([
    ['NotActive', ['<AuthorizeAccessLogs>', '<DescribeLinkLogs>']],
    ['Expired', ['<AuthorizeAccessLogs>', '<DescribeLinkLogs>']],
    ['Malformed', ['<AuthorizeAccessLogs>', '<DescribeLinkLogs>']],
    ['Prefetch', ['<AuthorizeAccessLogs>']],
    ['Machine', ['<AuthorizeAccessLogs>']],
  ] as const satisfies readonly (readonly [(typeof REFUSED_METRICS)[number], readonly string[]])[])(
    'count %s in these logs: %j',
    (metricName, logs) => {
      const counted = filters.filter((filter) => metricNameOf(filter) === metricName);
      expect(counted.map(({ LogGroupName }) => LogGroupName)).toEqual(logs);
    },
  );

  test('compare the status in the access log as a string, because it can be "-"', () => {
    const patterns = filters.map((filter) => [metricNameOf(filter), filter['FilterPattern']]);
    expect(Object.fromEntries(patterns.filter(([, pattern]) => String(pattern).includes('$.status')))).toEqual({
      Redeemed: '{ ($.outcome = "redeemed") && (($.status = "2*") || ($.status = "3*")) }',
      RedeemedInVain: '{ ($.outcome = "redeemed") && (($.status = "4*") || ($.status = "5*")) }',
      ServerErrors: '{ $.status = "5*" }',
      Throttled: '{ $.status = "429" }',
      RedeemLatency:
        '{ (($.outcome = "redeemed") && (($.status = "2*") || ($.status = "3*"))) && ($.latency_ms = "*") }',
    });
  });

  test('count revocations, but not lookups of links that were revoked before', () => {
    const revoked = filters.find((filter) => metricNameOf(filter) === 'Revoked');
    expect(revoked?.['FilterPattern']).toBe('{ ($.event = "link_revocation") && ($.outcome = "revoked") }');
  });

  test('count storage failures in the logs of all functions that use storage', () => {
    const counted = filters.filter((filter) => metricNameOf(filter) === 'StorageFailures');
    expect(counted.map(({ LogGroupName }) => LogGroupName).sort()).toEqual([
      '<AuthorizeAccessLogs>',
      '<DescribeLinkLogs>',
      '<GenerateUrlLogs>',
      '<LogReceivedLogs>',
      '<ManageLinkLogs>',
      '<RecordReceiptsLogs>',
      '<RemoveUploadsLogs>',
    ]);
  });

  test.each(REDEEM_OUTCOMES)('count attempts to redeem a link with the outcome %s', (outcome) => {
    expect(filters.filter(({ FilterPattern }) => String(FilterPattern).includes(`"${outcome}"`))).not.toEqual([]);
  });

  test('name only fields that are written to their log', () => {
    for (const { FilterPattern, LogGroupName } of filters) {
      const named = [...String(FilterPattern).matchAll(/\$\.(\w+)/g)].map(([, field]) => field);
      expect(fieldsOf(LogGroupName)).toEqual(expect.arrayContaining(named));
    }
  });
});

describe('the alarms', () => {
  test('watch these metrics, and go off at these values', () => {
    const known = alarms.map((alarm) => [nameOf(alarm), `${watchedBy(alarm)} >= ${alarm['Threshold']}`]);
    expect(Object.fromEntries(known)).toEqual({
      'server-errors': 'OneTimeLinks/PreSignedURLStack/ServerErrors Sum >= 5',
      'authorizer-errors': 'AWS/Lambda/Errors FunctionName=<AuthorizeAccess> Sum >= 3',
      'authorizer-slow': 'AWS/Lambda/Duration FunctionName=<AuthorizeAccess> p99 >= 2500',
      'redirect-errors': 'AWS/Lambda/Errors FunctionName=<AccessObject> Sum >= 1',
      'redeemed-in-vain': 'OneTimeLinks/PreSignedURLStack/RedeemedInVain Sum >= 1',
      'issue-errors': 'AWS/Lambda/Errors FunctionName=<GenerateUrl> Sum >= 1',
      'manage-errors': 'AWS/Lambda/Errors FunctionName=<ManageLink> Sum >= 1',
      'describe-errors': 'AWS/Lambda/Errors FunctionName=<DescribeLink> Sum >= 3',
      'record-tampered': 'OneTimeLinks/PreSignedURLStack/TamperedRecords Sum >= 1',
      'redirect-throttled': 'AWS/Lambda/Throttles FunctionName=<AccessObject> Sum >= 1',
      'authorizer-throttled': 'AWS/Lambda/Throttles FunctionName=<AuthorizeAccess> Sum >= 1',
      'issue-throttled': 'AWS/Lambda/Throttles FunctionName=<GenerateUrl> Sum >= 1',
      'manage-throttled': 'AWS/Lambda/Throttles FunctionName=<ManageLink> Sum >= 1',
      'describe-throttled': 'AWS/Lambda/Throttles FunctionName=<DescribeLink> Sum >= 1',
      'requests-throttled': 'OneTimeLinks/PreSignedURLStack/Throttled Sum >= 50',
      'request-surge': `${REQUESTS} >= 22500`,
      'daily-requests': `${REQUESTS} >= 648000`,
      'logs-incomplete':
        'IF(requests > 10 + 2 * FILL(access, 0) OR FILL(calls, 0) > 10 + 2 * FILL(authorizer, 0), 1, 0) with ' +
        `requests: ${REQUESTS}, access: AWS/Logs/IncomingLogEvents LogGroupName=<LinkApiAccessLog> Sum, ` +
        'calls: AWS/Lambda/Invocations FunctionName=<AuthorizeAccess> Sum, ' +
        'authorizer: AWS/Logs/IncomingLogEvents LogGroupName=<AuthorizeAccessLogs> Sum >= 1',
      'unknown-nonces': 'OneTimeLinks/PreSignedURLStack/NotActive Sum >= 100',
      'malformed-nonces': 'OneTimeLinks/PreSignedURLStack/Malformed Sum >= 100',
      'outcome-unknown': 'OneTimeLinks/PreSignedURLStack/OutcomeUnknown Sum >= 1',
      'receipts-dead-letters':
        'AWS/SQS/ApproximateNumberOfMessagesVisible QueueName=<RecordReceiptsDeadLetters.QueueName> Maximum >= 1',
      'receipt-errors': 'AWS/Lambda/Errors FunctionName=<RecordReceipts> Sum >= 1',
      'upload-removal-errors': 'AWS/Lambda/Errors FunctionName=<RemoveUploads> Sum >= 1',
      'storage-failures': 'OneTimeLinks/PreSignedURLStack/StorageFailures Sum >= 5',
      'table-throttled':
        'FILL(writeThrottleEvents, 0) with writeThrottleEvents: ' +
        'AWS/DynamoDB/WriteThrottleEvents TableName=<LinkTable> Sum >= 10',
      'table-errors':
        'FILL(systemErrors, 0) with systemErrors: ' +
        'AWS/DynamoDB/SystemErrors Operation=DeleteItem TableName=<LinkTable> Sum >= 5',
    });
  });

  test('on our own metrics watch a metric that a filter counts', () => {
    const watched = alarms.filter(({ Namespace }) => Namespace === NAMESPACE).map(({ MetricName }) => MetricName);
    expect(watched.length).toBeGreaterThan(0);
    expect(filters.map(metricNameOf)).toEqual(expect.arrayContaining(watched));
  });

  test('evaluate one period of five minutes, except authorizer-slow, daily-requests and logs-incomplete', () => {
    const evaluated = alarms.map((alarm) => {
      const metrics = (alarm['Metrics'] ?? []) as readonly { MetricStat?: { Period: number } }[];
      const periods = [alarm['Period'], ...metrics.map(({ MetricStat }) => MetricStat?.Period)].filter(Boolean);
      return `${nameOf(alarm)}: ${alarm['DatapointsToAlarm']} of ${alarm['EvaluationPeriods']}, ${[...new Set(periods)]} s`;
    });
    expect(evaluated.filter((alarm) => !alarm.endsWith(': 1 of 1, 300 s'))).toEqual([
      'authorizer-slow: 3 of 3, 300 s',
      'daily-requests: 1 of 1, 86400 s',
      'logs-incomplete: 2 of 24, 3600 s',
    ]);
  });

  test('on metrics of DynamoDB fill gaps with 0: otherwise they ignore missing data and never recover', () => {
    const onDynamoDb = alarms.map(watchedBy).filter((watched) => watched.includes('AWS/DynamoDB/'));
    expect(onDynamoDb.length).toBeGreaterThan(0);
    expect(onDynamoDb.filter((watched) => !/^FILL\((\w+), 0\) with \1: AWS/.test(watched))).toEqual([]);
  });

  test('publish to the topic when they fire and when they recover, stay silent without data, and name their section of the runbook', () => {
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: nameOf(alarm) === 'receipts-dead-letters' ? 'ignore' : 'notBreaching',
        AlarmActions: ['<MonitoringAlarmTopic>'],
        OKActions: ['<MonitoringAlarmTopic>'],
        AlarmDescription: expect.stringMatching(new RegExp(`\\. Runbook: docs/runbook\\.md#${nameOf(alarm)}$`)),
      });
    }
  });
});

test('the alarm for dead letters stays on when SQS stops sending metrics for an idle queue', () => {
  expect(resources['MonitoringAlarmreceiptsdeadletters']?.Properties).toMatchObject({ TreatMissingData: 'ignore' });
});

describe('the alarm topic', () => {
  test('has no subscriber by default', () => {
    expect(idsWhere(resources, ({ Type }) => /^AWS::SNS::(Topic|Subscription)$/.test(Type))).toEqual([
      'MonitoringAlarmTopic',
    ]);
  });

  test('accepts messages over TLS only, and from alarms of this account only', () => {
    const { PolicyDocument } = propertiesOf(resources, 'AWS::SNS::TopicPolicy')['MonitoringAlarmTopicPolicy'] ?? {};
    const source = 'arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:*';
    expect(PolicyDocument).toMatchObject({
      Statement: [
        { Effect: 'Deny', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        {
          Effect: 'Allow',
          Action: 'sns:Publish',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Resource: '<MonitoringAlarmTopic>',
          Condition: { ArnLike: { 'aws:SourceArn': source } },
        },
      ],
    });
  });
});

describe.each(queries.map((query) => [String(query['Name']), query] as const))('the query %s', (name, query) => {
  const logGroups = query['LogGroupNames'] as readonly string[];
  const text = String(query['QueryString']);
  const withoutStrings = text.replaceAll(/"[^"]*"/g, '');

  test('is in the folder of the stack, and reads its logs', () => {
    expect(name).toMatch(/^OneTimeLinks\/PreSignedURLStack\/[a-z-]+$/);
    const existing = idsWhere(resources, ({ Type }) => Type === 'AWS::Logs::LogGroup').map((id) => `<${id}>`);
    expect(existing).toEqual(expect.arrayContaining([...logGroups]));
  });

  test('names only fields that are written to one of its logs, or that it defines', () => {
    const known = new Set([
      ...['@timestamp', '@log', '@message'],
      ...logGroups.flatMap(fieldsOf),
      // In the lines that Lambda writes.
      'requestId',
      ...[...withoutStrings.matchAll(/ as (\w+)/g)].map(([, alias]) => alias),
      ...['filter', 'fields', 'stats', 'sort', 'limit', 'by', 'as', 'and', 'or', 'not', 'in', 'asc', 'desc'],
    ]);
    // Names followed by a parenthesis are functions.
    const named = [...withoutStrings.matchAll(/(?<![\w@])@?[a-z_]\w*\b(?! ?\()/g)].map(([field]) => field);
    expect(named.filter((field) => !known.has(field))).toEqual([]);
  });

  test('compares only with values that are logged', () => {
    const values: readonly string[] = [
      ...REDEEM_OUTCOMES,
      ...REVOKE_OUTCOMES,
      ...LOOKUP_OUTCOMES,
      ...Object.values(LOG_EVENT),
      ...[
        '/generate-url',
        '/describe-link',
        '/links/{link_id}',
        '/my-links',
        '/my-links/{link_id}',
        '-',
        'LINK_ID',
        'REQUEST_ID',
      ],
    ];
    const compared = [...text.matchAll(/"([^"]*)"/g)].map(([, value = '']) => value);
    expect(compared.filter((value) => !values.includes(value))).toEqual([]);
  });
});

describe('the dashboard', () => {
  const widgets = widgetsIn(resources);

  test('shows every alarm', () => {
    const shown = widgets.flatMap(({ properties }) => properties.alarms ?? []);
    const existing = idsWhere(resources, ({ Type }) => Type === 'AWS::CloudWatch::Alarm').map((id) => `<${id}.Arn>`);
    expect(shown.sort()).toEqual(existing);
  });

  test('shows every metric that is counted from the logs, and every metric that an alarm watches', () => {
    const shown = new Set(
      widgets.flatMap(({ properties }) => properties.metrics ?? []).map(([namespace, name]) => `${namespace}/${name}`),
    );
    const counted = filters.map((filter) => `${NAMESPACE}/${metricNameOf(filter)}`);
    const watched = alarms.flatMap((alarm) => watchedBy(alarm).match(/(?:AWS|OneTimeLinks)\/[\w/]+/g) ?? []);
    expect([...counted, ...watched].filter((metric) => !shown.has(metric))).toEqual([]);
  });

  test('shows the links that were requested again after they were redeemed', () => {
    const saved = queries.find(({ Name }) => Name === `${NAMESPACE}/second-attempts`);
    const [shown] = widgets.flatMap(({ properties }) => properties.query ?? []);
    expect(shown).toBe(`SOURCE '<AuthorizeAccessLogs>' | SOURCE '<DescribeLinkLogs>' | ${saved?.['QueryString']}`);
  });
});

/** A widget of a dashboard. */
interface Widget {
  readonly properties: {
    readonly metrics?: readonly (readonly unknown[])[];
    readonly alarms?: readonly string[];
    readonly query?: string;
  };
}

function widgetsIn(template: ReadableResources): readonly Widget[] {
  return Object.values(propertiesOf(template, 'AWS::CloudWatch::Dashboard')).flatMap(({ DashboardBody: body }) => {
    const { widgets }: { readonly widgets: readonly Widget[] } = JSON.parse(String(readable(body)));
    return widgets;
  });
}

function nameOf(alarm: Readonly<Record<string, unknown>>): string {
  return String(alarm['AlarmName']).replace('PreSignedURLStack-', '');
}

function metricNameOf({ MetricTransformations }: Readonly<Record<string, unknown>>): unknown {
  return (MetricTransformations as readonly { readonly MetricName: string }[])[0]?.MetricName;
}

/** The metric that an alarm watches, or its expression with its metrics. */
function watchedBy(alarm: Readonly<Record<string, unknown>>): string {
  const metrics = (alarm['Metrics'] ?? []) as readonly MetricQuery[];
  const [{ Expression } = {}] = metrics.filter((metric) => metric.Expression !== undefined);
  const used = metrics.flatMap(({ Id, MetricStat }) =>
    MetricStat === undefined ? [] : [`${Id}: ${metricOf({ ...MetricStat.Metric, Statistic: MetricStat.Stat })}`],
  );
  return Expression === undefined ? metricOf(alarm) : `${Expression} with ${used.join(', ')}`;
}

/** A metric as namespace, name, dimensions and statistic. */
function metricOf(metric: Readonly<Record<string, unknown>>): string {
  const dimensions = (metric['Dimensions'] ?? []) as readonly { Name: string; Value: string }[];
  return [
    `${metric['Namespace']}/${metric['MetricName']}`,
    ...dimensions.map(({ Name, Value }) => `${Name}=${Value}`),
    metric['Statistic'] ?? metric['ExtendedStatistic'],
  ].join(' ');
}
