import { MAX_CONTENT_TYPES, MAX_LABEL_CHARACTERS, MAX_UPLOAD_BYTES } from '../contract';
import type { UploadDestination, UploadLimits } from './destination';
import {
  clickThroughField,
  expiresInField,
  FieldError,
  type Fields,
  fromField,
  keyField,
  optional,
  shownTextField,
  text,
  wholeNumberField,
} from './request-fields';
import { isTypeRange } from './upload-declaration';
import { MAX_UPLOAD_PREFIX_BYTES } from './upload-key';

/** A valid request for an upload link. */
export interface UploadRequest extends UploadLimits {
  readonly operation: 'upload';
  readonly bucketName: string;
  /** @default - the upload prefix of the bucket */
  readonly key?: UploadDestination['key'];
  readonly expiresInSeconds: number;
  /** Whether a `text/plain` response contains the click-through link instead of the direct link. */
  readonly clickThrough: boolean;
  /** What the uploader is asked for. */
  readonly label?: string;
  /** Name of the person who asks. */
  readonly from?: string;
}

/** Limits that a deployment sets for upload links. */
export interface UploadTerms {
  /** Longest lifetime of a link. */
  readonly maxLifetimeSeconds: number;
  /** Largest file that a link can receive. */
  readonly maxUploadBytes: number;
}

/** Fields of a request for an upload link. */
export const UPLOAD_FIELDS: readonly string[] = [
  'operation',
  'bucket_name',
  'object_name',
  'prefix',
  'max_bytes',
  'content_types',
  'label',
  'from',
  'expires_in',
  'click_through',
];

/**
 * Reads the fields of a request for an upload link.
 *
 * @throws FieldError
 */
export function uploadRequest(body: Fields, { maxLifetimeSeconds, maxUploadBytes }: UploadTerms): UploadRequest {
  const end = maxUploadBytes === MAX_UPLOAD_BYTES ? '. S3 accepts no larger file in one request.' : '.';
  const contentTypes = optional(body['content_types'], contentTypesField);
  const label = optional(body['label'], (value) => shownTextField('label', value, 'a text', MAX_LABEL_CHARACTERS));
  const from = optional(body['from'], fromField);
  const key = uploadKeyField(body['object_name'], body['prefix']);
  return {
    operation: 'upload',
    bucketName: text('bucket_name', body['bucket_name']),
    maxBytes: wholeNumberField('max_bytes', body['max_bytes'], maxUploadBytes, 'bytes', end),
    expiresInSeconds: expiresInField(body['expires_in'], maxLifetimeSeconds),
    clickThrough: clickThroughField(body['click_through']),
    ...(key !== undefined && { key }),
    ...(contentTypes !== undefined && { contentTypes }),
    ...(label !== undefined && { label }),
    ...(from !== undefined && { from }),
  };
}

function uploadKeyField(objectName: unknown, prefix: unknown): UploadRequest['key'] {
  if (objectName !== undefined && prefix !== undefined) {
    throw new FieldError('The body must have object_name or prefix, not both.');
  }
  if (objectName !== undefined) {
    const key = keyField('object_name', objectName);
    if (key.endsWith('/')) {
      throw new FieldError('object_name must not end with a slash: for a folder, use prefix.');
    }
    return { objectName: key };
  }
  return optional(prefix, (value) => ({ prefix: keyField('prefix', value, MAX_UPLOAD_PREFIX_BYTES) }));
}

function contentTypesField(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= MAX_CONTENT_TYPES;
  if (!isList || !value.every((entry) => typeof entry === 'string' && isTypeRange(entry))) {
    throw new FieldError(
      `content_types must be a list of 1 to ${MAX_CONTENT_TYPES} types in lower case, such as "application/pdf" or "image/*".`,
    );
  }
  return [...new Set<string>(value)];
}
