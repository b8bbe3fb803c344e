import type { APIGatewayProxyEventV2WithJWTAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { OneTimeLinksClient, OneTimeLinksError, type OneTimeLinksErrorCode } from 'one-time-s3-links/client';

const links = new OneTimeLinksClient();

/** Errors of the person's request, and their status. All others are outages or bugs. */
const STATUS: Partial<Record<OneTimeLinksErrorCode, number>> = { InvalidRequest: 400, ObjectNotFound: 404 };

/** `POST /links` with `{"file": "report.pdf"}`: issues a link to a file in the folder of the person who signed in. */
export async function handler(
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
): Promise<APIGatewayProxyStructuredResultV2> {
  const { sub, name } = event.requestContext.authorizer.jwt.claims;
  const file = fileIn(event.body);
  if (typeof sub !== 'string' || typeof name !== 'string') {
    return respond(403, { error: 'The token must contain the claims sub and name.' });
  }
  if (file === undefined) {
    return respond(400, { error: 'The body must be JSON with the field file.' });
  }
  try {
    const { clickThroughUrl, linkId, expiresAt } = await links.issue({
      bucket: process.env.DOCUMENTS_BUCKET ?? '',
      key: `${sub}/${file}`,
      expiresInSeconds: 24 * 60 * 60,
      from: name,
    });
    // All links belong to this function, so only this line says which person issued the link.
    console.log({ linkId, sub });
    return respond(201, { clickThroughUrl, linkId, expiresAt });
  } catch (error) {
    const status = error instanceof OneTimeLinksError ? STATUS[error.code] : undefined;
    if (status === undefined || !(error instanceof OneTimeLinksError)) {
      throw error;
    }
    return respond(status, { error: error.message });
  }
}

function fileIn(body = ''): string | undefined {
  try {
    const { file } = JSON.parse(body);
    return typeof file === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

function respond(statusCode: number, fields: object): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
    body: JSON.stringify(fields),
  };
}
