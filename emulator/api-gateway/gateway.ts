import { createHash } from 'node:crypto';
import { decide, describeDenial } from '../iam/policy';
import { accountOf, type Principal, principalIdOf } from '../iam/principal';
import { type SignatureError, verifySignature } from '../iam/sigv4';
import { allowsInvocation } from '../lambda/function-model';
import { THROTTLED } from '../lambda/local-function';
import type { InvocableFunction } from '../lambda/local-functions';
import { UnsupportedTemplateError } from '../template/fields';
import { LOCAL_REGION } from '../template/template';
import type { ApiModel, Integration, MethodModel } from './api-model';
import { type AuthorizerContext, RequestAuthorizer } from './authorizer';
import { BodyValidator, mediaTypeOf } from './body-validator';
import { type ContextVariables, checkVariables, substitute } from './context-variables';
import { errorVariables, type GatewayError, type GatewayReply, gatewayResponse } from './gateway-response';
import { proxyReply } from './integration';
import {
  type Caller,
  type Endpoint,
  type EventParts,
  type GatewayRequest,
  headerOf,
  methodArn,
  proxyEvent,
} from './request-context';
import { type RouteMatch, RouteTable } from './route-table';
import { TokenBucket } from './throttle';

/** Options of {@link Gateway}. */
export interface GatewayOptions {
  readonly api: ApiModel;
  /** The functions by ARN. */
  readonly functions: ReadonlyMap<string, InvocableFunction>;
  /** Callers, by access key ID. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly now: () => Date;
  /** Called between an authorizer that allows a request and the integration, which waits for it. */
  readonly onAuthorized?: () => Promise<void>;
  /** Receives each line of the access log. */
  readonly onAccessLog: (line: string) => void;
}

/** A method in the template that is ready to serve. */
interface Route {
  readonly method: MethodModel;
  readonly validator: BodyValidator;
  readonly bucket: TokenBucket | undefined;
  readonly access: Access;
}

type Access =
  | { readonly type: 'NONE' | 'AWS_IAM' }
  | { readonly type: 'CUSTOM'; readonly authorizer: RequestAuthorizer };

/** Result of authorizing a request. */
interface AccessDecision {
  readonly error?: GatewayError;
  readonly caller?: Caller;
  readonly authorizer?: AuthorizerContext;
  readonly authorizerRequestId?: string | undefined;
}

/** Result of a request, with its values for the access log. */
interface Outcome {
  readonly result: GatewayReply | { readonly error: GatewayError };
  readonly route?: Route;
  readonly caller?: Caller;
  readonly authorizer?: AuthorizerContext;
  /** Lambda's request IDs; `undefined` if no function was called. */
  readonly authorizerRequestId?: string | undefined;
  readonly integrationRequestId?: string | undefined;
}

/** API Gateway's limit. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** API Gateway's message for a failed integration. */
const INTERNAL_SERVER_ERROR = 'Internal server error';

/** API Gateway's response to a URL that belongs to no stage. It is neither customized nor in the access log. */
const NO_STAGE: GatewayReply = {
  status: 403,
  headers: [
    ['Content-Type', 'application/json'],
    ['x-amzn-ErrorType', 'ForbiddenException'],
  ],
  body: Buffer.from('{"message":"Forbidden"}'),
};

/** Serves a REST API in API Gateway's order: route, throttle, authorization, body validation, integration. */
export class Gateway {
  private readonly options: GatewayOptions;
  private readonly routes: RouteTable<Route>;

  /** @throws UnsupportedTemplateError if the API refers to a function that is not in the template */
  constructor(options: GatewayOptions) {
    this.options = options;
    checkVariables(options.api);
    // Methods share an authorizer, and therefore its cache.
    const authorizers = new Map<string, RequestAuthorizer>();
    const accessOf = ({ authorization }: MethodModel): Access => {
      if (authorization.type !== 'CUSTOM') {
        return authorization;
      }
      const { id, functionArn } = authorization.authorizer;
      const shared =
        authorizers.get(id) ?? new RequestAuthorizer(authorization.authorizer, this.functionOf(functionArn));
      authorizers.set(id, shared);
      return { type: 'CUSTOM', authorizer: shared };
    };
    this.routes = new RouteTable(
      options.api.methods.map((method) => {
        if (method.integration.type === 'AWS_PROXY') {
          this.functionOf(method.integration.functionArn);
        }
        const bucket = method.throttle && new TokenBucket(method.throttle, options.now());
        return { method, access: accessOf(method), validator: new BodyValidator(method), bucket };
      }),
    );
  }

