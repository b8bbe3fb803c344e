import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { LOGGED_CONTEXT } from '../contract';
import type { LinkId } from '../link/nonce';
import type { AccessOutcome } from '../link/outcomes';

/** Context keys under which the authorizer passes the sealed destination, or why a file is not accepted. */
const SEALED_KEY = 'sealed';
const PROBLEM_KEY = 'problem';

/** Context of an Allow. The sealed destination can be unsealed only with the nonce, which is not in the context. */
export interface AuthorizerContext {
  readonly [SEALED_KEY]?: unknown;
  readonly [PROBLEM_KEY]?: unknown;
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
 * Allows exactly this request and passes the sealed destination, or why the declared file is not accepted, to the function. Or
 * denies the request; the reason for a Deny is only logged.
 */
export function authorizerResult(
  { methodArn, linkId, userAgent }: AccessRequest,
  access: AccessOutcome,
): APIGatewayAuthorizerResult {
  const redeemed = access.outcome === 'redeemed';
  const invalidUpload = access.outcome === 'invalid_upload';
  const effect = redeemed || invalidUpload ? 'Allow' : 'Deny';
  return {
    principalId: linkId ?? 'none',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    context: {
      [LOGGED_CONTEXT.outcome]: access.outcome,
      ...(userAgent !== undefined && { [LOGGED_CONTEXT.userAgent]: userAgent }),
      ...(redeemed && { [SEALED_KEY]: Buffer.from(access.sealed).toString('base64') }),
      ...(invalidUpload && { [PROBLEM_KEY]: access.problem }),
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

/** Returns why the declared file is not accepted; `undefined` if the link was redeemed. */
export function uploadProblemOf(context: AuthorizerContext | null | undefined): string | undefined {
  const problem = context?.[PROBLEM_KEY];
  return typeof problem === 'string' ? problem : undefined;
}
