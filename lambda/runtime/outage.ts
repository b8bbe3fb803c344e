/** Thrown to API Gateway during an outage. It has no cause: the runtime logs a thrown error with everything in it. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';

  constructor() {
    super('an AWS service that the link depends on did not respond');
  }
}

/** Whether an AWS client threw this: the SDK adds `$metadata` to every error, except at the end of a `deadline`. */
export function isAwsFailure(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || error.name === 'AbortError');
}
