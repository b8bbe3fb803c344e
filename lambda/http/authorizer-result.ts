import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import type { LinkId } from '../link/nonce';
import type { SealedDestination } from '../link/sealed-destination';

/** Context key under which the sealed destination travels from the authorizer to the function behind it. */
const SEALED_KEY = 'sealed';

/** What an Allow carries. What is sealed opens with the nonce only, which the context does not hold. */
export interface AuthorizerContext {
  readonly [SEALED_KEY]?: unknown;
}

/** Lets exactly this request through, with what the link leads to, sealed. */
export function allowResult(methodArn: string, linkId: LinkId, sealed: SealedDestination): APIGatewayAuthorizerResult {
  return {
    ...result('Allow', methodArn, linkId),
    context: { [SEALED_KEY]: Buffer.from(sealed).toString('base64') },
  };
}

/** Refuses the request. The result is the same for every reason but the id, which shows in the access log only. */
export function denyResult(methodArn: string, linkId: LinkId | undefined): APIGatewayAuthorizerResult {
  return result('Deny', methodArn, linkId ?? 'none');
}

/** The sealed destination that {@link allowResult} sent along; `undefined` if the authorizer was bypassed, as by a console test. */
export function sealedDestinationOf(context: AuthorizerContext | null | undefined): Uint8Array | undefined {
  const sealed = context?.[SEALED_KEY];
  return typeof sealed === 'string' ? new Uint8Array(Buffer.from(sealed, 'base64')) : undefined;
}

function result(effect: 'Allow' | 'Deny', methodArn: string, principalId: string): APIGatewayAuthorizerResult {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: methodArn }],
    },
  };
}
