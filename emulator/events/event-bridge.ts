import { type BusEvent, busEvent } from './event';
import type { RuleModel } from './rule-model';

/** Options of {@link EventBridge}. */
export interface EventBridgeOptions {
  readonly rules: readonly RuleModel[];
  readonly now: () => Date;
  /** Invokes a function, and resolves when the invocation and its retries have ended. */
  readonly invoke: (functionArn: string, event: BusEvent) => Promise<void>;
  readonly onEvent: (event: BusEvent) => void;
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

  /** Invokes the functions of the matching rules without waiting for them. */
  publish(busName: string, event: BusEvent): void {
    this.options.onEvent(event);
    for (const rule of this.options.rules) {
      if (rule.busName === busName && rule.trigger.type === 'pattern' && rule.trigger.matches(event)) {
        void this.send(rule, event);
      }
    }
  }

  /** Runs all scheduled rules once, and waits for their functions. */
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

  private async send({ functionArns }: RuleModel, event: BusEvent): Promise<void> {
    await Promise.all(functionArns.map((arn) => this.options.invoke(arn, event)));
  }
}
