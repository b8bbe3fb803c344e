/** Thrown to API Gateway during an outage. Has no `cause`, because Lambda logs every property of a thrown error. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';

  constructor() {
    super('an AWS service that the link depends on did not respond');
  }
}

/** Thrown to API Gateway by a deployment that is older than the link, or that does not sign on redemption. */
export class UnsupportedFormatError extends Error {
  override readonly name = 'UnsupportedFormatError';

  constructor() {
    super('this deployment cannot redeem links of this format; the link stays active');
  }
}

/** Whether an AWS client threw this. The SDK adds `$metadata` to every error except an `AbortError` at the deadline. */
export function isAwsFailure(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || error.name === 'AbortError');
}
