import type { BusEvent } from './events/event';
import { EventBridge } from './events/event-bridge';
import { DEFAULT_BUS, type RuleModel, readRules } from './events/rule-model';
import { startEventBridge } from './events/server';
import { AsyncInvocations, type DeadLetter } from './lambda/async-invocations';
import type { FunctionModel } from './lambda/function-model';
import type { LocalFunctions } from './lambda/local-functions';
import { checkQueues } from './lambda/queue-model';
import { readSubscriptions, type SubscriptionModel } from './logs/subscription-model';
import { type DeliverBatch, LogSubscriptions } from './logs/subscriptions';
import type { LocalService } from './loopback';
import type { ServiceOptions } from './service-options';
import type { Template } from './template/template';

/** What the emulator delivers asynchronously: log lines to subscribers, and events to the targets of rules. */
export interface DeliveryModel {
  readonly subscriptions: readonly SubscriptionModel[];
  readonly rules: readonly RuleModel[];
}

/** Options of {@link startDeliveries}. The port is that of EventBridge. */
export interface DeliveryOptions extends ServiceOptions {
  readonly onLog: (source: string, line: string) => void;
  readonly onEvent: (event: BusEvent) => void;
  readonly deliver?: DeliverBatch;
}

/** CloudWatch Logs subscriptions, EventBridge and asynchronous invocations. */
export interface Deliveries extends LocalService {
  readonly deadLetters: readonly DeadLetter[];
  /** Sets the functions that receive deliveries. Call it before the functions start. */
  connect(functions: LocalFunctions): void;
  /** Invokes a function asynchronously. Resolves when the invocation and its retries have ended. */
  invokeAsync(functionArn: string, event: unknown, invokedBy: string): Promise<void>;
  /** Publishes an event of an AWS service on the default bus. */
  publish(event: BusEvent): void;
  /** Adds a line to the log group of a function. */
  writeLine(fn: FunctionModel, line: string): void;
  /** Waits until all lines so far are delivered and all asynchronous invocations have ended. */
  delivered(): Promise<void>;
  /** Runs all scheduled rules once, and waits for their functions. */
  runSchedules(): Promise<void>;
}

/** Reads the subscription filters, rules and queues. */
export function readDeliveries(template: Template, functions: readonly FunctionModel[]): DeliveryModel {
  checkQueues(template, functions);
  return { subscriptions: readSubscriptions(template, functions), rules: readRules(template, functions) };
}

/** Starts the EventBridge endpoint and the schedules. */
export async function startDeliveries(
  { subscriptions, rules }: DeliveryModel,
  options: DeliveryOptions,
): Promise<Deliveries> {
  const { now, onCall, onLog, onEvent, deliver } = options;
  const deadLetters: DeadLetter[] = [];
  let connected: { readonly functions: LocalFunctions; readonly invocations: AsyncInvocations } | undefined;
  const connection = () => {
    if (connected === undefined) {
      throw new Error('The functions are not connected');
    }
    return connected;
  };
  const invokeFor = (invokedBy: string) => (functionArn: string, event: unknown) =>
    connection().invocations.invoke(functionArn, event, invokedBy);
  const logs = new LogSubscriptions({
    subscriptions,
    now,
    invoke: invokeFor('logs.amazonaws.com'),
    ...(deliver && { deliver }),
  });
  const eventBridge = new EventBridge({ rules, now, invoke: invokeFor('events.amazonaws.com'), onEvent });
  const server = await startEventBridge({ ...options, eventBridge });
  return {
    endpoint: server.endpoint,
    deadLetters,
    connect(functions) {
      const onDeadLetter = (deadLetter: DeadLetter): void => {
        deadLetters.push(deadLetter);
        const { queueArn, functionArn, errorMessage } = deadLetter;
        onLog('dead-letter', JSON.stringify({ queueArn, functionArn, errorMessage }));
      };
      const invocations = new AsyncInvocations({
        functions: functions.byArn,
        onDeadLetter,
        ...(onCall && { onCall }),
      });
      connected = { functions, invocations };
    },
    invokeAsync: (functionArn, event, invokedBy) => invokeFor(invokedBy)(functionArn, event),
    publish: (event) => eventBridge.publish(DEFAULT_BUS, event),
    writeLine: (fn, line) => logs.write(fn, line),
    async delivered() {
      const { functions, invocations } = connection();
      let before: number;
      // An invocation that starts or ends can cause further lines and events.
      do {
        before = invocations.progress;
        await functions.flushLogs();
        await logs.flush();
        await invocations.settled();
      } while (invocations.progress > before);
    },
    runSchedules: () => eventBridge.runSchedules(),
    async close() {
      logs.close();
      eventBridge.close();
      await Promise.all([server.close(), connected?.invocations.close()]);
    },
  };
}
