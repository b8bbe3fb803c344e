import { ROUTE } from '../lambda/contract';
import { type LinkId, parseLinkId } from '../lambda/link/nonce';
import { type ApiRequest, type ApiResponse, callApi, explainApi } from './api';
import type { LinkApi } from './deployment';
import { parseTime, printable } from './format';
import type { S3Location } from './s3-location';

/** A link to issue. */
export interface LinkRequest {
  readonly location: S3Location;
  readonly expiresInSeconds: number;
  /** File name that browsers save the download under. @default - browsers display the object if its type allows it */
  readonly downloadAs?: string;
  readonly versionId?: string;
  /** Name of the sender, for the click-through page. */
  readonly from?: string;
}

/** A link that was issued. */
export interface IssuedLink {
  readonly url: string;
  readonly clickThroughUrl: string;
  readonly linkId: LinkId;
  readonly expiresAt: Date;
  /** The JSON response. */
  readonly text: string;
}

/** Refused because of its content, after the API has authorized the caller. */
const INVALID_REQUEST = { method: 'POST', path: ROUTE.generateUrl, body: '{}' } as const;

/**
 * Checks that the caller may issue links, in one round trip. Issues nothing, because API Gateway refuses the body.
 *
 * @throws CliError if the caller may not issue links, or the endpoint is not that of the API; the signal's reason
 */
export async function checkIssuer(api: LinkApi, signal: AbortSignal): Promise<void> {
  const response = await callApi(api, INVALID_REQUEST, signal);
  if (!isInvalidRequest(response)) {
    throw explainApi(INVALID_REQUEST, response, api);
  }
}

/**
 * Issues a link whose URL is signed on redemption, or, if the deployment does not sign on redemption, one whose URL works until
 * a minute after the link would have expired. Retries are safe: a link whose response was lost is never used.
 *
 * @throws CliError, or the signal's reason
 */
export async function issueLink(api: LinkApi, request: LinkRequest, signal: AbortSignal): Promise<IssuedLink> {
  const { location, expiresInSeconds, downloadAs, versionId, from } = request;
  const body = {
    bucket_name: location.bucket,
    object_name: location.key,
    expires_in: expiresInSeconds,
    download_as: downloadAs,
    version_id: versionId,
    from,
  };
  const post = (body: object): ApiRequest => ({ method: 'POST', path: ROUTE.generateUrl, body: JSON.stringify(body) });
  const preferred = post({ ...body, presign: 'on_open' });
  const response = await callApi(api, preferred, signal);
  if (!isInvalidRequest(response)) {
    return readIssuedLink(preferred, response, api);
  }
  // If signOnOpen is off, this request succeeds. Otherwise, it is refused as well, with the same reason.
  const fallback = post(body);
  return readIssuedLink(fallback, await callApi(api, fallback, signal), api);
}

function isInvalidRequest({ status, fields }: ApiResponse): boolean {
  return status === 400 && fields['code'] === 'InvalidRequest' && typeof fields['detail'] === 'string';
}

/** Reads the response to a request for a link. Errors repeat nothing from a response of another server. @throws CliError */
export function readIssuedLink(request: ApiRequest, response: ApiResponse, api: LinkApi): IssuedLink {
  const { status, text, fields } = response;
  const { url, click_through_url: clickThroughUrl, link_id, expires_at } = fields;
  const linkId = typeof link_id === 'string' ? parseLinkId(link_id) : undefined;
  const expiresAt = parseTime(expires_at);
  const isComplete =
    isLink(url, api) && isLink(clickThroughUrl, api) && linkId !== undefined && expiresAt !== undefined;
  if (status === 200 && isComplete && printable(text) === text) {
    return { url, clickThroughUrl, linkId, expiresAt, text };
  }
  throw explainApi(request, response, api);
}

/** Links use HTTPS, or HTTP at the API's own origin. */
function isLink(value: unknown, { apiEndpoint }: LinkApi): value is string {
  if (typeof value !== 'string' || printable(value) !== value || !URL.canParse(value)) {
    return false;
  }
  const { protocol, origin } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && origin === new URL(apiEndpoint).origin);
}
