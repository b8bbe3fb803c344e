import { APIGatewayClient, GetAuthorizersCommand, GetRestApiCommand } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, ListStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeQueryDefinitionsCommand,
  FilterLogEventsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
  TestMetricFilterCommand,
  type TestMetricFilterCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { type CheckResult, runCheck, type VerifyContext } from '../../../cli/verify/check';
import { cloudWatchLogReader } from '../../../cli/verify/deployed-stack';
import { LOG_CHECKS } from '../../../cli/verify/log-checks';
import type { LoggedAttempt } from '../../../cli/verify/logged-attempts';
import { STACK_CHECKS } from '../../../cli/verify/stack-checks';
import { openExampleStack } from '../support/example-stack';

const cloudFormation = mockClient(CloudFormationClient);
const apiGateway = mockClient(APIGatewayClient);
const cloudWatch = mockClient(CloudWatchClient);
const logs = mockClient(CloudWatchLogsClient);
const lambda = mockClient(LambdaClient);

const STACK = openExampleStack();

const REDEEMED = '{"event":"link_access","outcome":"redeemed","link_id":"a","request_id":"r1"}';
const REDEEMED_ACCESS = '{"request_id":"r1","outcome":"redeemed","status":302}';
const EXPIRED = '{"event":"link_access","outcome":"expired","link_id":"b","request_id":"r2"}';
const EXPIRED_ACCESS = '{"request_id":"r2","outcome":"-","status":"403"}';

const ATTEMPTS: readonly LoggedAttempt[] = [
  {
    outcome: 'redeemed',
    log: 'AuthorizeAccess',
    status: 302,
    functionLine: REDEEMED,
    accessLine: REDEEMED_ACCESS,
    seconds: 3,
  },
  {
    outcome: 'expired',
    log: 'AuthorizeAccess',
    status: 403,
    functionLine: EXPIRED,
    accessLine: EXPIRED_ACCESS,
    seconds: 5,
  },
];

/** A context for checks that send no request. */
function contextWith(attempts: readonly LoggedAttempt[]): VerifyContext {
  const unused = (): never => {
    throw new Error('the check sends a request');
  };
  const object = {
    bucket: 'bucket',
    isInDefaultBucket: true,
    key: 'key',
    bytes: Buffer.of(),
    put: unused,
    remove: unused,
  };
  return {
    apiEndpoint: 'https://abc.execute-api.eu-central-1.amazonaws.com/prod/',
    object,
    kinds: ['now', 'on_open'],
    send: unused,
    sendSigned: unused,
    issue: unused,
    prepareObject: unused,
    sleep: unused,
    loggedAttempts: async () => attempts,
    logs: { linesWith: unused },
    stack: STACK,
    flood: false,
    maxWaitSeconds: 0,
  };
}

async function run(id: string, attempts: readonly LoggedAttempt[] = ATTEMPTS): Promise<CheckResult> {
  const check = [...LOG_CHECKS, ...STACK_CHECKS].find((each) => each.id === id);
  if (check === undefined) {
    throw new Error(`there is no check ${id}`);
  }
  return await runCheck(check, contextWith(attempts));
}

beforeEach(() => {
  for (const client of [cloudFormation, apiGateway, cloudWatch, logs, lambda]) {
    client.reset();
  }
  stackHas(
    ['Api', 'AWS::ApiGateway::RestApi', 'abc'],
    ['LinkApiAccessLog0A1B2C3D', 'AWS::Logs::LogGroup', 'access-log'],
    ['GenerateUrlLogs0A1B2C3D', 'AWS::Logs::LogGroup', 'generate-url-log'],
    ['AuthorizeAccessLogs0A1B2C3D', 'AWS::Logs::LogGroup', 'authorize-access-log'],
    ['ManageLinkLogs0A1B2C3D', 'AWS::Logs::LogGroup', 'manage-link-log'],
    ['AuthorizeAccess0A1B2C3D', 'AWS::Lambda::Function', 'authorize-access'],
    ['AlarmA', 'AWS::CloudWatch::Alarm', 'Links-server-errors'],
    ['QueryA', 'AWS::Logs::QueryDefinition', 'query-1'],
  );
});

