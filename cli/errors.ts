/** Stable codes of expected errors, with the exit code of each. */
const EXIT_CODES = {
  // Usage.
  InvalidArguments: 2,
  NotAFile: 2,
  InvalidOutputs: 2,
  RegionUnknown: 2,
  // Denied.
  FileUnreadable: 3,
  NoCredentials: 3,
  CredentialsExpired: 3,
  CredentialsRefused: 3,
  ClockSkewed: 3,
  WrongRegion: 3,
  LookupDenied: 3,
  UploadDenied: 3,
  LinkDenied: 3,
  LinkRefused: 3,
  ManageDenied: 3,
  // Not found.
  FileNotFound: 4,
  OutputsNotFound: 4,
  StackNotFound: 4,
  BucketNotFound: 4,
  ObjectNotFound: 4,
  LinkNotOpen: 4,
  ApiNotFound: 4,
  // Network or storage.
  Unreachable: 5,
  EmulatorNotRunning: 5,
  ServiceFailed: 5,
  FileChanged: 5,
  OutputClosed: 5,
  // 128 + SIGINT, as shells report it.
  Interrupted: 130,
} as const;

/** Stable code of an expected error. */
export type CliErrorCode = keyof typeof EXIT_CODES;

/** An expected error. Its message is one line that says what to do next, and contains no secret. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** Messages for the error codes of one request. */
export type ErrorCases = Readonly<Record<string, readonly [code: CliErrorCode, message: string]>>;

/** @returns `undefined` if the code is not one of the cases */
export function errorFor(code: unknown, cases: ErrorCases): CliError | undefined {
  const found = typeof code === 'string' && Object.hasOwn(cases, code) ? cases[code] : undefined;
  return found && new CliError(...found);
}

/**
 * Reads a thrown value of any type.
 *
 * @returns the AWS error code as `name` or '', the code of a system error such as `ENOENT`, and the HTTP status or 0
 */
export function errorFacts(error: unknown) {
  const { name, message, code, cause, $metadata } = fieldsOf(error);
  const { httpStatusCode } = fieldsOf($metadata);
  return {
    name: typeof name === 'string' ? name : '',
    message: typeof message === 'string' ? message : String(error),
    systemCode: typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) ? code : undefined,
    httpStatus: typeof httpStatusCode === 'number' ? httpStatusCode : 0,
    cause,
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** A service as error messages name it. */
export interface CalledService {
  /** For example `S3`. */
  readonly name: string;
  /** Set if the service is part of a local emulator. */
  readonly emulatorEndpoint?: string;
}

/** Explains an error of a call to AWS. @returns the error itself if it did not come from a service */
export function explainAws(error: unknown, service: CalledService, cases: ErrorCases): unknown {
  const { name, message, httpStatus } = errorFacts(error);
  const explained = errorFor(name, cases) ?? explainCredentials(name, service);
  if (explained !== undefined) {
    return explained;
  }
  if (isNetworkError(error)) {
    return unreachable(service);
  }
  if (httpStatus === 0) {
    return error;
  }
  const isTransient = httpStatus === 429 || httpStatus >= 500;
  const problem = isTransient ? `failed (${name}): try again in a minute` : `refused the request (${name}): ${message}`;
  return new CliError('ServiceFailed', `${service.name} ${problem.replace(/\.$/, '')}.`);
}

/** Explains the AWS error codes about credentials. @returns `undefined` for any other code */
export function explainCredentials(code: string, { name, emulatorEndpoint }: CalledService): CliError | undefined {
  switch (code.replace(/Exception$/, '')) {
    case 'ExpiredToken':
    case 'TokenRefreshRequired':
      return credentialsExpired();
    case 'InvalidAccessKeyId':
    case 'InvalidClientTokenId':
    case 'InvalidSignature':
    case 'InvalidToken':
    case 'IncompleteSignature':
    case 'SignatureDoesNotMatch':
    case 'UnrecognizedClient':
      return new CliError(
        'CredentialsRefused',
        emulatorEndpoint === undefined
          ? `${name} does not accept the AWS credentials: check them and the region, or use another --profile.`
          : 'The local emulator does not know these credentials: omit --profile, or share from AWS with --stack.',
      );
    case 'RequestExpired':
    case 'RequestTimeTooSkewed':
      return new CliError('ClockSkewed', 'The clock of this machine is wrong: set it, and try again.');
    default:
      return undefined;
  }
}

export function credentialsExpired(): CliError {
  return new CliError('CredentialsExpired', 'The AWS credentials have expired: sign in, or use another --profile.');
}

export function unreachable({ name, emulatorEndpoint }: CalledService): CliError {
  if (emulatorEndpoint === undefined) {
    return new CliError('Unreachable', `${name} cannot be reached: check the network, and try again.`);
  }
  const remedy = 'start one with npm start, or share from AWS with --stack';
  return new CliError('EmulatorNotRunning', `No local emulator answers at ${emulatorEndpoint}: ${remedy}.`);
}

/** Whether an error, or its cause, is a network error and not a response. */
export function isNetworkError(error: unknown): boolean {
  const { name, message, systemCode, cause } = errorFacts(error);
  return (
    systemCode !== undefined ||
    name === 'TimeoutError' ||
    /socket hang up|fetch failed|other side closed/i.test(message) ||
    (cause !== undefined && isNetworkError(cause))
  );
}
