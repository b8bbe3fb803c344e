import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import type { LinkId } from '../link/nonce';
import type { SealedUrl } from '../link/sealed-url';

/** Context key under which the sealed URL travels from the authorizer to the function behind it. */
const SEALED_URL_KEY = 'sealedUrl';

/** What an Allow carries. The sealed URL opens with the nonce only, which the context does not hold. */
export interface AuthorizerContext {
  readonly [SEALED_URL_KEY]?: unknown;
}

/** Lets exactly this request through, with what the link leads to, sealed. */
export function allowResult(methodArn: string, linkId: LinkId, sealedUrl: SealedUrl): APIGatewayAuthorizerResult {
  return {
    ...result('Allow', methodArn, linkId),
    context: { [SEALED_URL_KEY]: Buffer.from(sealedUrl).toString('base64') },
  };
}

/** Refuses the request. The result is the same for every reason but the id, which shows in the access log only. */
export function denyResult(methodArn: string, linkId: LinkId | undefined): APIGatewayAuthorizerResult {
  return result('Deny', methodArn, linkId ?? 'none');
}

/** The sealed URL that {@link allowResult} sent along; `undefined` if the authorizer was bypassed, as by a console test. */
export function sealedUrlOf(context: AuthorizerContext | null | undefined): Uint8Array | undefined {
  const sealed = context?.[SEALED_URL_KEY];
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
