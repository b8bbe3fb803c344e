import type { APIGatewayProxyResult } from 'aws-lambda';
import { SECRET_RESPONSE_HEADERS } from '../contract';
import type { ObjectDescription, PresignedUrl, UploadDestination } from '../link/destination';
import type { IssuedLink, RevokeOutcome } from '../link/outcomes';
import type { LinkState } from '../link/receipt';
import { timestamp, wholeSeconds } from '../link/timestamp';
import { problemResponse } from './problem';

/** Detail of the 404 for a link that is not active. */
export const NO_ACTIVE_LINK_DETAIL =
  'No active link has this ID: it was redeemed or revoked, has expired, or was never issued.';

/** Returns a new link, as plain text to paste or as JSON for programs. */
export function issuedResponse(link: IssuedLink, mediaType: 'text/plain' | 'application/json'): APIGatewayProxyResult {
  if (mediaType === 'text/plain') {
    return { statusCode: 200, headers: headers('text/plain; charset=utf-8'), body: link[link.bare] };
  }
  return json({
    url: link.url,
    click_through_url: link.clickThroughUrl,
    link_id: link.linkId,
    expires_at: timestamp(link.expiresAtSeconds),
  });
}

/** Returns the state of a link. */
export function linkStateResponse(state: LinkState): APIGatewayProxyResult {
  return json(stateFields(state));
}

/** Returns a page of links. */
export function linkListResponse(states: readonly LinkState[], next: string | undefined): APIGatewayProxyResult {
  return json({ links: states.map(stateFields), next });
}

function stateFields({ linkId, status, createdBy, expiresAtSeconds, receipt }: LinkState) {
  const { operation, createdAt, fileName, redeemed, received, revoked, refused = [] } = receipt ?? {};
  const lastRefused = refused.at(-1);
  return {
    link_id: linkId,
    status,
    operation,
    created_at: createdAt && wholeSeconds(createdAt),
    created_by: createdBy,
    expires_at: timestamp(expiresAtSeconds),
    file_name: fileName,
    redeemed: redeemed && {
      at: wholeSeconds(redeemed.at),
      source_ip: redeemed.sourceIp,
      user_agent: redeemed.userAgent,
    },
    received: received && {
      at: wholeSeconds(received.at),
      bucket_name: received.bucketName,
      object_name: received.objectName,
      size_bytes: received.sizeBytes,
      checksum_algorithm: received.checksum?.algorithm,
      checksum: received.checksum?.value,
    },
    revoked: revoked && { at: wholeSeconds(revoked.at), by: revoked.by },
    refused_after: lastRefused && {
      count: refused.length,
      last_at: wholeSeconds(lastRefused.at),
      last_source_ip: lastRefused.sourceIp,
    },
  };
}

/** Returns the description of an active download link. */
export function downloadDescriptionResponse(
  { fileName, sizeBytes, contentType, from }: ObjectDescription,
  expiresAtSeconds: number,
): APIGatewayProxyResult {
  return json({
    operation: 'download',
    file_name: fileName,
    size_bytes: sizeBytes,
    content_type: contentType,
    expires_at: timestamp(expiresAtSeconds),
    from,
  });
}

/** Returns the description of an active upload link. */
export function uploadDescriptionResponse(
  { maxBytes, contentTypes, label, from }: UploadDestination,
  expiresAtSeconds: number,
): APIGatewayProxyResult {
  return json({
    operation: 'upload',
    max_bytes: maxBytes,
    content_types: contentTypes,
    label,
    expires_at: timestamp(expiresAtSeconds),
    from,
  });
}

/** Returns a presigned PUT and the headers that it must have. */
export function uploadResponse(
  { url, headers }: { readonly url: PresignedUrl; readonly headers: Readonly<Record<string, string>> },
  expiresAtSeconds: number,
): APIGatewayProxyResult {
  return json({ url, headers, expires_at: timestamp(expiresAtSeconds) });
}

/** Returns the outcome of a request to revoke a link. */
export function revocationResponse({ outcome }: RevokeOutcome): APIGatewayProxyResult {
  switch (outcome) {
    case 'revoked':
      return { statusCode: 204, headers: { ...SECRET_RESPONSE_HEADERS }, body: '' };
    case 'outcome_unknown':
      return problemResponse(
        'RevocationUnknown',
        'The link is no longer active, but the outcome is unknown: this request revoked it, or it was redeemed just before.',
      );
    case 'not_active':
    case 'expired':
      return problemResponse('LinkNotFound', NO_ACTIVE_LINK_DETAIL);
  }
}

/**
 * Redirects the reader to the object. A POST gets a 303, so the browser requests the object with GET (RFC 9110, section
 * 15.4.4). Scripts cannot read the target of a redirect, so a POST can also get the URL as JSON.
 */
export function redirectResponse(
  url: PresignedUrl,
  method: string,
  mediaType: 'text/html' | 'application/json',
): APIGatewayProxyResult {
  if (method === 'POST' && mediaType === 'application/json') {
    return json({ url });
  }
  return {
    statusCode: method === 'POST' ? 303 : 302,
    headers: { ...SECRET_RESPONSE_HEADERS, Location: url },
    body: '',
  };
}

function json(value: unknown): APIGatewayProxyResult {
  return { statusCode: 200, headers: headers('application/json'), body: JSON.stringify(value) };
}

function headers(contentType: string): Record<string, string> {
  return { ...SECRET_RESPONSE_HEADERS, 'Content-Type': contentType };
}
