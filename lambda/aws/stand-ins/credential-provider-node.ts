/**
 * Stands in for `@aws-sdk/credential-provider-node`, which looks for credentials in ten places and brings the clients of
 * three services to ask for them. Lambda puts them into the environment, for as long as the process lives.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
