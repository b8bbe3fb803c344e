import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LOGGED_CONTEXT } from '../../lambda/contract';

/**
 * Fields of the access log and their `$context` variables. Query strings contain nonces, and a path can contain one by
 * mistake, so neither is logged. The user agent is the only header that is logged. A variable without a value is logged
 * as `-`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 *
 * Requests to issue or manage a link also have a line in the function's log with the same `request_id`.
 */
export const ACCESS_LOG_FIELDS = {
  time: 'requestTime',
  // Clients can choose `requestId`.
  request_id: 'extendedRequestId',
  // The `requestId` of lines that Lambda writes, for example about a timeout.
  authorizer_request_id: 'authorizer.requestId',
  function_request_id: 'integration.requestId',
  route: 'resourcePath',
  method: 'httpMethod',
  link_id: 'authorizer.principalId',
  /** One of `REDEEM_OUTCOMES`. */
  outcome: `authorizer.${LOGGED_CONTEXT.outcome}`,
  /** Type of gateway response. `AUTHORIZER_FAILURE`: the authorizer failed, for example because of a storage outage. */
  error_type: 'error.responseType',
  // Set for every signed request, even if it is denied. `identity.userArn` is not logged: its path can contain quotes,
  // so any AWS user could forge log lines. The functions log the ARN of authorized callers.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  principal: 'identity.caller',
  account: 'identity.accountId',
  source_ip: 'identity.sourceIp',
  // Escaped by the authorizer, unlike `identity.userAgent`.
  user_agent: `authorizer.${LOGGED_CONTEXT.userAgent}`,
  status: 'status',
  latency_ms: 'responseLatency',
} as const;

/** The format of the access log: one line of JSON per request. Numbers are quoted, too, because they can be `-`. */
export function accessLogFormat(): AccessLogFormat {
  const fields = Object.entries(ACCESS_LOG_FIELDS).map(([name, variable]) => [name, `$context.${variable}`] as const);
  return AccessLogFormat.custom(JSON.stringify(Object.fromEntries(fields)));
}
