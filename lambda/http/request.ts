import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { HeaderValues } from '../link/automated-client';
import type { IncomingAddress } from '../link/link-address';

type AnyEvent = APIGatewayProxyEvent | APIGatewayRequestAuthorizerEvent;
/**
 * Maps of an event. AWS documents the authorizer's without the multi-value ones, which API Gateway sends
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html).
 */
type GatewayEvent = Partial<
  Pick<AnyEvent, 'headers' | 'multiValueHeaders' | 'queryStringParameters' | 'multiValueQueryStringParameters'>
>;

/** Returns a case-insensitive lookup of headers, with every value of a repeated header. */
export function headerValues({ headers, multiValueHeaders }: GatewayEvent): HeaderValues {
  const values = new Map<string, string[]>();
  for (const [name, sent] of Object.entries(multiValueHeaders ?? multiple(headers))) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), ...(sent ?? [])]);
  }
  return (name) => values.get(name) ?? [];
}

/** The value of a query parameter that occurs exactly once. A repeated parameter is ambiguous and counts as missing. */
export function singleQueryValue(event: GatewayEvent, name: string): string | undefined {
  const values = (event.multiValueQueryStringParameters ?? multiple(event.queryStringParameters))[name];
  return values?.length === 1 ? values[0] : undefined;
}

function multiple(values: GatewayEvent['headers'] = {}): Readonly<Record<string, readonly string[]>> {
  const sent = Object.entries(values ?? {});
  return Object.fromEntries(sent.map(([name, value]) => [name, value === undefined ? [] : [value]]));
}

/** Request ID that API Gateway generated. Clients can set `requestId`, but not this one. */
export function gatewayRequestId(event: Pick<AnyEvent, 'requestContext'>): string | undefined {
  return event.requestContext.extendedRequestId;
}

/** ARN of the caller that signed the request; `unknown` in a console test. */
export function callerOf(event: Pick<APIGatewayProxyEvent, 'requestContext'>): string {
  return event.requestContext.identity.userArn ?? 'unknown';
}

/** Characters that a JSON log format cannot contain as they are: all but printable ASCII, and quotes, `\`, `$` and `%`. */
const NOT_PLAIN = /[^ !#&-[\]-~]/gu;

/** Browsers send some 150 characters. The authorizer's result has room for 200 beside the largest sealed record. */
const MAX_LOGGED_USER_AGENT = 200;

/**
 * The user agent for the access log: percent-encoded where needed, and truncated. Whether API Gateway escapes its own
 * `$context.identity.userAgent` in a log format is undocumented: a reader could break the log line about their request.
 *
 * @returns `undefined` if the request has none.
 */
export function loggedUserAgent(headers: HeaderValues): string | undefined {
  const sent = Buffer.from(headers('user-agent').join(', ')).toString('utf8');
  const plain = sent.replace(NOT_PLAIN, encodeURIComponent).slice(0, MAX_LOGGED_USER_AGENT);
  return plain.replace(/%.?$/, '') || undefined;
}

/** The body as text, decoded from base64 if API Gateway encoded it. */
export function bodyText(event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>): string {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
}

/** The address that the request was sent to. */
export function incomingAddress(event: APIGatewayProxyEvent): IncomingAddress {
  return {
    // A proxy may have sent the header too. API Gateway appends its own value, or replaces the header.
    scheme: headerValues(event)('x-forwarded-proto').join(',').split(',').at(-1)?.trim(),
    domainName: event.requestContext.domainName,
    path: event.requestContext.path,
  };
}
