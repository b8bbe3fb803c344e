import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { LOGGED_CONTEXT } from '../contract';
import type { LinkId } from '../link/nonce';
import type { AccessOutcome } from '../link/outcomes';

/** Context key under which the authorizer passes the sealed destination to access-object. */
const SEALED_KEY = 'sealed';

/** Context of an Allow. The sealed destination can be unsealed only with the nonce, which is not in the context. */
export interface AuthorizerContext {
  readonly [SEALED_KEY]?: unknown;
}

/** The request to authorize. */
export interface AccessRequest {
  readonly methodArn: string;
  /** Written to the access log; `undefined` if the request has no nonce. */
  readonly linkId: LinkId | undefined;
  /** As returned by `loggedUserAgent`. */
  readonly userAgent: string | undefined;
}

/**
 * Allows exactly this request and passes the sealed destination to access-object, or denies it. The reason for a Deny
 * is only logged.
 */
export function authorizerResult(
  { methodArn, linkId, userAgent }: AccessRequest,
  access: AccessOutcome,
): APIGatewayAuthorizerResult {
  const redeemed = access.outcome === 'redeemed';
  return {
    principalId: linkId ?? 'none',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: redeemed ? 'Allow' : 'Deny', Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    context: {
      [LOGGED_CONTEXT.outcome]: access.outcome,
      ...(userAgent !== undefined && { [LOGGED_CONTEXT.userAgent]: userAgent }),
      ...(redeemed && { [SEALED_KEY]: Buffer.from(access.sealed).toString('base64') }),
    },
  };
}

/**
 * Returns the sealed destination from {@link authorizerResult}; `undefined` without an authorizer, as in a console
 * test.
 */
export function sealedDestinationOf(context: AuthorizerContext | null | undefined): Uint8Array | undefined {
  const sealed = context?.[SEALED_KEY];
  return typeof sealed === 'string' ? new Uint8Array(Buffer.from(sealed, 'base64')) : undefined;
}
