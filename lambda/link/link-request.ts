import { MAX_FILE_NAME_BYTES, MAX_FROM_CHARACTERS, MAX_STORED_URL_SECONDS } from '../contract';
import type { ObjectAddress, PresignTime } from './destination';
import { downloadNameProblem } from './download-name';
import { senderNameProblem } from './sender-name';

/** A valid request for a link. */
export interface LinkRequest extends Omit<ObjectAddress, 'region'> {
  readonly expiresInSeconds: number;
  readonly presign: PresignTime;
  /** Whether a `text/plain` response contains the click-through link instead of the direct link. */
  readonly clickThrough: boolean;
  /** Name of the sender, for the click-through page. */
  readonly from?: string;
}

/** Limits that a deployment sets. */
export interface LinkTerms {
  /** Longest lifetime of a link. */
  readonly maxLifetimeSeconds: number;
  /** Whether URLs can be signed on redemption. If not, {@link MAX_STORED_URL_SECONDS} is the longest lifetime. */
  readonly signsOnOpen: boolean;
}

/** Why no link was issued. `detail` says what to change, and never repeats a value of the request. */
export interface IssueError {
  readonly code: 'InvalidRequest' | 'BucketNotAllowed' | 'ObjectNotFound';
  readonly detail: string;
}

/** Outcome of parsing a body. */
export type ParsedLinkRequest =
  | { readonly ok: true; readonly request: LinkRequest }
  | { readonly ok: false; readonly error: IssueError };

/** Default of `expires_in`, or the deployment's maximum if that is shorter. */
const DEFAULT_EXPIRES_IN_SECONDS = 3600;
/** S3 object keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_OBJECT_NAME_BYTES = 1024;
/** S3 version IDs are opaque: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
const MAX_VERSION_ID_BYTES = 1024;

const FIELDS = [
  'bucket_name',
  'object_name',
  'expires_in',
  'presign',
  'version_id',
  'download_as',
  'click_through',
  'from',
] as const;

/** Thrown and caught in this module only. */
class FieldError extends Error {}

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

function parseJsonObject(body: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new FieldError('The body must be JSON, for example {"bucket_name": "…", "object_name": "…"}.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FieldError('The body must be a JSON object with bucket_name and object_name.');
  }
  return value as Record<string, unknown>;
}

function linkRequest(body: Readonly<Record<string, unknown>>, terms: LinkTerms): LinkRequest {
  const unknown = Object.keys(body).find((name) => !FIELDS.some((field) => field === name));
  if (unknown !== undefined) {
    // The message repeats the name only if it looks like a field name, because a misplaced secret must not be echoed.
    const which = /^[a-z_]{1,40}$/i.test(unknown) ? `the unknown field ${unknown}` : 'an unknown field';
    throw new FieldError(`The body has ${which}. Known fields: ${FIELDS.join(', ')}.`);
  }
  const asked = optional(body['presign'], (value) => presignField(value, terms));
  const expiresInSeconds = expiresInField(body['expires_in'], asked, terms);
  const versionId = optional(body['version_id'], versionIdField);
  const downloadAs = optional(body['download_as'], downloadAsField);
  const from = optional(body['from'], fromField);
  return {
    bucketName: text('bucket_name', body['bucket_name']),
    objectName: objectNameField(body['object_name']),
    expiresInSeconds,
    presign: asked ?? (expiresInSeconds > MAX_STORED_URL_SECONDS ? 'on_open' : 'now'),
    ...(versionId !== undefined && { versionId }),
    ...(downloadAs !== undefined && { downloadAs }),
    clickThrough: clickThroughField(body['click_through']),
    ...(from !== undefined && { from }),
  };
}

function optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

function text(field: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new FieldError(`${field} must be a non-empty string.`);
  }
  if (/\p{Surrogate}/u.test(value)) {
    throw new FieldError(`${field} must be well-formed Unicode: it contains half of a surrogate pair.`);
  }
  return value;
}

function objectNameField(value: unknown): string {
  const key = text('object_name', value);
  if (Buffer.byteLength(key) > MAX_OBJECT_NAME_BYTES) {
    throw new FieldError(`object_name must be at most ${MAX_OBJECT_NAME_BYTES} bytes of UTF-8.`);
  }
  // Browsers resolve such segments (https://url.spec.whatwg.org/#double-dot-path-segment), so the signature would not
  // match.
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    throw new FieldError('object_name must not contain "." or ".." as a path segment: browsers rewrite such URLs.');
  }
  return key;
}

function presignField(value: unknown, { signsOnOpen }: LinkTerms): PresignTime {
  if (value !== 'now' && value !== 'on_open') {
    throw new FieldError('presign must be "now" or "on_open".');
  }
  if (value === 'on_open' && !signsOnOpen) {
    throw new FieldError('presign must be "now": this deployment does not sign URLs on redemption.');
  }
  return value;
}

function expiresInField(value: unknown, presign: PresignTime | undefined, terms: LinkTerms): number {
  const { maxLifetimeSeconds, signsOnOpen } = terms;
  const stored = presign === 'now' || !signsOnOpen;
  const longest = stored ? Math.min(maxLifetimeSeconds, MAX_STORED_URL_SECONDS) : maxLifetimeSeconds;
  if (value === undefined) {
    return Math.min(DEFAULT_EXPIRES_IN_SECONDS, longest);
  }
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > longest) {
    const why = longest === maxLifetimeSeconds ? '' : ` ${signsOnOpen ? STORED_URL_ADVICE : NO_SIGNING_ON_OPEN}`;
    throw new FieldError(`expires_in must be a whole number of seconds from 1 to ${longest}${inWords(longest)}.${why}`);
  }
  return value;
}

function inWords(seconds: number): string {
  const [unit, size] = seconds % 86_400 === 0 ? ['days', 86_400] : ['hours', 3_600];
  return seconds % size === 0 && seconds > size ? ` (${seconds / size} ${unit})` : '';
}

/** Explains the limit when `expires_in` is too long for a URL that is signed now. */
const STORED_URL_ADVICE =
  'For a longer lifetime, omit presign: a URL signed now stops working when the credentials that signed it expire.';
const NO_SIGNING_ON_OPEN = 'Longer links need signOnOpen, which this deployment has turned off.';

function versionIdField(value: unknown): string {
  const versionId = text('version_id', value);
  if (Buffer.byteLength(versionId) > MAX_VERSION_ID_BYTES || !/^[\x21-\x7e]+$/.test(versionId)) {
    throw new FieldError('version_id must be the ID of an object version, as S3 shows it.');
  }
  return versionId;
}

function downloadAsField(value: unknown): string {
  const name = text('download_as', value);
  switch (downloadNameProblem(name)) {
    case undefined:
    case 'empty':
      return name;
    case 'too-long':
      throw new FieldError(`download_as must be at most ${MAX_FILE_NAME_BYTES} bytes of UTF-8.`);
    case 'control-character':
      throw new FieldError('download_as must not contain control characters, line breaks or direction overrides.');
    case 'path':
      throw new FieldError('download_as must be a file name, without path separators, and not "." or "..".');
  }
}

function fromField(value: unknown): string {
  const from = text('from', value).trim();
  switch (senderNameProblem(from)) {
    case undefined:
      return from;
    case 'length':
      throw new FieldError(`from must be a name of 1 to ${MAX_FROM_CHARACTERS} characters.`);
    case 'control-character':
      throw new FieldError('from must not contain control characters, line breaks or direction overrides.');
  }
}

function clickThroughField(value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw new FieldError('click_through must be true or false.');
  }
  return value ?? false;
}
