import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { HeaderValues } from '../link/automated-opener';
import type { IncomingAddress } from '../link/link-address';

type AnyEvent = APIGatewayProxyEvent | APIGatewayRequestAuthorizerEvent;
type GatewayEvent = Pick<AnyEvent, 'multiValueHeaders' | 'multiValueQueryStringParameters'>;

/** Reads headers whatever the case they were sent in, with every value of a repeated one. */
export function headerValues(event: GatewayEvent): HeaderValues {
  const values = new Map<string, string[]>();
  for (const [name, sent] of Object.entries(event.multiValueHeaders ?? {})) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), ...(sent ?? [])]);
  }
  return (name) => values.get(name) ?? [];
}

/** The value of a query parameter that is there exactly once; a repeated one counts as missing, so nobody has to choose. */
export function singleQueryValue(event: GatewayEvent, name: string): string | undefined {
  const values = event.multiValueQueryStringParameters?.[name];
  return values?.length === 1 ? values[0] : undefined;
}

/** Id that API Gateway drew for a request. A client can neither choose nor change it. */
export function gatewayRequestId(event: Pick<AnyEvent, 'requestContext'>): string | undefined {
  return event.requestContext.extendedRequestId;
}

/** ARN of whoever signed a request; a console test has none. */
export function callerOf(event: Pick<APIGatewayProxyEvent, 'requestContext'>): string {
  return event.requestContext.identity.userArn ?? 'unknown';
}

/** What may stand in a line of JSON, and in a log format, as it is: printable ASCII but for quotes, backslashes, `$` and `%`. */
const NOT_PLAIN = /[^ !#&-[\]-~]/gu;

/** Browsers send some 150 characters. The authorizer's result has room for this many beside the largest sealed record. */
const MAX_LOGGED_USER_AGENT = 200;

/**
 * The user agent as the access log may have it: percent-encoded where it is not plain, and cut off. What API Gateway does
 * with quotes and backslashes of its own `$context.identity.userAgent` in a log format is not documented, and has changed
 * over the years: a reader could break the line that tells of him, and no query or metric would see it.
 *
 * @returns `undefined` if none was sent.
 */
export function loggedUserAgent(headers: HeaderValues): string | undefined {
  const sent = Buffer.from(headers('user-agent').join(', ')).toString('utf8');
  const plain = sent.replace(NOT_PLAIN, encodeURIComponent).slice(0, MAX_LOGGED_USER_AGENT);
  return plain.replace(/%.?$/, '') || undefined;
}

/** The body as text, however the gateway packed it. */
export function bodyText(event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>): string {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
}

/** Where the request came in, for a link that leads back there. */
export function incomingAddress(event: APIGatewayProxyEvent): IncomingAddress {
  return {
    // A proxy in front may have sent one of its own: what API Gateway says comes last, if it does not replace it.
    scheme: headerValues(event)('x-forwarded-proto').join(',').split(',').at(-1)?.trim(),
    domainName: event.requestContext.domainName,
    path: event.requestContext.path,
  };
}
