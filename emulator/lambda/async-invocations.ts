import { setTimeout as delay } from 'node:timers/promises';
import type { AwsCall } from '../iam/principal';
import { SEND_MESSAGE } from './function-model';
import { THROTTLED } from './local-function';
import type { InvocableFunction } from './local-functions';

/** The event of an asynchronous invocation that failed. */
export interface DeadLetter {
  readonly queueArn: string;
  readonly functionArn: string;
  /** The event that the function did not process. */
  readonly event: unknown;
  readonly errorMessage: string;
}

/** Options of {@link AsyncInvocations}. */
export interface AsyncInvocationsOptions {
  /** Functions by ARN. */
  readonly functions: ReadonlyMap<string, InvocableFunction>;
  readonly onDeadLetter: (deadLetter: DeadLetter) => void;
  readonly onCall?: (call: AwsCall) => void;
}

/** Delays before the two retries after a function error. On AWS, one and two minutes. */
const RETRY_MILLISECONDS = [50, 100];
/** Delays between throttled attempts: initial, maximum and total. On AWS, 1 second, 5 minutes and 6 hours. */
const THROTTLED_MILLISECONDS = { first: 10, max: 200, total: 60_000 };

/**
 * Invokes functions asynchronously, with retries and dead-letter queues.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export class AsyncInvocations {
  private readonly options: AsyncInvocationsOptions;
  private readonly running = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private changes = 0;

  constructor(options: AsyncInvocationsOptions) {
    this.options = options;
  }

  /** Increases when an invocation starts or ends. */
  get progress(): number {
    return this.changes;
  }

  /**
   * Invokes a function. Resolves when the invocation and its retries have ended, whatever the result.
   *
   * @param invokedBy ARN of a principal, or the name of a service
   */
  invoke(functionArn: string, event: unknown, invokedBy: string): Promise<void> {
    const fn = this.options.functions.get(functionArn);
    if (fn === undefined) {
      throw new Error(`The template has no function ${functionArn}`);
    }
    this.changes++;
    const invocation = this.run(fn, event, invokedBy).finally(() => {
      this.changes++;
      this.running.delete(invocation);
    });
    this.running.add(invocation);
    return invocation;
  }

  /** Waits for all invocations and their retries. */
  async settled(): Promise<void> {
    while (this.running.size > 0) {
      await Promise.all(this.running);
    }
  }

  /** Drops the retries, and waits for running attempts. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.settled();
  }

  private async run(fn: InvocableFunction, event: unknown, invokedBy: string): Promise<void> {
    const retries = [...RETRY_MILLISECONDS];
    // Lambda does not retry if the reserved concurrency is zero.
    let throttledFor = fn.model.reservedConcurrency === 0 ? THROTTLED_MILLISECONDS.total : 0;
    let throttledWait = THROTTLED_MILLISECONDS.first;
    while (!this.closing.signal.aborted) {
      const result = await fn.runtime.invoke(event, invokedBy);
      if (result.ok) {
        return;
      }
      let wait: number | undefined;
      if (result.errorType !== THROTTLED) {
        wait = retries.shift();
      } else if (throttledFor < THROTTLED_MILLISECONDS.total) {
        wait = throttledWait;
        throttledFor += wait;
        throttledWait = Math.min(wait * 2, THROTTLED_MILLISECONDS.max);
      }
      if (wait === undefined) {
        return this.discard(fn, event, result.errorMessage);
      }
      await this.wait(wait);
    }
  }

  private async wait(milliseconds: number): Promise<void> {
    const { signal } = this.closing;
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) {
        throw error;
      }
    }
  }

  private discard({ model, principal }: InvocableFunction, event: unknown, errorMessage: string): void {
    const queueArn = model.deadLetterQueueArn;
    if (queueArn === undefined || this.closing.signal.aborted) {
      return;
    }
    this.options.onCall?.({ principalArn: principal.arn, action: SEND_MESSAGE, resource: queueArn });
    this.options.onDeadLetter({ queueArn, functionArn: model.arn, event, errorMessage });
  }
}
