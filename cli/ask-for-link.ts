import { type ApiAnswer, callApi, explainRefusal, parseJsonObject } from './call-api';
import type { LinkApi } from './deployment';
import { ShareFailure } from './failure';
import { printable } from './printable';
import { formatS3Location, type S3Location } from './s3-location';
import { parseTime } from './time';

/** What a link is wanted for. */
export interface LinkRequest {
  readonly location: S3Location;
  readonly expiresInSeconds: number;
  /** File name that browsers save the download under. */
  readonly downloadAs: string;
  /** One version of the object. */
  readonly versionId?: string;
}

/** A link, as the API answered. */
export interface LinkAnswer {
  /** Opens for whoever asks first. */
  readonly url: string;
  /** Of a page with a button, which opens it; absent where the deployment has no such page. */
  readonly clickThroughUrl?: string;
  readonly expiresAt: Date;
  /** The whole answer, as it came: JSON. */
  readonly text: string;
}

/** Fields of the request, in the words of who calls the command. */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  bucket_name: 'the bucket',
  object_name: 'the key',
  expires_in: '--expires',
  version_id: '--version-id',
  download_as: '--as',
};

/**
 * Asks the API for a link. Tries again where that may help: a link whose address was lost on the way opens for nobody.
 *
 * @throws ShareFailure, or the signal's reason
 */
export async function askForLink(api: LinkApi, request: LinkRequest, signal: AbortSignal): Promise<LinkAnswer> {
  const body = JSON.stringify({
    bucket_name: request.location.bucket,
    object_name: request.location.key,
    expires_in: request.expiresInSeconds,
    download_as: request.downloadAs,
    ...(request.versionId === undefined ? {} : { version_id: request.versionId }),
  });
  const answer = await callApi(api, { method: 'POST', path: 'generate-url', body }, signal);
  const link = answer.status === 200 ? parseLink(answer.text, api) : undefined;
  if (link === undefined) {
    throw explain(answer, api, request.location);
  }
  return link;
}

/** Whoever answers in place of the API can write what they want: nothing of it is shown that is no link of one. */
function parseLink(text: string, { apiEndpoint }: LinkApi): LinkAnswer | undefined {
  const { url, click_through_url: clickThroughUrl, expires_at: expiresAt } = parseJsonObject(text);
  const isLink = (value: unknown): value is string => isLinkOf(apiEndpoint, value);
  const expires = parseTime(expiresAt);
  if (!isLink(url) || expires === undefined || printable(text) !== text) {
    return undefined;
  }
  if (clickThroughUrl === undefined) {
    return { url, expiresAt: expires, text };
  }
  return isLink(clickThroughUrl) ? { url, clickThroughUrl, expiresAt: expires, text } : undefined;
}

/** Whether it is an address that links may have: of https, or in clear only where the API itself was asked in clear. */
function isLinkOf(apiEndpoint: string, value: unknown): value is string {
  if (typeof value !== 'string' || printable(value) !== value || !URL.canParse(value)) {
    return false;
  }
  const { protocol, origin } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && origin === new URL(apiEndpoint).origin);
}

function explain(answer: ApiAnswer, api: LinkApi, location: S3Location): ShareFailure {
  const { code, detail } = parseJsonObject(answer.text);
  switch (code) {
    case 'InvalidRequest':
      return new ShareFailure('LinkRefused', `No link was made: ${inOptions(String(detail))}`);
    case 'BucketNotAllowed': {
      const remedy = 'copy it to the bucket of the stack, or name another stack';
      const sentence = `${formatS3Location(location)} is in a bucket that this stack does not share from: ${remedy}.`;
      return new ShareFailure('LinkRefused', sentence);
    }
    case 'ObjectNotFound':
      return new ShareFailure('ObjectNotFound', `There is no object ${formatS3Location(location)}: check its name.`);
    case 'AccessDenied': {
      const remedy = 'ask for execute-api:Invoke on POST /generate-url, or give another --profile';
      return new ShareFailure('LinkDenied', `You may not ask for links at ${api.apiEndpoint}: ${remedy}.`);
    }
    default:
      return explainRefusal(answer, api);
  }
}

function inOptions(detail: string): string {
  return detail.replace(/\b[a-z]+_[a-z]+\b/g, (field) => OPTION_NAMES[field] ?? field);
}
