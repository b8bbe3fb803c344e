import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { HeaderValues } from '../link/automated-opener';
import type { IncomingAddress } from '../link/link-address';

type GatewayEvent = Pick<
  APIGatewayProxyEvent | APIGatewayRequestAuthorizerEvent,
  'multiValueHeaders' | 'multiValueQueryStringParameters'
>;

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

/** The body as text, however the gateway packed it. */
export function bodyText(event: Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>): string {
  return Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
}

/** Where the request came in, for a link that leads back there. */
export function incomingAddress(event: APIGatewayProxyEvent): IncomingAddress {
  return {
    scheme: headerValues(event)('x-forwarded-proto')[0],
    domainName: event.requestContext.domainName,
    path: event.requestContext.path,
  };
}
