import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { FunctionModel } from '../lambda/function-model';
import { LOCAL_ACCOUNT } from '../template/template';
import type { SubscriptionModel } from './subscription-model';

/** A log event that is delivered to a function. */
export interface LogEvent {
  /** Unique decimal number. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Log events of one log stream that one subscription filter delivers together. */
export interface LogBatch {
  readonly filterName: string;
  readonly logGroup: string;
  readonly logStream: string;
  readonly events: readonly LogEvent[];
}

/**
 * Delivers a batch: for example twice, later, or after another batch, as CloudWatch Logs can.
 *
 * @param send invokes the function, and resolves when the invocation and its retries have ended
 */
export type DeliverBatch = (batch: LogBatch, send: (batch: LogBatch) => Promise<void>) => Promise<void>;

/** Options of {@link LogSubscriptions}. */
export interface LogSubscriptionsOptions {
  readonly subscriptions: readonly SubscriptionModel[];
  readonly now: () => Date;
  /** Invokes a function, and resolves when the invocation and its retries have ended. */
  readonly invoke: (functionArn: string, event: unknown) => Promise<void>;
  /** @default - sends each batch once */
  readonly deliver?: DeliverBatch;
}

/** On AWS, lines arrive within minutes. */
const BATCH_WINDOW_MILLISECONDS = 50;
const MAX_BATCH_EVENTS = 1000;
/** Event IDs have 56 digits. Here, 13 of them are the timestamp. */
const SEQUENCE_DIGITS = 43;

/** A batch that still receives lines. */
interface OpenBatch {
  readonly subscription: SubscriptionModel;
  readonly logStream: string;
  readonly events: LogEvent[];
  readonly timer: NodeJS.Timeout;
}

/**
 * Delivers functions' log lines to subscribed functions.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
 */
export class LogSubscriptions {
  private readonly options: LogSubscriptionsOptions;
  private readonly open = new Map<string, OpenBatch>();
  private readonly deliveries = new Set<Promise<void>>();
  private readonly environmentId = randomBytes(16).toString('hex');
  private sequence = 0;
  private closed = false;

  constructor(options: LogSubscriptionsOptions) {
    this.options = options;
  }

  /** Adds a line to the log group of a function. */
  write(fn: Pick<FunctionModel, 'name' | 'logGroupName'>, line: string): void {
    const subscriptions = this.options.subscriptions.filter(
      ({ logGroupName, matches }) => logGroupName === fn.logGroupName && matches(line),
    );
    if (this.closed || subscriptions.length === 0) {
      return;
    }
    const now = this.options.now();
    const timestamp = now.getTime();
    const id = `${timestamp}${String(this.sequence++).padStart(SEQUENCE_DIGITS, '0')}`;
    const day = now.toISOString().slice(0, 10).replaceAll('-', '/');
    const logStream = `${day}/${fn.name}[$LATEST]${this.environmentId}`;
    for (const subscription of subscriptions) {
      this.add(subscription, logStream, { id, timestamp, message: line });
    }
  }

  /** Delivers all lines so far, and waits for the invocations. */
  async flush(): Promise<void> {
    for (const key of [...this.open.keys()]) {
      this.send(key);
    }
    while (this.deliveries.size > 0) {
      await Promise.all(this.deliveries);
    }
  }

  /** Drops the lines that have not been delivered. */
  close(): void {
    this.closed = true;
    for (const { timer } of this.open.values()) {
      clearTimeout(timer);
    }
    this.open.clear();
  }

  private add(subscription: SubscriptionModel, logStream: string, event: LogEvent): void {
    const key = JSON.stringify([subscription.logGroupName, subscription.filterName, logStream]);
    let batch = this.open.get(key);
    if (batch === undefined) {
      const timer = setTimeout(() => this.send(key), BATCH_WINDOW_MILLISECONDS);
      batch = { subscription, logStream, events: [], timer };
      this.open.set(key, batch);
    }
    batch.events.push(event);
    if (batch.events.length === MAX_BATCH_EVENTS) {
      this.send(key);
    }
  }

  private send(key: string): void {
    const batch = this.open.get(key);
    if (batch === undefined) {
      return;
    }
    this.open.delete(key);
    clearTimeout(batch.timer);
    const { subscription, logStream, events } = batch;
    const { filterName, logGroupName, functionArn } = subscription;
    const { invoke, deliver = (whole, send) => send(whole) } = this.options;
    const delivery = deliver({ filterName, logGroup: logGroupName, logStream, events }, (sent) =>
      invoke(functionArn, subscriptionEvent(sent)),
    ).finally(() => this.deliveries.delete(delivery));
    this.deliveries.add(delivery);
  }
}

/**
 * Returns the event that a subscribed function receives.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html
 */
function subscriptionEvent({ filterName, logGroup, logStream, events }: LogBatch): unknown {
  const data = {
    messageType: 'DATA_MESSAGE',
    owner: LOCAL_ACCOUNT,
    logGroup,
    logStream,
    subscriptionFilters: [filterName],
    logEvents: events,
  };
  return { awslogs: { data: gzipSync(JSON.stringify(data)).toString('base64') } };
}
