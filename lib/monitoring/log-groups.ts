import { Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { CfnLogGroup, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Creates a log group that is deleted with the stack. The one that AWS creates otherwise outlives it. */
export function createLogGroup(scope: Construct, id: string): LogGroup {
  return new LogGroup(scope, id, { removalPolicy: RemovalPolicy.DESTROY });
}

/** Sets the retention of every log group below a construct. */
export function setLogRetention(scope: Construct, retention: RetentionDays): void {
  Aspects.of(scope).add({
    visit(node): void {
      if (node instanceof CfnLogGroup) {
        node.retentionInDays = retention === RetentionDays.INFINITE ? undefined : retention;
      }
    },
  });
}
