import { findLinkState } from './aws/link-states';
import { s3ClientFor } from './aws/s3-clients';
import { tableClient } from './aws/table-client';
import { linkIdOfUpload, listUploads, removeUpload } from './aws/uploads';
import { ENVIRONMENT } from './contract';
import { isFinished } from './link/receipt';
import { requiredEnvironment } from './runtime/environment';
import { log, throwIfFailed } from './runtime/log';

const client = tableClient();
const tables = {
  links: { client, name: requiredEnvironment(ENVIRONMENT.nonceTable) },
  receipts: { client, name: requiredEnvironment(ENVIRONMENT.receiptTable) },
};
const bucket = {
  client: s3ClientFor(requiredEnvironment('AWS_REGION')),
  name: requiredEnvironment(ENVIRONMENT.uploadBucket),
};

/** Files at the same time. More would wait for a connection until their deadline. */
const MAX_CONCURRENT = 25;

/**
 * Runs on a schedule. Removes uploaded files after their link has ended and its URL no longer works. Files without a tag are left
 * to the lifecycle rule of the bucket.
 *
 * @throws StorageUnavailableError if a file could not be checked or removed. The others were.
 */
export async function handler(): Promise<void> {
  const results: PromiseSettledResult<boolean>[] = [];
  try {
    for await (const keys of listUploads(bucket)) {
      for (let start = 0; start < keys.length; start += MAX_CONCURRENT) {
        results.push(...(await Promise.allSettled(keys.slice(start, start + MAX_CONCURRENT).map(removeIfFinished))));
      }
    }
  } catch (error) {
    results.push({ status: 'rejected', reason: error });
  }
  log({
    event: 'uploads_removed',
    count: results.filter((result) => result.status === 'fulfilled' && result.value).length,
  });
  throwIfFailed(results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])));
}

async function removeIfFinished(key: string): Promise<boolean> {
  const linkId = await linkIdOfUpload(bucket, key);
  const now = new Date();
  const state = linkId && (await findLinkState(tables, linkId, Math.floor(now.getTime() / 1000)));
  if (state === undefined || !isFinished(state, now)) {
    return false;
  }
  await removeUpload(bucket, key);
  return true;
}
