import { allowsInvocation, type FunctionModel } from '../lambda/function-model';
import { LOCAL_ACCOUNT, LOCAL_REGION, type Template } from '../template/template';
import { type LinePredicate, parseFilterPattern } from './filter-pattern';

/** A subscription of a function to a log group. */
export interface SubscriptionModel {
  readonly filterName: string;
  readonly logGroupName: string;
  readonly matches: LinePredicate;
  readonly functionArn: string;
}

/** CloudWatch Logs quota. */
const MAX_SUBSCRIPTIONS_PER_LOG_GROUP = 2;

/**
 * Reads the subscription filters.
 *
 * @throws UnsupportedTemplateError if the log group is not one of a function, the destination is not a function, or
 * CloudWatch Logs may not invoke it
 */
export function readSubscriptions(
  template: Template,
  functions: readonly FunctionModel[],
): readonly SubscriptionModel[] {
  const countByLogGroup = new Map<string, number>();
  return template.read('AWS::Logs::SubscriptionFilter', ({ identity, properties }) => {
    const logGroupName = properties.string('LogGroupName');
    if (!functions.some((fn) => fn.logGroupName === logGroupName)) {
      throw properties.error('LogGroupName', 'the local emulator supports only log groups of functions');
    }
    const functionArn = properties.string('DestinationArn');
    const destination = functions.find(({ arn }) => arn === functionArn);
    if (destination === undefined) {
      throw properties.error('DestinationArn', `the template has no function ${functionArn}`);
    }
    const source = `arn:aws:logs:${LOCAL_REGION}:${LOCAL_ACCOUNT}:log-group:${logGroupName}:*`;
    if (!allowsInvocation(destination, 'logs.amazonaws.com', source)) {
      throw properties.error('DestinationArn', `no AWS::Lambda::Permission allows ${source} to invoke the function`);
    }
    const count = (countByLogGroup.get(logGroupName) ?? 0) + 1;
    if (count > MAX_SUBSCRIPTIONS_PER_LOG_GROUP) {
      throw properties.error('LogGroupName', 'a log group has at most two subscription filters');
    }
    countByLogGroup.set(logGroupName, count);
    const matches = parseFilterPattern(properties.string('FilterPattern'), `${properties.path}.FilterPattern`);
    const filterName = properties.optionalString('FilterName') ?? identity.ref;
    properties.done();
    return { filterName, logGroupName, matches, functionArn };
  });
}