  async handle(request: GatewayRequest): Promise<GatewayReply> {
    const endpoint = this.endpointOf(request);
    if (endpoint === undefined) {
      return NO_STAGE;
    }
    const outcome = await this.process(request, endpoint);
    const variables = this.variablesOf(request, outcome);
    const { reply, errors } = this.replyOf(outcome, request, variables);
    if (this.options.api.accessLogFormat !== undefined) {
      const responseLatency = String(this.options.now().getTime() - request.receivedAt.getTime());
      const logged = { ...variables, status: String(reply.status), responseLatency, ...errors };
      this.options.onAccessLog(substitute(this.options.api.accessLogFormat, logged, '-'));
    }
    return { ...reply, headers: [...reply.headers, ['x-amzn-RequestId', request.requestId]] };
  }

  private replyOf(
    { result }: Outcome,
    request: GatewayRequest,
    variables: ContextVariables,
  ): { readonly reply: GatewayReply; readonly errors?: ContextVariables } {
    if (!('error' in result)) {
      return { reply: result };
    }
    const errors = errorVariables(result.error);
    const accept = headerOf(request, 'accept');
    return { reply: gatewayResponse(this.options.api, result.error, accept, { ...variables, ...errors }), errors };
  }

  /** The endpoint that the Host header selects; `undefined` if no stage belongs to it. */
  private endpointOf(request: GatewayRequest): Endpoint | undefined {
    const { stage, domains, defaultEndpoint } = this.options.api;
    const host = headerOf(request, 'host')?.replace(/:\d+$/, '').toLowerCase();
    const domain = domains.find(({ name }) => name === host);
    if (domain === undefined) {
      return defaultEndpoint === 'disabled' ? undefined : { prefix: `/${stage}`, eventPrefix: '' };
    }
    const { basePath } = domain;
    const within = request.rawPath.startsWith(`${basePath}/`) || request.rawPath === basePath;
    return within ? { prefix: basePath, eventPrefix: basePath } : undefined;
  }

  private async process(request: GatewayRequest, endpoint: Endpoint): Promise<Outcome> {
    const { rawPath, method } = request;
    const path = rawPath.startsWith(endpoint.prefix) ? rawPath.slice(endpoint.prefix.length) : undefined;
    const match = path === undefined ? undefined : this.routes.find(method, path);
    if (path === undefined || match === undefined) {
      return refused({ type: 'MISSING_AUTHENTICATION_TOKEN', message: 'Missing Authentication Token' });
    }
    return await this.serve({ request, endpoint, path }, match);
  }

  private async serve(
    { request, endpoint, path }: Pick<EventParts, 'request' | 'endpoint' | 'path'>,
    { route, pathParameters }: RouteMatch<Route>,
  ): Promise<Outcome> {
    if (request.body.length > MAX_BODY_BYTES) {
      return { route, ...refused({ type: 'REQUEST_TOO_LARGE', message: 'Request Too Long' }) };
    }
    if (route.bucket?.take(request.receivedAt) === false) {
      return { route, ...refused({ type: 'THROTTLED', message: 'Too Many Requests' }) };
    }
    const { api } = this.options;
    const arn = methodArn(api.id, api.stage, request.method, path);
    const { resourcePath } = route.method;
    const parts = { request, endpoint, apiId: api.id, stage: api.stage, resourcePath, path, pathParameters };
    const { error, ...identity } = await this.authorize(route, parts, arn);
    if (error !== undefined) {
      return { route, ...identity, ...refused(error) };
    }
    if (!route.validator.accepts(request.body, headerOf(request, 'content-type'))) {
      return { route, ...identity, ...refused({ type: 'BAD_REQUEST_BODY', message: 'Invalid request body' }) };
    }
    const event = { ...parts, caller: identity.caller, authorizer: identity.authorizer };
    return { route, ...identity, ...(await this.integrate(route.method.integration, event, arn)) };
  }

  private async authorize(
    { access }: Route,
    parts: Omit<EventParts, 'caller' | 'authorizer'>,
    arn: string,
  ): Promise<AccessDecision> {
    switch (access.type) {
      case 'NONE':
        return {};
      case 'AWS_IAM':
        return this.authorizeCaller(parts.request, arn);
      case 'CUSTOM': {
        const event = { ...parts, caller: undefined, authorizer: undefined };
        const { context, error, requestId } = await access.authorizer.authorize(event, arn);
        if (error === undefined) {
          await this.options.onAuthorized?.();
        }
        return { authorizerRequestId: requestId, ...(context && { authorizer: context }), ...(error && { error }) };
      }
    }
  }

