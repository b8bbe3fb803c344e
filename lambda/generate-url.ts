import { randomBytes } from 'node:crypto';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { type StoredLink, storeLink, UnansweredPutError } from './aws/link-table';
import { findObject, isMisplacedBucket } from './aws/object-store';
import { s3ClientFor } from './aws/s3-clients';
import { signDownload } from './aws/sign-download';
import { tableClient } from './aws/table-client';
import {
  ENVIRONMENT,
  MAX_PRESIGNED_URL_LENGTH,
  MAX_SEALED_BYTES,
  NONCE_PARAMETER,
  ROUTE,
  SESSION_TOKEN_ALLOWANCE,
} from './contract';
import { preferredMediaType } from './http/media-type';
import { problemResponse } from './http/problem';
import { bodyText, callerOf, gatewayRequestId, headerValues, incomingAddress } from './http/request';
import { issuedResponse } from './http/responses';
import type { Destination, ObjectAddress } from './link/destination';
import { linkAddresses } from './link/link-address';
import { type LinkRequest, type LinkTerms, parseLinkRequest } from './link/link-request';
import { linkIdOf, NONCE_BYTES, type Nonce, nonceFromBytes } from './link/nonce';
import type { IssueOutcome, IssueRefusal } from './link/outcomes';
import { sealDestination } from './link/sealed-destination';
import { parseSharedBuckets, type SharedBucket, sharedBucketOf } from './link/shared-buckets';
import { unavailableObject } from './link/unavailable-object';
import { optionalSeconds, requiredEnvironment, requiredSeconds, signerFromEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const tableName = requiredEnvironment(ENVIRONMENT.nonceTable);
const publicBaseUrl = process.env[ENVIRONMENT.publicBaseUrl];
const sharedBuckets = parseSharedBuckets(
  requiredEnvironment(ENVIRONMENT.sharedBuckets),
  requiredEnvironment('AWS_REGION'),
);
const signer = signerFromEnvironment();
const openedUrlSeconds = optionalSeconds(ENVIRONMENT.openedUrlLifetime);
const terms: LinkTerms = {
  maxLifetimeSeconds: requiredSeconds(ENVIRONMENT.maxLinkLifetime),
  signsOnOpen: openedUrlSeconds !== undefined,
};
const table = tableClient();
// Made while the function loads: the processor is unmetered then.
for (const { region } of sharedBuckets) {
  s3ClientFor(region);
}

const UNANSWERED = 'The storage did not answer. No link was made; please try again.';
const MISPLACED =
  'bucket_name does not exist, or is in another region than this deployment was told. Its operator can correct that.';

/** `POST /generate-url`: makes a link for an object. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const subject = { caller: callerOf(event), request_id: gatewayRequestId(event) };
  try {
    const issued = await issueLink(event, new Date());
    if (issued.outcome === 'refused') {
      log({ event: 'link_refused', code: issued.refusal.code, ...subject });
      return problemResponse(issued.refusal.code, issued.refusal.detail);
    }
    log({ event: 'link_issued', link_id: issued.link.linkId, ...subject });
    return issuedResponse(issued.link, preferredMediaType(headerValues(event), ['text/plain', 'application/json']));
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', isMisplacedBucket(error) ? MISPLACED : UNANSWERED);
  }
}

async function issueLink(event: APIGatewayProxyEvent, now: Date): Promise<IssueOutcome> {
  const parsed = parseLinkRequest(bodyText(event), terms);
  if (!parsed.ok) {
    return { outcome: 'refused', refusal: parsed.refusal };
  }
  const { request } = parsed;
  const bucket = sharedBucketOf(sharedBuckets, request);
  if (bucket === undefined) {
    return refused(
      'BucketNotAllowed',
      'bucket_name is not shared by this deployment, or not the part of it that object_name is in.',
    );
  }
  const found = await findObject(s3ClientFor(bucket.region), request);
  if (found.outcome !== 'available') {
    return { outcome: 'refused', refusal: unavailableObject(found.outcome, bucket) };
  }

  const { destination, longestUrl } = await destinationOf(request, bucket, found.versionId, now);
  // Whatever the nonce, what is sealed with it is of one length.
  if (longestUrl > MAX_PRESIGNED_URL_LENGTH || sealDestination(drawNonce(), destination).length > MAX_SEALED_BYTES) {
    return refused('InvalidRequest', 'object_name, version_id and download_as are too long together: shorten one.');
  }

  const expiresAtSeconds = Math.floor(now.getTime() / 1000) + request.expiresInSeconds;
  const nonce = await storeUnderNewNonce(destination, { expiresAtSeconds, createdBy: callerOf(event) });
  const routes = { ...ROUTE, nonceParameter: NONCE_PARAMETER };
  const addresses = linkAddresses(nonce, incomingAddress(event), routes, publicBaseUrl);
  const bare = request.clickThrough ? 'clickThroughUrl' : 'url';
  return { outcome: 'issued', link: { ...addresses, bare, linkId: linkIdOf(nonce), expiresAtSeconds } };
}

/** Nonces that are drawn for one request at most: a second one where nobody answered to the first. */
const MAX_NONCES = 2;

/**
 * Stores a link under a new nonce, and answers with that. A put that nobody answered is not sent again, since it may come
 * late; but another may be sent, under another nonce. What becomes of the first does not matter then: nobody has its nonce.
 */
async function storeUnderNewNonce(
  destination: Destination,
  link: Pick<StoredLink, 'expiresAtSeconds' | 'createdBy'>,
  drawn = 1,
): Promise<Nonce> {
  const nonce = drawNonce();
  try {
    const sealed = sealDestination(nonce, destination);
    await storeLink(table, tableName, { ...link, linkId: linkIdOf(nonce), sealed });
    return nonce;
  } catch (error) {
    if (error instanceof UnansweredPutError && drawn < MAX_NONCES) {
      return await storeUnderNewNonce(destination, link, drawn + 1);
    }
    throw error;
  }
}

function drawNonce(): Nonce {
  return nonceFromBytes(randomBytes(NONCE_BYTES));
}

/**
 * What the link is to lead to. A URL that is to be signed on opening is signed now as well and thrown away: what could be
 * wrong with it must show before there is a link.
 *
 * @returns with it, how long its URL can be, in characters.
 */
async function destinationOf(
  request: LinkRequest,
  { region }: SharedBucket,
  foundVersionId: string | undefined,
  now: Date,
): Promise<{ readonly destination: Destination; readonly longestUrl: number }> {
  const { bucketName, objectName, downloadAs, presign } = request;
  const versionId = foundVersionId ?? request.versionId;
  const object: ObjectAddress = {
    bucketName,
    region,
    objectName,
    ...(versionId === undefined ? {} : { versionId }),
    ...(downloadAs === undefined ? {} : { downloadAs }),
  };
  // A URL that is stored lives as long as the link.
  const expiresInSeconds =
    presign === 'now' || openedUrlSeconds === undefined ? request.expiresInSeconds : openedUrlSeconds;
  const url = await signDownload(object, signer, { expiresInSeconds, now });
  return presign === 'now'
    ? { destination: { presign, url }, longestUrl: url.length }
    : { destination: { presign, object }, longestUrl: url.length + SESSION_TOKEN_ALLOWANCE };
}

function refused(code: IssueRefusal['code'], detail: string): IssueOutcome {
  return { outcome: 'refused', refusal: { code, detail } };
}
