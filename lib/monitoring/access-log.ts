import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { LOGGED_CONTEXT } from '../../lambda/contract';

/**
 * What is kept of every request, by name and `$context` variable: no query string, in which a nonce would be, and of the
 * headers the user agent alone. A variable without a value is logged as `-`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 *
 * Of a request for a link, what came of it and which link it made is known to the function: its own line has the same
 * `request_id`. So it is with requests to manage one. The path is not kept: somebody may take a nonce for a link id.
 */
const TEXTS = {
  time: 'requestTime',
  // `requestId` is what a client says it is, if it says so.
  request_id: 'extendedRequestId',
  route: 'resourcePath',
  method: 'httpMethod',
  link_id: 'authorizer.principalId',
  /** One of `OPEN_OUTCOMES`. */
  outcome: `authorizer.${LOGGED_CONTEXT.outcome}`,
  /** The gateway's own refusal. `AUTHORIZER_FAILURE` is an authorizer without an outcome: storage failed, or it did itself. */
  refusal: 'error.responseType',
  // Of whoever signed, be it a stranger with an account of his own. Not `identity.userArn`: the path of a user may hold a quote,
  // and he could write lines of his own into this log. Of those who were let through, the function's line has the ARN.
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
  principal: 'identity.caller',
  account: 'identity.accountId',
  source_ip: 'identity.sourceIp',
  // Not `identity.userAgent`: see `loggedUserAgent`.
  user_agent: `authorizer.${LOGGED_CONTEXT.userAgent}`,
};

/** Numbers, which every request has: between no quotes, so that metric filters can compare and sum them. */
const NUMBERS = {
  status: 'status',
  latency_ms: 'responseLatency',
};

/** One line of JSON for each request. */
export function accessLogFormat(): AccessLogFormat {
  const fields = [
    ...Object.entries(TEXTS).map(([name, variable]) => `"${name}":"$context.${variable}"`),
    ...Object.entries(NUMBERS).map(([name, variable]) => `"${name}":$context.${variable}`),
  ];
  return AccessLogFormat.custom(`{${fields.join(',')}}`);
}
