import { Aspects, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { CfnLogGroup, LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** A log that goes with the stack. Without one, AWS makes a log that outlives it. */
export function stackLog(scope: Construct, id: string): LogGroup {
  return new LogGroup(scope, id, { removalPolicy: RemovalPolicy.DESTROY });
}

/** Keeps every log of a stack for so many days, whoever made it. What is not told is kept forever by CloudWatch. */
export function keepLogsFor(stack: Stack, days: number): void {
  Aspects.of(stack).add({
    visit(node): void {
      if (node instanceof CfnLogGroup) {
        node.retentionInDays = days;
      }
    },
  });
}
