import { APIGatewayClient } from '@aws-sdk/client-api-gateway';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { LambdaClient } from '@aws-sdk/client-lambda';
import type { Deployment } from '../deployment';
import type { LogName, LogReader } from './logged-attempts';

/** A resource of the stack. */
export interface StackResource {
  readonly logicalId: string;
  readonly physicalId: string;
}

/** The stack in CloudFormation, and the clients that inspect it. */
export interface DeployedStack {
  readonly logs: CloudWatchLogsClient;
  readonly cloudWatch: CloudWatchClient;
  readonly apiGateway: APIGatewayClient;
  readonly lambda: LambdaClient;
  /** Lists the resources of one type. @throws the error of CloudFormation */
  resources(type: string): Promise<readonly StackResource[]>;
  destroy(): void;
}

/** Opens the stack of a deployment on AWS. Calls nothing yet. */
export function openDeployedStack({ stackName, region, credentials }: Deployment): DeployedStack {
  const config = { region, credentials };
  const clients = {
    logs: new CloudWatchLogsClient(config),
    cloudWatch: new CloudWatchClient(config),
    apiGateway: new APIGatewayClient(config),
    lambda: new LambdaClient(config),
  };
  const cloudFormation = new CloudFormationClient(config);
  const list = async () => {
    const found: (StackResource & { readonly type: string })[] = [];
    const pages = paginateListStackResources({ client: cloudFormation }, { StackName: stackName });
    for await (const { StackResourceSummaries = [] } of pages) {
      for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of StackResourceSummaries) {
        found.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
      }
    }
    return found;
  };
  let listed: ReturnType<typeof list> | undefined;
  return {
    ...clients,
    async resources(type) {
      listed ??= list();
      return (await listed).filter((resource) => resource.type === type);
    },
    destroy() {
      for (const client of [cloudFormation, ...Object.values(clients)]) {
        client.destroy();
      }
    },
  };
}

/** Logical IDs of the log groups, without the hash that the CDK adds and the path of the construct in front. */
export const LOG_GROUP_IDS: Readonly<Record<LogName, RegExp>> = {
  access: /LinkApiAccessLog[0-9A-F]{8}$/,
  GenerateUrl: /GenerateUrlLogs[0-9A-F]{8}$/,
  AuthorizeAccess: /AuthorizeAccessLogs[0-9A-F]{8}$/,
  ManageLink: /ManageLinkLogs[0-9A-F]{8}$/,
};

/** Name of a log group of the stack. @throws Error if there is none */
export async function logGroupOf(stack: DeployedStack, log: LogName): Promise<string> {
  const groups = await stack.resources('AWS::Logs::LogGroup');
  const group = groups.find(({ logicalId }) => LOG_GROUP_IDS[log].test(logicalId));
  if (group === undefined) {
    throw new Error(`the stack has no log group of ${log}`);
  }
  return group.physicalId;
}

/** Longest tolerated difference between the clocks of this machine and of AWS. */
const CLOCK_SKEW_MS = 600_000;

/** Reads the logs from CloudWatch Logs. */
export function cloudWatchLogReader(stack: DeployedStack, since: Date): LogReader {
  return {
    async linesWith(log, text) {
      const logGroupName = await logGroupOf(stack, log);
      // A quoted term also matches inside JSON:
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
      const request = { logGroupName, startTime: since.getTime() - CLOCK_SKEW_MS, filterPattern: `"${text}"` };
      const lines: string[] = [];
      for await (const { events = [] } of paginateFilterLogEvents({ client: stack.logs }, request)) {
        lines.push(...events.map(({ message = '' }) => message.trim()));
      }
      return lines;
    },
  };
}
