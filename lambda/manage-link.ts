import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findLinkState, type LinkTables } from './aws/link-states';
import { tableClient } from './aws/table-client';
import { ENVIRONMENT, LINK_ID_PARAMETER, NEXT_PARAMETER, ROUTE } from './contract';
import { problemResponse } from './http/problem';
import { callerOf, gatewayRequestId, singleQueryValue } from './http/request';
import { linkListResponse, linkStateResponse, NO_ACTIVE_LINK_DETAIL, revocationResponse } from './http/responses';
import { type LinkId, parseLinkId } from './link/nonce';
import { listLinks } from './list-links';
import { revokeAndRecord } from './revoke-link';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const client = tableClient();
const receiptTable = process.env[ENVIRONMENT.receiptTable];
const tables: LinkTables = {
  links: { client, name: requiredEnvironment(ENVIRONMENT.nonceTable) },
  receipts: receiptTable === undefined ? undefined : { client, name: receiptTable },
};

/** Route of managers. All other routes are limited to links of the caller. */
const EVERY_LINK = `/${ROUTE.links}/{${LINK_ID_PARAMETER}}`;

/** Fields of every log line. */
interface Subject {
  readonly link_id: LinkId | undefined;
  readonly caller: string;
  readonly request_id: string | undefined;
}

const MALFORMED_LINK_ID = problemResponse(
  'InvalidRequest',
  'link_id must be the 22-character ID that was returned with the link.',
);

const NOT_FOUND =
  tables.receipts === undefined
    ? NO_ACTIVE_LINK_DETAIL
    : 'No link has this ID, or the link and its receipt have been deleted.';

/**
 * `GET` and `DELETE /links/{link_id}`: return the state of a link, and revoke it. `/my-links/{link_id}` does the same for the
 * caller's own links, and `GET /my-links` lists them.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const linkId = parseLinkId(event.pathParameters?.[LINK_ID_PARAMETER]);
  const subject: Subject = { link_id: linkId, caller: callerOf(event), request_id: gatewayRequestId(event) };
  try {
    if (event.resource === `/${ROUTE.myLinks}`) {
      return await list(event, subject);
    }
    return event.httpMethod === 'DELETE' ? await revoke(event, subject) : await lookUp(event, subject);
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', 'Storage did not respond. Request the state of the link again.');
  }
}

async function list(event: APIGatewayProxyEvent, subject: Subject): Promise<APIGatewayProxyResult> {
  const page = await listLinks(tables, ownerIn(event), singleQueryValue(event, NEXT_PARAMETER), nowSeconds());
  if (page === undefined) {
    return problemResponse('InvalidRequest', 'next must be the value of next in the previous page.');
  }
  log({ event: 'links_listed', ...subject });
  return linkListResponse(page.states, page.next);
}

async function lookUp(event: APIGatewayProxyEvent, subject: Subject): Promise<APIGatewayProxyResult> {
  if (subject.link_id === undefined) {
    log({ event: 'link_lookup', outcome: 'malformed', ...subject });
    return MALFORMED_LINK_ID;
  }
  const state = await findLinkState(tables, subject.link_id, nowSeconds(), creatorFor(event));
  log({ event: 'link_lookup', outcome: state?.status ?? 'not_found', ...subject });
  return state === undefined ? problemResponse('LinkNotFound', NOT_FOUND) : linkStateResponse(state);
}

async function revoke(event: APIGatewayProxyEvent, subject: Subject): Promise<APIGatewayProxyResult> {
  const { link_id: linkId, caller, request_id: requestId } = subject;
  if (linkId === undefined) {
    log({ event: 'link_revocation', outcome: 'malformed', ...subject });
    return MALFORMED_LINK_ID;
  }
  const request = { linkId, caller, requestId, createdBy: creatorFor(event) };
  return revocationResponse(await revokeAndRecord(tables, request, new Date()));
}

/** Creator whose links the route is limited to. */
function creatorFor(event: APIGatewayProxyEvent): string | undefined {
  return event.resource === EVERY_LINK ? undefined : ownerIn(event);
}

/** ARN of the caller. Never the placeholder of the log, which would be a shared owner. */
function ownerIn({ requestContext: { identity } }: APIGatewayProxyEvent): string {
  if (identity.userArn === null) {
    throw new Error('IAM authorization gives every caller an ARN');
  }
  return identity.userArn;
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
