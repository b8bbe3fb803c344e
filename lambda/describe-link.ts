import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { findActive } from './aws/link-table';
import { tableClient } from './aws/table-client';
import { ACCESS_DENIED_DETAIL, ENVIRONMENT } from './contract';
import { problemResponse } from './http/problem';
import { gatewayRequestId, headerValues, loggedUserAgent, nonceInBody } from './http/request';
import { downloadDescriptionResponse, uploadDescriptionResponse } from './http/responses';
import { linkIdOf, parseNonce } from './link/nonce';
import { formatOf, operationOf } from './link/record-format';
import { TamperedRecordError, unsealDestination } from './link/sealed-destination';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const table = { client: tableClient(), name: requiredEnvironment(ENVIRONMENT.nonceTable) };

/**
 * `POST /describe-link`: describes an active link for its page. Redeems nothing: its role can only read items.
 * The response is the same for all other links, including one with a tampered record. The nonce is in the body, because
 * access logs of proxies and web ACLs contain query strings, and the link stays active.
 */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const nonce = parseNonce(nonceInBody(event));
  const linkId = nonce && linkIdOf(nonce);
  const subject = { link_id: linkId, request_id: gatewayRequestId(event) };
  try {
    const found = linkId && (await findActive(table, linkId, Math.floor(Date.now() / 1000)));
    log({
      event: 'link_description',
      outcome: found?.outcome ?? 'malformed',
      ...subject,
      source_ip: event.requestContext.identity.sourceIp,
      user_agent: loggedUserAgent(headerValues(event)),
    });
    if (nonce === undefined || found?.outcome !== 'active') {
      return problemResponse('AccessDenied', ACCESS_DENIED_DETAIL);
    }
    const { sealed, expiresAtSeconds } = found;
    return operationOf(formatOf(sealed)) === 'upload'
      ? uploadDescriptionResponse(unsealDestination(nonce, sealed, 'upload'), expiresAtSeconds)
      : downloadDescriptionResponse(unsealDestination(nonce, sealed, 'download').description, expiresAtSeconds);
  } catch (error) {
    if (error instanceof TamperedRecordError) {
      log({ event: 'record_tampered', ...subject });
      return problemResponse('AccessDenied', ACCESS_DENIED_DETAIL);
    }
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', 'Storage did not respond. The link was not redeemed.');
  }
}
