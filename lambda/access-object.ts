import type { APIGatewayProxyResult, APIGatewayProxyWithLambdaAuthorizerEvent } from 'aws-lambda';
import { type AuthorizerContext, sealedUrlOf } from './http/authorizer-result';
import { problemResponse } from './http/problem';
import { headerValues, preferredMediaType, singleQueryValue } from './http/request';
import { openedResponse } from './http/responses';
import { parseNonce } from './link/nonce';
import { unsealUrl } from './link/sealed-url';
import { NONCE_PARAMETER } from './names';

/**
 * `GET` and `POST /access-object`, behind the authorizer: sends the one opener on to the object. Makes no AWS call.
 *
 * @throws Error if the stored record does not open with the nonce that redeemed it: it was tampered with.
 */
export async function handler(
  event: APIGatewayProxyWithLambdaAuthorizerEvent<AuthorizerContext>,
): Promise<APIGatewayProxyResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const sealedUrl = sealedUrlOf(event.requestContext.authorizer);
  if (nonce === undefined || sealedUrl === undefined) {
    return problemResponse('AccessDenied', 'This address opens through a link only.');
  }
  const mediaType = preferredMediaType(headerValues(event), ['text/html', 'application/json']);
  return openedResponse(unsealUrl(nonce, sealedUrl), event.httpMethod, mediaType);
}
