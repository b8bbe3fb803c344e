import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findLinkState, findLinkStates, MAX_BATCH } from './aws/link-states';
import { revokeLink } from './aws/link-table';
import { listLinkIds, recordRevocation } from './aws/receipt-table';
import { tableClient } from './aws/table-client';
import { ENVIRONMENT, LINK_ID_PARAMETER, NEXT_PARAMETER, ROUTE } from './contract';
import { problemResponse } from './http/problem';
import { callerOf, gatewayRequestId, singleQueryValue } from './http/request';
import { linkListResponse, linkStateResponse, revokedResponse } from './http/responses';
import { type LinkId, parseLinkId } from './link/nonce';
import type { RevokeOutcome } from './link/outcomes';
import { pageToken, parsePageToken } from './link/page-token';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const client = tableClient();
const links = { client, name: requiredEnvironment(ENVIRONMENT.nonceTable) };
const receiptTable = process.env[ENVIRONMENT.receiptTable];
/** `undefined` if the deployment keeps no receipts. */
const receipts = receiptTable === undefined ? undefined : { client, name: receiptTable };

/** Route of managers. All other routes are limited to links of the caller. */
const EVERY_LINK = `/${ROUTE.links}/{${LINK_ID_PARAMETER}}`;

/** Fields of every log line. */
interface Subject {
  readonly link_id?: LinkId;
  readonly caller: string;
  readonly request_id: string | undefined;
}

/**
 * `GET` and `DELETE /links/{link_id}`: return the state of a link, and revoke it. `/my-links/{link_id}` does the same for the
 * caller's own links, and `GET /my-links` lists them.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const subject: Subject = { caller: callerOf(event), request_id: gatewayRequestId(event) };
  try {
    return event.resource === `/${ROUTE.myLinks}` ? await listOwn(event, subject) : await manageOne(event, subject);
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, { link_id: linkIdIn(event), ...subject });
    return problemResponse('StorageUnavailable', 'Storage did not respond. Request the state of the link again.');
  }
}

async function listOwn(event: APIGatewayProxyEvent, subject: Subject): Promise<APIGatewayProxyResult> {
  if (receipts === undefined) {
    throw new Error('a deployment that keeps no receipts has no such route');
  }
  const next = singleQueryValue(event, NEXT_PARAMETER);
  const start = next === undefined ? undefined : parsePageToken(next);
  if (next !== undefined && start === undefined) {
    return problemResponse('InvalidRequest', 'next must be the value of next in the previous page.');
  }
  const page = await listLinkIds(receipts, ownerIn(event), MAX_BATCH, start);
  const states = await findLinkStates(links, receipts, page.linkIds, nowSeconds());
  log({ event: 'links_listed', ...subject });
  return linkListResponse(states, page.next && pageToken(page.next));
}

async function manageOne(event: APIGatewayProxyEvent, asked: Subject): Promise<APIGatewayProxyResult> {
  const linkId = linkIdIn(event);
  const isRevocation = event.httpMethod === 'DELETE';
  if (linkId === undefined) {
    log({ event: isRevocation ? 'link_revocation' : 'link_lookup', outcome: 'malformed', ...asked });
    return problemResponse('InvalidRequest', 'link_id must be the 22-character ID that was returned with the link.');
  }
  const subject = { link_id: linkId, ...asked };
  const creator = event.resource === EVERY_LINK ? undefined : ownerIn(event);
  return isRevocation ? await revoke(linkId, creator, subject) : await lookUp(linkId, creator, subject);
}

async function lookUp(linkId: LinkId, creator: string | undefined, subject: Subject): Promise<APIGatewayProxyResult> {
  const found = await findLinkState({ links, receipts }, linkId, nowSeconds());
  const state = creator === undefined || found?.createdBy === creator ? found : undefined;
  log({ event: 'link_lookup', outcome: state?.status ?? 'not_found', ...subject });
  return state === undefined ? problemResponse('LinkNotFound', NOT_FOUND) : linkStateResponse(state);
}

async function revoke(linkId: LinkId, creator: string | undefined, subject: Subject): Promise<APIGatewayProxyResult> {
  const now = new Date();
  const { outcome } = await revokeLink(links, linkId, nowSeconds(now), creator);
  log({ event: 'link_revocation', outcome, ...subject });
  if (outcome === 'revoked' && receipts !== undefined) {
    const revocation = { at: now.toISOString(), by: subject.caller };
    // The link is already revoked. If this fails, its state is `ended` instead of `revoked`.
    await recordRevocation(receipts, linkId, revocation).catch((error: unknown) => {
      if (!isAwsFailure(error)) {
        throw error;
      }
      logStorageFailure(error, subject);
    });
  }
  return revocationResponse(outcome);
}

function revocationResponse(outcome: RevokeOutcome['outcome']): APIGatewayProxyResult {
  switch (outcome) {
    case 'revoked':
      return revokedResponse();
    case 'outcome_unknown':
      return problemResponse(
        'RevocationUnknown',
        'The link is no longer active, but the outcome is unknown: this request revoked it, or it was redeemed just before.',
      );
    case 'not_active':
    case 'expired':
      return problemResponse('LinkNotFound', NO_ACTIVE_LINK);
  }
}

const NO_ACTIVE_LINK = 'No active link has this ID: it was redeemed or revoked, has expired, or was never issued.';
const NOT_FOUND =
  receipts === undefined ? NO_ACTIVE_LINK : 'No link has this ID, or the link and its receipt have been deleted.';

function linkIdIn({ pathParameters }: APIGatewayProxyEvent): LinkId | undefined {
  return parseLinkId(pathParameters?.[LINK_ID_PARAMETER]);
}

/** ARN of the caller. Never the placeholder of the log, which would be a shared owner. */
function ownerIn({ requestContext: { identity } }: APIGatewayProxyEvent): string {
  if (identity.userArn === null) {
    throw new Error('IAM authorization gives every caller an ARN');
  }
  return identity.userArn;
}

function nowSeconds(now = new Date()): number {
  return Math.floor(now.getTime() / 1000);
}
