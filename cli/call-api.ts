import { setTimeout as delay } from 'node:timers/promises';
import { credentialsExpired, credentialsRefused, isNetworkFailure, unreachable } from './aws-failure';
import type { LinkApi } from './deployment';
import { ShareFailure } from './failure';
import { signRequest } from './sign-request';

/** What to ask of the API. */
export interface ApiCall {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Below the base address, without a slash at its start. */
  readonly path: string;
  /** JSON. @default - none */
  readonly body?: string;
}

/** What it answered in the end. */
export interface ApiAnswer {
  /** 0 if there was no answer. */
  readonly status: number;
  readonly text: string;
  /** Whether an earlier try may have been carried out though it was not answered. */
  readonly inDoubt: boolean;
}

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly retryAfterSeconds: number;
}

const TRIES = 3;
const TIMEOUT_MS = 30_000;
/** However long the API asks to wait. */
const LONGEST_WAIT_SECONDS = 10;

/**
 * Calls the API, and again where that may help: no answer, throttling, faults of the service.
 *
 * @throws the signal's reason
 */
export async function callApi(api: LinkApi, call: ApiCall, signal: AbortSignal): Promise<ApiAnswer> {
  let inDoubt = false;
  for (let tries = 1; ; tries++) {
    const { status, text, retryAfterSeconds } = await send(api, call, signal).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
    const worthAnotherTry = status === 0 || status === 429 || status >= 500;
    if (!worthAnotherTry || tries === TRIES) {
      return { status, text, inDoubt };
    }
    inDoubt ||= status !== 429;
    await delay(Math.min(retryAfterSeconds, LONGEST_WAIT_SECONDS) * 1000, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
}

/** Says why the API refused, as far as that does not depend on what it was asked. */
export function explainRefusal({ status, text }: ApiAnswer, api: LinkApi): ShareFailure {
  const service = { name: 'The API', ...(api.s3Endpoint && { emulatorEndpoint: api.apiEndpoint }) };
  if (status === 0) {
    return unreachable(service);
  }
  if (status === 429 || status >= 500) {
    return new ShareFailure('ServiceFailed', `The API fails (${status}): try again in a minute.`);
  }
  switch (parseJsonObject(text)['code']) {
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

/** The fields of an answer; none if it is no JSON object. */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** Sends the request once. @returns status 0 if there was no answer. */
async function send(api: LinkApi, { method, path, body = '' }: ApiCall, signal: AbortSignal): Promise<Reply> {
  const url = `${api.apiEndpoint}${path}`;
  const headers = { accept: 'application/json', ...(body === '' ? {} : { 'content-type': 'application/json' }) };
  const credentials = await api.credentials();
  const signed = await signRequest(
    { method, url, headers, body },
    { credentials, region: api.region, now: new Date() },
  );
  try {
    const response = await fetch(url, {
      method,
      headers: signed,
      ...(body === '' ? {} : { body }),
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
