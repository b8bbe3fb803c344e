import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredLink } from './aws/link-table';
import type { NewReceipt } from './aws/receipt-table';
import { MAX_SEALED_BYTES } from './contract';
import type { Destination } from './link/destination';
import { drawNonce, type LinkId } from './link/nonce';
import { sealDestination } from './link/sealed-destination';
import { isAwsFailure } from './runtime/outage';

/** The AWS calls needed to store a link. */
export interface StoreAdapters {
  /** A single put, never retried. */
  readonly storeLink: (link: StoredLink) => Promise<void>;
  readonly storeReceipt: (receipt: NewReceipt) => Promise<void>;
}

/** A link to store. */
export interface NewLink extends Omit<StoredLink, 'linkId' | 'sealed'> {
  /** The destination of a link ID, which is in the URL; `undefined` if the URL is too long. */
  readonly destinationOf: (linkId: LinkId) => Promise<Destination | undefined>;
  /** `undefined` if the deployment keeps no receipts. */
  readonly receipt: Pick<NewReceipt, 'createdAt' | 'operation' | 'fileName'> | undefined;
}

const MAX_PUTS = 3;
/** Maximum wait after the first put; twice that after the second. */
const PUT_BACKOFF_MILLISECONDS = 250;

/**
 * Stores a link under a new nonce, and then its receipt.
 *
 * @returns the nonce and the ID of the link, or `undefined` if its URL or its sealed destination is too long.
 * @throws the SDK's error if DynamoDB gives no usable response.
 */
export async function storeUnderFreshNonce(
  link: NewLink,
  aws: StoreAdapters,
): Promise<ReturnType<typeof drawNonce> | undefined> {
  const stored = await putLink(link, aws);
  if (stored !== undefined && link.receipt !== undefined) {
    const { createdBy, expiresAtSeconds, purgeAtSeconds, receipt } = link;
    await aws.storeReceipt({ linkId: stored.linkId, createdBy, expiresAtSeconds, purgeAtSeconds, ...receipt });
  }
  return stored;
}

/**
 * Each attempt generates a new nonce. An earlier put that is applied late stores an unusable link: its nonce was discarded.
 */
async function putLink(
  link: NewLink,
  aws: StoreAdapters,
  attempt = 1,
): Promise<ReturnType<typeof drawNonce> | undefined> {
  const { destinationOf, receipt: _, ...item } = link;
  const drawn = drawNonce(randomBytes);
  const destination = await destinationOf(drawn.linkId);
  const sealed = destination && sealDestination(drawn.nonce, destination);
  if (sealed === undefined || sealed.length > MAX_SEALED_BYTES) {
    return undefined;
  }
  try {
    await aws.storeLink({ ...item, linkId: drawn.linkId, sealed });
    return drawn;
  } catch (error) {
    if (attempt === MAX_PUTS || !isAwsFailure(error)) {
      throw error;
    }
    await delay(Math.random() * PUT_BACKOFF_MILLISECONDS * attempt);
    return await putLink(link, aws, attempt + 1);
  }
}
