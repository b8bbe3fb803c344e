import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findLink, revokeLink } from './aws/link-table';
import { tableClient } from './aws/table-client';
import { ENVIRONMENT, LINK_ID_PARAMETER } from './contract';
import { problemResponse } from './http/problem';
import { callerOf, gatewayRequestId } from './http/request';
import { activeLinkResponse, revokedResponse } from './http/responses';
import { parseLinkId } from './link/nonce';
import type { LookUpOutcome, RevokeOutcome } from './link/outcomes';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const table = { client: tableClient(), name: requiredEnvironment(ENVIRONMENT.nonceTable) };

/** `GET` and `DELETE /links/{link_id}`: return the state of a link, and revoke it. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const linkId = parseLinkId(event.pathParameters?.[LINK_ID_PARAMETER]);
  const subject = { link_id: linkId, caller: callerOf(event), request_id: gatewayRequestId(event) };
  if (linkId === undefined) {
    log({ event: 'link_managed', outcome: 'malformed', ...subject });
    return problemResponse('InvalidRequest', 'link_id must be the 22-character ID that was returned with the link.');
  }
  try {
    const manage = event.httpMethod === 'DELETE' ? revokeLink : findLink;
    const result = await manage(table, linkId, Math.floor(Date.now() / 1000));
    log({ event: 'link_managed', outcome: result.outcome, ...subject });
    return responseTo(result);
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', 'Storage did not respond. Request the state of the link again.');
  }
}

function responseTo(result: LookUpOutcome | RevokeOutcome): APIGatewayProxyResult {
  switch (result.outcome) {
    case 'active':
      return activeLinkResponse(result.link);
    case 'revoked':
      return revokedResponse();
    case 'outcome_unknown':
      return problemResponse(
        'RevocationUnknown',
        'The link is no longer active, but the outcome is unknown: this request revoked it, or it was redeemed just before.',
      );
    case 'not_active':
    case 'expired':
      return problemResponse(
        'LinkNotFound',
        'No active link has this ID: it was redeemed or revoked, has expired, or was never issued.',
      );
  }
}
