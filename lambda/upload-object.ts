import type { APIGatewayProxyResult, APIGatewayProxyWithLambdaAuthorizerEvent } from 'aws-lambda';
import { signUpload } from './aws/sign-upload';
import { ENVIRONMENT, NONCE_PARAMETER } from './contract';
import { type AuthorizerContext, sealedDestinationOf, uploadProblemOf } from './http/authorizer-result';
import { problemResponse } from './http/problem';
import { queryValues, singleQueryValue } from './http/request';
import { uploadResponse } from './http/responses';
import { linkIdOf, parseNonce } from './link/nonce';
import { TamperedRecordError, unsealDestination } from './link/sealed-destination';
import { isAcceptable, parseDeclaration } from './link/upload-declaration';
import { uploadKey } from './link/upload-key';
import { requiredSeconds, signerFromEnvironment } from './runtime/environment';

const expiresInSeconds = requiredSeconds(ENVIRONMENT.uploadUrlLifetime);
const signer = signerFromEnvironment();

/**
 * `POST /upload-object`, behind the authorizer: returns a presigned PUT for the declared file. Makes no AWS call.
 *
 * @throws TamperedRecordError if the sealed record does not match the nonce, or does not accept the file.
 */
export async function handler(
  event: APIGatewayProxyWithLambdaAuthorizerEvent<AuthorizerContext>,
): Promise<APIGatewayProxyResult> {
  const problem = uploadProblemOf(event.requestContext.authorizer);
  if (problem !== undefined) {
    return problemResponse('InvalidRequest', problem);
  }
  const nonce = parseNonce(singleQueryValue(event, NONCE_PARAMETER));
  const sealed = sealedDestinationOf(event.requestContext.authorizer);
  const parsed = parseDeclaration((name) => queryValues(event, name));
  if (nonce === undefined || sealed === undefined || !parsed.ok) {
    return problemResponse('AccessDenied', 'This address works only through a link.');
  }
  const { bucketName, region, key, ...limits } = unsealDestination(nonce, sealed, 'upload');
  const linkId = linkIdOf(nonce);
  const { declaration } = parsed;
  // The authorizer compares the file with attributes of the item, which are not authenticated.
  if (!isAcceptable(declaration, limits)) {
    throw new TamperedRecordError('the item accepts a file that the sealed record does not accept');
  }
  const object = { bucketName, region, objectName: uploadKey({ key }, linkId, declaration.fileName) };
  const now = new Date();
  const upload = await signUpload(object, declaration, linkId, signer, { expiresInSeconds, now });
  return uploadResponse(upload, Math.floor(now.getTime() / 1000) + expiresInSeconds);
}
