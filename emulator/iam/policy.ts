// Not a library, because a short evaluator that refuses every policy element that it does not support is easier to
// trust than a full simulator.

import { isRecord, UnsupportedTemplateError } from '../template/fields';

/** A statement of an IAM policy, with its ARNs resolved. */
export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** All conditions must match. @default - no condition */
  readonly conditions?: readonly Condition[];
}

/** A condition key and its accepted values: literal ones, or patterns with `*` and `?`, depending on the operator. */
interface Condition {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
}

/** Values of the condition keys of a call. Keys with several values have a list. */
export type CallContext = Readonly<Record<string, string | readonly string[]>>;

/** Result of a policy evaluation. AWS has different messages for the two denials. */
export type PolicyDecision = 'allow' | 'explicit-deny' | 'implicit-deny';

const KNOWN_ELEMENTS: ReadonlySet<string> = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);
/** Condition keys that the emulator sets, and that have one value. */
const KNOWN_CONDITION_KEYS: ReadonlySet<string> = new Set([
  'aws:SecureTransport',
  'events:source',
  's3:if-none-match',
  's3:ObjectCreationOperation',
  's3:ResourceAccount',
  's3:prefix',
  'kms:ViaService',
  'kms:EncryptionContext:aws:s3:arn',
]);
/** Condition key with the partition keys of the items in a call to DynamoDB, and the actions for which it is set. */
export const LEADING_KEYS = 'dynamodb:LeadingKeys';
const LEADING_KEYS_ACTION = /^dynamodb:(?:BatchGet|Delete|Get|Put|Update)Item$/;
const BOOLEAN = /^(?:true|false)$/;
/** Values that the operators of conditions accept, and when a condition matches. */
const OPERATORS = {
  Bool: { accepted: BOOLEAN, matches: anyValue(Object.is) },
  'ForAllValues:StringLike': { accepted: /^.+$/, matches: everyValue(matchesPattern) },
  Null: { accepted: BOOLEAN, matches: (values, actual) => values.includes(String(actual === undefined)) },
  StringEquals: { accepted: /^[a-z0-9.-]+$/, matches: anyValue(Object.is) },
  StringLike: { accepted: /^.+$/, matches: anyValue(matchesPattern) },
} as const satisfies Readonly<Record<string, { readonly accepted: RegExp; readonly matches: ConditionMatcher }>>;
type Operator = keyof typeof OPERATORS;
type ConditionMatcher = (values: readonly string[], actual: CallContext[string] | undefined) => boolean;
type ValueMatcher = (value: string, actual: string) => boolean;
/** Keys of every call. The policies expect TLS, so the emulator treats the loopback interface as encrypted. */
const EVERY_CALL: CallContext = { 'aws:SecureTransport': 'true' };
const ACTION = /^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(?:\*|arn:.+)$/;

