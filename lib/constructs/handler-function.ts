import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Architecture,
  Code,
  type FunctionProps,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Properties of a {@link HandlerFunction}. By default, the timeout is 5 seconds and the memory 1,024 MB. */
interface HandlerFunctionProps
  extends Pick<
    FunctionProps,
    'description' | 'timeout' | 'memorySize' | 'reservedConcurrentExecutions' | 'deadLetterQueue'
  > {
  /** File in `lambda/` that exports `handler`, without extension. */
  readonly entry: string;
}

/** The bundled functions (`npm run build`). */
const FUNCTIONS_DIRECTORY = join(__dirname, '..', '..', 'functions');

/**
 * A Lambda function, already bundled with the SDK. Its role can only write to its log group; the constructs of other resources
 * grant further permissions.
 */
export class HandlerFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, { entry, ...props }: HandlerFunctionProps) {
    const logGroup = new LogGroup(scope, `${id}Logs`);
    const role = new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    role.addToPolicy(new PolicyStatement({ actions, resources: [logGroup.logGroupArn] }));
    super(scope, id, {
      timeout: Duration.seconds(5),
      // Less makes cold starts noticeable; more costs more than it saves (docs/performance.md).
      memorySize: 1024,
      ...props,
      code: Code.fromAsset(join(FUNCTIONS_DIRECTORY, entry)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role,
      logGroup,
      // Lambda does not change lines that are already JSON, such as ours.
      // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
      loggingFormat: LoggingFormat.JSON,
      // Our lines are at this level. It is the default, which Lambda could change.
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      // Drops the lines at the start and end of each invocation, which cost more than our own lines and repeat the
      // metrics.
      systemLogLevelV2: SystemLogLevel.WARN,
    });
  }
}
