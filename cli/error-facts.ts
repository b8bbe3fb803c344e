/** What an error says of itself. */
export interface ErrorFacts {
  /** For example `NoSuchBucket`, as AWS names it; empty if it has none. */
  readonly name: string;
  readonly message: string;
  /** Code of an error of the operating system, for example `ENOENT`. */
  readonly systemCode?: string;
  /** Status of the answer that an error of the SDK stands for; 0 if there was none. */
  readonly httpStatus: number;
  readonly cause?: unknown;
}

/** Reads what was thrown, whatever it is and wherever it is from. */
export function errorFacts(error: unknown): ErrorFacts {
  const { name, message, code, cause, $metadata } = fieldsOf(error);
  const status = fieldsOf($metadata)['httpStatusCode'];
  return {
    name: typeof name === 'string' ? name : '',
    message: typeof message === 'string' ? message : String(error),
    ...(typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) ? { systemCode: code } : {}),
    httpStatus: typeof status === 'number' ? status : 0,
    cause,
  };
}

/** An error's own fields are not enumerable. */
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
