import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { CLIENT_SETTINGS } from './aws/client-settings';
import { redeemLink } from './aws/link-table';
import { allowResult, denyResult } from './http/authorizer-result';
import { gatewayRequestId, headerValues, loggedUserAgent, singleQueryValue } from './http/request';
import { automatedOpener } from './link/automated-opener';
import { linkIdOf, type Nonce, parseNonce } from './link/nonce';
import type { OpenOutcome } from './link/outcomes';
import { ENVIRONMENT, NONCE_PARAMETER } from './names';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure, StorageUnavailableError } from './runtime/outage';

const tableName = requiredEnvironment(ENVIRONMENT.nonceTable);
const table = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_SETTINGS));

/** Lambda authorizer of `/access-object`: lets the one request through that redeems the link. */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const linkId = nonce && linkIdOf(nonce);
  const result = await open(event, nonce, new Date());
  log({ event: 'link_access', outcome: result.outcome, link_id: linkId, request_id: gatewayRequestId(event) });
  const request = { methodArn: event.methodArn, linkId, userAgent: loggedUserAgent(headerValues(event)) };
  return result.outcome === 'opened' ? allowResult(request, result.sealed) : denyResult(request, result.outcome);
}

/** Everything that can be refused without the table is refused before it: a delete costs, and cannot be taken back. */
async function open(
  event: APIGatewayRequestAuthorizerEvent,
  nonce: Nonce | undefined,
  now: Date,
): Promise<OpenOutcome> {
  const machine = automatedOpener(headerValues(event));
  if (machine !== undefined) {
    return { outcome: machine };
  }
  if (nonce === undefined) {
    return { outcome: 'malformed' };
  }
  const linkId = linkIdOf(nonce);
  try {
    return await redeemLink(table, tableName, linkId, Math.floor(now.getTime() / 1000));
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, { link_id: linkId, request_id: gatewayRequestId(event) });
    throw new StorageUnavailableError();
  }
}
