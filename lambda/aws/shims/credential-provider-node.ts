/**
 * Shim for `@aws-sdk/credential-provider-node`, which brings the clients of three services: saves 139 KB and 32 ms of a
 * cold redemption. Lambda sets the credentials in the environment, for the life of the process.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
