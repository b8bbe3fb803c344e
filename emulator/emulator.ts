import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { lookup } from 'mime-types';
import { type ApiModel, readApi } from './api-gateway/api-model';
import type { InvocableFunction } from './api-gateway/invocation';
import { startGateway } from './api-gateway/server';
import { startDynamoDb } from './dynamodb/server';
import { LOCAL_CALLER, roleCredentials } from './iam/credentials';
import type { AwsCall, LocalService, Principal } from './iam/principal';
import { type FunctionModel, readFunctions } from './lambda/function-model';
import { LocalFunction } from './lambda/local-function';
import { readBuckets, readSampleFiles, readTables, type SampleFiles } from './s3/bucket-model';
import { type LocalBucket, type LocalS3, startS3 } from './s3/server';
import { type Assembly, assetDirectory } from './template/assembly';
import { UnsupportedTemplateError } from './template/fields';
import { LOCAL_REGION, Template } from './template/template';

/** How to run an emulator. */
export interface EmulatorOptions {
  readonly assembly: Assembly;
  /** Port of the API; S3 and DynamoDB take the two after it. 0 takes any free ones. */
  readonly port: number;
  /**
   * Where objects and links are kept.
   *
   * @default - nowhere: they are gone when the emulator ends
   */
  readonly dataDirectory?: string;
  /** @default [LOCAL_CALLER] */
  readonly callers?: readonly Principal[];
  /**
   * Buckets that are there before the stack is, as those that others have made and it shares from.
   *
   * @default - those of the template only
   */
  readonly existingBuckets?: readonly LocalBucket[];
  /** Receives every log line: of each function by its name, and of the API under `access`. */
  readonly onLog?: (source: string, line: string) => void;
  /** Receives every call that the functions and others make to S3 and DynamoDB, and that the API makes to functions. */
  readonly onCall?: (call: AwsCall) => void;
  /**
   * Address that the functions are given in place of a storage service's own: where something listens that passes on.
   *
   * @default - the service's own
   */
  readonly between?: (service: StorageService, endpoint: string) => Promise<string>;
  /**
   * What gateway, storage and functions take for the time.
   *
   * @default - the machine's clock
   */
  readonly clock?: EmulatorClock;
  /**
   * Names the sessions that the functions' roles are in: with another name, they have other credentials, as after those
   * of the last session have expired.
   */
  readonly roleSession?: string;
}

/** A clock to go by in place of the machine's. */
export interface EmulatorClock {
  now(): Date;
  /** Milliseconds since the epoch as one 64-bit integer, shared with the threads of the functions. */
  readonly memory: SharedArrayBuffer;
}

/** A storage service that functions call. */
export type StorageService = 's3' | 'dynamodb';

/** A running emulator. */
export interface Emulator {
  /** Outputs of the stack, with local addresses, and the endpoints of S3 and DynamoDB beside them. */
  readonly outputs: Readonly<Record<string, string>>;
  /**
   * Base address of the API, with a trailing slash: on 127.0.0.1, or by a domain of the template where the default endpoint
   * is disabled. A client must then be told that the name leads to this machine.
   */
  readonly apiEndpoint: string;
  readonly s3Endpoint: string;
  readonly dynamoDbEndpoint: string;
  /** Where objects are kept; a temporary directory unless one was asked for. */
  readonly dataDirectory: string;
  /** Name of the table, for whoever wants to look into it. */
  readonly tableName: string;
  /** Ends everything that was started. */
  close(): Promise<void>;
}

/** Who calls functions. */
const API = 'apigateway.amazonaws.com';

/** A service of the emulator, or something else that must be ended with it. */
type Closable = Pick<LocalService, 'close'>;

/** What the functions need to find, once it runs. */
interface Storage {
  readonly s3: LocalS3;
  readonly dynamoDb: LocalService;
}

