import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Namespace of the metrics that are made from the logs, and folder of the queries: each stack's own, as there may be several. */
export function namespaceOf(scope: Construct): string {
  return `OneTimeLinks/${Stack.of(scope).stackName}`;
}
