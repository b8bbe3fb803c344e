import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why findings of the AwsSolutions rule pack (cdk-nag) are right as they are, for a construct and what is below it.
 *
 * @param reasons by rule, for example `S1`; with `IAM5[Resource::…]` for one finding of a rule that has several.
 */
export function acknowledge(scope: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(scope).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}
