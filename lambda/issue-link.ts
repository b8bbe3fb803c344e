import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { StoredLink } from './aws/link-table';
import type { Lookup } from './aws/object-store';
import type { NewReceipt } from './aws/receipt-table';
import { MAX_PRESIGNED_URL_LENGTH, MAX_SEALED_BYTES, STORED_URL_GRACE_SECONDS } from './contract';
import { type AllowedBucket, allowedBucketOf } from './link/allowed-buckets';
import type { Destination, ObjectAddress, ObjectDescription, PresignedUrl, Validity } from './link/destination';
import { fitDownloadName, nameOfKey } from './link/download-name';
import { inlineType } from './link/inline-type';
import { type IncomingAddress, linkAddresses } from './link/link-address';
import { type IssueError, type LinkTerms, parseLinkRequest } from './link/link-request';
import { drawNonce, type LinkId } from './link/nonce';
import type { IssueOutcome } from './link/outcomes';
import { sealDestination } from './link/sealed-destination';
import { isAwsFailure } from './runtime/outage';

/** Deployment settings for issuing links. */
export interface IssueSettings extends LinkTerms {
  readonly allowedBuckets: readonly AllowedBucket[];
  /** Validity of a URL that is signed on redemption; `undefined` if the deployment signs none on redemption. */
  readonly openedUrlSeconds: number | undefined;
  /** Replaces the host and path of the request in links. */
  readonly publicBaseUrl: string | undefined;
  /** `undefined` if the deployment keeps no receipts. */
  readonly receipts: ReceiptSettings | undefined;
}

/** Deployment settings for receipts. */
export interface ReceiptSettings {
  /** How long links and receipts are kept after the link expires. */
  readonly retentionSeconds: number;
  readonly withFileNames: boolean;
}

/** The AWS calls needed to issue a link. */
export interface IssueAdapters {
  readonly findObject: (object: ObjectAddress) => Promise<Lookup>;
  readonly signDownload: (object: ObjectAddress, linkId: LinkId, validity: Validity) => Promise<PresignedUrl>;
  /** A single put, never retried. */
  readonly storeLink: (link: StoredLink) => Promise<void>;
  readonly storeReceipt: (receipt: NewReceipt) => Promise<void>;
}

/** An unparsed request for a link. */
export interface IssueRequest {
  readonly body: string;
  /** ARN of the caller. */
  readonly caller: string;
  /** Address that the request was sent to. */
  readonly address: IncomingAddress;
}

/**
 * Margin, in characters, between the URL signed on redemption and the trial URL signed here: access-object signs with
 * another session token. Observed session tokens of Lambda roles differ by less than half of this.
 */
const SESSION_TOKEN_ALLOWANCE = 512;
const MAX_PUTS = 3;
/** Maximum wait after the first put; twice that after the second. */
const PUT_BACKOFF_MILLISECONDS = 250;

/**
 * Issues a link: validates the request, checks and presigns the object, and stores the destination sealed with a new
 * nonce, and the receipt.
 *
 * @throws the SDK's error if S3 or DynamoDB gives no usable response.
 */
export async function issueLink(
  { body, caller, address }: IssueRequest,
  now: Date,
  settings: IssueSettings,
  aws: IssueAdapters,
): Promise<IssueOutcome> {
  const parsed = parseLinkRequest(body, settings);
  if (!parsed.ok) {
    return refused(parsed.error);
  }
  const { expiresInSeconds, presign, clickThrough, from, ...reference } = parsed.request;
  const bucket = allowedBucketOf(settings.allowedBuckets, reference);
  if (bucket === undefined) {
    return refused({
      code: 'BucketNotAllowed',
      detail: 'bucket_name is not shared by this deployment, or object_name is outside the prefix that it shares.',
    });
  }
  const asked: ObjectAddress = { ...reference, region: bucket.region };
  const found = await aws.findObject(asked);
  if (found.outcome !== 'available') {
    return refused(unavailable(found.outcome, bucket));
  }
  const shown = asked.downloadAs === undefined ? inlineType(found.contentType) : undefined;
  const object: ObjectAddress = {
    ...asked,
    ...(found.versionId !== undefined && { versionId: found.versionId }),
    ...(shown !== undefined && { inlineAs: shown }),
  };
  const description = descriptionOf(object, found.sizeBytes, from);

  // For on_open, this URL is only a trial: it shows before the link is issued whether the URL will be too long.
  const onOpen = presign === 'on_open';
  const urlSeconds = (onOpen ? settings.openedUrlSeconds : undefined) ?? expiresInSeconds + STORED_URL_GRACE_SECONDS;
  const maxUrlLength = MAX_PRESIGNED_URL_LENGTH - (onOpen ? SESSION_TOKEN_ALLOWANCE : 0);
  async function destinationOf(linkId: LinkId): Promise<Destination | undefined> {
    const url = await aws.signDownload(object, linkId, { expiresInSeconds: urlSeconds, now });
    if (url.length > maxUrlLength) {
      return undefined;
    }
    return onOpen ? { presign: 'on_open', object, description } : { presign: 'now', url, description };
  }

  const expiresAtSeconds = Math.floor(now.getTime() / 1000) + expiresInSeconds;
  const purgeAtSeconds = expiresAtSeconds + (settings.receipts?.retentionSeconds ?? 0);
  const terms = { expiresAtSeconds, purgeAtSeconds, createdBy: caller };
  const stored = await storeUnderFreshNonce(destinationOf, terms, aws);
  if (stored === undefined) {
    return TOO_LONG;
  }
  if (settings.receipts !== undefined) {
    await aws.storeReceipt({
      ...terms,
      linkId: stored.linkId,
      createdAt: now.toISOString(),
      ...(settings.receipts.withFileNames && { fileName: description.fileName }),
    });
  }
  const addresses = linkAddresses(stored.nonce, address, settings.publicBaseUrl);
  const bare = clickThrough ? 'clickThroughUrl' : 'url';
  return { outcome: 'issued', link: { ...addresses, bare, linkId: stored.linkId, expiresAtSeconds } };
}

