import type { IConstruct } from 'constructs';

/**
 * Makes CloudFormation create the resources one after another. Created in parallel, metric filters of one log group
 * can fail with `OperationAbortedException` or `Rate exceeded`.
 */
export function createInOrder(resources: readonly IConstruct[]): void {
  for (const [index, resource] of resources.entries()) {
    const previous = resources[index - 1];
    if (previous !== undefined) {
      resource.node.addDependency(previous);
    }
  }
}
