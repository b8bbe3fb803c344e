import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { type Redeemable, redeemLink } from './aws/link-table';
import { tableClient } from './aws/table-client';
import { warmUpClient } from './aws/warm-up';
import { ENVIRONMENT, NONCE_PARAMETER, ROUTE } from './contract';
import { authorizerResult } from './http/authorizer-result';
import { gatewayRequestId, headerValues, loggedUserAgent, queryValues, singleQueryValue } from './http/request';
import { automatedClient } from './link/automated-client';
import { type LinkId, linkIdOf, parseNonce } from './link/nonce';
import type { AccessOutcome, RedeemOutcome } from './link/outcomes';
import { RECORD_FORMAT } from './link/record-format';
import { parseDeclaration } from './link/upload-declaration';
import { optionalSeconds, requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure, StorageUnavailableError, UnsupportedFormatError } from './runtime/outage';

const table = { client: tableClient(), name: requiredEnvironment(ENVIRONMENT.nonceTable) };
const signsOnOpen = optionalSeconds(ENVIRONMENT.openedUrlLifetime) !== undefined;
const download: Redeemable = {
  formats: signsOnOpen ? [RECORD_FORMAT.storedUrl, RECORD_FORMAT.signedOnOpen] : [RECORD_FORMAT.storedUrl],
};

/** Settles when the warm-up ends. A failed warm-up only makes the first call slower. */
export const warmedUp = Promise.allSettled([warmUp()]);

async function warmUp(): Promise<RedeemOutcome> {
  return await redeemLink({ ...table, client: warmUpClient() }, 'warm-up' as LinkId, 0, download);
}

/**
 * Lambda authorizer for `/access-object` and `/upload-object`. Allows the one request that redeems the link. Also allows
 * requests for which upload-object must explain what is wrong with the declared file; these redeem nothing.
 */
export async function handler(event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const linkId = nonce && linkIdOf(nonce);
  const result = await redeem(event, linkId, new Date());
  const userAgent = loggedUserAgent(headerValues(event));
  log({
    event: 'link_access',
    outcome: result.outcome,
    link_id: linkId,
    request_id: gatewayRequestId(event),
    source_ip: event.requestContext.identity.sourceIp,
    user_agent: userAgent,
  });
  return authorizerResult({ methodArn: event.methodArn, linkId, userAgent }, result);
}

/** Refuses invalid and automated requests before the delete, which costs money and cannot be undone. */
async function redeem(
  event: APIGatewayRequestAuthorizerEvent,
  linkId: LinkId | undefined,
  now: Date,
): Promise<AccessOutcome> {
  const machine = automatedClient(event.httpMethod, headerValues(event));
  if (machine !== undefined) {
    return { outcome: machine };
  }
  if (linkId === undefined) {
    return { outcome: 'malformed' };
  }
  let redeemable = download;
  if (event.resource === `/${ROUTE.uploadObject}`) {
    const parsed = parseDeclaration((name) => queryValues(event, name));
    if (!parsed.ok) {
      return { outcome: 'invalid_upload', problem: parsed.problem };
    }
    redeemable = { formats: [RECORD_FORMAT.upload], declaration: parsed.declaration };
  }
  const subject = { link_id: linkId, request_id: gatewayRequestId(event) };
  const result = await redeemLink(table, linkId, Math.floor(now.getTime() / 1000), redeemable).catch(
    (error: unknown) => {
      if (!isAwsFailure(error)) {
        throw error;
      }
      logStorageFailure(error, subject);
      throw new StorageUnavailableError();
    },
  );
  if (result.outcome === 'unsupported_format') {
    log({ event: 'format_unsupported', format: result.format, ...subject });
    // 503 and not 403, whose page says that the link cannot be opened: it can, by the next deployment.
    throw new UnsupportedFormatError();
  }
  return result;
}
