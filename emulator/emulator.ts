import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENVIRONMENT, LINK_ATTRIBUTE, RECEIPT_ATTRIBUTE } from '../lambda/contract';
import { type ApiModel, readApi } from './api-gateway/api-model';
import { deployedEndpoints, startGateway } from './api-gateway/server';
import { type Deliveries, type DeliveryModel, readDeliveries, startDeliveries } from './deliveries';
import { startDynamoDb } from './dynamodb/server';
import { type LocalTable, readTables } from './dynamodb/table-model';
import type { BusEvent } from './events/event';
import { LOCAL_CALLER } from './iam/credentials';
import type { AwsCall, Principal } from './iam/principal';
import { createIdentityToken } from './identity';
import { type FunctionModel, readFunctions } from './lambda/function-model';
import type { InvocationResult } from './lambda/local-function';
import { createFunctions, type InvocableFunction } from './lambda/local-functions';
import { startLambda } from './lambda/server';
import type { DeliverBatch } from './logs/subscriptions';
import type { LocalService } from './loopback';
import type { Outputs } from './outputs';
import { type BucketDeployment, deployFiles, readBucketDeployments } from './s3/bucket-deployment';
import { type LocalBucket, readBuckets } from './s3/bucket-model';
import { startS3 } from './s3/server';
import { type Email, startSns } from './sns/server';
import { readTopics, type TopicModel } from './sns/topic-model';
import type { Assembly } from './template/assembly';
import { UnsupportedTemplateError } from './template/fields';
import { describeLeftAlone } from './template/left-alone';
import { LOCAL_ACCOUNT, LOCAL_REGION, Template } from './template/template';

/** Options of {@link startEmulator}. */
export interface EmulatorOptions {
  readonly assembly: Assembly;
  /** Port of the API. S3, DynamoDB, EventBridge, SNS and Lambda use the next five ports. 0: any free ports. */
  readonly port: number;
  /**
   * Where objects and items are stored.
   *
   * @default - a temporary directory and memory, removed on close
   */
  readonly dataDirectory?: string;
  /** @default [LOCAL_CALLER] */
  readonly callers?: readonly Principal[];
  /**
   * Existing buckets, in addition to those of the stack.
   *
   * @default - none
   */
  readonly existingBuckets?: readonly LocalBucket[];
  /**
   * Receives every log line of a function (source: its label) and of the API (source: `access`), and a line for each event
   * that a function did not process (source: `dead-letter`) or a request to a service that is not served (`not-served`).
   */
  readonly onLog?: (source: string, line: string) => void;
  /** Receives every authorized call to S3, DynamoDB, EventBridge, SNS, dead-letter queues and the functions. */
  readonly onCall?: (call: AwsCall) => void;
  /** Receives every event that a function publishes, whether or not a rule matches it. */
  readonly onEvent?: (event: BusEvent) => void;
  /** Receives every email that a topic sends: one per message and subscribed address. */
  readonly onEmail?: (email: Email) => void;
  /**
   * Delivers log lines to a subscribed function.
   *
   * @default - sends each batch once
   */
  readonly deliver?: DeliverBatch;
  /**
   * Returns the endpoint that the functions use for a storage service, for example of a proxy.
   *
   * @default - the endpoint of the service
   */
  readonly between?: (service: StorageService, endpoint: string) => Promise<string>;
  /**
   * Clock of the gateway, the storage services and the functions.
   *
   * @default - the machine's clock
   */
  readonly clock?: EmulatorClock;
  /** Called between an authorizer that allows a request and the integration, which waits for it. */
  readonly onAuthorized?: () => Promise<void>;
  /**
   * Concurrent executions of functions that the account allows; more are throttled.
   *
   * @default 1000
   */
  readonly accountConcurrency?: number;
  /**
   * Session name of the functions' roles. A different name gives different credentials, as after a rotation.
   *
   * @default - empty
   */
  readonly roleSession?: string;
}

/** A clock that replaces the machine's. */
export interface EmulatorClock {
  now(): Date;
  /** Milliseconds since the epoch as one 64-bit integer, shared with the functions' threads. */
  readonly memory: SharedArrayBuffer;
}

/** A storage service that functions call. */
export type StorageService = 's3' | 'dynamodb';

/** A running emulator. */
export interface Emulator extends Pick<Deliveries, 'deadLetters' | 'delivered' | 'runSchedules'> {
  /** Outputs of the stack with local addresses, the endpoints of S3 and DynamoDB, and the identity of this process. */
  readonly outputs: Outputs;
  /**
   * Base address of the API, with a trailing slash: on 127.0.0.1, or on the custom domain if the default endpoint is
   * disabled. Clients must resolve the custom domain to 127.0.0.1.
   */
  readonly apiEndpoint: string;
  readonly s3Endpoint: string;
  readonly dynamoDbEndpoint: string;
  readonly lambdaEndpoint: string;
  /** Resources of the app that the emulator does not serve: one line for each resource type. */
  readonly leftAlone: readonly string[];
  /** Where objects are stored. */
  readonly dataDirectory: string;
  /** Name of the link table. */
  readonly tableName: string;
  /** Name of the receipt table; `undefined` if the stack has none. */
  readonly receiptTableName: string | undefined;
  /**
   * Invokes a function and waits for its result.
   *
   * @param name logical ID, name or ARN of the function, or the end of its path, for example `WebStack/Issue` or `Issue`
   * @throws Error unless exactly one function has this name
   */
  invoke(name: string, event: unknown): Promise<InvocationResult>;
  close(): Promise<void>;
}

