import type { APIGatewayProxyResult, APIGatewayProxyWithLambdaAuthorizerEvent } from 'aws-lambda';
import { ENVIRONMENT, JSON_ANSWER, NONCE_PARAMETER } from './contract';
import { type AuthorizerContext, sealedDestinationOf } from './http/authorizer-result';
import { problemResponse } from './http/problem';
import { headerValues, singleQueryValue } from './http/request';
import { openedResponse } from './http/responses';
import type { ObjectAddress, PresignedUrl } from './link/destination';
import { parseNonce } from './link/nonce';
import { unsealDestination } from './link/sealed-destination';
import { optionalSeconds, signerFromEnvironment } from './runtime/environment';

type Opening = APIGatewayProxyWithLambdaAuthorizerEvent<AuthorizerContext>;

const openedUrlSeconds = optionalSeconds(ENVIRONMENT.openedUrlLifetime);
const signing =
  openedUrlSeconds === undefined ? undefined : { signer: signerFromEnvironment(), expiresInSeconds: openedUrlSeconds };

/**
 * `GET` and `POST /access-object`, behind the authorizer: sends the one opener on to the object. Makes no AWS call; signing
 * is local.
 *
 * @throws Error if the stored record does not open with the nonce that redeemed it: it was tampered with.
 */
export async function handler(event: Opening): Promise<APIGatewayProxyResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const sealed = sealedDestinationOf(event.requestContext.authorizer);
  if (nonce === undefined || sealed === undefined) {
    return problemResponse('AccessDenied', 'This address opens through a link only.');
  }
  const destination = unsealDestination(nonce, sealed);
  const url = destination.presign === 'now' ? destination.url : await sign(destination.object, new Date());
  return openedResponse(url, event.httpMethod, await mediaTypeFor(event));
}

/** A GET is sent on whatever it accepts: it does not load what would be needed to find out. */
async function mediaTypeFor(event: Opening): Promise<'text/html' | 'application/json'> {
  if (event.httpMethod === 'GET') {
    return 'text/html';
  }
  if (singleQueryValue(event, JSON_ANSWER.parameter) === JSON_ANSWER.value) {
    return 'application/json';
  }
  const { preferredMediaType } = await import('./http/media-type');
  const mediaType = preferredMediaType(headerValues(event), ['text/html', 'application/json']);
  return mediaType;
}

/** @throws Error if the link is older than the switch that took signing on opening from this deployment. */
async function sign(object: ObjectAddress, now: Date): Promise<PresignedUrl> {
  if (signing === undefined) {
    throw new Error('the link wants its URL signed on opening, which this deployment has switched off');
  }
  // A link with a stored URL does not load it.
  const { signDownload } = await import('./aws/sign-download');
  return await signDownload(object, signing.signer, { expiresInSeconds: signing.expiresInSeconds, now });
}
