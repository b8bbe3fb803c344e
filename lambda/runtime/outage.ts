/** Thrown to API Gateway during an outage. Has no `cause`, because Lambda logs every property of a thrown error. */
export class StorageUnavailableError extends Error {
  /** Lambda logs the name of the class as `errorType`, and the build shortens names. */
  static override readonly name = 'StorageUnavailableError';
  override readonly name = StorageUnavailableError.name;

  constructor() {
    super('an AWS service that the link depends on did not respond');
  }
}

/** Thrown to API Gateway by a deployment that is older than the link, or that does not sign on redemption. */
export class UnsupportedFormatError extends Error {
  static override readonly name = 'UnsupportedFormatError';
  override readonly name = UnsupportedFormatError.name;

  constructor() {
    super('this deployment cannot redeem links of this format; the link stays active');
  }
}

/** Whether an AWS client threw this. The SDK adds `$metadata` to every error except an `AbortError` at the deadline. */
export function isAwsFailure(error: unknown): boolean {
  return error instanceof Error && ('$metadata' in error || error.name === 'AbortError');
}
