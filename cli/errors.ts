import { STACK_NAME } from '../lambda/contract';

/** Kinds of expected errors, with their exit codes. */
const EXIT_CODES = {
  Usage: 2,
  /** Denied by AWS, the API or the file system. */
  Denied: 3,
  NotFound: 4,
  /** The network, a service or a file failed. */
  Unavailable: 5,
  /** `verify` found a deployment that does not behave as it must. */
  CheckFailed: 6,
  /** 128 + SIGINT, the exit code that shells use. */
  Interrupted: 130,
} as const;

/** Stable code of an expected error. */
export type CliErrorCode = keyof typeof EXIT_CODES;

/** An expected error. Its message is one line that contains no secret. */
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

/** A service, as named in error messages. */
export interface CalledService {
  /** For example `S3`. */
  readonly name: string;
  /** Set if the service is part of a local emulator. */
  readonly emulatorEndpoint?: string;
}

/** Explains an error from a call to AWS. @returns the error itself if it did not come from a service */
export function explainAws(error: unknown, service: CalledService): unknown {
  const { name, message, httpStatus } = errorFacts(error);
  if (isNetworkError(error)) {
    return unreachable(service);
  }
  return httpStatus === 0 ? error : serviceError(service, httpStatus, name, message);
}

/** Explains an error response, with the service's own code and message. */
export function serviceError(service: CalledService, status: number, code: string, message: string): CliError {
  const name = service.emulatorEndpoint === undefined ? service.name : `${service.name} of the local emulator`;
  if (status === 429 || status >= 500) {
    return new CliError('Unavailable', `${name} failed (${code}): try again in a minute.`);
  }
  const kind = code === 'InvalidRequest' ? 'Usage' : status === 404 ? 'NotFound' : 'Denied';
  return new CliError(kind, `${name} refused the request (${code}): ${message}`);
}

export function unreachable({ name, emulatorEndpoint }: CalledService): CliError {
  const message =
    emulatorEndpoint === undefined
      ? `${name} cannot be reached: check the network, and try again.`
      : `No local emulator is running at ${emulatorEndpoint}: start one with npm start, or use AWS with --stack ${STACK_NAME}.`;
  return new CliError('Unavailable', message);
}

/** Whether an error, or its cause, is a network error and not a response. */
function isNetworkError(error: unknown): boolean {
  const { name, message, systemCode, cause } = errorFacts(error);
  return (
    systemCode !== undefined ||
    name === 'TimeoutError' ||
    /socket hang up|fetch failed|other side closed/i.test(message) ||
    (cause !== undefined && isNetworkError(cause))
  );
}
