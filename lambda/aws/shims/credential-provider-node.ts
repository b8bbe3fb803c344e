import { type FromEnvInit, fromEnv } from '@aws-sdk/credential-provider-env';
import { memoize } from '@smithy/core/config';

/**
 * Shim for `@aws-sdk/credential-provider-node`, which includes clients for three services. Saves 139 KB and 32 ms of a
 * cold redemption. Lambda sets the credentials in the environment for the life of the process, so they are read once.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = (init?: FromEnvInit) => memoize(fromEnv(init));
