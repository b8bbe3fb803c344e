import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';

/** A service that was called, to a person who reads of its failure. */
export interface CalledService {
  /** For example `S3`. */
  readonly name: string;
  /** Address of a local emulator, if it is part of one. */
  readonly emulatorEndpoint?: string;
}

const EXPIRED = /^(?:ExpiredToken(?:Exception)?|TokenRefreshRequired)$/;
const REFUSED =
  /^(?:InvalidAccessKeyId|InvalidClientTokenId|UnrecognizedClient(?:Exception)?|SignatureDoesNotMatch|InvalidToken|InvalidSignature(?:Exception)?|IncompleteSignature(?:Exception)?)$/;
const SKEWED = /^(?:RequestTimeTooSkewed|RequestExpired)$/;

/**
 * Says what any call to AWS can end with, whatever it was for.
 *
 * @returns the error itself, if it is of another kind
 */
export function explainAws(error: unknown, service: CalledService): unknown {
  const { name, message, httpStatus } = errorFacts(error);
  const cause = { cause: error };
  if (EXPIRED.test(name)) {
    return credentialsExpired(cause);
  }
  if (REFUSED.test(name)) {
    return credentialsRefused(service, cause);
  }
  if (SKEWED.test(name)) {
    return new ShareFailure('ClockSkewed', 'The clock of this machine is wrong: set it, and share again.', cause);
  }
  if (isNetworkFailure(error)) {
    return unreachable(service, cause);
  }
  if (httpStatus === 0) {
    return error;
  }
  return httpStatus === 429 || httpStatus >= 500
    ? new ShareFailure('ServiceFailed', `${service.name} fails (${name}): try again in a minute.`, cause)
    : new ShareFailure(
        'ServiceFailed',
        `${service.name} refuses (${name}, ${message.replace(/\.$/, '')}): ask who runs the deployment.`,
        cause,
      );
}

/** They were good once. */
export function credentialsExpired(options?: ErrorOptions): ShareFailure {
  const remedy = 'sign in again (for example: aws sso login), or give another --profile';
  return new ShareFailure('CredentialsExpired', `The AWS credentials have expired: ${remedy}.`, options);
}

/** Nobody knows the credentials, or their secret is another. */
export function credentialsRefused({ name, emulatorEndpoint }: CalledService, options?: ErrorOptions): ShareFailure {
  const sentence =
    emulatorEndpoint === undefined
      ? `${name} does not accept the AWS credentials: check them, their region and the clock, or give another --profile.`
      : 'The local emulator does not know these credentials: leave out --profile to call it with its own, or give --stack ' +
        'to share from AWS.';
  return new ShareFailure('CredentialsRefused', sentence, options);
}

/** Nobody answers, or the connection broke. */
export function unreachable({ name, emulatorEndpoint }: CalledService, options?: ErrorOptions): ShareFailure {
  return emulatorEndpoint === undefined
    ? new ShareFailure('Unreachable', `${name} cannot be reached: check the network, and share again.`, options)
    : new ShareFailure(
        'EmulatorNotRunning',
        `No local emulator answers at ${emulatorEndpoint}: start one with npm start, or give --stack to share from AWS.`,
        options,
      );
}

/** Whether an error, or what caused it, is of the network and not an answer. */
export function isNetworkFailure(error: unknown): boolean {
  const { name, message, systemCode, cause } = errorFacts(error);
  return (
    systemCode !== undefined ||
    name === 'TimeoutError' ||
    /socket hang up|fetch failed|other side closed/i.test(message) ||
    (cause !== undefined && isNetworkFailure(cause))
  );
}