/** The parts of the template that the emulator uses. */
interface StackModel {
  readonly api: ApiModel;
  readonly linkTableName: string;
  readonly receiptTableName: string | undefined;
  readonly functions: readonly FunctionModel[];
  readonly tables: readonly LocalTable[];
  readonly deliveries: DeliveryModel;
  readonly topics: readonly TopicModel[];
  readonly buckets: readonly LocalBucket[];
  readonly deployments: readonly BucketDeployment[];
  readonly outputs: Outputs;
  readonly leftAlone: readonly string[];
}

/**
 * Serves a synthesized stack on this machine.
 *
 * @throws UnsupportedTemplateError if the template contains something that the emulator does not support
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const model = readModel(options.assembly);
  const data = await openDataDirectory(options.dataDirectory);
  const running: Pick<LocalService, 'close'>[] = [];
  const close = async (): Promise<void> => {
    // In parallel, because the gateway waits for requests in progress, and these end when their functions are closed.
    const results = await Promise.allSettled(running.splice(0).map((service) => service.close()));
    await data.remove();
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) {
      throw failure.reason;
    }
  };
  try {
    return { ...(await startServices(model, options, data.directory, running)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function readModel(assembly: Assembly): StackModel {
  const read = new Template(assembly.template, assembly.stackName, assembly.app);
  const functions = readFunctions(read);
  const api = readApi(read);
  const tables = readTables(read);
  const linkTableName = findTable(read, tables, LINK_ATTRIBUTE.linkId);
  if (linkTableName === undefined) {
    throw new UnsupportedTemplateError('Resources', `no table has the partition key ${LINK_ATTRIBUTE.linkId}`);
  }
  const buckets = readBuckets(read);
  const model = {
    api,
    linkTableName,
    receiptTableName: findTable(read, tables, RECEIPT_ATTRIBUTE.linkId),
    tables,
    functions,
    deliveries: readDeliveries(read, functions),
    topics: readTopics(read, functions),
    buckets,
    deployments: readBucketDeployments(read, assembly).filter((deployment) =>
      buckets.some(({ name }) => name === deployment.bucketName),
    ),
    outputs: { ...(read.isPartOfApp && outputsForCli(read, api, functions)), ...read.outputs() },
  };
  return { ...model, leftAlone: describeLeftAlone(read.leftAlone) };
}

/** Returns the name of the construct's table with this partition key. */
function findTable(template: Template, tables: readonly LocalTable[], partitionKey: string): string | undefined {
  const ofConstruct = template.ofType('AWS::DynamoDB::Table').filter(({ owner }) => owner === 'construct');
  return tables.find(
    (table) =>
      table.partitionKey.name === partitionKey && ofConstruct.some(({ identity }) => identity.ref === table.name),
  )?.name;
}

/** Returns the outputs that the CLI reads. This project's app declares them; other apps need not. */
function outputsForCli(template: Template, api: ApiModel, functions: readonly FunctionModel[]): Outputs {
  const [ApiGatewayEndpoint = ''] = deployedEndpoints(api);
  const [allowed = '[]'] = functions
    .filter(({ owner }) => owner === 'construct')
    .flatMap(({ environment }) => environment[ENVIRONMENT.allowedBuckets] ?? []);
  const [bucket]: readonly { readonly name: string }[] = JSON.parse(allowed);
  const [defaultBucket] = template.ofType('AWS::S3::Bucket').filter(({ owner }) => owner === 'construct');
  return {
    ApiGatewayEndpoint,
    BucketUrl: bucket?.name ?? '',
    BucketOwner: LOCAL_ACCOUNT,
    ...(defaultBucket && { UploadBucket: defaultBucket.identity.ref }),
  };
}

/**
 * Starts storage, functions and gateway, in this order.
 *
 * @param running receives each service; the caller closes them
 */
