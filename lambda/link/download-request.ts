import { MAX_FILE_NAME_BYTES, MAX_STORED_URL_SECONDS } from '../contract';
import type { ObjectAddress, PresignTime } from './destination';
import { downloadNameProblem } from './download-name';
import {
  clickThroughField,
  expiresInField,
  FieldError,
  type Fields,
  fromField,
  keyField,
  optional,
  text,
} from './request-fields';

/** A valid request for a download link. */
export interface DownloadRequest extends Omit<ObjectAddress, 'region'> {
  readonly operation: 'download';
  readonly expiresInSeconds: number;
  readonly presign: PresignTime;
  /** Whether a `text/plain` response contains the click-through link instead of the direct link. */
  readonly clickThrough: boolean;
  /** Name of the sender, for the click-through page. */
  readonly from?: string;
}

/** Limits that a deployment sets for download links. */
export interface DownloadTerms {
  /** Longest lifetime of a link. */
  readonly maxLifetimeSeconds: number;
  /** Whether URLs can be signed on redemption. If not, {@link MAX_STORED_URL_SECONDS} is the longest lifetime. */
  readonly signsOnOpen: boolean;
}

/** S3 version IDs are opaque: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
const MAX_VERSION_ID_BYTES = 1024;

/** Fields of a request for a download link. */
export const DOWNLOAD_FIELDS: readonly string[] = [
  'operation',
  'bucket_name',
  'object_name',
  'expires_in',
  'presign',
  'version_id',
  'download_as',
  'click_through',
  'from',
];

/**
 * Reads the fields of a request for a download link.
 *
 * @throws FieldError
 */
export function downloadRequest(body: Fields, terms: DownloadTerms): DownloadRequest {
  const asked = optional(body['presign'], (value) => presignField(value, terms));
  const expiresInSeconds = lifetime(body['expires_in'], asked, terms);
  const versionId = optional(body['version_id'], versionIdField);
  const downloadAs = optional(body['download_as'], downloadAsField);
  const from = optional(body['from'], fromField);
  return {
    operation: 'download',
    bucketName: text('bucket_name', body['bucket_name']),
    objectName: keyField('object_name', body['object_name']),
    expiresInSeconds,
    presign: asked ?? (expiresInSeconds > MAX_STORED_URL_SECONDS ? 'on_open' : 'now'),
    ...(versionId !== undefined && { versionId }),
    ...(downloadAs !== undefined && { downloadAs }),
    clickThrough: clickThroughField(body['click_through']),
    ...(from !== undefined && { from }),
  };
}

function presignField(value: unknown, { signsOnOpen }: DownloadTerms): PresignTime {
  if (value !== 'now' && value !== 'on_open') {
    throw new FieldError('presign must be "now" or "on_open".');
  }
  if (value === 'on_open' && !signsOnOpen) {
    throw new FieldError('presign must be "now": this deployment does not sign URLs on redemption.');
  }
  return value;
}

function lifetime(value: unknown, presign: PresignTime | undefined, terms: DownloadTerms): number {
  const { maxLifetimeSeconds, signsOnOpen } = terms;
  const stored = presign === 'now' || !signsOnOpen;
  const longest = stored ? Math.min(maxLifetimeSeconds, MAX_STORED_URL_SECONDS) : maxLifetimeSeconds;
  const advice = signsOnOpen ? STORED_URL_ADVICE : NO_SIGNING_ON_OPEN;
  return expiresInField(value, longest, longest === maxLifetimeSeconds ? '' : ` ${advice}`);
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