function stackHas(...resources: readonly (readonly [logicalId: string, type: string, physicalId: string])[]): void {
  const StackResourceSummaries = resources.map(([LogicalResourceId, ResourceType, PhysicalResourceId]) => ({
    LogicalResourceId,
    ResourceType,
    PhysicalResourceId,
    LastUpdatedTimestamp: new Date(0),
    ResourceStatus: 'CREATE_COMPLETE' as const,
  }));
  cloudFormation.on(ListStackResourcesCommand, { StackName: 'Links' }).resolves({ StackResourceSummaries });
}

describe('authorizer-cache', () => {
  test.each<[number, CheckResult]>([
    [0, { status: 'passed', seen: 'TTL 0' }],
    [300, { status: 'failed', seen: 'the TTL is 300, not 0' }],
  ])('with a TTL of %i seconds', async (authorizerResultTtlInSeconds, result) => {
    apiGateway.on(GetAuthorizersCommand, { restApiId: 'abc' }).resolves({ items: [{ authorizerResultTtlInSeconds }] });

    expect(await run('authorizer-cache')).toEqual(result);
  });
});

describe('tls', () => {
  test.each<['TLS_1_2' | 'TLS_1_0' | undefined, CheckResult]>([
    ['TLS_1_2', { status: 'passed', seen: 'TLS_1_2' }],
    ['TLS_1_0', { status: 'failed', seen: 'the policy is TLS_1_0' }],
    [undefined, { status: 'failed', seen: 'the policy is not set' }],
  ])('with the policy %s', async (securityPolicy, result) => {
    apiGateway.on(GetRestApiCommand, { restApiId: 'abc' }).resolves({ ...(securityPolicy && { securityPolicy }) });

    expect(await run('tls')).toEqual(result);
  });
});

describe('concurrency', () => {
  test('passes with the quota of an ordinary account', async () => {
    const AccountLimit = { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 950 };
    lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit });
    lambda
      .on(GetFunctionConcurrencyCommand, { FunctionName: 'authorize-access' })
      .resolves({ ReservedConcurrentExecutions: 50 });

    expect(await run('concurrency')).toEqual({
      status: 'passed',
      seen: '950 of 1000 unreserved; reserved: 50 for AuthorizeAccess0A1B2C3D',
    });
  });

  test('fails with the quota of a new account', async () => {
    const AccountLimit = { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 };
    lambda.on(GetAccountSettingsCommand).resolves({ AccountLimit });
    lambda.on(GetFunctionConcurrencyCommand).resolves({});

    expect(await run('concurrency')).toEqual({
      status: 'failed',
      seen: '10 of 10 are unreserved: ask for a higher quota',
    });
  });
});

describe('log-retention', () => {
  test('passes if all log groups have the same retention, and fails if one has none', async () => {
    const retention = (logGroupName: string, retentionInDays?: number): void => {
      const group = { logGroupName, ...(retentionInDays && { retentionInDays }) };
      // The prefix also matches other log groups.
      const logGroups = [{ logGroupName: `${logGroupName}-of-another-stack`, retentionInDays: 1 }, group];
      logs.on(DescribeLogGroupsCommand, { logGroupNamePrefix: logGroupName }).resolves({ logGroups });
    };
    retention('access-log', 30);
    retention('generate-url-log', 30);
    retention('authorize-access-log', 30);
    retention('manage-link-log', 30);

    expect(await run('log-retention')).toEqual({ status: 'passed', seen: '30 days for 4 log groups' });

    retention('manage-link-log');
    expect(await run('log-retention')).toEqual({ status: 'failed', seen: 'manage-link-log: none' });
  });
});

