import type { APIGatewayProxyResult, APIGatewayProxyWithLambdaAuthorizerEvent } from 'aws-lambda';
import { ENVIRONMENT, JSON_FORMAT, NONCE_PARAMETER } from './contract';
import { type AuthorizerContext, sealedDestinationOf } from './http/authorizer-result';
import { problemResponse } from './http/problem';
import { headerValues, singleQueryValue } from './http/request';
import { redirectResponse } from './http/responses';
import type { DownloadDestination, PresignedUrl } from './link/destination';
import { linkIdOf, type Nonce, parseNonce } from './link/nonce';
import { unsealDestination } from './link/sealed-destination';
import { optionalSeconds, signerFromEnvironment } from './runtime/environment';

type RedeemedEvent = APIGatewayProxyWithLambdaAuthorizerEvent<AuthorizerContext>;

const expiresInSeconds = optionalSeconds(ENVIRONMENT.openedUrlLifetime);
const signing = expiresInSeconds === undefined ? undefined : { signer: signerFromEnvironment(), expiresInSeconds };

/**
 * `GET` and `POST /access-object`, behind the authorizer: redirects the reader to the object. Makes no AWS call.
 *
 * @throws Error if the sealed record does not match the nonce, which means that it was tampered with.
 */
export async function handler(event: RedeemedEvent): Promise<APIGatewayProxyResult> {
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const sealed = sealedDestinationOf(event.requestContext.authorizer);
  if (nonce === undefined || sealed === undefined) {
    return problemResponse('AccessDenied', 'This address works only through a link.');
  }
  const url = await downloadUrl(unsealDestination(nonce, sealed, 'download'), nonce, new Date());
  return redirectResponse(url, event.httpMethod, await mediaTypeFor(event));
}

/** @throws Error if signing on redemption was turned off after the link was issued. */
async function downloadUrl(destination: DownloadDestination, nonce: Nonce, now: Date): Promise<PresignedUrl> {
  if (destination.presign === 'now') {
    return destination.url;
  }
  if (signing === undefined) {
    throw new Error('the link needs its URL signed on redemption, which this deployment has switched off');
  }
  // Imported here because links with a stored URL do not need it.
  const { signDownload } = await import('./aws/sign-download');
  const { signer, expiresInSeconds } = signing;
  return await signDownload(destination.object, linkIdOf(nonce), signer, { expiresInSeconds, now });
}

/** A GET always gets a redirect, so the negotiation module is loaded for a POST only. */
async function mediaTypeFor(event: RedeemedEvent): Promise<'text/html' | 'application/json'> {
  if (event.httpMethod === 'GET') {
    return 'text/html';
  }
  if (singleQueryValue(event, JSON_FORMAT.parameter) === JSON_FORMAT.value) {
    return 'application/json';
  }
  const { preferredMediaType } = await import('./http/media-type');
  return preferredMediaType<'text/html' | 'application/json'>(headerValues(event), ['text/html', 'application/json']);
}
