import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import { API_ERROR_CODES, OneTimeLinksError, type SearchedLinks } from './errors';
import { type Fields, isObject, parseJsonObject } from './json';
import type { ApiAccess } from './options';
import { readText } from './read-text';

/** A request to the API. */
export interface ApiRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Relative to the endpoint. */
  readonly path: string;
  /** Query parameters. */
  readonly query?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
}

/** How to call the API. */
export interface CallSettings {
  /**
   * When to send the request again. `safe`: after a 429 or 5xx, or without a response. `unsent`: only if it was certainly not
   * processed: after a 429, or without a connection.
   */
  readonly retry: 'safe' | 'unsent';
  readonly signal: AbortSignal | undefined;
}

/** The response to the last attempt. */
export interface ApiResponse {
  /** 0 if there was no response. */
  readonly status: number;
  /** Fields of the body; empty if it is not a JSON object. */
  readonly fields: Fields;
  /** Whether an attempt may have been processed although its response was lost or a 5xx. */
  readonly outcomeUnknown: boolean;
  /** Why there was no response, such as `ECONNREFUSED`. */
  readonly networkError: string;
}

interface Attempt extends Omit<ApiResponse, 'outcomeUnknown'> {
  readonly wasSent: boolean;
  readonly retryAfterSeconds: number;
}

const MAX_ATTEMPTS = 3;
/** Far above the longest response. */
const MAX_RESPONSE_BYTES = 1_000_000;
/** API Gateway waits 29 seconds for a function. */
const TIMEOUT_MS = 30_000;
const MAX_WAIT_SECONDS = 10;

/** Calls the API, with at most three attempts. @throws OneTimeLinksError `NoCredentials`; the signal's reason */
export async function callApi(
  api: ApiAccess,
  request: ApiRequest,
  { retry, signal }: CallSettings,
): Promise<ApiResponse> {
  let outcomeUnknown = false;
  for (let attempt = 1; ; attempt++) {
    const { status, fields, networkError, wasSent, retryAfterSeconds } = await send(api, request, signal);
    const isOutage = status === 0 || status >= 500;
    const mayBeProcessed = isOutage && wasSent;
    const isRetried = status === 429 || (isOutage && (retry === 'safe' || !mayBeProcessed));
    outcomeUnknown ||= mayBeProcessed;
    if (!isRetried || attempt === MAX_ATTEMPTS) {
      return { status, fields, outcomeUnknown, networkError };
    }
    await sleep(Math.min(retryAfterSeconds, MAX_WAIT_SECONDS) * 1000, signal);
  }
}

/** Returns the error for a response that is not the expected one. */
export function errorOf(
  { method, path }: ApiRequest,
  response: ApiResponse,
  searched?: SearchedLinks,
): OneTimeLinksError {
  const { status, fields, networkError } = response;
  if (status === 0) {
    return new OneTimeLinksError('NetworkError', `The API cannot be reached (${networkError}).`);
  }
  const { detail } = fields;
  const known = API_ERROR_CODES.find((code) => code === fields['code']);
  if (status === 429 || status >= 500) {
    const code =
      status === 429 ? 'Throttled' : known === 'StorageUnavailable' ? 'StorageUnavailable' : 'ServiceUnavailable';
    return new OneTimeLinksError(code, `The API failed (${known ?? status}): try again in a minute.`, { status });
  }
  if (status < 400 || known === undefined || typeof detail !== 'string') {
    const message = `The response is not one of the links API (status ${status}): check the endpoint.`;
    return new OneTimeLinksError('UnexpectedResponse', message, { status });
  }
  if (known === 'AccessDenied') {
    // The API's own text is also meant for readers of links.
    const message = `You may not call ${method} /${path}: ask for execute-api:Invoke on it.`;
    return new OneTimeLinksError('AccessDenied', message, { status });
  }
  if (known === 'MissingAuthenticationToken') {
    const message = `The API has no ${method} /${path}: check the endpoint. Without receipts, it has no /my-links.`;
    return new OneTimeLinksError('MissingAuthenticationToken', message, { status });
  }
  const code = known === 'RevocationUnknown' ? 'OutcomeUnknown' : known;
  const reason = isHarmless(detail) ? `: ${detail}` : '.';
  const details = code === 'LinkNotFound' ? { status, searched } : { status };
  return new OneTimeLinksError(code, `The API refused the request (${known})${reason}`, details);
}

/** Whether a text from a server may become part of a message. Another server could return the caller's credentials. */
function isHarmless(text: string): boolean {
  return text.length <= 500 && !/\p{C}|:\/\/|[\w+/=-]{32}/u.test(text);
}

/** Signs a request with Signature Version 4. @returns all headers of the request */
export async function signRequest(
  { region, credentials }: Pick<ApiAccess, 'region' | 'credentials'>,
  { protocol, hostname, host, pathname: path, searchParams }: URL,
  request: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
  const identity = { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  const signer = new SignatureV4({ service: 'execute-api', region, credentials: identity, sha256: Sha256 });
  const headers = { ...request.headers, host };
  const query = Object.fromEntries(searchParams);
  return (await signer.sign({ ...request, protocol, hostname, path, query, headers })).headers;
}

async function send(
  api: ApiAccess,
  { method, path, query = {}, body = '' }: ApiRequest,
  signal: AbortSignal | undefined,
): Promise<Attempt> {
  const url = new URL(path, api.endpoint);
  url.search = new URLSearchParams(query).toString();
  const headers = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) };
  const signed = await signRequest(api, url, { method, headers, body });
  signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await api.fetch(url.href, {
      method,
      headers: signed,
      ...(body && { body }),
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    const text = await readText(response, MAX_RESPONSE_BYTES);
    const { status } = response;
    const retryAfter = response.headers.get('retry-after') ?? '';
    // It can also be a date, which is not worth parsing.
    const retryAfterSeconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : 1;
    return { status, fields: parseJsonObject(text) ?? {}, networkError: '', wasSent: true, retryAfterSeconds };
  } catch (error) {
    signal?.throwIfAborted();
    // The error itself is not kept: it can contain the response.
    const networkError = networkErrorOf(error);
    const wasSent = !NOT_CONNECTED.has(networkError);
    return { status: 0, fields: {}, networkError, wasSent, retryAfterSeconds: 1 };
  }
}

/** Errors of requests that were not sent: the host name has no address, or nothing accepts connections. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Returns the system code of an error from `fetch`, which is often that of its cause, or else its name. */
function networkErrorOf(error: unknown): string {
  const { name, code, cause } = isObject(error) ? error : {};
  const { code: codeOfCause } = isObject(cause) ? cause : {};
  const isCode = (value: unknown): value is string => typeof value === 'string' && /^\w{1,40}$/.test(value);
  return [codeOfCause, code, name].find(isCode) ?? 'no response';
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end);
  });
  signal?.throwIfAborted();
}
