import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/template';

/** A request as received, with its body. */
export interface GatewayRequest {
  readonly method: string;
  /** Path before `?`, as sent. */
  readonly rawPath: string;
  /** Query after `?`, as sent. */
  readonly rawQuery: string;
  /** Alternating names and values, as sent. */
  readonly rawHeaders: readonly string[];
  /** The same as pairs. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly receivedAt: Date;
  readonly requestId: string;
  readonly extendedRequestId: string;
}

export function gatewayRequest(message: IncomingMessage, body: Buffer, receivedAt: Date): GatewayRequest {
  const [rawPath = '/', ...query] = (message.url ?? '/').split('?');
  return {
    method: message.method ?? 'GET',
    rawPath,
    rawQuery: query.join('?'),
    rawHeaders: message.rawHeaders,
    headers: pairsOf(message.rawHeaders),
    body,
    sourceIp: message.socket.remoteAddress ?? '127.0.0.1',
    receivedAt,
    requestId: randomUUID(),
    extendedRequestId: randomBytes(9).toString('base64'),
  };
}

/** Returns the last value of a header. @param name header name in lower case */
export function headerOf(request: Pick<GatewayRequest, 'headers'>, name: string): string | undefined {
  return request.headers.findLast(([sent]) => sent.toLowerCase() === name)?.[1];
}

/** Decoded query parameters, in order. */
export function queryOf(request: Pick<GatewayRequest, 'rawQuery'>): readonly (readonly [string, string])[] {
  return [...new URLSearchParams(request.rawQuery)];
}

/** The caller, as shown in events and logs. */
export interface Caller {
  readonly arn: string;
  readonly account: string;
  readonly principalId: string;
  readonly accessKey: string;
}

/** Path prefixes of an endpoint, without a trailing slash. */
export interface Endpoint {
  /** In requests and in `requestContext.path`: the stage on the default endpoint, the base path on a domain. */
  readonly prefix: string;
  /** In the `path` of an event: empty on the default endpoint, the base path on a domain. */
  readonly eventPrefix: string;
}

/** Input of {@link proxyEvent}. */
export interface EventParts {
  readonly request: GatewayRequest;
  readonly endpoint: Endpoint;
  readonly apiId: string;
  readonly stage: string;
  /** Path of the resource in the template, with parameters in braces. */
  readonly resourcePath: string;
  /** Path of the request below the endpoint, as sent. */
  readonly path: string;
  /** As sent. API Gateway does not decode them. */
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly caller: Caller | undefined;
  /** Context of the authorizer's result, with `principalId`. */
  readonly authorizer: Readonly<Record<string, string>> | undefined;
}

/**
 * Creates the event for a function.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(parts: EventParts): Readonly<Record<string, unknown>> {
  const { request, endpoint, resourcePath, path, pathParameters } = parts;
  const headers = forwardedHeaders(request);
  const query = queryOf(request);
  return {
    resource: resourcePath,
    path: `${endpoint.eventPrefix}${path}`,
    httpMethod: request.method,
    headers: lastOf(headers),
    multiValueHeaders: allOf(headers),
    queryStringParameters: query.length === 0 ? null : lastOf(query),
    multiValueQueryStringParameters: query.length === 0 ? null : allOf(query),
    pathParameters: Object.keys(pathParameters).length === 0 ? null : pathParameters,
    stageVariables: null,
    requestContext: requestContext(parts),
    body: request.body.length === 0 ? null : request.body.toString('utf8'),
    isBase64Encoded: false,
  };
}

/** Creates the event for a REQUEST authorizer. */
export function authorizerEvent(parts: EventParts, methodArn: string): Readonly<Record<string, unknown>> {
  const { body: _body, isBase64Encoded: _encoded, ...event } = proxyEvent(parts);
  return { type: 'REQUEST', methodArn, ...event };
}

/**
 * Returns the ARN of a request, for policies, authorizers and permissions.
 *
 * @param path path of the request, not of the resource
 */
export function methodArn(apiId: string, stage: string, httpMethod: string, path: string): string {
  return `arn:aws:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${apiId}/${stage}/${httpMethod}${path}`;
}

function requestContext(parts: EventParts): Readonly<Record<string, unknown>> {
  const { request, endpoint, apiId, stage, resourcePath, path, caller, authorizer } = parts;
  const host = headerOf(request, 'host') ?? '';
  return {
    accountId: LOCAL_ACCOUNT,
    apiId,
    authorizer: authorizer ?? null,
    domainName: host,
    domainPrefix: host.split('.')[0],
    extendedRequestId: request.extendedRequestId,
    httpMethod: request.method,
    identity: {
      accessKey: caller?.accessKey ?? null,
      accountId: caller?.account ?? null,
      caller: caller?.principalId ?? null,
      sourceIp: request.sourceIp,
      user: caller?.principalId ?? null,
      userAgent: headerOf(request, 'user-agent') ?? null,
      userArn: caller?.arn ?? null,
    },
    path: `${endpoint.prefix}${path}`,
    protocol: 'HTTP/1.1',
    requestId: request.requestId,
    requestTimeEpoch: request.receivedAt.getTime(),
    resourcePath,
    stage,
  };
}

/** Returns the headers as sent, with the `X-Forwarded-*` headers of API Gateway. */
function forwardedHeaders(request: GatewayRequest): readonly (readonly [string, string])[] {
  const port = headerOf(request, 'host')?.split(':')[1] ?? '80';
  const forwarded = new Map([
    ['X-Forwarded-For', request.sourceIp],
    ['X-Forwarded-Port', port],
    ['X-Forwarded-Proto', 'http'],
  ]);
  const kept = request.headers.filter(
    ([name]) => ![...forwarded.keys()].some((set) => set.toLowerCase() === name.toLowerCase()),
  );
  return [...kept, ...forwarded];
}

function lastOf(entries: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  return Object.fromEntries(entries);
}

function allOf(entries: readonly (readonly [string, string])[]): Readonly<Record<string, readonly string[]>> {
  const all = new Map<string, string[]>();
  for (const [name, value] of entries) {
    all.set(name, [...(all.get(name) ?? []), value]);
  }
  return Object.fromEntries(all);
}

function pairsOf(rawHeaders: readonly string[]): readonly (readonly [string, string])[] {
  return rawHeaders.flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []));
}
