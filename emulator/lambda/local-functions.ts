import { join } from 'node:path';
import { roleCredentials } from '../iam/credentials';
import type { AwsCall, Principal } from '../iam/principal';
import { type Assembly, assetDirectory, PROJECT_DIRECTORY } from '../template/assembly';
import { LOCAL_REGION } from '../template/template';
import { concurrencyLimits } from './concurrency';
import { type FunctionModel, INVOKE_FUNCTION } from './function-model';
import { LocalFunction } from './local-function';

/** A function that can be invoked. */
export interface InvocableFunction {
  readonly model: FunctionModel;
  /** Credentials of the function. */
  readonly principal: Principal;
  readonly runtime: LocalFunction;
}

/** Options of {@link createFunctions}. */
export interface FunctionsOptions {
  readonly assembly: Assembly;
  /** Endpoints that the functions call. */
  readonly endpoints: {
    readonly s3: string;
    readonly dynamodb: string;
    readonly eventBridge: string;
    readonly sns: string;
    /** Lambda also refuses calls to all other services, so that they do not reach AWS. */
    readonly lambda: string;
  };
  /** Replaces the address of the API on AWS in the environment of the app's functions. @default - returns the value */
  readonly localAddress?: (value: string) => string;
  /** Session name of the roles. A different name gives different credentials. @default - empty */
  readonly roleSession?: string;
  /** Concurrent executions that the account allows. @default 1000 */
  readonly accountConcurrency?: number;
  /** Clock of the functions, as in `EmulatorClock`. @default - the machine's clock */
  readonly clockMemory?: SharedArrayBuffer;
  readonly onCall?: (call: AwsCall) => void;
  /** Receives every line that a function writes. */
  readonly onLine: (fn: FunctionModel, line: string) => void;
}

/** The functions in the template. */
export interface LocalFunctions {
  readonly byArn: ReadonlyMap<string, InvocableFunction>;
  /** Credentials of the functions. */
  readonly principals: readonly Principal[];
  /**
   * Finds a function.
   *
   * @param name logical ID, name or ARN, or the end of the label
   * @throws Error unless exactly one function has this name
   */
  named(name: string): InvocableFunction;
  /** Waits for the lines of finished invocations. */
  flushLogs(): Promise<void>;
  /** Loads the functions of the construct; others are loaded when they are invoked. @throws Error if one does not load */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Creates the functions. The credentials of each function have exactly the permissions of its role. */
export function createFunctions(models: readonly FunctionModel[], options: FunctionsOptions): LocalFunctions {
  const { assembly, roleSession, clockMemory, onCall, onLine } = options;
  const limitOf = concurrencyLimits(models, options.accountConcurrency);
  const functions = models.map((model) => {
    const principal = roleCredentials(model.roleArn, model.name, model.statements, roleSession);
    const runtime = new LocalFunction({
      model,
      directory: assetDirectory(assembly, model.assetKey),
      environment: () => environmentOf(model, principal, options),
      concurrency: limitOf(model),
      ...(clockMemory && { clockMemory }),
      onInvoke: (principalArn) => onCall?.({ principalArn, action: INVOKE_FUNCTION, resource: model.arn }),
      onLog: (line) => onLine(model, line),
    });
    return { model, principal, runtime };
  });
  return {
    byArn: new Map(functions.map((fn) => [fn.model.arn, fn])),
    principals: functions.map(({ principal }) => principal),
    named(name) {
      const found = functions.filter(
        ({ model }) =>
          [model.logicalId, model.name, model.arn, model.label].includes(name) || model.label.endsWith(`/${name}`),
      );
      const [only, ...others] = found;
      if (only === undefined || others.length > 0) {
        const labels = functions.map(({ model }) => model.label).join(', ');
        throw new Error(`${found.length} functions have the name ${name}. The functions: ${labels}`);
      }
      return only;
    },
    async flushLogs() {
      await Promise.all(functions.map(({ runtime }) => runtime.flushLog()));
    },
    async start() {
      const ofConstruct = functions.filter(({ model }) => model.owner === 'construct');
      await Promise.all(ofConstruct.map(({ runtime }) => runtime.start()));
    },
    async close() {
      await Promise.all(functions.map(({ runtime }) => runtime.stop()));
    },
  };
}

/** Returns the variables from the template, the variables that Lambda sets, and the local endpoints. */
function environmentOf(
  model: FunctionModel,
  { accessKeyId, secretAccessKey, sessionToken = '' }: Principal,
  { endpoints, localAddress = (value) => value }: FunctionsOptions,
): Readonly<Record<string, string>> {
  const variables = Object.entries(model.environment).map(([name, value]) => [
    name,
    model.owner === 'app' ? localAddress(value) : value,
  ]);
  return {
    ...Object.fromEntries(variables),
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
    AWS_ENDPOINT_URL: endpoints.lambda,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_EVENTBRIDGE: endpoints.eventBridge,
    AWS_ENDPOINT_URL_SNS: endpoints.sns,
    // Lambda has no AWS profiles. Without these variables, the SDK would read the user's profiles.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    // The Lambda runtime contains the AWS SDK, for functions that do not bundle it.
    NODE_PATH: join(PROJECT_DIRECTORY, 'node_modules'),
    TZ: ':UTC',
  };
}
