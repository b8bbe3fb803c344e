/** Thrown to API Gateway during an outage. Has no `cause`, because Lambda logs every property of a thrown error. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';

  constructor() {
    super('an AWS service that the link depends on did not respond');
  }
}

/** Whether an AWS client threw this. The SDK adds `$metadata` to every error except an `AbortError` at the deadline. */
export function isAwsFailure(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || error.name === 'AbortError');
}
