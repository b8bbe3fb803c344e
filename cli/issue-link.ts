import { callApi, errorOf } from '../client/call-api';
import { OneTimeLinksError } from '../client/errors';
import type { IssuedLink } from '../client/links';
import { ROUTE } from '../lambda/contract';
import { accessTo, clientOf, explainApi } from './api';
import type { LinkApi } from './deployment';
import { CliError } from './errors';
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

/** Refused because of its content, after the API has authorized the caller. */
const INVALID_REQUEST = { method: 'POST', path: ROUTE.generateUrl, body: '{}' } as const;

/**
 * Checks that the caller may issue links, in one round trip. Issues nothing, because API Gateway refuses the body.
 *
 * @throws CliError if the caller may not issue links, or the endpoint is not that of the API; the signal's reason
 */
export async function checkIssuer(api: LinkApi, signal: AbortSignal): Promise<void> {
  const response = await callApi(accessTo(api), INVALID_REQUEST, { retry: 'safe', signal });
  const error = errorOf(INVALID_REQUEST, response);
  if (error.code !== 'InvalidRequest') {
    throw explainApi(error, api);
  }
}

/**
 * Issues a link whose URL is signed on redemption, or, if the deployment does not sign on redemption, one whose URL works until
 * a minute after the link would have expired.
 *
 * @throws CliError, or the signal's reason
 */
export async function issueLink(api: LinkApi, request: LinkRequest, signal: AbortSignal): Promise<IssuedLink> {
  const { location, ...fields } = request;
  const client = clientOf(api);
  const link = { ...location, ...fields };
  try {
    return await client.issue({ ...link, presign: 'on_open' }, { signal }).catch((error: unknown) => {
      if (error instanceof OneTimeLinksError && error.code === 'InvalidRequest') {
        // If signOnOpen is off, this request succeeds. Otherwise, it is refused as well, with the same reason.
        return client.issue(link, { signal });
      }
      throw error;
    });
  } catch (error) {
    throw explainIssue(error, api);
  }
}

/** Explains an error from a request for a link. @returns the error itself if the client did not throw it */
export function explainIssue(error: unknown, api: LinkApi): unknown {
  if (error instanceof OneTimeLinksError && error.code === 'OutcomeUnknown') {
    const message = 'The response was lost, so an unusable link may have been issued: try again.';
    return new CliError('Unavailable', message);
  }
  return explainApi(error, api);
}
