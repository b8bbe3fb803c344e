import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, type FunctionProps, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  type Deliveries,
  type DeliveryModel,
  type DeliveryOptions,
  readDeliveries,
  startDeliveries,
} from '../../emulator/deliveries';
import type { BusEvent } from '../../emulator/events/event';
import type { AwsCall, Principal } from '../../emulator/iam/principal';
import { type FunctionModel, readFunctions } from '../../emulator/lambda/function-model';
import { createFunctions, type InvocableFunction } from '../../emulator/lambda/local-functions';
import { type Email, startSns } from '../../emulator/sns/server';
import { readTopics, type TopicModel } from '../../emulator/sns/topic-model';
import { type Assembly, readAssembly } from '../../emulator/template/assembly';
import { Template } from '../../emulator/template/template';
import type { MutableResources } from '../support/assembly';
import type { SettableClock } from '../support/settable-clock';
import { FAST_SYNTH } from '../support/synthesized';

/** Changes resources of a template. */
export type Change = (resources: MutableResources) => void;

const EVENTBRIDGE_SDK = require.resolve('@aws-sdk/client-eventbridge');
const SNS_SDK = require.resolve('@aws-sdk/client-sns');

/** Handlers of the functions. */
const HANDLERS = {
  /** Writes the lines that the test sends. */
  writer: `exports.handler = async ({ lines }) => {
    for (const line of lines) process.stdout.write(line + '\\n');
  };`,
  /** Writes a line about each event after a delay. */
  relay: `exports.handler = async () => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.stdout.write('{"event":"link_access","outcome":"relayed"}\\n');
  };`,
  /** Prints each event, and fails as many times as FAILURES says. */
  receiver: `let failures = Number(process.env.FAILURES ?? 0);
  exports.handler = async (event) => {
    process.stdout.write(JSON.stringify({ received: event }) + '\\n');
    if (failures-- > 0) throw new Error('The table is missing');
  };`,
  /** Publishes the entries that the test sends, with the SDK. */
  publisher: `const { EventBridgeClient, PutEventsCommand } = require(${JSON.stringify(EVENTBRIDGE_SDK)});
  const client = new EventBridgeClient({ maxAttempts: 1 });
  exports.handler = async ({ entries }) => {
    const { FailedEntryCount, Entries } = await client.send(new PutEventsCommand({ Entries: entries }));
    return { FailedEntryCount, Entries };
  };`,
  /** Publishes the message that the test sends, with the SDK, and returns its ID. */
  mailer: `const { SNSClient, PublishCommand } = require(${JSON.stringify(SNS_SDK)});
  const client = new SNSClient({ maxAttempts: 1 });
  exports.handler = async (message) => {
    const { MessageId } = await client.send(new PublishCommand({ TopicArn: process.env.TOPIC_ARN, ...message }));
    return MessageId;
  };`,
} as const;

/** A function with a role and a log group, as in the stack. */
export interface FixtureFunction {
  readonly fn: LambdaFunction;
  readonly logGroup: LogGroup;
  readonly role: Role;
}

const directory = mkdtempSync(join(tmpdir(), 'deliveries-test-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Adds a function with one of the handlers. */
export function addFunction(
  stack: Stack,
  id: string,
  handler: keyof typeof HANDLERS,
  props: Partial<FunctionProps> = {},
): FixtureFunction {
  const code = join(directory, handler);
  mkdirSync(code, { recursive: true });
  writeFileSync(join(code, 'index.js'), HANDLERS[handler]);
  const logGroup = new LogGroup(stack, `${id}Logs`);
  const role = new Role(stack, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['logs:PutLogEvents'], resources: [logGroup.logGroupArn] }));
  const fn = new LambdaFunction(stack, id, {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromAsset(code),
    loggingFormat: LoggingFormat.JSON,
    logGroup,
    role,
    environment: {},
    ...props,
  });
  return { fn, logGroup, role };
}

