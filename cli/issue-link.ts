import { ROUTE } from '../lambda/contract';
import { callApi, explainApi } from './api';
import type { LinkApi } from './deployment';
import { parseTime, printable } from './format';
import type { S3Location } from './s3-location';

/** A link to issue. */
export interface LinkRequest {
  readonly location: S3Location;
  readonly expiresInSeconds: number;
  /** File name that browsers save the download under. */
  readonly downloadAs: string;
  readonly versionId?: string;
}

/** A link that was issued. */
export interface IssuedLink {
  readonly url: string;
  readonly clickThroughUrl: string;
  readonly expiresAt: Date;
  /** The JSON response. */
  readonly text: string;
}

/**
 * Issues a link. Retries are safe: a link whose response was lost is never used.
 *
 * @throws CliError, or the signal's reason
 */
export async function issueLink(api: LinkApi, request: LinkRequest, signal: AbortSignal): Promise<IssuedLink> {
  const { location, expiresInSeconds, downloadAs, versionId } = request;
  const body = JSON.stringify({
    bucket_name: location.bucket,
    object_name: location.key,
    expires_in: expiresInSeconds,
    download_as: downloadAs,
    version_id: versionId,
  });
  const apiRequest = { method: 'POST', path: ROUTE.generateUrl, body } as const;
  const response = await callApi(api, apiRequest, signal);
  const { status, text, fields } = response;
  const { url, click_through_url: clickThroughUrl, expires_at } = fields;
  const expiresAt = parseTime(expires_at);
  // Nothing is printed of a response that is not the API's.
  const isComplete = isLink(url, api) && isLink(clickThroughUrl, api) && expiresAt !== undefined;
  if (status === 200 && isComplete && printable(text) === text) {
    return { url, clickThroughUrl, expiresAt, text };
  }
  throw explainApi(apiRequest, response, api);
}

/** Links are https, or plain http at the origin of the API itself. */
function isLink(value: unknown, { apiEndpoint }: LinkApi): value is string {
  if (typeof value !== 'string' || printable(value) !== value || !URL.canParse(value)) {
    return false;
  }
  const { protocol, origin } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && origin === new URL(apiEndpoint).origin);
}
