import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Acknowledges findings of cdk-nag's AwsSolutions rules on a construct and everything below it.
 *
 * @param reasons reasons by rule, for example `S1`, or `IAM5[Action::s3:List*]` for a rule that reports several
 * findings.
 */
export function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}

/** Acknowledges that a policy allows these ARNs, which end with a wildcard. */
export function acknowledgeWildcards(scope: IConstruct, arns: readonly string[], reason: string): void {
  for (const arn of arns) {
    acknowledge(scope, { [`IAM5[Resource::${flatten(Stack.of(scope).resolve(arn))}]`]: reason });
  }
}

/** Formats a template value as cdk-nag does: references become `<LogicalId>` and `<LogicalId.Attribute>`. */
function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) {
    return String(value);
  }
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Fn::Join' && Array.isArray(argument)) {
    const [delimiter, parts] = argument;
    return parts.map(flatten).join(delimiter);
  }
  const parts: unknown[] = [argument].flat();
  return name === 'Ref' || name === 'Fn::GetAtt' ? `<${parts.join('.')}>` : JSON.stringify(value);
}
