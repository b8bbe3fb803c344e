import { allowsInvocation, type FunctionModel } from '../lambda/function-model';
import type { Fields } from '../template/fields';
import type { Template } from '../template/template';
import type { BusEvent } from './event';
import { type InputTransformer, readInputTransformer } from './input-transformer';
import { readTopic, type TopicModel } from './topic-model';

/** A rule of an event bus. */
export interface RuleModel {
  readonly arn: string;
  readonly busName: string;
  readonly trigger: RuleTrigger;
  readonly targets: readonly RuleTarget[];
}

/** What runs a rule: events, or the time. */
export type RuleTrigger =
  | { readonly type: 'pattern'; readonly matches: (event: BusEvent) => boolean }
  | { readonly type: 'schedule'; readonly rateMilliseconds: number };

/** A function, which receives the event, or a topic, which receives a text. */
export type RuleTarget =
  | { readonly type: 'function'; readonly arn: string }
  | { readonly type: 'topic'; readonly topic: TopicModel; readonly message: InputTransformer };

export const DEFAULT_BUS = 'default';

const RATE = /^rate\((?:1 (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)$/;
const UNIT_MILLISECONDS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * Reads the rules and their targets.
 *
 * @throws UnsupportedTemplateError for an unsupported pattern, schedule or target, or a target that EventBridge may not
 * use
 */
export function readRules(template: Template, functions: readonly FunctionModel[]): readonly RuleModel[] {
  for (const { properties } of template.ofType('AWS::Events::EventBus')) {
    properties.ignore('Name', 'Description').done();
  }
  return template.ofType('AWS::Events::Rule').map(({ identity, properties }) => {
    const arn = identity.attributes['Arn'] ?? '';
    const rule = {
      arn,
      busName: properties.optionalString('EventBusName') ?? DEFAULT_BUS,
      trigger: properties.has('ScheduleExpression') ? readSchedule(properties) : readPattern(properties),
      targets: properties.objects('Targets').map((target) => readTarget(target, arn, template, functions)),
    };
    properties.ignore('Name', 'Description').only('State', 'ENABLED').done();
    return rule;
  });
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
function readSchedule(rule: Fields): RuleTrigger {
  const expression = rule.string('ScheduleExpression');
  const [, single, count = '1', plural] = RATE.exec(expression) ?? [];
  const unit = (single ?? plural) as keyof typeof UNIT_MILLISECONDS | undefined;
  if (unit === undefined) {
    throw rule.error('ScheduleExpression', `the local emulator does not support ${expression}`);
  }
  return { type: 'schedule', rateMilliseconds: Number(count) * UNIT_MILLISECONDS[unit] };
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
function readPattern(rule: Fields): RuleTrigger {
  const pattern = rule.object('EventPattern');
  const sources = readAccepted(pattern, 'source');
  const detailTypes = readAccepted(pattern, 'detail-type');
  pattern.done();
  if (sources === undefined && detailTypes === undefined) {
    throw rule.error('EventPattern', 'must contain source or detail-type');
  }
  return {
    type: 'pattern',
    matches: (event) =>
      (sources?.includes(event.source) ?? true) && (detailTypes?.includes(event['detail-type']) ?? true),
  };
}

/** Returns the accepted values of a field; `undefined` if the pattern accepts all. */
function readAccepted(pattern: Fields, name: string): readonly unknown[] | undefined {
  if (!pattern.has(name)) {
    return undefined;
  }
  const accepted = pattern.list(name);
  if (accepted.some((value) => typeof value !== 'string')) {
    throw pattern.error(name, 'the local emulator supports only strings');
  }
  return accepted;
}

function readTarget(
  target: Fields,
  ruleArn: string,
  template: Template,
  functions: readonly FunctionModel[],
): RuleTarget {
  const arn = target.ignore('Id').string('Arn');
  const fn = functions.find((one) => one.arn === arn);
  if (fn !== undefined) {
    target.done();
    if (!allowsInvocation(fn, 'events.amazonaws.com', ruleArn)) {
      throw target.error('Arn', `no AWS::Lambda::Permission allows ${ruleArn} to invoke the function`);
    }
    return { type: 'function', arn };
  }
  const topic = readTopic(template, arn);
  if (topic === undefined) {
    throw target.error('Arn', `the local emulator supports only functions and topics of the template, not ${arn}`);
  }
  const message = target.has('InputTransformer')
    ? readInputTransformer(target.object('InputTransformer'))
    : (event: BusEvent) => JSON.stringify(event);
  target.done();
  return { type: 'topic', topic, message };
}