describe('alarms', () => {
  const METRIC = {
    Namespace: 'AWS/Lambda',
    MetricName: 'Errors',
    Dimensions: [{ Name: 'FunctionName', Value: 'authorize-access' }],
    Period: 300,
    Statistic: 'Sum' as const,
  };
  const EXPRESSION = [{ Id: 'e', Expression: 'FILL(m, 0)' }, { Id: 'm' }];

  test('asks for the data of a metric', async () => {
    cloudWatch
      .on(DescribeAlarmsCommand, { AlarmNames: ['Links-server-errors'] })
      .resolves({ MetricAlarms: [{ AlarmName: 'Links-server-errors', ...METRIC }] });
    cloudWatch.on(GetMetricDataCommand).resolves({ MetricDataResults: [{ Id: 'alarm', StatusCode: 'Complete' }] });

    expect(await run('alarms')).toEqual({ status: 'passed', seen: '1 alarms' });
    expect(cloudWatch.commandCalls(GetMetricDataCommand)[0]?.args[0].input.MetricDataQueries).toEqual([
      {
        Id: 'alarm',
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Lambda',
            MetricName: 'Errors',
            Dimensions: [{ Name: 'FunctionName', Value: 'authorize-access' }],
          },
          Period: 300,
          Stat: 'Sum',
        },
      },
    ]);
  });

  test('fails if CloudWatch cannot evaluate an expression', async () => {
    cloudWatch
      .on(DescribeAlarmsCommand)
      .resolves({ MetricAlarms: [{ AlarmName: 'Links-server-errors', Metrics: EXPRESSION }] });
    cloudWatch
      .on(GetMetricDataCommand, { MetricDataQueries: EXPRESSION })
      .resolves({ MetricDataResults: [{ Id: 'e', StatusCode: 'InternalError' }], Messages: [{ Value: 'no data' }] });

    expect(await run('alarms')).toEqual({
      status: 'failed',
      seen: 'Links-server-errors: InternalError; Links-server-errors: no data',
    });
  });

  test('fails if an alarm was deleted', async () => {
    cloudWatch.on(DescribeAlarmsCommand).resolves({ MetricAlarms: [] });

    expect(await run('alarms')).toEqual({ status: 'failed', seen: 'the number of alarms is 0, not 1' });
  });
});

describe('saved-queries', () => {
  const OTHER = { queryDefinitionId: 'query-of-another-stack', name: 'other', queryString: 'stats count(*)' };
  const QUERY = { queryDefinitionId: 'query-1', name: 'Links/requests', logGroupNames: ['access-log'] };

  test('runs the queries of the stack until they are complete', async () => {
    logs
      .on(DescribeQueryDefinitionsCommand)
      .resolves({ queryDefinitions: [OTHER, { ...QUERY, queryString: 'limit 1' }] });
    logs.on(StartQueryCommand).resolves({ queryId: 'q' });
    logs
      .on(GetQueryResultsCommand, { queryId: 'q' })
      .resolvesOnce({ status: 'Running' })
      .resolves({ status: 'Complete' });

    expect(await run('saved-queries')).toEqual({ status: 'passed', seen: '1 queries' });
    expect(logs.commandCalls(StartQueryCommand).map(({ args }) => args[0].input)).toEqual([
      {
        logGroupNames: ['access-log'],
        queryString: 'limit 1',
        startTime: expect.any(Number),
        endTime: expect.any(Number),
      },
    ]);
  });

  test('fails if Logs Insights refuses one', async () => {
    logs.on(DescribeQueryDefinitionsCommand).resolves({ queryDefinitions: [{ ...QUERY, queryString: 'nonsense' }] });
    logs
      .on(StartQueryCommand)
      .rejects(Object.assign(new Error('unexpected symbol'), { name: 'MalformedQueryException' }));

    expect(await run('saved-queries')).toEqual({ status: 'failed', seen: 'unexpected symbol' });
  });
});

