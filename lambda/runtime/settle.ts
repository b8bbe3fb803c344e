import { logStorageFailure } from './log';
import { isAwsFailure, StorageUnavailableError } from './outage';

/** Concurrent calls. More would wait for a connection until their deadline. */
const MAX_CONCURRENT = 25;

/** Calls a function for every item, up to 25 at a time. A failed call does not stop the others. */
export async function settleAll<Item, Result>(
  items: readonly Item[],
  call: (item: Item) => Promise<Result>,
): Promise<readonly PromiseSettledResult<Result>[]> {
  const results: PromiseSettledResult<Result>[] = [];
  for (let start = 0; start < items.length; start += MAX_CONCURRENT) {
    results.push(...(await Promise.allSettled(items.slice(start, start + MAX_CONCURRENT).map(call))));
  }
  return results;
}

/** Returns the results of the calls that succeeded. */
export function fulfilled<Result>(results: readonly PromiseSettledResult<Result>[]): readonly Result[] {
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/**
 * Logs the AWS calls that failed.
 *
 * @throws StorageUnavailableError if there are any; the first failure that is not of an AWS call.
 */
export function throwIfFailed(results: readonly PromiseSettledResult<unknown>[]): void {
  const failed = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failed) {
    if (!isAwsFailure(reason)) {
      throw reason;
    }
    logStorageFailure(reason);
  }
  if (failed.length > 0) {
    throw new StorageUnavailableError();
  }
}
