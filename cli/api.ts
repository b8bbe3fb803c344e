import { setTimeout as delay } from 'node:timers/promises';
import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';
import type { LinkApi } from './deployment';
import { CliError, isNetworkError, serviceError, unreachable } from './errors';
import { parseJsonObject } from './format';
import { readText } from './read-text';

/** A request to the API. */
export interface ApiRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** Relative to the base URL. */
  readonly path: string;
  /** Query parameters. */
  readonly query?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

/** The response to the last attempt. */
export interface ApiResponse {
  /** 0 if there was no response. */
  readonly status: number;
  readonly text: string;
  /** Fields of the body; empty if it is not a JSON object. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Whether an earlier attempt may have been applied although its response was lost. */
  readonly outcomeUnknown: boolean;
}

const MAX_ATTEMPTS = 3;
/** Far above the longest response. */
const MAX_RESPONSE_BYTES = 1_000_000;
const TIMEOUT_MS = 30_000;
const MAX_WAIT_SECONDS = 10;

/** Calls the API. Retries when there is no response, a 429 or a 5xx. @throws the signal's reason */
export async function callApi(api: LinkApi, request: ApiRequest, signal: AbortSignal): Promise<ApiResponse> {
  let outcomeUnknown = false;
  for (let attempt = 1; ; attempt++) {
    const { status, text, retryAfterSeconds } = await send(api, request, signal);
    const isFinal = status !== 0 && status !== 429 && status < 500;
    if (isFinal || attempt === MAX_ATTEMPTS) {
      return { status, text, fields: parseJsonObject(text) ?? {}, outcomeUnknown };
    }
    outcomeUnknown ||= status !== 429;
    // Retry-After can also be a date.
    const waitSeconds = Math.min(Number.isNaN(retryAfterSeconds) ? 1 : retryAfterSeconds, MAX_WAIT_SECONDS);
    await delay(waitSeconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Explains a response that is not the expected one. */
export function explainApi({ method, path }: ApiRequest, { status, fields }: ApiResponse, api: LinkApi): CliError {
  const service = { name: 'The API', ...(api.s3Endpoint && { emulatorEndpoint: api.apiEndpoint }) };
  const { code, detail } = fields;
  if (status === 0) {
    return unreachable(service);
  }
  if (code === 'AccessDenied') {
    // The API's own text is also meant for readers of links.
    return new CliError('Denied', `You may not call ${method} /${path}: ask for execute-api:Invoke on it.`);
  }
  const isProblem = typeof code === 'string' && typeof detail === 'string' && code !== 'MissingAuthenticationToken';
  if (status >= 500 || status === 429 || (status >= 400 && isProblem)) {
    return serviceError(service, status, String(code ?? status), String(detail));
  }
  const remedy = 'check --endpoint, or the outputs of the stack';
  return new CliError('NotFound', `${api.apiEndpoint} does not respond like the links API: ${remedy}.`);
}

/** Signs a request with Signature Version 4. @returns all its headers */
export async function signRequest(
  { region, credentials }: Pick<LinkApi, 'region' | 'credentials'>,
  { protocol, hostname, host, pathname: path, searchParams }: URL,
  request: { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body: string },
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const headers = { ...request.headers, host };
  const query = Object.fromEntries(searchParams);
  return (await signer.sign({ ...request, protocol, hostname, path, query, headers })).headers;
}

async function send(api: LinkApi, { method, path, query = {}, body = '' }: ApiRequest, signal: AbortSignal) {
  const url = new URL(path, api.apiEndpoint);
  url.search = new URLSearchParams(query).toString();
  const headers = { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) };
  const signed = await signRequest(api, url, { method, headers, body });
  try {
    const response = await fetch(url, {
      method,
      headers: signed,
      ...(body && { body }),
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 1);
    return { status: response.status, text: await readText(response, MAX_RESPONSE_BYTES), retryAfterSeconds };
  } catch (error) {
    signal.throwIfAborted();
    if (!isNetworkError(error)) {
      throw error;
    }
    return { status: 0, text: '', retryAfterSeconds: 1 };
  }
}
