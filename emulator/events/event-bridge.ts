import { type BusEvent, busEvent } from './event';
import type { RuleModel } from './rule-model';

/** A mail that a topic sends. */
export interface Mail {
  readonly topicName: string;
  readonly to: string;
  readonly text: string;
}

/** Options of {@link EventBridge}. */
export interface EventBridgeOptions {
  readonly rules: readonly RuleModel[];
  readonly now: () => Date;
  /** Invokes a function, and resolves when the invocation and its retries have ended. */
  readonly invoke: (functionArn: string, event: BusEvent) => Promise<void>;
  readonly onEvent: (event: BusEvent) => void;
  readonly onMail: (mail: Mail) => void;
}

/** Longest interval of a timer in Node.js: almost 25 days. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** The event buses, their rules and the schedules. */
export class EventBridge {
  private readonly options: EventBridgeOptions;
  private readonly timers: readonly NodeJS.Timeout[];

  constructor(options: EventBridgeOptions) {
    this.options = options;
    this.timers = options.rules.flatMap((rule) => {
      const { trigger } = rule;
      if (trigger.type !== 'schedule' || trigger.rateMilliseconds > MAX_TIMER_MILLISECONDS) {
        return [];
      }
      return setInterval(() => void this.runSchedule(rule), trigger.rateMilliseconds).unref();
    });
  }

  /** Sends an event to the targets of the matching rules, and does not wait for them. */
  publish(busName: string, event: BusEvent): void {
    this.options.onEvent(event);
    for (const rule of this.options.rules) {
      if (rule.busName === busName && rule.trigger.type === 'pattern' && rule.trigger.matches(event)) {
        void this.send(rule, event);
      }
    }
  }

  /** Runs all scheduled rules once, and waits for their targets. */
  async runSchedules(): Promise<void> {
    const scheduled = this.options.rules.filter(({ trigger }) => trigger.type === 'schedule');
    await Promise.all(scheduled.map((rule) => this.runSchedule(rule)));
  }

  close(): void {
    for (const timer of this.timers) {
      clearInterval(timer);
    }
  }

  private async runSchedule(rule: RuleModel): Promise<void> {
    const { arn } = rule;
    const time = this.options.now();
    await this.send(rule, busEvent({ source: 'aws.events', detailType: 'Scheduled Event', time, resources: [arn] }));
  }

  private async send({ targets }: RuleModel, event: BusEvent): Promise<void> {
    const invocations: Promise<void>[] = [];
    for (const target of targets) {
      if (target.type === 'function') {
        invocations.push(this.options.invoke(target.arn, event));
        continue;
      }
      const { name: topicName, emails } = target.topic;
      for (const to of emails) {
        this.options.onMail({ topicName, to, text: target.message(event) });
      }
    }
    await Promise.all(invocations);
  }
}