/**
 * Stores a link. Each attempt generates a new nonce. An earlier put that is applied late stores an unusable link: its
 * nonce was discarded.
 *
 * @param destinationOf the destination of a link ID, which is in the URL; `undefined` if the URL is too long.
 * @returns the nonce and the ID of the stored link, or `undefined` if the URL or the sealed destination is too long.
 */
async function storeUnderFreshNonce(
  destinationOf: (linkId: LinkId) => Promise<Destination | undefined>,
  link: Omit<StoredLink, 'linkId' | 'sealed'>,
  aws: IssueAdapters,
  attempt = 1,
): Promise<ReturnType<typeof drawNonce> | undefined> {
  const drawn = drawNonce(randomBytes);
  const destination = await destinationOf(drawn.linkId);
  const sealed = destination && sealDestination(drawn.nonce, destination);
  if (sealed === undefined || sealed.length > MAX_SEALED_BYTES) {
    return undefined;
  }
  try {
    await aws.storeLink({ ...link, linkId: drawn.linkId, sealed });
    return drawn;
  } catch (error) {
    if (attempt === MAX_PUTS || !isAwsFailure(error)) {
      throw error;
    }
    await delay(Math.random() * PUT_BACKOFF_MILLISECONDS * attempt);
    return await storeUnderFreshNonce(destinationOf, link, aws, attempt + 1);
  }
}

function descriptionOf(object: ObjectAddress, sizeBytes: number, from: string | undefined): ObjectDescription {
  return {
    // A key can contain line breaks, which would add lines to emails.
    fileName: object.downloadAs ?? fitDownloadName(nameOfKey(object.objectName)),
    sizeBytes,
    ...(object.inlineAs !== undefined && { contentType: object.inlineAs }),
    ...(from !== undefined && { from }),
  };
}

/** S3 returns 403 for a missing object unless the role may list the whole bucket. */
function unavailable(reason: Exclude<Lookup['outcome'], 'available'>, { prefix }: AllowedBucket): IssueError {
  return reason === 'forbidden' && prefix !== '' ? MISSING_OR_FORBIDDEN : UNAVAILABLE[reason];
}

const MISSING_OR_FORBIDDEN: IssueError = {
  code: 'ObjectNotFound',
  detail: 'There is no such object, or a KMS key or a policy does not allow this deployment to read it.',
};

const UNAVAILABLE = {
  'not-found': { code: 'ObjectNotFound', detail: 'There is no such object in the bucket.' },
  archived: {
    code: 'InvalidRequest',
    detail: 'object_name is in an archive storage class: restore the object first.',
  },
  forbidden: {
    code: 'InvalidRequest',
    detail: 'object_name cannot be read by this deployment: a KMS key or a policy does not allow it.',
  },
  unreadable: {
    code: 'InvalidRequest',
    detail: 'version_id is malformed, or the object is encrypted with a customer-provided key (SSE-C).',
  },
} as const;

function refused(error: IssueError): IssueOutcome {
  return { outcome: 'refused', error };
}

const TOO_LONG = refused({
  code: 'InvalidRequest',
  detail: 'object_name, version_id, download_as and from are too long in total: shorten one of them.',
});
