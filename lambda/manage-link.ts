import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findLink, revokeLink } from './aws/link-table';
import { tableClient } from './aws/table-client';
import { ENVIRONMENT, LINK_ID_PARAMETER } from './contract';
import { problemResponse } from './http/problem';
import { callerOf, gatewayRequestId } from './http/request';
import { openLinkResponse, revokedResponse } from './http/responses';
import { type LinkId, parseLinkId } from './link/nonce';
import type { LookOutcome, RevokeOutcome } from './link/outcomes';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const tableName = requiredEnvironment(ENVIRONMENT.nonceTable);
const table = tableClient();

/** `GET` and `DELETE /links/{link_id}`: says whether a link is open, and revokes it. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const linkId = parseLinkId(event.pathParameters?.[LINK_ID_PARAMETER]);
  const subject = { link_id: linkId, caller: callerOf(event), request_id: gatewayRequestId(event) };
  if (linkId === undefined) {
    log({ event: 'link_managed', outcome: 'malformed', ...subject });
    return problemResponse(
      'InvalidRequest',
      'link_id must be the 22 characters of the answer to a request for a link.',
    );
  }
  try {
    const result = await manage(event.httpMethod, linkId, Math.floor(Date.now() / 1000));
    log({ event: 'link_managed', outcome: result.outcome, ...subject });
    return responseTo(result);
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', 'The storage did not answer. Ask for the state of the link again.');
  }
}

async function manage(method: string, linkId: LinkId, nowSeconds: number): Promise<LookOutcome | RevokeOutcome> {
  const does = method === 'DELETE' ? revokeLink : findLink;
  return await does(table, tableName, linkId, nowSeconds);
}

function responseTo(result: LookOutcome | RevokeOutcome): APIGatewayProxyResult {
  switch (result.outcome) {
    case 'open':
      return openLinkResponse(result.link);
    case 'revoked':
      return revokedResponse();
    case 'lost_reply':
      return problemResponse(
        'RevocationInDoubt',
        'The link is gone. An answer of the storage was lost: this request revoked it, or it was opened just before.',
      );
    case 'unknown_or_spent':
    case 'expired':
      return problemResponse(
        'LinkNotFound',
        'No link of that id is open: it was opened or revoked, expired, or never made.',
      );
  }
}
