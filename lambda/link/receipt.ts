import { type LINK_STATES, MAX_STORED_URL_SECONDS, STORED_URL_GRACE_SECONDS } from '../contract';
import type { LinkId } from './nonce';
import type { Operation } from './record-format';

/** What happened to a link. Contains no secrets: neither the nonce nor the destination. */
export interface Receipt {
  readonly linkId: LinkId;
  /** ARN of the caller that issued the link. */
  readonly createdBy: string;
  /** ISO 8601 with milliseconds, like all times of a receipt. */
  readonly createdAt: string;
  readonly expiresAtSeconds: number;
  readonly operation: Operation;
  /** Only for download links, and if the deployment records file names. */
  readonly fileName?: string;
  readonly redeemed?: Attempt;
  /** The file that an upload link has received. */
  readonly received?: ReceivedObject;
  readonly revoked?: { readonly at: string; readonly by: string };
  /** Attempts to redeem the link after it had ended, oldest first. At most {@link MAX_REFUSED_ATTEMPTS}. */
  readonly refused: readonly Attempt[];
}

/** An object that an uploader has created. */
export interface ReceivedObject {
  readonly at: string;
  readonly bucketName: string;
  readonly objectName: string;
  readonly sizeBytes: number;
  /** @default - S3 stores none for the object */
  readonly checksum?: ObjectChecksum;
}

/** Checksum of an object, as S3 stores it. */
export interface ObjectChecksum {
  /** For example `SHA256`. */
  readonly algorithm: string;
  /** In base64. */
  readonly value: string;
}

/** An attempt to redeem a link. */
export interface Attempt {
  readonly at: string;
  readonly sourceIp: string;
  /** As returned by `loggedUserAgent`. Not kept for refused attempts. */
  readonly userAgent?: string;
}

/**
 * Further attempts are not recorded, so that requests for a link that has ended cannot cause unlimited writes, events
 * and email.
 */
export const MAX_REFUSED_ATTEMPTS = 20;

/** A link that the link table still has: active or expired. */
export interface LinkItem {
  readonly createdBy: string;
  readonly expiresAtSeconds: number;
}

/** The state of a link. */
export interface LinkState extends LinkItem {
  readonly linkId: LinkId;
  readonly status: (typeof LINK_STATES)[number];
  /** `undefined` for a link that was issued while the deployment kept no receipts. */
  readonly receipt: Receipt | undefined;
}

/**
 * Determines the state of a link. The link table keeps expired links as long as receipts, so a missing link was redeemed or
 * revoked.
 *
 * @returns `undefined` if the link never existed, or has been purged.
 */
export function linkState(
  linkId: LinkId,
  item: LinkItem | undefined,
  receipt: Receipt | undefined,
  nowSeconds: number,
): LinkState | undefined {
  const known = item ?? receipt;
  if (known === undefined) {
    return undefined;
  }
  const { createdBy, expiresAtSeconds } = known;
  return { linkId, status: statusOf(item, receipt, nowSeconds), createdBy, expiresAtSeconds, receipt };
}

function statusOf(item: LinkItem | undefined, receipt: Receipt | undefined, nowSeconds: number): LinkState['status'] {
  if (item !== undefined) {
    return item.expiresAtSeconds > nowSeconds ? 'active' : 'expired';
  }
  if (receipt?.revoked !== undefined) {
    return 'revoked';
  }
  return receipt?.redeemed === undefined ? 'ended' : 'redeemed';
}

/** How long a URL can work after its link was redeemed. URLs that are signed on redemption expire earlier. */
const MAX_URL_MILLISECONDS = (MAX_STORED_URL_SECONDS + STORED_URL_GRACE_SECONDS) * 1000;

/** Whether the link, and the URL that it redirected to, no longer give access to the object. */
export function isFinished({ status, receipt }: LinkState, now: Date): boolean {
  switch (status) {
    case 'revoked':
    case 'expired':
      return true;
    case 'redeemed':
      return Date.parse(receipt?.redeemed?.at ?? '') + MAX_URL_MILLISECONDS < now.getTime();
    case 'active':
    case 'ended':
      return false;
  }
}

/**
 * Formats a refused attempt as an element of a set, so that repeated and unordered deliveries do not matter. Elements sort by
 * time.
 *
 * @param requestId distinguishes attempts in the same millisecond.
 */
export function refusedElement({ at, sourceIp }: Attempt, requestId: string): string {
  return `${at} ${sourceIp} ${requestId}`;
}

/**
 * Parses elements from {@link refusedElement}. The last write may exceed the maximum, so the rest is omitted.
 */
export function refusedAttempts(elements: Iterable<string>): readonly Attempt[] {
  return [...elements]
    .sort()
    .slice(0, MAX_REFUSED_ATTEMPTS)
    .map((element) => {
      const [at = '', sourceIp = ''] = element.split(' ');
      return { at, sourceIp };
    });
}
