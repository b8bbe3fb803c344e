import type { Lookup } from './aws/object-store';
import { draftDownload } from './draft-download';
import { draftUpload } from './draft-upload';
import type { AllowedBucket } from './link/allowed-buckets';
import type { ObjectAddress, PresignedUrl, Validity } from './link/destination';
import { type IncomingAddress, linkAddresses } from './link/link-address';
import { type IssueError, type LinkRequest, type LinkTerms, parseLinkRequest } from './link/link-request';
import type { LinkId } from './link/nonce';
import type { IssueOutcome } from './link/outcomes';
import { type NewLink, type StoreAdapters, storeUnderFreshNonce } from './store-link';

/** Deployment settings for issuing links. */
export interface IssueSettings extends LinkTerms {
  readonly allowedBuckets: readonly AllowedBucket[];
  /** Validity of a URL that is signed on redemption; `undefined` if the deployment signs none on redemption. */
  readonly openedUrlSeconds: number | undefined;
  /** Maximum sum of `max_bytes` of the upload links that a caller issues on one UTC day. */
  readonly dailyUploadBytes: number;
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
export interface IssueAdapters extends StoreAdapters {
  readonly findObject: (object: ObjectAddress) => Promise<Lookup>;
  readonly signDownload: (object: ObjectAddress, linkId: LinkId, validity: Validity) => Promise<PresignedUrl>;
  /** Adds to the total of the upload links that a caller issues on a UTC day. @returns `false` if it would exceed the limit */
  readonly reserveUpload: (caller: string, bytes: number, maxBytes: number, now: Date) => Promise<boolean>;
}

/** An unparsed request for a link. */
export interface IssueRequest {
  readonly body: string;
  /** ARN of the caller. */
  readonly caller: string;
  /** Address that the request was sent to. */
  readonly address: IncomingAddress;
}

/** The parts of a new link that depend on its operation. */
export type LinkDraft = Pick<NewLink, 'destinationOf' | 'limits'> & {
  /** Recorded in the receipt if the deployment records file names. */
  readonly fileName?: string;
  /** Why the link is refused if its URL or its sealed destination is too long. */
  readonly tooLong: IssueError;
};

/** A draft, or why no link is issued. */
export type Drafted =
  | { readonly ok: true; readonly draft: LinkDraft }
  | { readonly ok: false; readonly error: IssueError };

/**
 * Issues a link: validates the request, checks what it asks for, and stores the destination sealed with a new nonce, and the
 * receipt.
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
  const { request } = parsed;
  const drafted = await draftLink(request, caller, now, settings, aws);
  if (!drafted.ok) {
    return refused(drafted.error);
  }
  const { destinationOf, limits, fileName, tooLong } = drafted.draft;
  const { receipts, publicBaseUrl } = settings;
  const expiresAtSeconds = Math.floor(now.getTime() / 1000) + request.expiresInSeconds;
  const receipt = receipts && {
    createdAt: now.toISOString(),
    operation: request.operation,
    ...(receipts.withFileNames && fileName !== undefined && { fileName }),
  };
  const link = {
    destinationOf,
    expiresAtSeconds,
    purgeAtSeconds: expiresAtSeconds + (receipts?.retentionSeconds ?? 0),
    createdBy: caller,
    ...(limits && { limits }),
    receipt,
  };
  const stored = await storeUnderFreshNonce(link, aws);
  if (stored === undefined) {
    return refused(tooLong);
  }
  const addresses = linkAddresses(stored.nonce, address, request.operation, publicBaseUrl);
  const bare = request.clickThrough ? 'clickThroughUrl' : 'url';
  return { outcome: 'issued', link: { ...addresses, bare, linkId: stored.linkId, expiresAtSeconds } };
}

async function draftLink(
  request: LinkRequest,
  caller: string,
  now: Date,
  settings: IssueSettings,
  aws: IssueAdapters,
): Promise<Drafted> {
  return request.operation === 'upload'
    ? await draftUpload(request, caller, now, settings, aws)
    : await draftDownload(request, now, settings, aws);
}

function refused(error: IssueError): IssueOutcome {
  return { outcome: 'refused', error };
}