/**
 * Parses a statement of a policy document: `Sid`, `Effect`, `Action`, `Resource` and conditions.
 *
 * @param where path of the statement in the template, for the error message
 * @throws UnsupportedTemplateError for everything else (`NotAction`, `Principal`, policy variables, …), because
 * ignoring it
 *   would change permissions
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export function parseStatement(statement: unknown, where: string): PolicyStatement {
  if (!isRecord(statement)) {
    throw new UnsupportedTemplateError(where, 'a policy statement must be an object');
  }
  const unknownElement = Object.keys(statement).find((element) => !KNOWN_ELEMENTS.has(element));
  if (unknownElement !== undefined) {
    throw new UnsupportedTemplateError(
      where,
      `the local emulator does not support the policy element ${unknownElement}`,
    );
  }
  const { Sid: sid, Effect: effect, Action: action, Resource: resource, Condition: condition } = statement;
  if (sid !== undefined && typeof sid !== 'string') {
    throw new UnsupportedTemplateError(where, 'Sid must be a string');
  }
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw new UnsupportedTemplateError(where, 'Effect must be Allow or Deny');
  }
  const actions = parseStrings(action, ACTION, `${where}: Action`);
  const conditions = condition === undefined ? [] : parseCondition(condition, `${where}: Condition`);
  if (conditions.some(({ key }) => key === LEADING_KEYS) && !actions.every((one) => LEADING_KEYS_ACTION.test(one))) {
    const message = `the local emulator supports ${LEADING_KEYS} only for actions that match ${LEADING_KEYS_ACTION.source}`;
    throw new UnsupportedTemplateError(where, message);
  }
  return {
    effect,
    actions,
    resources: parseStrings(resource, RESOURCE, `${where}: Resource`),
    ...(condition !== undefined && { conditions }),
  };
}

function parseCondition(condition: unknown, where: string): readonly Condition[] {
  const operators = isRecord(condition) ? Object.entries(condition) : [];
  const message = `the local emulator supports only the operators ${Object.keys(OPERATORS).join(', ')}`;
  if (operators.length === 0) {
    throw new UnsupportedTemplateError(where, message);
  }
  return operators.flatMap(([operator, keys]) => {
    if (!isOperator(operator) || !isRecord(keys)) {
      throw new UnsupportedTemplateError(where, message);
    }
    return Object.entries(keys).map(([key, values]) => {
      // An operator for one value would not match a list of keys as on AWS.
      const isKnown = operator === 'ForAllValues:StringLike' ? key === LEADING_KEYS : KNOWN_CONDITION_KEYS.has(key);
      if (!isKnown) {
        throw new UnsupportedTemplateError(
          where,
          `the local emulator does not support the condition key ${key} with ${operator}`,
        );
      }
      return { operator, key, values: parseStrings(values, OPERATORS[operator].accepted, `${where}: ${key}`) };
    });
  });
}

function isOperator(name: string): name is Operator {
  return Object.hasOwn(OPERATORS, name);
}

/**
 * Evaluates one call as IAM does for the policies of one account: an explicit deny overrides an allow, and the default is
 * deny.
 *
 * @param action for example `dynamodb:DeleteItem`; case-insensitive
 * @param resource ARN; case-sensitive
 * @param context values by condition key. A condition on a missing key does not match, except with `Null` and `ForAllValues`
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function decide(
  statements: readonly PolicyStatement[],
  action: string,
  resource: string,
  context: CallContext = {},
): PolicyDecision {
  const effects = new Set(
    statements
      .filter((statement) => appliesTo(statement, action, resource) && holds(statement, context))
      .map((statement) => statement.effect),
  );
  if (effects.has('Deny')) {
    return 'explicit-deny';
  }
  return effects.has('Allow') ? 'allow' : 'implicit-deny';
}

/** Whether {@link decide} returns `allow`. */
export function isAllowed(
  statements: readonly PolicyStatement[],
  action: string,
  resource: string,
  context: CallContext = {},
): boolean {
  return decide(statements, action, resource, context) === 'allow';
}

/**
 * Returns the access-denied message of AWS.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
export function describeDenial(
  decision: Exclude<PolicyDecision, 'allow'>,
  principalArn: string,
  action: string,
  resource: string,
  policyType: 'identity' | 'resource' = 'identity',
): string {
  const reason =
    decision === 'explicit-deny'
      ? `with an explicit deny in ${policyType === 'identity' ? 'an identity' : 'a resource'}-based policy`
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${principalArn} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
}

/**
 * Matches IAM's wildcards: `*` for zero or more characters, including `/` and `:`; `?` for exactly one.
 *
 * Backtracks to the last `*` only, so the time is at most pattern length × value length.
 */
export function matchesPattern(pattern: string, value: string): boolean {
  let patternIndex = 0;
  let valueIndex = 0;
  let starIndex = -1;
  let starValueIndex = 0;
  while (valueIndex < value.length) {
    const expected = pattern[patternIndex];
    if (expected === '*') {
      starIndex = patternIndex++;
      starValueIndex = valueIndex;
    } else if (expected === '?' || expected === value[valueIndex]) {
      patternIndex++;
      valueIndex++;
    } else if (starIndex >= 0) {
      patternIndex = starIndex + 1;
      valueIndex = ++starValueIndex;
    } else {
      return false;
    }
  }
  while (pattern[patternIndex] === '*') {
    patternIndex++;
  }
  return patternIndex === pattern.length;
}

function appliesTo(statement: PolicyStatement, action: string, resource: string): boolean {
  return (
    statement.actions.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase())) &&
    statement.resources.some((pattern) => matchesPattern(pattern, resource))
  );
}

function holds({ conditions = [] }: PolicyStatement, context: CallContext): boolean {
  const all = { ...EVERY_CALL, ...context };
  return conditions.every(({ operator, key, values }) => OPERATORS[operator].matches(values, all[key]));
}

function anyValue(accepts: ValueMatcher): ConditionMatcher {
  return (values, actual) => typeof actual === 'string' && values.some((value) => accepts(value, actual));
}

/** Also matches if the call has no value: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html */
function everyValue(accepts: ValueMatcher): ConditionMatcher {
  return (values, actual = []) => [actual].flat().every((one) => values.some((value) => accepts(value, one)));
}

function parseStrings(value: unknown, wellFormed: RegExp, where: string): readonly string[] {
  const strings: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (strings.length === 0) {
    throw new UnsupportedTemplateError(where, 'must not be empty');
  }
  return strings.map((entry) => {
    // `${` starts a policy variable.
    if (typeof entry !== 'string' || !wellFormed.test(entry) || entry.includes('${')) {
      throw new UnsupportedTemplateError(where, `the local emulator does not support ${JSON.stringify(entry)}`);
    }
    return entry;
  });
}
