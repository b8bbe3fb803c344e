import { type MutableResources, resourceNamed } from './assembly';

/** Removes the stage's throttles, because a 429 would keep readers out of a race. */
export function unthrottled(resources: MutableResources): void {
  for (const settings of resourceNamed(resources, 'AWS::ApiGateway::Stage', '').Properties.MethodSettings) {
    settings.ThrottlingRateLimit = 1_000_000;
    settings.ThrottlingBurstLimit = 1_000_000;
  }
}
