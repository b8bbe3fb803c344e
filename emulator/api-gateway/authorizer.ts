import { decide, parseStatement } from '../iam/policy';
import { allowsInvocation } from '../lambda/function-model';
import type { InvocableFunction } from '../lambda/local-functions';
import { Fields, UnsupportedTemplateError } from '../template/fields';
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../template/template';
import type { AuthorizerModel } from './api-model';
import type { GatewayError } from './gateway-response';
import { authorizerEvent, type EventParts, queryOf } from './request-context';

/** Context of an authorizer's result. API Gateway passes every value as a string. */
export type AuthorizerContext = Readonly<Record<string, string>>;

/** Result of an authorizer. The access log can also contain the context of a Deny. */
export type AuthorizerVerdict = {
  readonly context?: AuthorizerContext;
  readonly error?: GatewayError;
  /** Request ID of the invocation; `undefined` if the function was not called. */
  readonly requestId?: string | undefined;
};

/**
 * Maximum size of a result. AWS documents the limit for WebSocket APIs only; the emulator also applies it to REST APIs.
 */
const MAX_RESULT_BYTES = 8192;
const MAX_RESOURCE_LENGTH = 512;

const FAILURE: GatewayError = { type: 'AUTHORIZER_FAILURE', message: null };
const CONFIGURATION_ERROR: GatewayError = { type: 'AUTHORIZER_CONFIGURATION_ERROR', message: null };
const UNAUTHORIZED: GatewayError = { type: 'UNAUTHORIZED', message: 'Unauthorized' };

/** A Lambda authorizer, with its result cache. */
export class RequestAuthorizer {
  private readonly model: AuthorizerModel;
  private readonly fn: InvocableFunction;
  private readonly cache = new Map<string, { readonly result: unknown; readonly until: number }>();

  constructor(model: AuthorizerModel, fn: InvocableFunction) {
    this.model = model;
    this.fn = fn;
  }

  async authorize(parts: EventParts, methodArn: string): Promise<AuthorizerVerdict> {
    const query = queryOf(parts.request);
    const identity = this.model.queryIdentitySources.map((name) => query.findLast(([sent]) => sent === name)?.[1]);
    if (identity.some((value) => !value)) {
      return { error: UNAUTHORIZED };
    }
    const key = JSON.stringify(identity);
    const now = parts.request.receivedAt.getTime();
    const cached = this.cache.get(key);
    if (cached !== undefined && cached.until > now) {
      return verdict(cached.result, methodArn);
    }
    const source = `arn:aws:execute-api:${LOCAL_REGION}:${LOCAL_ACCOUNT}:${parts.apiId}/authorizers/${this.model.id}`;
    if (!allowsInvocation(this.fn.model, 'apigateway.amazonaws.com', source)) {
      return { error: CONFIGURATION_ERROR };
    }
    const invoked = await this.fn.runtime.invoke(authorizerEvent(parts, methodArn), 'apigateway.amazonaws.com');
    const { requestId } = invoked;
    if (!invoked.ok) {
      return { requestId, error: invoked.errorMessage === 'Unauthorized' ? UNAUTHORIZED : FAILURE };
    }
    if (this.model.resultTtlSeconds > 0) {
      this.cache.set(key, { result: invoked.payload, until: now + this.model.resultTtlSeconds * 1000 });
    }
    return { ...verdict(invoked.payload, methodArn), requestId };
  }
}

/** Evaluates a result. Invalid results are configuration errors, as in API Gateway. */
function verdict(result: unknown, methodArn: string): AuthorizerVerdict {
  try {
    if (Buffer.byteLength(JSON.stringify(result)) > MAX_RESULT_BYTES) {
      return { error: CONFIGURATION_ERROR };
    }
    const fields = new Fields('authorizer result', result);
    const context = readContext(fields);
    const statements = fields
      .object('policyDocument')
      .list('Statement')
      .map((statement) => parseStatement(statement, 'authorizer result'));
    if (statements.some(({ resources }) => resources.some((resource) => resource.length > MAX_RESOURCE_LENGTH))) {
      return { error: CONFIGURATION_ERROR };
    }
    const decision = decide(statements, 'execute-api:Invoke', methodArn);
    if (decision === 'allow') {
      return { context };
    }
    const message = 'User is not authorized to access this resource';
    const because = decision === 'explicit-deny' ? ' with an explicit deny in an identity-based policy' : '';
    return { context, error: { type: 'ACCESS_DENIED', message: `${message}${because}` } };
  } catch (error) {
    if (error instanceof UnsupportedTemplateError) {
      return { error: CONFIGURATION_ERROR };
    }
    throw error;
  }
}

function readContext(result: Fields): AuthorizerContext {
  const entries = Object.entries(result.optional('context') ?? {});
  for (const [name, value] of entries) {
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw result.error(`context.${name}`, 'must be a string, a number or a boolean');
    }
  }
  return {
    ...Object.fromEntries(entries.map(([name, value]) => [name, String(value)])),
    principalId: result.string('principalId'),
  };
}
