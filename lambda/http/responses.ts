import type { APIGatewayProxyResult } from 'aws-lambda';
import { SECRET_RESPONSE_HEADERS } from '../contract';
import type { PresignedUrl } from '../link/destination';
import type { ActiveLink, IssuedLink } from '../link/outcomes';

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

/** Returns the state of an active link, for callers who manage links. */
export function activeLinkResponse({ linkId, expiresAtSeconds, createdBy }: ActiveLink): APIGatewayProxyResult {
  return json({ link_id: linkId, status: 'active', expires_at: timestamp(expiresAtSeconds), created_by: createdBy });
}

/** Confirms that a link was revoked. */
export function revokedResponse(): APIGatewayProxyResult {
  return { statusCode: 204, headers: { ...SECRET_RESPONSE_HEADERS }, body: '' };
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

/** Formats a time as RFC 3339 requires, without fractions, because links expire on whole seconds. */
function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function json(value: unknown): APIGatewayProxyResult {
  return { statusCode: 200, headers: headers('application/json'), body: JSON.stringify(value) };
}

function headers(contentType: string): Record<string, string> {
  return { ...SECRET_RESPONSE_HEADERS, 'Content-Type': contentType };
}
