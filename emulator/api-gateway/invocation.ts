import { matchesPattern } from '../iam/policy';
import type { FunctionModel } from '../lambda/function-model';
import type { LocalFunction } from '../lambda/local-function';

/** A function that the gateway may call, with the permissions on it. */
export interface InvocableFunction {
  readonly model: FunctionModel;
  readonly runtime: LocalFunction;
}

/** Whether a permission on the function lets API Gateway call it on behalf of this method or authorizer. */
export function mayInvoke({ model }: InvocableFunction, sourceArn: string): boolean {
  return model.invokers.some(
    (invoker) => invoker.principal === 'apigateway.amazonaws.com' && matchesPattern(invoker.sourceArn, sourceArn),
  );
}
