import { Aspects, RemovalPolicy } from 'aws-cdk-lib';
import { CfnLogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

/** Sets the retention of every log group below a construct, and deletes them with the stack. */
export function setLogRetention(scope: Construct, retention: RetentionDays): void {
  Aspects.of(scope).add({
    visit(node): void {
      if (node instanceof CfnLogGroup) {
        node.retentionInDays = retention === RetentionDays.INFINITE ? undefined : retention;
        node.applyRemovalPolicy(RemovalPolicy.DESTROY);
      }
    },
  });
}
