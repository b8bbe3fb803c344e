import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers';
import { LOCAL_EMULATOR } from '../lambda/contract';
import { credentialsExpired } from './aws-failure';
import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';
import { isLoopback } from './loopback';
import type { StackOutputs } from './stack-outputs';

/** What requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Gives credentials that hold for a while: asked before each request, as an upload may outlast them. */
export type CredentialSource = () => Promise<Credentials>;

/** What decides whose credentials are used. */
export interface CredentialOptions {
  readonly profile?: string;
  /** Region of the services that profiles with roles call. */
  readonly region?: string;
  /** Where the credentials will go, if that is known already. */
  readonly outputs?: StackOutputs;
}

/**
 * Finds credentials and sees that there are some: those of a profile that was asked for and of no other source, or else of
 * the SDK's usual chain. A local emulator is called with its own if no profile was asked for: they open nothing else and are
 * sent to this machine only, while those of the environment are for AWS, and no business of a port in clear.
 *
 * @throws ShareFailure `NoCredentials`, `CredentialsExpired`
 */
export async function findCredentials(options: CredentialOptions): Promise<CredentialSource> {
  if (callsEmulatorAsItself(options)) {
    const { accessKeyId, secretAccessKey } = LOCAL_EMULATOR;
    return async () => ({ accessKeyId, secretAccessKey });
  }
  const { profile, region } = options;
  const clientConfig = region === undefined ? {} : { clientConfig: { region } };
  const source: CredentialSource =
    profile === undefined ? fromNodeProviderChain(clientConfig) : fromIni({ profile, ...clientConfig });
  const identity = await source().catch((error: unknown) => {
    throw explain(error, profile);
  });
  if (identity.expiration !== undefined && identity.expiration.getTime() <= Date.now()) {
    throw credentialsExpired();
  }
  return source;
}

function callsEmulatorAsItself({ profile, outputs }: CredentialOptions): boolean {
  const unchosen = profile === undefined;
  return unchosen && outputs?.s3Endpoint !== undefined && [outputs.apiEndpoint, outputs.s3Endpoint].every(isLoopback);
}

function explain(error: unknown, profile = process.env['AWS_PROFILE']): ShareFailure {
  const reason = errorFacts(error).message;
  const options = { cause: error };
  if (/expired|refresh failed|session.*invalid/i.test(reason)) {
    const login = `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`;
    return new ShareFailure('CredentialsExpired', `The sign-in to AWS is over: sign in again with ${login}.`, options);
  }
  const sentence = profile
    ? `The profile ${profile} gives no credentials (${reason.replace(/\.$/, '')}): check ~/.aws/config, or give another --profile.`
    : 'There are no AWS credentials: sign in (for example: aws sso login), give --profile, or try it without AWS: npm start.';
  return new ShareFailure('NoCredentials', sentence, options);
}
