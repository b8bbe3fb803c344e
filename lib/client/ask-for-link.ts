import { setTimeout as delay } from 'node:timers/promises';
import { credentialsExpired, credentialsRefused, isNetworkFailure, unreachable } from './aws-failure';
import type { LinkApi } from './deployment';
import { ShareFailure } from './failure';
import { printable } from './printable';
import { formatS3Location, type S3Location } from './s3-location';
import { signRequest } from './sign-request';

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

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterSeconds: number;
}

const TRIES = 3;
const TIMEOUT_MS = 30_000;
/** However long the API asks to wait. */
const LONGEST_WAIT_SECONDS = 10;
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
  for (let tries = 1; ; tries++) {
    const answer = await post(api, body, signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    const link = answer.status === 200 ? parseLink(answer.text, api) : undefined;
    if (link !== undefined) {
      return link;
    }
    const worthAnotherTry = answer.status === 0 || answer.status === 429 || answer.status >= 500;
    if (!worthAnotherTry || tries === TRIES) {
      throw explain(answer, api, request.location);
    }
    await delay(Math.min(answer.retryAfterSeconds, LONGEST_WAIT_SECONDS) * 1000, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}

/** Sends the request once. @returns status 0 if there was no answer. */
async function post(api: LinkApi, body: string, signal: AbortSignal): Promise<Answer> {
  const url = `${api.apiEndpoint}generate-url`;
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const credentials = await api.credentials();
  const signed = await signRequest(
    { method: 'POST', url, headers, body },
    { credentials, region: api.region, now: new Date() },
  );
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: signed,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const retryAfter = Number(response.headers.get('retry-after') ?? 1);
    return {
      status: response.status,
      text: await response.text(),
      retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : 1,
    };
  } catch (error) {
    if (signal.aborted || !isNetworkFailure(error)) {
      throw error;
    }
    return { status: 0, text: '', retryAfterSeconds: 1 };
  }
}

/** Whoever answers in place of the API can write what they want: nothing of it is shown that is no link of one. */
function parseLink(text: string, { apiEndpoint }: LinkApi): LinkAnswer | undefined {
  const { url, click_through_url: clickThroughUrl, expires_at: expiresAt } = parseJsonObject(text);
  const isLink = (value: unknown): value is string => isLinkOf(apiEndpoint, value);
  const expires = new Date(typeof expiresAt === 'string' ? expiresAt : Number.NaN);
  if (!isLink(url) || Number.isNaN(expires.getTime()) || printable(text) !== text) {
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

function explain({ status, text }: Answer, api: LinkApi, location: S3Location): ShareFailure {
  const service = { name: 'The API', ...(api.s3Endpoint && { standEndpoint: api.apiEndpoint }) };
  const { code, detail } = parseJsonObject(text);
  if (status === 0) {
    return unreachable(service);
  }
  if (status === 429 || status >= 500) {
    return new ShareFailure('ServiceFailed', `The API fails (${status}): try again in a minute.`);
  }
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
    case 'InvalidSignature':
      return credentialsRefused(service);
    case 'ExpiredToken':
      return credentialsExpired();
    default: {
      const remedy = 'check --endpoint, or the outputs of the stack';
      return new ShareFailure('ApiNotFound', `${api.apiEndpoint} does not answer as the API of links: ${remedy}.`);
    }
  }
}

function inOptions(detail: string): string {
  return detail.replace(/\b[a-z]+_[a-z]+\b/g, (field) => OPTION_NAMES[field] ?? field);
}

function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
