import { DOWNLOAD_FIELDS, type DownloadRequest, type DownloadTerms, downloadRequest } from './download-request';
import { FieldError, type Fields } from './request-fields';
import { UPLOAD_FIELDS, type UploadRequest, type UploadTerms, uploadRequest } from './upload-request';

/** A valid request for a link. */
export type LinkRequest = DownloadRequest | UploadRequest;

/** Limits that a deployment sets. */
export interface LinkTerms extends DownloadTerms, UploadTerms {}

/** Why no link was issued. `detail` says what to change, and never repeats a value of the request. */
export interface IssueError {
  readonly code: 'InvalidRequest' | 'BucketNotAllowed' | 'ObjectNotFound' | 'ObjectExists' | 'UploadQuotaExceeded';
  readonly detail: string;
}

/** Outcome of parsing a body. */
export type ParsedLinkRequest =
  | { readonly ok: true; readonly request: LinkRequest }
  | { readonly ok: false; readonly error: IssueError };

/** Parses the JSON body of `POST /generate-url`. Never throws. */
export function parseLinkRequest(body: string, terms: LinkTerms): ParsedLinkRequest {
  try {
    return { ok: true, request: linkRequest(parseJsonObject(body), terms) };
  } catch (error) {
    if (error instanceof FieldError) {
      return { ok: false, error: { code: 'InvalidRequest', detail: error.message } };
    }
    throw error;
  }
}

function parseJsonObject(body: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new FieldError('The body must be JSON, for example {"bucket_name": "…", "object_name": "…"}.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError('The body must be a JSON object with bucket_name.');
  }
  return value as Fields;
}

function linkRequest(body: Fields, terms: LinkTerms): LinkRequest {
  switch (body['operation']) {
    case undefined:
    case 'download':
      refuseOtherFields(body, DOWNLOAD_FIELDS, UPLOAD_FIELDS, 'upload');
      return downloadRequest(body, terms);
    case 'upload':
      refuseOtherFields(body, UPLOAD_FIELDS, DOWNLOAD_FIELDS, 'download');
      return uploadRequest(body, terms);
    default:
      throw new FieldError('operation must be "download" or "upload".');
  }
}

function refuseOtherFields(
  body: Fields,
  known: readonly string[],
  ofOther: readonly string[],
  otherOperation: string,
): void {
  const other = Object.keys(body).find((name) => !known.includes(name));
  if (other === undefined) {
    return;
  }
  if (ofOther.includes(other)) {
    throw new FieldError(`${other} is only for links with operation "${otherOperation}".`);
  }
  // The message repeats the name only if it looks like a field name, because a misplaced secret must not be echoed.
  const which = /^[a-z_]{1,40}$/i.test(other) ? `the unknown field ${other}` : 'an unknown field';
  throw new FieldError(`The body has ${which}. Known fields: ${known.join(', ')}.`);
}
