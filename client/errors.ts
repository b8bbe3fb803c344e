/** Codes of the API's responses to the requests of the client. A test compares them with openapi.yaml. */
export const API_ERROR_CODES = [
  'InvalidRequest',
  'AccessDenied',
  'BucketNotAllowed',
  'UploadQuotaExceeded',
  'MissingAuthenticationToken',
  'InvalidSignature',
  'ExpiredToken',
  'ObjectNotFound',
  'ObjectExists',
  'LinkNotFound',
  'RevocationUnknown',
  'Throttled',
  'RequestRefused',
  'StorageUnavailable',
  'ServiceUnavailable',
] as const;

type ApiErrorCode = (typeof API_ERROR_CODES)[number];

/**
 * Stable code of an error.
 *
 * - `NoEndpoint`, `NoRegion`, `NoCredentials`: the option and its default are missing or invalid. Nothing was sent.
 * - `NetworkError`: there was no response.
 * - `OutcomeUnknown`: a response was lost. `issue` or `issueUpload` may have issued a link that the caller did not receive.
 *   `revoke` found that the link is no longer active: it was revoked by this call, or redeemed just before.
 * - `UnexpectedResponse`: the response is not one of the API. Usually, the endpoint is wrong.
 * - All others are codes of the API: `docs/http-api.md`. A 429 and a 5xx without a code are
 *   `Throttled` and `ServiceUnavailable`. `RevocationUnknown` is reported as `OutcomeUnknown`.
 */
export type OneTimeLinksErrorCode =
  | Exclude<ApiErrorCode, 'RevocationUnknown'>
  | 'NoEndpoint'
  | 'NoRegion'
  | 'NoCredentials'
  | 'NetworkError'
  | 'OutcomeUnknown'
  | 'UnexpectedResponse';

/** Which links were searched: the caller's own, all, or, if the deployment keeps no receipts, all active ones. */
export type SearchedLinks = 'own' | 'all' | 'active';

/** Details of a {@link OneTimeLinksError}. */
export interface ErrorDetails {
  readonly status?: number | undefined;
  readonly searched?: SearchedLinks | undefined;
  readonly cause?: unknown;
}

/** An error of the client. Match `code`: messages may change. The message contains no nonce, URL or credential. */
export class OneTimeLinksError extends Error {
  override readonly name = 'OneTimeLinksError';
  /** Stable code. */
  readonly code: OneTimeLinksErrorCode;
  /** HTTP status of the response; `undefined` without a response. */
  readonly status: number | undefined;
  /** For `LinkNotFound`: which links were searched. */
  readonly searched: SearchedLinks | undefined;

  /** For tests that replace the client. */
  constructor(code: OneTimeLinksErrorCode, message: string, details: ErrorDetails = {}) {
    const { status, searched, cause } = details;
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.status = status;
    this.searched = searched;
  }
}
