// Not a library, because a short evaluator that refuses every policy element that it does not support is easier to
// trust than a full simulator.

import { isRecord, UnsupportedTemplateError } from '../template/fields';

/** A statement of an identity-based IAM policy, with its ARNs resolved. */
export interface PolicyStatement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** All conditions must match. @default - no condition */
  readonly conditions?: readonly Condition[];
}

/** A condition key and its accepted values: literal ones, or patterns with `*` and `?` for `StringLike`. */
interface Condition {
  readonly operator: keyof typeof CONDITION_VALUES;
  readonly key: string;
  readonly values: readonly string[];
}

/** Values of the condition keys of a call. */
export type CallContext = Readonly<Record<string, string>>;

/** Result of a policy evaluation. AWS has different messages for the two denials. */
export type PolicyDecision = 'allow' | 'explicit-deny' | 'implicit-deny';

const KNOWN_ELEMENTS: ReadonlySet<string> = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);
/** Condition keys that the emulator sets for calls to S3, KMS and EventBridge. */
const KNOWN_CONDITION_KEYS: ReadonlySet<string> = new Set([
  'events:source',
  's3:ResourceAccount',
  's3:prefix',
  'kms:ViaService',
  'kms:EncryptionContext:aws:s3:arn',
]);
/** Accepted values by operator. */
const CONDITION_VALUES = { StringEquals: /^[a-z0-9.-]+$/, StringLike: /^.+$/ } as const;
const ACTION = /^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(?:\*|arn:.+)$/;

/**
 * Parses a statement of a policy document: `Sid`, `Effect`, `Action`, `Resource`, and conditions with `StringEquals` and `StringLike`.
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
  return {
    effect,
    actions: parseStrings(action, ACTION, `${where}: Action`),
    resources: parseStrings(resource, RESOURCE, `${where}: Resource`),
    ...(condition !== undefined && { conditions: parseCondition(condition, `${where}: Condition`) }),
  };
}

function parseCondition(condition: unknown, where: string): readonly Condition[] {
  const operators = isRecord(condition) ? Object.entries(condition) : [];
  const message = 'the local emulator supports only the operators StringEquals and StringLike';
  if (operators.length === 0) {
    throw new UnsupportedTemplateError(where, message);
  }
  return operators.flatMap(([operator, keys]) => {
    if ((operator !== 'StringEquals' && operator !== 'StringLike') || !isRecord(keys)) {
      throw new UnsupportedTemplateError(where, message);
    }
    return Object.entries(keys).map(([key, values]) => {
      if (!KNOWN_CONDITION_KEYS.has(key)) {
        throw new UnsupportedTemplateError(where, `the local emulator does not support the condition key ${key}`);
      }
      return { operator, key, values: parseStrings(values, CONDITION_VALUES[operator], `${where}: ${key}`) };
    });
  });
}

/**
 * Evaluates one call as IAM does for identity-based policies: an explicit deny overrides an allow, and the default is
 * deny.
 *
 * @param action for example `dynamodb:DeleteItem`; case-insensitive
 * @param resource ARN; case-sensitive
 * @param context values by condition key. A condition on a missing key does not match
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
): string {
  const reason =
    decision === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
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
  return conditions.every(({ operator, key, values }) => {
    const actual = context[key];
    const accepts = operator === 'StringLike' ? matchesPattern : Object.is;
    return actual !== undefined && values.some((value) => accepts(value, actual));
  });
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
