import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { CLIENT_SETTINGS } from './aws/client-settings';
import { storeLink } from './aws/link-table';
import { type Availability, objectAvailability, presignGet } from './aws/object-store';
import { problemResponse } from './http/problem';
import { bodyText, headerValues, incomingAddress, preferredMediaType } from './http/request';
import { issuedResponse } from './http/responses';
import { attachmentNamed } from './link/content-disposition';
import { MAX_PRESIGNED_URL_LENGTH, MAX_SEALED_BYTES } from './link/limits';
import { linkAddresses } from './link/link-address';
import { parseLinkRequest } from './link/link-request';
import { linkIdOf, NONCE_BYTES, nonceFromBytes } from './link/nonce';
import type { IssueOutcome, IssueRefusal } from './link/outcomes';
import { sealUrl } from './link/sealed-url';
import { ENVIRONMENT, NONCE_PARAMETER, ROUTE } from './names';
import { requiredEnvironment } from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const tableName = requiredEnvironment(ENVIRONMENT.nonceTable);
const sharedBucket = requiredEnvironment(ENVIRONMENT.sharedBucket);
const publicBaseUrl = process.env[ENVIRONMENT.publicBaseUrl];
const table = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_SETTINGS));
const s3 = new S3Client({
  ...CLIENT_SETTINGS,
  // Otherwise the SDK asks for a checksum in every presigned URL, by a parameter that a plain download has no use for.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
});

/** Why there is no link to an object that a link could not deliver. */
const UNAVAILABLE: Readonly<Record<Exclude<Availability, 'available'>, IssueRefusal>> = {
  'not-found': { code: 'ObjectNotFound', detail: 'There is no such object in the bucket.' },
  archived: {
    code: 'InvalidRequest',
    detail: 'object_name is in an archive storage class: restore the object first.',
  },
  forbidden: {
    code: 'InvalidRequest',
    detail: 'object_name is not for this deployment to read: a key or a policy forbids it.',
  },
  unreadable: {
    code: 'InvalidRequest',
    detail: 'version_id is malformed, or the object has an encryption key of its own (SSE-C).',
  },
};

/** `POST /generate-url`: makes a link for an object. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  try {
    const issued = await issueLink(event, new Date());
    if (issued.outcome === 'refused') {
      log({ event: 'link_refused', code: issued.refusal.code });
      return problemResponse(issued.refusal.code, issued.refusal.detail);
    }
    log({ event: 'link_issued', link_id: issued.link.linkId });
    return issuedResponse(issued.link, preferredMediaType(headerValues(event), ['text/plain', 'application/json']));
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error);
    return problemResponse('StorageUnavailable', 'The storage did not answer. No link was made; please try again.');
  }
}

async function issueLink(event: APIGatewayProxyEvent, now: Date): Promise<IssueOutcome> {
  const parsed = parseLinkRequest(bodyText(event));
  if (!parsed.ok) {
    return { outcome: 'refused', refusal: parsed.refusal };
  }
  const { request } = parsed;
  if (request.bucketName !== sharedBucket) {
    return refused('BucketNotAllowed', 'bucket_name is not a bucket that this deployment shares from.');
  }
  const availability = await objectAvailability(s3, request);
  if (availability !== 'available') {
    return { outcome: 'refused', refusal: UNAVAILABLE[availability] };
  }

  const contentDisposition = request.downloadAs === undefined ? undefined : attachmentNamed(request.downloadAs);
  const url = await presignGet(s3, request, { expiresInSeconds: request.expiresInSeconds, contentDisposition, now });
  const nonce = nonceFromBytes(randomBytes(NONCE_BYTES));
  const sealedUrl = sealUrl(nonce, url);
  if (url.length > MAX_PRESIGNED_URL_LENGTH || sealedUrl.length > MAX_SEALED_BYTES) {
    return refused('InvalidRequest', 'object_name, version_id and download_as are too long together: shorten one.');
  }

  const linkId = linkIdOf(nonce);
  const expiresAtSeconds = Math.floor(now.getTime() / 1000) + request.expiresInSeconds;
  const routes = { ...ROUTE, nonceParameter: NONCE_PARAMETER };
  const addresses = linkAddresses(nonce, incomingAddress(event), routes, publicBaseUrl);
  const bare = request.clickThrough ? 'clickThroughUrl' : 'url';
  const createdBy = event.requestContext.identity.userArn ?? 'unknown';
  await storeLink(table, tableName, { linkId, sealedUrl, expiresAtSeconds, createdBy });
  return { outcome: 'issued', link: { ...addresses, bare, linkId, expiresAtSeconds } };
}

function refused(code: IssueRefusal['code'], detail: string): IssueOutcome {
  return { outcome: 'refused', refusal: { code, detail } };
}
