import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { clientSettings } from './aws/client-settings';
import { STORE_CLIENT_SETTINGS, storeLink } from './aws/link-table';
import { findObject, isMisplacedBucket } from './aws/object-store';
import { storeReceipt } from './aws/receipt-table';
import { s3ClientFor } from './aws/s3-clients';
import { signDownload } from './aws/sign-download';
import { tableClient } from './aws/table-client';
import { reserveUpload } from './aws/upload-quota';
import { ENVIRONMENT, MAX_UPLOAD_BYTES } from './contract';
import { preferredMediaType } from './http/media-type';
import { problemResponse } from './http/problem';
import { bodyText, callerOf, gatewayRequestId, headerValues, incomingAddress } from './http/request';
import { issuedResponse } from './http/responses';
import { issueLink } from './issue-link';
import { parseAllowedBuckets } from './link/allowed-buckets';
import type { IssueAdapters, IssueSettings } from './link-draft';
import {
  optionalBytes,
  optionalSeconds,
  requiredEnvironment,
  requiredSeconds,
  signerFromEnvironment,
} from './runtime/environment';
import { log, logStorageFailure } from './runtime/log';
import { isAwsFailure } from './runtime/outage';

const region = requiredEnvironment('AWS_REGION');
const openedUrlSeconds = optionalSeconds(ENVIRONMENT.openedUrlLifetime);
const receiptTable = process.env[ENVIRONMENT.receiptTable];
const settings: IssueSettings = {
  allowedBuckets: parseAllowedBuckets(requiredEnvironment(ENVIRONMENT.allowedBuckets), region),
  maxLifetimeSeconds: requiredSeconds(ENVIRONMENT.maxLinkLifetime),
  signsOnOpen: openedUrlSeconds !== undefined,
  openedUrlSeconds,
  // Not set if no bucket accepts uploads.
  maxUploadBytes: optionalBytes(ENVIRONMENT.maxUploadBytes) ?? MAX_UPLOAD_BYTES,
  dailyUploadBytes: optionalBytes(ENVIRONMENT.dailyUploadBytes) ?? 0,
  publicBaseUrl: process.env[ENVIRONMENT.publicBaseUrl],
  receipts:
    receiptTable === undefined
      ? undefined
      : {
          retentionSeconds: requiredSeconds(ENVIRONMENT.receiptRetention),
          withFileNames: process.env[ENVIRONMENT.receiptFileNames] === 'true',
        },
};
// Both clients share connections.
const { requestHandler } = clientSettings();
const links = {
  client: tableClient({ ...STORE_CLIENT_SETTINGS, requestHandler }),
  name: requiredEnvironment(ENVIRONMENT.nonceTable),
};
const updates = tableClient({ requestHandler });
const receipts = { client: updates, name: receiptTable ?? '' };
const signer = signerFromEnvironment();
const aws: IssueAdapters = {
  findObject: (object) => findObject(s3ClientFor(object.region), object),
  signDownload: (object, linkId, validity) => signDownload(object, linkId, signer, validity),
  storeLink: (link) => storeLink(links, link),
  storeReceipt: (receipt) => storeReceipt(receipts, receipt),
  reserveUpload: (...reservation) => reserveUpload({ ...links, client: updates }, ...reservation),
};
// Created during init, when Lambda gives the function a full CPU.
for (const bucket of settings.allowedBuckets) {
  s3ClientFor(bucket.region);
}

const OUTAGE = 'Storage did not respond. No link was issued; please try again.';
const MISPLACED =
  'bucket_name does not exist, or is not in the Region that this deployment is configured for. Ask its operator.';

/** `POST /generate-url`: issues a link. */
export async function handler(event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const caller = callerOf(event);
  const subject = { caller, request_id: gatewayRequestId(event) };
  try {
    const request = { body: bodyText(event), caller, address: incomingAddress(event) };
    const issued = await issueLink(request, new Date(), settings, aws);
    if (issued.outcome === 'refused') {
      log({ event: 'link_refused', code: issued.error.code, ...subject });
      return problemResponse(issued.error.code, issued.error.detail);
    }
    log({ event: 'link_issued', link_id: issued.link.linkId, ...subject });
    return issuedResponse(issued.link, preferredMediaType(headerValues(event), ['text/plain', 'application/json']));
  } catch (error) {
    if (!isAwsFailure(error)) {
      throw error;
    }
    logStorageFailure(error, subject);
    return problemResponse('StorageUnavailable', isMisplacedBucket(error) ? MISPLACED : OUTAGE);
  }
}
