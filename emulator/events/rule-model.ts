import { allowsInvocation, type FunctionModel } from '../lambda/function-model';
import { type Fields, isRecord } from '../template/fields';
import type { Template } from '../template/template';
import type { BusEvent } from './event';

/** A rule of an event bus. */
export interface RuleModel {
  readonly arn: string;
  readonly busName: string;
  readonly trigger: RuleTrigger;
  /** Functions that the rule invokes. */
  readonly functionArns: readonly string[];
}

/** What triggers a rule: events or a schedule. */
export type RuleTrigger =
  | { readonly type: 'pattern'; readonly matches: EventPredicate }
  | { readonly type: 'schedule'; readonly rateMilliseconds: number };

type EventPredicate = (event: BusEvent) => boolean;
/** Reads a part of an event. */
type ReadEvent = (event: BusEvent) => unknown;

export const DEFAULT_BUS = 'default';

const RATE = /^rate\((?:1 (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)$/;
const UNIT_MILLISECONDS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * Reads the rules and the functions that they invoke.
 *
 * @throws UnsupportedTemplateError for an unsupported pattern, schedule or target, or a function that EventBridge may not
 * invoke
 */
export function readRules(template: Template, functions: readonly FunctionModel[]): readonly RuleModel[] {
  template.read('AWS::Events::EventBus', ({ properties }) => properties.ignore('Name', 'Description').done());
  return template.read('AWS::Events::Rule', (resource) => {
    const { identity, properties } = resource;
    const arn = identity.attributes['Arn'] ?? '';
    // `onRedeemed` and its siblings add rules of the construct with targets of the app.
    const targetOwner = template.isPartOfApp ? 'app' : resource.owner;
    const rule = {
      arn,
      busName: properties.optionalString('EventBusName') ?? DEFAULT_BUS,
      trigger: properties.has('ScheduleExpression') ? readSchedule(properties) : readPattern(properties),
      functionArns: properties
        .objects('Targets')
        .flatMap((target) => template.attempt(resource, () => readTarget(target, arn, functions), targetOwner) ?? []),
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

/**
 * Supports lists of strings and prefixes for `source`, `detail-type` and the fields of `detail`, which can be nested.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
function readPattern(rule: Fields): RuleTrigger {
  const pattern = rule.object('EventPattern');
  const conditions: readonly EventPredicate[] = [
    ...(['source', 'detail-type'] as const)
      .filter((name) => pattern.has(name))
      .map((name) => condition(pattern, name, (event) => event[name])),
    ...readDetail(pattern.object('detail'), (event) => event.detail),
  ];
  pattern.done();
  if (conditions.length === 0) {
    throw rule.error('EventPattern', 'must contain source, detail-type or a field of detail');
  }
  return { type: 'pattern', matches: (event) => conditions.every((matches) => matches(event)) };
}

/** Reads the conditions on the fields of an object. */
function readDetail(pattern: Fields, readObject: ReadEvent): readonly EventPredicate[] {
  return pattern.names().flatMap((name) => {
    const read: ReadEvent = (event) => {
      const object = readObject(event);
      return isRecord(object) ? object[name] : undefined;
    };
    return isRecord(pattern.optional(name)) ? readDetail(pattern.object(name), read) : [condition(pattern, name, read)];
  });
}

/** Compares a field of events with its accepted values. A list matches if one of its values does. */
function condition(fields: Fields, name: string, read: ReadEvent): EventPredicate {
  const accepted = fields.list(name).map((value) => {
    if (typeof value === 'string') {
      return (actual: unknown) => actual === value;
    }
    const { prefix, ...others } = isRecord(value) ? value : {};
    if (typeof prefix !== 'string' || Object.keys(others).length > 0) {
      throw fields.error(name, 'the local emulator supports only strings and prefixes');
    }
    return (actual: unknown) => typeof actual === 'string' && actual.startsWith(prefix);
  });
  return (event) => [read(event)].flat().some((actual) => accepted.some((accepts) => accepts(actual)));
}

function readTarget(target: Fields, ruleArn: string, functions: readonly FunctionModel[]): string {
  const arn = target.ignore('Id').string('Arn');
  const fn = functions.find((one) => one.arn === arn);
  if (fn === undefined) {
    throw target.error('Arn', `the local emulator supports only functions of the template, not ${arn}`);
  }
  target.done();
  if (!allowsInvocation(fn, 'events.amazonaws.com', ruleArn)) {
    throw target.error('Arn', `no AWS::Lambda::Permission allows ${ruleArn} to invoke the function`);
  }
  return arn;
}
