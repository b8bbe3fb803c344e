import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { type RedeemOutcome, redeemLink } from './aws/link-table';
import { tableClient } from './aws/table-client';
import { rehearsalClient } from './aws/warm-up';
import { ENVIRONMENT, NONCE_PARAMETER } from './contract';
import { allowResult, denyResult } from './http/authorizer-result';
import { gatewayRequestId, headerValues, loggedUserAgent, singleQueryValue } from './http/request';
import { automatedOpener } from './link/automated-opener';
import { type LinkId, linkIdOf, parseNonce } from './link/nonce';
import type { OpenOutcome } from './link/outcomes';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure, StorageUnavailableError } from './runtime/outage';

const tableName = requiredEnvironment(ENVIRONMENT.nonceTable);
const table = tableClient();

/**
 * Half of what the first opener would wait for, done as soon as the function is loaded, while AWS still gives it a whole
 * processor. It asks nobody anything; should it fail, the first opener waits as long as without it.
 */
export const rehearsed = Promise.allSettled([Promise.resolve().then(rehearse)]);

async function rehearse(): Promise<RedeemOutcome> {
  return await redeemLink(rehearsalClient(), tableName, 'rehearsal' as LinkId, 0);
}

/** Lambda authorizer of `/access-object`: lets the one request through that redeems the link. */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const linkId = nonce && linkIdOf(nonce);
  const result = await open(event, linkId, new Date());
  log({ event: 'link_access', outcome: result.outcome, link_id: linkId, request_id: gatewayRequestId(event) });
  const request = { methodArn: event.methodArn, linkId, userAgent: loggedUserAgent(headerValues(event)) };
  return result.outcome === 'opened' ? allowResult(request, result.sealed) : denyResult(request, result.outcome);
}

/** Everything that can be refused without the table is refused before it: a delete costs, and cannot be taken back. */
async function open(
  event: APIGatewayRequestAuthorizerEvent,
  linkId: LinkId | undefined,
  now: Date,
): Promise<OpenOutcome> {
  const machine = automatedOpener(headerValues(event));
  if (machine !== undefined) {
    return { outcome: machine };
  }
  if (linkId === undefined) {
    return { outcome: 'malformed' };
  }
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