/**
 * Serves a synthesised stack on this machine.
 *
 * @throws UnsupportedTemplateError if the template has something that the emulator does not know; nothing runs on then.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { assembly, port, clock, onLog = () => {} } = options;
  const now = (): Date => clock?.now() ?? new Date();
  const template = new Template(assembly.template, assembly.stackName);
  const api = readApi(template);
  const functionModels = readFunctions(template);
  const [table, ...otherTables] = readTables(template);
  const buckets = [...readBuckets(template), ...(options.existingBuckets ?? [])];
  const samples = readSampleFiles(template);
  if (table === undefined || otherTables.length > 0) {
    throw new UnsupportedTemplateError('Resources', 'the local emulator wants exactly one table');
  }

  const principals = new Map((options.callers ?? [LOCAL_CALLER]).map((caller) => [caller.accessKeyId, caller]));
  const { dataDirectory, remove } = await openDataDirectory(options.dataDirectory);
  const running: Closable[] = [];
  const close = async (): Promise<void> => {
    // All at once: the gateway waits for calls under way, which end when their functions do.
    const closed = await Promise.allSettled(running.splice(0).map((service) => service.close()));
    await remove();
    const failed = closed.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw failed.reason;
    }
  };
  try {
    const common = { region: LOCAL_REGION, principals, now, ...(options.onCall && { onCall: options.onCall }) };
    // The table's engine locks the data directory: it goes first.
    const dynamoDb = await startDynamoDb({
      ...common,
      tables: [table],
      port: portAfter(port, 2),
      ...(options.dataDirectory === undefined ? {} : { dataDirectory: join(dataDirectory, 'dynamodb') }),
    });
    running.push(dynamoDb);
    const s3 = await startS3({
      ...common,
      buckets,
      dataDirectory: join(dataDirectory, 's3'),
      port: portAfter(port, 1),
    });
    running.push(s3);
    await placeSamples(s3, samples, assembly);
    const functions = await startFunctions(functionModels, { s3, dynamoDb }, principals, running, options);
    const onAccessLog = (line: string): void => onLog('access', line);
    const gateway = await startGateway({ api, functions, principals, now, onAccessLog }, port);
    running.push(gateway);

    const apiEndpoint = apiEndpointOf(api, gateway.endpoint);
    const deployed = deployedEndpoints(api);
    const outputs = Object.entries(template.outputs()).map(([name, value]) => [
      name,
      deployed.includes(value) ? apiEndpoint : value,
    ]);
    return {
      outputs: { ...Object.fromEntries(outputs), S3Endpoint: s3.endpoint, DynamoDBEndpoint: dynamoDb.endpoint },
      apiEndpoint,
      s3Endpoint: s3.endpoint,
      dynamoDbEndpoint: dynamoDb.endpoint,
      dataDirectory,
      tableName: table.name,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startFunctions(
  models: readonly FunctionModel[],
  storage: Storage,
  principals: Map<string, Principal>,
  running: Closable[],
  {
    assembly,
    clock,
    roleSession,
    onCall,
    onLog = () => {},
    between = async (_, endpoint) => endpoint,
  }: EmulatorOptions,
): Promise<ReadonlyMap<string, InvocableFunction>> {
  const endpoints = {
    s3: await between('s3', storage.s3.endpoint),
    dynamodb: await between('dynamodb', storage.dynamoDb.endpoint),
  };
  const functions = models.map((model) => {
    const credentials = roleCredentials(model.roleArn, model.name, model.statements, roleSession);
    principals.set(credentials.accessKeyId, credentials);
    const runtime = new LocalFunction({
      label: model.label,
      directory: assetDirectory(assembly, model.assetKey),
      handler: model.handler,
      environment: functionEnvironment(model, credentials, endpoints),
      timeoutSeconds: model.timeoutSeconds,
      memoryMegabytes: model.memoryMegabytes,
      ...(clock === undefined ? {} : { clockMemory: clock.memory }),
      onInvoke: () => onCall?.({ principalArn: API, action: 'lambda:InvokeFunction', resource: model.arn }),
      onLog: (line) => onLog(model.label, line),
    });
    running.push({ close: () => runtime.stop() });
    return { model, runtime };
  });
  await Promise.all(functions.map(({ runtime }) => runtime.start()));
  return new Map(functions.map((fn) => [fn.model.arn, fn]));
}

function apiEndpointOf({ stage, domains, defaultEndpoint }: ApiModel, loopback: string): string {
  const [domain] = domains;
  return defaultEndpoint === 'disabled' && domain !== undefined
    ? `http://${domain.name}:${new URL(loopback).port}${domain.basePath}/`
    : `${loopback}/${stage}/`;
}

/** Base addresses that the API would have on AWS. */
function deployedEndpoints({ id, stage, domains }: ApiModel): readonly string[] {
  return [
    `https://${id}.execute-api.${LOCAL_REGION}.amazonaws.com/${stage}/`,
    ...domains.map(({ name, basePath }) => `https://${name}${basePath}/`),
  ];
}

function portAfter(port: number, distance: number): number {
  return port === 0 ? 0 : port + distance;
}

/** Makes the data directory, for its owner only; without one, a temporary one that is removed in the end. */
async function openDataDirectory(
  directory: string | undefined,
): Promise<{ readonly dataDirectory: string; readonly remove: () => Promise<void> }> {
  if (directory !== undefined) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return { dataDirectory: directory, remove: async () => {} };
  }
  const dataDirectory = await mkdtemp(join(tmpdir(), 'one-time-s3-links-'));
  return { dataDirectory, remove: () => rm(dataDirectory, { recursive: true, force: true }) };
}

/** What Lambda sets, what the template sets, and where the local services are. */
function functionEnvironment(
  model: FunctionModel,
  credentials: Principal,
  endpoints: Readonly<Record<StorageService, string>>,
): Readonly<Record<string, string>> {
  return {
    ...model.environment,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
    AWS_LAMBDA_FUNCTION_NAME: model.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memoryMegabytes),
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    // Lambda has no home directory with profiles in it: neither must the one of whoever runs the emulator count.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    TZ: ':UTC',
  };
}

/** Puts the files into buckets that a deployment would put there. */
async function placeSamples(s3: LocalS3, samples: readonly SampleFiles[], assembly: Assembly): Promise<void> {
  for (const { bucketName: bucket, assetKeys } of samples) {
    for (const directory of assetKeys.map((key) => assetDirectory(assembly, key))) {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      for (const entry of entries.filter((one) => one.isFile())) {
        const file = join(entry.parentPath, entry.name);
        const key = relative(directory, file);
        const contentType = lookup(key) || 'binary/octet-stream';
        await s3.putObject({ bucket, key, body: await readFile(file), contentType });
      }
    }
  }
}
