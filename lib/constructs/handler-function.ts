import { join } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, SystemLogLevel } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import { stackLog } from '../monitoring/stack-log';
import { BUNDLING } from './bundling';

/**
 * Chosen from the figures in docs/performance.md: with less, a cold start's first call takes longer than a person notices;
 * with more, it costs more than it saves.
 */
const MEMORY_MEGABYTES = 1024;

/** Properties of a {@link HandlerFunction}. */
export interface HandlerFunctionProps {
  /** File in `lambda/` that exports `handler`, without its ending. */
  readonly entry: string;
  readonly description: string;
  /** How long one call may take. Keep it below what the caller in front of it waits. */
  readonly timeout: Duration;
  /** Executions that only this function may use, and that it may use at the most. @default - as many as the account has */
  readonly reservedConcurrency?: number | undefined;
}

/**
 * One of our functions: bundled with its own copy of the SDK, and with a role that may write to its own log and nothing
 * else. The constructs that own a resource grant what goes beyond.
 */
export class HandlerFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    const logGroup = stackLog(scope, `${id}Logs`);
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
      }),
    );
    super(scope, id, {
      description: props.description,
      entry: join(__dirname, '..', '..', 'lambda', `${props.entry}.ts`),
      depsLockFilePath: join(__dirname, '..', '..', 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: MEMORY_MEGABYTES,
      timeout: props.timeout,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      role,
      logGroup,
      // What the runtime writes is JSON as well; what is JSON already, as the lines of `log`, stays as it is.
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
      loggingFormat: LoggingFormat.JSON,
      // No line for the start and the end of each call: they cost more than ours, and metrics say the same.
      systemLogLevelV2: SystemLogLevel.WARN,
      bundling: BUNDLING,
    });
  }
}
