import { setTimeout as delay } from 'node:timers/promises';
import { GetAuthorizersCommand, GetRestApiCommand } from '@aws-sdk/client-api-gateway';
import { DescribeAlarmsCommand, GetMetricDataCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import {
  DescribeLogGroupsCommand,
  DescribeQueryDefinitionsCommand,
  GetQueryResultsCommand,
  type QueryDefinition,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetAccountSettingsCommand, GetFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { AWS_ONLY, type Check, type CheckResult, differences, resultOf } from './check';
import type { DeployedStack } from './deployed-stack';

const HOUR_MS = 3_600_000;
/** With less, Lambda throttles the readers of a busy minute, and a throttled redirect loses its link. */
const MIN_CONCURRENCY = 100;
/** Of 30 that an account can run at the same time. */
const SIMULTANEOUS_QUERIES = 4;
const QUERY_POLL_MS = 500;

const authorizer = stackCheck({
  id: 'authorizer-cache',
  title: 'API Gateway does not cache the results of the authorizer',
  settles: 'whether the deployed authorizer is the one in the template',
  async run(stack) {
    const { items = [] } = await stack.apiGateway.send(
      new GetAuthorizersCommand({ restApiId: await restApiId(stack) }),
    );
    const ttls = items.map(({ authorizerResultTtlInSeconds }) => authorizerResultTtlInSeconds);
    return resultOf(differences(['the TTL', ttls.join(), '0']), 'TTL 0');
  },
});

const tls = stackCheck({
  id: 'tls',
  title: 'The API requires TLS 1.2 or later',
  settles: 'whether the security policy of the template is applied',
  async run(stack) {
    const { securityPolicy } = await stack.apiGateway.send(
      new GetRestApiCommand({ restApiId: await restApiId(stack) }),
    );
    const isOld = securityPolicy === undefined || securityPolicy === 'TLS_1_0';
    return resultOf(isOld ? [`the policy is ${securityPolicy ?? 'not set'}`] : [], String(securityPolicy));
  },
});

const concurrency = stackCheck({
  id: 'concurrency',
  title: 'The account has enough concurrent executions',
  settles: "whether the reservations fit the account's quota",
  async run(stack) {
    const { AccountLimit = {} } = await stack.lambda.send(new GetAccountSettingsCommand({}));
    const { ConcurrentExecutions = 0, UnreservedConcurrentExecutions = 0 } = AccountLimit;
    const reserved: string[] = [];
    for (const { logicalId, physicalId } of await stack.resources('AWS::Lambda::Function')) {
      const request = new GetFunctionConcurrencyCommand({ FunctionName: physicalId });
      const { ReservedConcurrentExecutions: reservation } = await stack.lambda.send(request);
      reserved.push(...(reservation === undefined ? [] : [`${reservation} for ${logicalId}`]));
    }
    const problem = `${UnreservedConcurrentExecutions} of ${ConcurrentExecutions} are unreserved: ask for a higher quota`;
    return resultOf(
      UnreservedConcurrentExecutions < MIN_CONCURRENCY ? [problem] : [],
      `${UnreservedConcurrentExecutions} of ${ConcurrentExecutions} unreserved; reserved: ${reserved.join(', ') || 'none'}`,
    );
  },
});

const logRetention = stackCheck({
  id: 'log-retention',
  title: 'All log groups of the stack have the same retention',
  settles: 'whether a log group was created again without its retention',
  async run(stack) {
    const retentions: (readonly [name: string, days: number | undefined])[] = [];
    for (const { physicalId } of await stack.resources('AWS::Logs::LogGroup')) {
      const { logGroups = [] } = await stack.logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: physicalId }),
      );
      const found = logGroups.find(({ logGroupName }) => logGroupName === physicalId);
      retentions.push([physicalId, found?.retentionInDays]);
    }
    const [, days] = retentions[0] ?? [];
    const other = retentions
      .filter(([, found]) => found !== days)
      .map(([name, found]) => `${name}: ${found ?? 'none'}`);
    return resultOf(
      other,
      `${days === undefined ? 'kept forever' : `${days} days`} for ${retentions.length} log groups`,
    );
  },
});