async function startServices(
  model: StackModel,
  options: EmulatorOptions,
  dataDirectory: string,
  running: Pick<LocalService, 'close'>[],
): Promise<Omit<Emulator, 'close'>> {
  const { assembly, port, clock, onCall, onLog = () => {}, between = async (_, endpoint) => endpoint } = options;
  const now = (): Date => clock?.now() ?? new Date();
  const principals = new Map((options.callers ?? [LOCAL_CALLER]).map((caller) => [caller.accessKeyId, caller]));
  const common = { region: LOCAL_REGION, principals, now, ...(onCall && { onCall }) };
  // DynamoDB starts first, because it locks the data directory.
  const dynamoDb = await startDynamoDb({
    ...common,
    tables: model.tables,
    port: port && port + 2,
    ...(options.dataDirectory !== undefined && { dataDirectory: join(dataDirectory, 'dynamodb') }),
  });
  running.push(dynamoDb);
  const deliveries = await startDeliveries(model.deliveries, {
    ...common,
    port: port && port + 3,
    onLog,
    onEvent: options.onEvent ?? (() => {}),
    ...(options.deliver && { deliver: options.deliver }),
  });
  running.push(deliveries);
  const s3 = await startS3({
    ...common,
    buckets: [...model.buckets, ...(options.existingBuckets ?? [])],
    dataDirectory: join(dataDirectory, 's3'),
    port: port && port + 1,
    onEvent: deliveries.publish,
  });
  running.push(s3);
  await deployFiles(s3, model.deployments, assembly);

  const sns = await startSns({
    ...common,
    topics: model.topics,
    port: port && port + 4,
    onEmail: options.onEmail ?? (() => {}),
  });
  running.push(sns);
  const invocable = new Map<string, InvocableFunction>();
  const lambda = await startLambda({
    ...common,
    functions: invocable,
    invokeAsync: deliveries.invokeAsync,
    onNotServed: (message) => onLog('not-served', message),
    port: port && port + 5,
  });
  running.push(lambda);
  let localEndpoint: string | undefined;
  const functions = createFunctions(model.functions, {
    assembly,
    endpoints: {
      s3: await between('s3', s3.endpoint),
      dynamodb: await between('dynamodb', dynamoDb.endpoint),
      eventBridge: deliveries.endpoint,
      sns: sns.endpoint,
      lambda: lambda.endpoint,
    },
    localAddress: (value) => localAddress(value, model.api, localEndpoint),
    ...(options.roleSession !== undefined && { roleSession: options.roleSession }),
    ...(options.accountConcurrency !== undefined && { accountConcurrency: options.accountConcurrency }),
    ...(clock && { clockMemory: clock.memory }),
    ...(onCall && { onCall }),
    onLine(fn, line) {
      onLog(fn.label, line);
      deliveries.writeLine(fn, line);
    },
  });
  running.push(functions);
  deliveries.connect(functions);
  for (const [arn, fn] of functions.byArn) {
    invocable.set(arn, fn);
    principals.set(fn.principal.accessKeyId, fn.principal);
  }
  await functions.start();

  const onAccessLog = (line: string): void => onLog('access', line);
  const identityToken = createIdentityToken();
  const gateway = await startGateway(
    {
      api: model.api,
      functions: functions.byArn,
      principals,
      now,
      onAccessLog,
      ...(options.onAuthorized && { onAuthorized: options.onAuthorized }),
    },
    port,
    identityToken,
  );
  running.push(gateway);
  const { apiEndpoint } = gateway;
  localEndpoint = apiEndpoint;
  return {
    outputs: {
      ...localOutputs(model, apiEndpoint),
      S3Endpoint: s3.endpoint,
      DynamoDBEndpoint: dynamoDb.endpoint,
      EmulatorPid: String(process.pid),
      EmulatorToken: identityToken,
    },
    apiEndpoint,
    s3Endpoint: s3.endpoint,
    dynamoDbEndpoint: dynamoDb.endpoint,
    lambdaEndpoint: lambda.endpoint,
    leftAlone: model.leftAlone,
    dataDirectory,
    tableName: model.linkTableName,
    receiptTableName: model.receiptTableName,
    invoke: async (name, event) => await functions.named(name).runtime.invoke(event, LOCAL_CALLER.arn),
    deadLetters: deliveries.deadLetters,
    delivered: deliveries.delivered,
    runSchedules: deliveries.runSchedules,
  };
}

/** Returns the stack's outputs, with the local address of the API instead of its addresses on AWS. */
function localOutputs({ api, outputs }: StackModel, apiEndpoint: string): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, localAddress(value, api, apiEndpoint)]),
  );
}

/** Replaces an address of the API on AWS with its local address. */
function localAddress(value: string, api: ApiModel, apiEndpoint: string | undefined): string {
  return apiEndpoint !== undefined && deployedEndpoints(api).includes(value) ? apiEndpoint : value;
}

/** Creates the data directory, which only its owner can read. `remove` deletes it if it is temporary. */
async function openDataDirectory(
  directory: string | undefined,
): Promise<{ readonly directory: string; readonly remove: () => Promise<void> }> {
  if (directory !== undefined) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return { directory, remove: async () => {} };
  }
  const temporary = await mkdtemp(join(tmpdir(), 'one-time-s3-links-'));
  return { directory: temporary, remove: () => rm(temporary, { recursive: true, force: true }) };
}
