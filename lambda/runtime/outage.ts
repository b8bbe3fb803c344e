/** What an outage looks like to the gateway. It carries no cause: the runtime logs whatever a function throws, whole. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';

  constructor() {
    super('an AWS service that the link depends on did not answer');
  }
}

/** Whether an AWS client threw this: a refusal, a fault or no answer at all. The SDK marks all of them with `$metadata`. */
export function isAwsFailure(error: unknown): boolean {
  return error instanceof Error && '$metadata' in error;
}
