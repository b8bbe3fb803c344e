import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { LOGGED_CONTEXT } from '../contract';
import type { LinkId } from '../link/nonce';
import type { OpenOutcome } from '../link/outcomes';
import type { SealedDestination } from '../link/sealed-destination';

/** Context key under which the sealed destination travels from the authorizer to the function behind it. */
const SEALED_KEY = 'sealed';

/** What an Allow carries. What is sealed opens with the nonce only, which the context does not hold. */
export interface AuthorizerContext {
  readonly [SEALED_KEY]?: unknown;
}

/** What the authorizer decides about. */
export interface OpenRequest {
  readonly methodArn: string;
  /** Shows in the access log; `undefined` where the request has no nonce. */
  readonly linkId: LinkId | undefined;
  /** As `loggedUserAgent` has it. */
  readonly userAgent: string | undefined;
}

/** Lets exactly this request through, with what the link leads to, sealed. */
export function allowResult(request: OpenRequest, sealed: SealedDestination): APIGatewayAuthorizerResult {
  const allow = result('Allow', request, 'opened');
  return { ...allow, context: { ...allow.context, [SEALED_KEY]: Buffer.from(sealed).toString('base64') } };
}

/** Refuses the request. What differs from one reason to another is seen by the access log only. */
export function denyResult(
  request: OpenRequest,
  outcome: Exclude<OpenOutcome['outcome'], 'opened'>,
): APIGatewayAuthorizerResult {
  return result('Deny', request, outcome);
}

/** The sealed destination that {@link allowResult} sent along; `undefined` if the authorizer was bypassed, as by a console test. */
export function sealedDestinationOf(context: AuthorizerContext | null | undefined): Uint8Array | undefined {
  const sealed = context?.[SEALED_KEY];
  return typeof sealed === 'string' ? new Uint8Array(Buffer.from(sealed, 'base64')) : undefined;
}

function result(
  effect: 'Allow' | 'Deny',
  { methodArn, linkId, userAgent }: OpenRequest,
  outcome: OpenOutcome['outcome'],
): APIGatewayAuthorizerResult {
  return {
    principalId: linkId ?? 'none',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
    },
    context: {
      [LOGGED_CONTEXT.outcome]: outcome,
      ...(userAgent === undefined ? {} : { [LOGGED_CONTEXT.userAgent]: userAgent }),
    },
  };
}