describe('metric-filters', () => {
  const filter = (metricName: string, filterPattern: string) => ({
    filterPattern,
    metricTransformations: [{ metricName, metricNamespace: 'N', metricValue: '1' }],
  });

  beforeEach(() => {
    logs.on(DescribeMetricFiltersCommand).resolves({ metricFilters: [] });
    logs
      .on(DescribeMetricFiltersCommand, { logGroupName: 'authorize-access-log' })
      .resolves({ metricFilters: [filter('Redeemed', 'redeemed'), filter('StorageFailures', 'storage_failed')] });
    logs.on(TestMetricFilterCommand).callsFake(matchesOf);
  });

  /** CloudWatch, with patterns that are words. */
  function matchesOf({ filterPattern, logEventMessages }: TestMetricFilterCommandInput) {
    const counted = logEventMessages?.filter((message) => message.includes(`${filterPattern}`)) ?? [];
    return { matches: counted.map((eventMessage) => ({ eventMessage })) };
  }

  test('passes if CloudWatch counts the lines of each outcome', async () => {
    expect(await run('metric-filters')).toEqual({ status: 'passed', seen: '2 metric filters' });
    expect(logs.commandCalls(TestMetricFilterCommand).map(({ args }) => args[0].input.logEventMessages)).toEqual([
      [REDEEMED, EXPIRED],
      [REDEEMED, EXPIRED, JSON.stringify({ ...JSON.parse(REDEEMED), event: 'storage_failed' })],
    ]);
  });

  test('fails if a metric depends on the context of a Deny, which the access log lacks', async () => {
    logs
      .on(DescribeMetricFiltersCommand, { logGroupName: 'access-log' })
      .resolves({ metricFilters: [filter('Expired', 'an outcome that is not there')] });

    expect(await run('metric-filters')).toEqual({ status: 'failed', seen: 'Expired does not count expired' });
  });

  test('fails if the revocation metric counts the lookup of a revoked link', async () => {
    const revocation = '{"event":"link_revocation","outcome":"revoked","link_id":"c"}';
    const lookup = '{"event":"link_lookup","outcome":"revoked","link_id":"c"}';
    const managed = { log: 'ManageLink', accessLine: undefined, seconds: 1 } as const;
    logs
      .on(DescribeMetricFiltersCommand, { logGroupName: 'manage-link-log' })
      .resolves({ metricFilters: [filter('Revoked', '"outcome":"revoked"')] });

    const result = await run('metric-filters', [
      { ...managed, outcome: 'revoked', status: 204, functionLine: revocation },
      { ...managed, outcome: 'link_lookup', status: 200, functionLine: lookup },
    ]);

    expect(result).toEqual({ status: 'failed', seen: 'Revoked counts link_lookup' });
  });

  test('fails if a filter is new', async () => {
    logs
      .on(DescribeMetricFiltersCommand, { logGroupName: 'authorize-access-log' })
      .resolves({ metricFilters: [filter('Color', 'red')] });

    expect(await run('metric-filters')).toEqual({ status: 'failed', seen: 'verify does not know the metric Color' });
  });

  test('fails if a filter counts too few or too many', async () => {
    logs.on(TestMetricFilterCommand, { filterPattern: 'redeemed' }).resolves({ matches: [] });
    logs
      .on(TestMetricFilterCommand, { filterPattern: 'storage_failed' })
      .resolves({ matches: [{ eventMessage: EXPIRED }] });

    expect(await run('metric-filters')).toEqual({
      status: 'failed',
      seen: 'Redeemed does not count redeemed; StorageFailures counts expired; StorageFailures does not count its own line',
    });
  });
});

describe('the logs', () => {
  test('are read from CloudWatch Logs, all pages, since the start of the checks', async () => {
    logs
      .on(FilterLogEventsCommand, {
        logGroupName: 'authorize-access-log',
        startTime: 1_800_000_000_000 - 600_000,
        filterPattern: '"98GcVChBtL06dRDkV5bnkQ"',
      })
      .resolvesOnce({ events: [{ message: `${REDEEMED}\n` }], nextToken: 'more' })
      .resolves({ events: [{ message: EXPIRED }] });

    const reader = cloudWatchLogReader(STACK, new Date(1_800_000_000_000));
    expect(await reader.linesWith('AuthorizeAccess', '98GcVChBtL06dRDkV5bnkQ')).toEqual([REDEEMED, EXPIRED]);
  });

  test('may lack the context of a Deny in the access log, where the status may be a string', async () => {
    const refused: LoggedAttempt = {
      outcome: 'not_active',
      log: 'AuthorizeAccess',
      status: 403,
      functionLine: EXPIRED,
      accessLine: EXPIRED_ACCESS,
      seconds: 1,
    };

    expect(await run('log-deny-context', [refused])).toEqual({
      status: 'passed',
      seen: 'the outcome is only in the function log',
    });
    expect(await run('log-lines', [refused])).toMatchObject({ status: 'passed' });
  });

  test('fail the checks if a line is missing or has a different status', async () => {
    const [redeemed, expired] = ATTEMPTS as readonly [LoggedAttempt, LoggedAttempt];
    const attempts = [
      { ...redeemed, functionLine: undefined, accessLine: undefined },
      { ...expired, accessLine: '{"status":-}' },
    ];

    expect(await run('log-lines', attempts)).toEqual({
      status: 'failed',
      seen: 'no line redeemed in the log of the function; the logged status of expired is NaN, not 403',
    });
  });
});

test('a check without permission is skipped, and names the action', async () => {
  const message =
    'User: arn:aws:iam::123456789012:user/ada is not authorized to perform: lambda:GetAccountSettings on *';
  lambda.on(GetAccountSettingsCommand).rejects(Object.assign(new Error(message), { name: 'AccessDeniedException' }));

  expect(await run('concurrency')).toEqual({ status: 'skipped', seen: 'no permission for lambda:GetAccountSettings' });
});