  private authorizeCaller(request: GatewayRequest, arn: string): AccessDecision {
    const payloadHash = createHash('sha256').update(request.body).digest('hex');
    const { principals, now } = this.options;
    const options = { service: 'execute-api', region: LOCAL_REGION, now: now(), principals };
    const verdict = verifySignature({ ...request, payloadHash }, options);
    if (!verdict.ok) {
      return { error: signatureError(verdict) };
    }
    const { principal } = verdict;
    const caller = {
      arn: principal.arn,
      account: accountOf(principal),
      principalId: principalIdOf(principal),
      accessKey: principal.accessKeyId,
    };
    const action = 'execute-api:Invoke';
    const decision = decide(principal.statements, action, arn);
    if (decision !== 'allow') {
      const message = describeDenial(decision, principal.arn, action, arn);
      return { caller, error: { type: 'ACCESS_DENIED', message } };
    }
    return { caller };
  }

  private async integrate(
    integration: Integration,
    event: EventParts,
    arn: string,
  ): Promise<Pick<Outcome, 'result' | 'integrationRequestId'>> {
    if (integration.type === 'MOCK') {
      return { result: mockReply(integration, event.request) };
    }
    const fn = this.functionOf(integration.functionArn);
    if (!allowsInvocation(fn.model, 'apigateway.amazonaws.com', arn)) {
      return refused({ type: 'API_CONFIGURATION_ERROR', message: INTERNAL_SERVER_ERROR });
    }
    const invoked = await fn.runtime.invoke(proxyEvent(event), 'apigateway.amazonaws.com');
    const integrationRequestId = invoked.requestId;
    if (!invoked.ok && invoked.errorType === THROTTLED) {
      return refused({ type: 'DEFAULT_5XX', message: INTERNAL_SERVER_ERROR, status: 500 });
    }
    try {
      if (invoked.ok) {
        return { integrationRequestId, result: proxyReply(invoked.payload) };
      }
    } catch (error) {
      fn.runtime.report(`The result is malformed: ${error instanceof Error ? error.message : error}`);
    }
    const error: GatewayError = { type: 'DEFAULT_5XX', message: INTERNAL_SERVER_ERROR, status: 502 };
    return { integrationRequestId, ...refused(error) };
  }

  private functionOf(arn: string): InvocableFunction {
    const fn = this.options.functions.get(arn);
    if (fn === undefined) {
      throw new UnsupportedTemplateError('Resources', `the API refers to ${arn}, which is not in the template`);
    }
    return fn;
  }

  private variablesOf(request: GatewayRequest, outcome: Outcome): ContextVariables {
    const { route, caller, authorizer } = outcome;
    return {
      domainName: headerOf(request, 'host'),
      httpMethod: request.method,
      'identity.accountId': caller?.account,
      'identity.caller': caller?.principalId,
      'identity.sourceIp': request.sourceIp,
      'identity.userArn': caller?.arn,
      extendedRequestId: request.extendedRequestId,
      requestId: request.requestId,
      requestTime: clfTime(request.receivedAt),
      resourcePath: route?.method.resourcePath,
      stage: this.options.api.stage,
      ...Object.fromEntries(Object.entries(authorizer ?? {}).map(([name, value]) => [`authorizer.${name}`, value])),
      'authorizer.requestId': outcome.authorizerRequestId,
      'integration.requestId': outcome.integrationRequestId,
    };
  }
}

function refused(error: GatewayError): Pick<Outcome, 'result'> {
  return { result: { error } };
}

function signatureError(verdict: SignatureError): GatewayError {
  switch (verdict.reason) {
    case 'missing':
      return { type: 'MISSING_AUTHENTICATION_TOKEN', message: 'Missing Authentication Token' };
    case 'unknown-key':
    case 'no-token':
    case 'bad-token':
      return { type: 'INVALID_SIGNATURE', message: 'The security token included in the request is invalid.' };
    default:
      return { type: 'INVALID_SIGNATURE', message: verdict.message };
  }
}

function mockReply(mock: Extract<Integration, { type: 'MOCK' }>, request: GatewayRequest): Outcome['result'] {
  if (!mock.mediaTypes.includes(mediaTypeOf(headerOf(request, 'content-type')))) {
    return { error: { type: 'UNSUPPORTED_MEDIA_TYPE', message: 'Unsupported Media Type' } };
  }
  const headers = Object.entries({ 'Content-Type': 'application/json', ...mock.headers });
  return { status: mock.status, headers, body: Buffer.alloc(0) };
}

/** Common Log Format, for example `22/Nov/2026:07:04:05 +0000`. */
function clfTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}
