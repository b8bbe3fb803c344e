import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/template';

/** A request as it came over the wire, with its body. */
export interface GatewayRequest {
  readonly method: string;
  /** Path before `?`, as sent. */
  readonly rawPath: string;
  /** Query after `?`, as sent. */
  readonly rawQuery: string;
  /** Names and values of headers in turn, as sent. */
  readonly rawHeaders: readonly string[];
  /** The same in pairs. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly receivedAt: Date;
  readonly requestId: string;
  /** Drawn by the gateway, whatever a client says. */
  readonly extendedRequestId: string;
}

/** Reads the parts of a request that do not depend on the API. */
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

/** The last value of a header, whatever the case of its name. */
export function headerOf(request: Pick<GatewayRequest, 'headers'>, name: string): string | undefined {
  return request.headers.findLast(([sent]) => sent.toLowerCase() === name)?.[1];
}

/** Query parameters in the order they were sent, decoded. */
export function queryOf(request: Pick<GatewayRequest, 'rawQuery'>): readonly (readonly [string, string])[] {
  return [...new URLSearchParams(request.rawQuery)];
}

/** Who called, once that is known. */
export interface Caller {
  readonly arn: string;
  readonly account: string;
  readonly principalId: string;
  readonly accessKey: string;
}

/** What the paths of requests start with at the address that they came in by, without a slash at the end. */
export interface Entrance {
  /** In the request, and in `requestContext.path`: the stage on the default endpoint, the base path on a domain. */
  readonly prefix: string;
  /** In the `path` of an event: the base path on a domain, and nothing on the default endpoint. */
  readonly eventPrefix: string;
}

/** What is known of a request when its event is made. */
export interface EventParts {
  readonly request: GatewayRequest;
  readonly entrance: Entrance;
  readonly apiId: string;
  readonly stage: string;
  /** Path of the resource as the template has it, parameters in braces. */
  readonly resourcePath: string;
  /** Path of the request below where it came in, as sent. */
  readonly path: string;
  /** What the parameters of the path stand for, as sent: API Gateway decodes none of it. */
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly caller: Caller | undefined;
  /** Context of the authorizer's result, with its `principalId`. */
  readonly authorizer: Readonly<Record<string, string>> | undefined;
}

/**
 * The event that a function gets, in payload format 1.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
export function proxyEvent(parts: EventParts): Readonly<Record<string, unknown>> {
  const { request, entrance, resourcePath, path, pathParameters } = parts;
  const headers = forwardedHeaders(request);
  const query = queryOf(request);
  return {
    resource: resourcePath,
    path: `${entrance.eventPrefix}${path}`,
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

/** The event that a REQUEST authorizer gets. */
export function authorizerEvent(parts: EventParts, methodArn: string): Readonly<Record<string, unknown>> {
  const { body: _body, isBase64Encoded: _encoded, ...event } = proxyEvent(parts);
  return { type: 'REQUEST', methodArn, ...event };
}

/** ARN of a request, as policies, authorizers and permissions are held against it: with the path that was asked for. */
export function methodArn(apiId: string, stage: string, httpMethod: string, path: string): string {
  return `arn:aws:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${apiId}/${stage}/${httpMethod}${path}`;
}

function requestContext(parts: EventParts): Readonly<Record<string, unknown>> {
  const { request, entrance, apiId, stage, resourcePath, path, caller, authorizer } = parts;
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
    path: `${entrance.prefix}${path}`,
    protocol: 'HTTP/1.1',
    requestId: request.requestId,
    requestTimeEpoch: request.receivedAt.getTime(),
    resourcePath,
    stage,
  };
}

/** The headers as sent, and those that API Gateway sets, over whatever a caller says in them. */
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