const alarms = stackCheck({
  id: 'alarms',
  title: 'CloudWatch evaluates the expression of every alarm',
  settles: 'whether FILL works on a metric that never had a data point',
  async run(stack) {
    const AlarmNames = (await stack.resources('AWS::CloudWatch::Alarm')).map(({ physicalId }) => physicalId);
    if (AlarmNames.length === 0) {
      return resultOf([], 'the stack has no alarms');
    }
    const described = new DescribeAlarmsCommand({ AlarmNames, MaxRecords: 100 });
    const { MetricAlarms = [] } = await stack.cloudWatch.send(described);
    const problems: string[] = [];
    for (const alarm of MetricAlarms) {
      const request = {
        MetricDataQueries: queriesOf(alarm),
        StartTime: new Date(Date.now() - 3 * HOUR_MS),
        EndTime: new Date(),
      };
      const { MetricDataResults = [], Messages = [] } = await stack.cloudWatch.send(new GetMetricDataCommand(request));
      const errors = MetricDataResults.map(({ StatusCode }) => StatusCode).filter(
        (code) => code !== 'Complete' && code !== 'PartialData',
      );
      problems.push(
        ...[...errors, ...Messages.map(({ Value }) => Value)].map((error) => `${alarm.AlarmName}: ${error}`),
      );
    }
    return resultOf(
      [...differences(['the number of alarms', MetricAlarms.length, AlarmNames.length]), ...problems],
      `${MetricAlarms.length} alarms`,
    );
  },
});

/** The metrics of an alarm, in the form of GetMetricData. */
function queriesOf({ Metrics = [], ...alarm }: MetricAlarm) {
  if (Metrics.length > 0) {
    return Metrics;
  }
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = alarm;
  const Metric = { Namespace, MetricName, ...(Dimensions && { Dimensions }) };
  return [{ Id: 'alarm', MetricStat: { Metric, Period, Stat: Statistic ?? ExtendedStatistic } }];
}

const savedQueries = stackCheck({
  id: 'saved-queries',
  title: 'Every saved query runs',
  settles: 'whether Logs Insights accepts the queries of the stack',
  async run(stack) {
    const ids = new Set((await stack.resources('AWS::Logs::QueryDefinition')).map(({ physicalId }) => physicalId));
    const { queryDefinitions = [] } = await stack.logs.send(new DescribeQueryDefinitionsCommand({ maxResults: 1000 }));
    const definitions = queryDefinitions.filter(({ queryDefinitionId = '' }) => ids.has(queryDefinitionId));
    const problems: string[] = [];
    for (let index = 0; index < definitions.length; index += SIMULTANEOUS_QUERIES) {
      const batch = definitions.slice(index, index + SIMULTANEOUS_QUERIES);
      problems.push(...(await Promise.all(batch.map((definition) => problemsOfQuery(stack, definition)))).flat());
    }
    return resultOf(
      [...differences(['the number of queries', definitions.length, ids.size]), ...problems],
      `${definitions.length} queries`,
    );
  },
});

async function problemsOfQuery(stack: DeployedStack, { name, logGroupNames, queryString }: QueryDefinition) {
  const endTime = Math.floor(Date.now() / 1000);
  const request = { logGroupNames, queryString, startTime: endTime - HOUR_MS / 1000, endTime };
  const { queryId } = await stack.logs.send(new StartQueryCommand(request));
  for (;;) {
    const { status = 'Unknown' } = await stack.logs.send(new GetQueryResultsCommand({ queryId }));
    if (status !== 'Scheduled' && status !== 'Running') {
      return status === 'Complete' ? [] : [`${name}: ${status}`];
    }
    await delay(QUERY_POLL_MS);
  }
}

async function restApiId(stack: DeployedStack): Promise<string> {
  const [api] = await stack.resources('AWS::ApiGateway::RestApi');
  if (api === undefined) {
    throw new Error('the stack has no REST API');
  }
  return api.physicalId;
}

/** A check that needs a stack on AWS. */
function stackCheck({
  run,
  ...check
}: Omit<Check, 'run'> & { readonly run: (stack: DeployedStack) => Promise<CheckResult> }): Check {
  return { ...check, run: async ({ stack }) => (stack === undefined ? AWS_ONLY : await run(stack)) };
}

export const STACK_CHECKS: readonly Check[] = [authorizer, tls, concurrency, logRetention, alarms, savedQueries];