/** Emulated deliveries between the functions of a stack. */
export interface RunningDeliveries extends Deliveries {
  /** Every log line so far, as `label line`. */
  readonly logs: readonly string[];
  readonly calls: readonly AwsCall[];
  readonly events: readonly BusEvent[];
  readonly emails: readonly Email[];
  /** Invokes a function and returns its result. */
  invoke(label: string, event: unknown): Promise<unknown>;
  /** Events that the function `Receiver` printed. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read any field of an event.
  received(): readonly any[];
}

/** Synthesizes a stack. */
async function synthesizeStack(build: (stack: Stack) => void): Promise<Assembly> {
  const app = new App({ context: FAST_SYNTH, outdir: mkdtempSync(join(directory, 'cdk.out-')) });
  build(new Stack(app, 'Test'));
  return await readAssembly(app.synth().directory, 'Test');
}

/** What the emulator delivers for a stack. */
interface ReadModel extends DeliveryModel {
  readonly topics: readonly TopicModel[];
}

/**
 * Synthesizes a stack once. Returns a function that changes its resources and reads the deliveries of the emulator.
 */
export function reader(build: (stack: Stack) => void): (change?: Change) => Promise<ReadModel> {
  let synthesized: Promise<Assembly> | undefined;
  return async (change = () => {}) => {
    synthesized ??= synthesizeStack(build);
    const assembly = await synthesized;
    const template = structuredClone(assembly.template);
    change(template.Resources as MutableResources);
    const read = new Template(template, assembly.stackName);
    const functions = readFunctions(read);
    return { ...readDeliveries(read, functions), topics: readTopics(read, functions) };
  };
}

/** Runs the functions of a stack. The test must close it. */
export async function runDeliveries(
  build: (stack: Stack) => void,
  { clock, deliver }: { readonly clock?: SettableClock } & Pick<DeliveryOptions, 'deliver'> = {},
): Promise<RunningDeliveries> {
  const assembly = await synthesizeStack(build);
  const template = new Template(assembly.template, assembly.stackName);
  const models = readFunctions(template);
  const [logs, calls, events, emails]: [string[], AwsCall[], BusEvent[], Email[]] = [[], [], [], []];
  const principals = new Map<string, Principal>();
  const onCall = (call: AwsCall): void => void calls.push(call);
  const onLog = (source: string, line: string): void => void logs.push(`${source} ${line}`);
  const common = { port: 0, region: 'us-east-1', principals, now: () => clock?.now() ?? new Date(), onCall };
  const deliveries = await startDeliveries(readDeliveries(template, models), {
    ...common,
    onLog,
    onEvent: (event) => events.push(event),
    ...(deliver && { deliver }),
  });
  const topics = readTopics(template, models);
  const sns = await startSns({ ...common, topics, onEmail: (email) => emails.push(email) });
  const functions = createFunctions(models, {
    assembly,
    endpoints: {
      s3: 'http://127.0.0.1:1',
      dynamodb: 'http://127.0.0.1:1',
      eventBridge: deliveries.endpoint,
      sns: sns.endpoint,
      lambda: 'http://127.0.0.1:1',
    },
    ...(clock && { clockMemory: clock.memory }),
    onCall,
    onLine(fn: FunctionModel, line: string) {
      onLog(fn.label, line);
      deliveries.writeLine(fn, line);
    },
  });
  for (const principal of functions.principals) {
    principals.set(principal.accessKeyId, principal);
  }
  deliveries.connect(functions);
  await functions.start();
  const byLabel = new Map<string, InvocableFunction>(
    [...functions.byArn.values()].map((fn) => [fn.model.label, fn] as const),
  );
  return {
    ...deliveries,
    logs,
    calls,
    events,
    emails,
    async invoke(label, event) {
      const result = await byLabel.get(label)?.runtime.invoke(event, 'apigateway.amazonaws.com');
      if (result?.ok !== true) {
        throw new Error(`${label} failed: ${result?.errorMessage}`);
      }
      return result.payload;
    },
    received: () =>
      logs
        .filter((line) => line.startsWith('Receiver {"received":'))
        .map((line) => JSON.parse(line.slice('Receiver '.length)).received),
    async close() {
      await Promise.all([deliveries.close(), sns.close(), functions.close()]);
    },
  };
}
