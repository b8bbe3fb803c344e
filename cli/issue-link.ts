import { ROUTE } from '../lambda/contract';
import { type LinkId, parseLinkId } from '../lambda/link/nonce';
import { callApi, explainApi } from './api';
import type { LinkApi } from './deployment';
import { CliError } from './errors';
import { formatDuration, parseTime, printable } from './format';
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
  readonly linkId: LinkId;
  readonly expiresAt: Date;
  /** The JSON response. */
  readonly text: string;
}

/** How the API refuses a lifetime (lambda/link/link-request.ts). */
const EXPIRES_IN_REFUSED = /^expires_in must be a whole number of seconds from 1 to (\d{1,9})\.(.*)$/;

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
  const { url, click_through_url: clickThroughUrl, link_id, expires_at } = fields;
  const linkId = typeof link_id === 'string' ? parseLinkId(link_id) : undefined;
  const expiresAt = parseTime(expires_at);
  // Nothing is printed of a response that is not the API's.
  const isComplete =
    isLink(url, api) && isLink(clickThroughUrl, api) && linkId !== undefined && expiresAt !== undefined;
  if (status === 200 && isComplete && printable(text) === text) {
    return { url, clickThroughUrl, linkId, expiresAt, text };
  }
  const [, maxSeconds, advice = ''] = EXPIRES_IN_REFUSED.exec(String(fields['detail'])) ?? [];
  if (status === 400 && maxSeconds !== undefined) {
    throw new CliError('Usage', `--expires must be at most ${formatDuration(Number(maxSeconds))} here.${advice}`);
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
