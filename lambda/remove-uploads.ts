import { findLinkState } from './aws/link-states';
import { s3ClientFor } from './aws/s3-clients';
import { tableClient } from './aws/table-client';
import { linkIdOfUpload, listUploads, removeUpload } from './aws/uploads';
import { ENVIRONMENT } from './contract';
import { isFinished } from './link/receipt';
import { requiredEnvironment } from './runtime/environment';
import { log } from './runtime/log';
import { fulfilled, settleAll, throwIfFailed } from './runtime/settle';

const client = tableClient();
const tables = {
  links: { client, name: requiredEnvironment(ENVIRONMENT.nonceTable) },
  receipts: { client, name: requiredEnvironment(ENVIRONMENT.receiptTable) },
};
const bucket = {
  client: s3ClientFor(requiredEnvironment('AWS_REGION')),
  name: requiredEnvironment(ENVIRONMENT.uploadBucket),
};

/**
 * Runs on a schedule. Removes uploaded files after their link has ended and its URL no longer works. The lifecycle rule of
 * the bucket removes files without a tag.
 *
 * @throws StorageUnavailableError if a file could not be checked or removed, after processing the others.
 */
export async function handler(): Promise<void> {
  const results: PromiseSettledResult<boolean>[] = [];
  try {
    for await (const keys of listUploads(bucket)) {
      results.push(...(await settleAll(keys, removeIfFinished)));
    }
  } catch (error) {
    results.push({ status: 'rejected', reason: error });
  }
  log({ event: 'uploads_removed', count: fulfilled(results).filter(Boolean).length });
  throwIfFailed(results);
}

/** @returns whether the file was removed. */
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
