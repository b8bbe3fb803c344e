import { EventBus, type IEventBus, type OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { EVENT_SOURCE, EVENT_TYPES, type EventType } from '../../lambda/contract';
import type { RecordReceipts } from './record-receipts';

/** Properties of {@link LinkEvents}. */
interface LinkEventsProps {
  readonly publisher: RecordReceipts;
  /** Name of the deployment. Several can share one bus. */
  readonly name: string;
  /** Bus that receives all events. @default - the default bus, which receives only events that a rule needs */
  readonly eventBus: IEventBus | undefined;
}

/** The events of links in EventBridge, and rules for them. */
export class LinkEvents extends Construct {
  private readonly publisher: RecordReceipts;
  private readonly name: string;
  private readonly bus: IEventBus;

  constructor(scope: Construct, id: string, { publisher, name, eventBus }: LinkEventsProps) {
    super(scope, id);
    this.publisher = publisher;
    this.name = name;
    this.bus = eventBus ?? EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    if (eventBus !== undefined) {
      for (const type of Object.values(EVENT_TYPES)) {
        publisher.publish(type, eventBus);
      }
    }
  }

  /** Publishes events of this type, and adds a rule for those of this deployment. */
  addRule(scope: Construct, id: string, type: EventType, options: OnEventOptions = {}): Rule {
    this.publisher.publish(type, this.bus);
    const rule = new Rule(scope, id, { ...options, eventBus: this.bus });
    rule.addEventPattern({ source: [EVENT_SOURCE], detailType: [type], detail: { deployment: [this.name] } });
    rule.addTarget(options.target);
    return rule;
  }
}
