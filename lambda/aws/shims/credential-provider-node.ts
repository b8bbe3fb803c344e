import { fromEnv } from '@aws-sdk/credential-provider-env';
import { memoize } from '@smithy/core/config';

/**
 * Stands in for `@aws-sdk/credential-provider-node`, which looks for credentials in ten places and brings the clients of
 * three services to ask for them. Lambda puts them into the environment, for as long as the process lives: like the module
 * that it stands in for, this one looks once.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function defaultProvider(options: Parameters<typeof fromEnv>[0]): ReturnType<typeof fromEnv> {
  return memoize(fromEnv(options));
}
