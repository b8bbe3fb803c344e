import { draftDownload } from './draft-download';
import { draftUpload } from './draft-upload';
import { type IncomingAddress, linkAddresses } from './link/link-address';
import { type IssueError, type LinkRequest, parseLinkRequest } from './link/link-request';
import type { IssueOutcome } from './link/outcomes';
import type { Drafted, IssueAdapters, IssueSettings } from './link-draft';
import { storeUnderFreshNonce } from './store-link';

/** An unparsed request for a link. */
export interface IssueRequest {
  readonly body: string;
  /** ARN of the caller. */
  readonly caller: string;
  /** Address that the request was sent to. */
  readonly address: IncomingAddress;
}

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
