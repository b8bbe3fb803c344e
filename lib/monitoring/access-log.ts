import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LOGGED_CONTEXT } from '../../lambda/contract';

/**
 * Fields of the access log, by name, with their `$context` variable. Query strings hold nonces, and paths can hold one by
 * mistake: neither is logged, nor is any header but the user agent. A variable without a value is logged as `-`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 *
 * Requests to issue or manage a link also have a line in the function's log, with the same `request_id`.
 */
export const ACCESS_LOG_FIELDS = {
  time: 'requestTime',
  // Clients can choose `requestId`.
  request_id: 'extendedRequestId',
  route: 'resourcePath',
  method: 'httpMethod',
  link_id: 'authorizer.principalId',
  /** One of `REDEEM_OUTCOMES`. */
  outcome: `authorizer.${LOGGED_CONTEXT.outcome}`,
  /** Type of gateway response. `AUTHORIZER_FAILURE`: the authorizer failed, for example because storage did. */
  error_type: 'error.responseType',
  // Of any signed request, also one that is denied. Not `identity.userArn`: its path can hold quotes, with which a stranger
  // could forge lines. The function logs the ARN of callers that were allowed.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  principal: 'identity.caller',
  account: 'identity.accountId',
  source_ip: 'identity.sourceIp',
  // Escaped by the authorizer, unlike `identity.userAgent`.
  user_agent: `authorizer.${LOGGED_CONTEXT.userAgent}`,
  status: 'status',
  latency_ms: 'responseLatency',
} as const;

/** One line of JSON per request. */
export function accessLogFormat(): AccessLogFormat {
  // Numbers are written without quotes, so that metric filters can compare and sum them.
  const fields = Object.entries(ACCESS_LOG_FIELDS).map(([name, variable]) =>
    name === 'status' || name === 'latency_ms' ? `"${name}":$context.${variable}` : `"${name}":"$context.${variable}"`,
  );
  return AccessLogFormat.custom(`{${fields.join(',')}}`);
}
