import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findActive } from './aws/link-table';
import { tableClient } from './aws/table-client';
import { ACCESS_DENIED_DETAIL, ENVIRONMENT, NONCE_PARAMETER } from './contract';
import { problemResponse } from './http/problem';
import { gatewayRequestId, singleQueryValue } from './http/request';
import { descriptionResponse } from './http/responses';
import { linkIdOf, parseNonce } from './link/nonce';
import { unsealDestination } from './link/sealed-destination';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const table = { client: tableClient(), name: requiredEnvironment(ENVIRONMENT.nonceTable) };

/**
 * `POST /describe-link`: describes an active link for the click-through page. Redeems nothing: its role can only read items.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const linkId = nonce && linkIdOf(nonce);
  const subject = { link_id: linkId, request_id: gatewayRequestId(event) };
  try {
    const found = linkId && (await findActive(table, linkId, Math.floor(Date.now() / 1000)));
    const outcome = linkId === undefined ? 'malformed' : found === undefined ? 'not_active' : 'active';
    log({ event: 'link_description', outcome, ...subject });
    if (nonce === undefined || found === undefined) {
      return problemResponse('AccessDenied', ACCESS_DENIED_DETAIL);
    }
    return descriptionResponse(unsealDestination(nonce, found.sealed).description, found.expiresAtSeconds);
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', 'Storage did not respond. The link was not redeemed.');
  }
}
