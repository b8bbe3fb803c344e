import { CHECKSUMS } from './checksums';
import { completeMultipartUpload } from './complete-upload';
import type { S3Context } from './context';
import { readObject } from './get-object';
import { listObjects } from './list-objects';
import { listMultipartUploads, listParts } from './list-uploads';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart';
import { getObjectTagging, putObjectTagging } from './object-tagging';
import { deleteObject, isUserMetadata, putObject } from './put-object';
import { notImplemented, type S3Failure, type S3Reply } from './reply';
import type { S3Target } from './target';

/** An S3 API operation. Unlisted parameters and headers are refused, because they could change its meaning. */
export interface S3Operation {
  readonly name: string;
  readonly action: string;
  readonly parameters: readonly string[];
  /** Supported `x-amz-*` and `if-*` headers. */
  readonly headers: readonly string[];
  /** Whether `x-amz-meta-*` headers are supported. */
  readonly metadata?: true;
  /**
   * Value of `s3:ObjectCreationOperation`: whether the operation creates an object (`true`) or prepares one (`false`).
   *
   * @default - neither
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
   */
  readonly createsObject?: boolean;
  readonly perform: (context: S3Context) => S3Reply | S3Failure | Promise<S3Reply | S3Failure>;
}

const SIGNATURE_HEADERS = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent'];
/** Conditions that every operation supports. */
const COMMON_HEADERS = ['x-amz-expected-bucket-owner'];
const PRESIGNED_PARAMETER =
  /^X-Amz-(?:Algorithm|Content-Sha256|Credential|Date|Expires|Security-Token|SignedHeaders|Signature)$/;
/** Ignored by S3. https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
const CUSTOM_PARAMETER = /^x-(?!amz-)/i;
const CHECKSUM_HEADERS = Object.keys(CHECKSUMS).map((name) => `x-amz-checksum-${name}`);

/** GetObject and HeadObject. */
const READ = {
  parameters: [
    'x-amz-checksum-mode',
    'response-cache-control',
    'response-content-disposition',
    'response-content-encoding',
    'response-content-language',
    'response-content-type',
    'response-expires',
  ],
  headers: ['x-amz-checksum-mode', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  perform: readObject,
};

/**
 * Names of operations and the actions that they require.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
const OPERATIONS = {
  GetObject: { ...READ, action: 's3:GetObject' },
  GetObjectVersion: { ...READ, action: 's3:GetObjectVersion', parameters: [...READ.parameters, 'versionId'] },
  PutObject: {
    action: 's3:PutObject',
    parameters: [],
    headers: [...CHECKSUM_HEADERS, 'x-amz-sdk-checksum-algorithm', 'if-none-match'],
    metadata: true,
    createsObject: true,
    perform: putObject,
  },
  DeleteObject: { action: 's3:DeleteObject', parameters: [], headers: [], perform: deleteObject },
  GetObjectTagging: {
    action: 's3:GetObjectTagging',
    parameters: ['tagging'],
    headers: [],
    perform: getObjectTagging,
  },
  PutObjectTagging: {
    action: 's3:PutObjectTagging',
    parameters: ['tagging'],
    headers: [...CHECKSUM_HEADERS, 'x-amz-sdk-checksum-algorithm'],
    perform: putObjectTagging,
  },
  ListObjectsV2: {
    action: 's3:ListBucket',
    parameters: ['list-type', 'prefix', 'delimiter', 'max-keys', 'continuation-token', 'encoding-type'],
    headers: [],
    perform: listObjects,
  },
  CreateMultipartUpload: {
    action: 's3:PutObject',
    parameters: ['uploads'],
    headers: ['x-amz-checksum-algorithm', 'x-amz-checksum-type'],
    metadata: true,
    createsObject: false,
    perform: createMultipartUpload,
  },
  UploadPart: {
    action: 's3:PutObject',
    parameters: ['partNumber', 'uploadId'],
    headers: [...CHECKSUM_HEADERS, 'x-amz-sdk-checksum-algorithm'],
    createsObject: false,
    perform: uploadPart,
  },
  CompleteMultipartUpload: {
    action: 's3:PutObject',
    parameters: ['uploadId'],
    headers: [...CHECKSUM_HEADERS, 'x-amz-checksum-type', 'x-amz-mp-object-size', 'if-none-match'],
    createsObject: true,
    perform: completeMultipartUpload,
  },
  AbortMultipartUpload: {
    action: 's3:AbortMultipartUpload',
    parameters: ['uploadId'],
    headers: [],
    perform: abortMultipartUpload,
  },
  ListParts: {
    action: 's3:ListMultipartUploadParts',
    parameters: ['uploadId', 'max-parts', 'part-number-marker'],
    headers: [],
    perform: listParts,
  },
  ListMultipartUploads: {
    action: 's3:ListBucketMultipartUploads',
    parameters: ['uploads', 'prefix', 'max-uploads', 'key-marker', 'upload-id-marker', 'encoding-type'],
    headers: [],
    perform: listMultipartUploads,
  },
} as const satisfies Readonly<Record<string, Omit<S3Operation, 'name'>>>;

type OperationName = keyof typeof OPERATIONS;

/** Finds the operation; 501 for operations, parameters and headers that the emulator does not support. */
export function findOperation(target: S3Target): S3Operation | S3Failure {
  const name = operationName(target);
  if (name === undefined) {
    return notImplemented(`${target.method} with this address`);
  }
  const operation: S3Operation = { name, ...OPERATIONS[name] };
  const parameter = [...target.query.keys()].find(
    (one) => !operation.parameters.includes(one) && !CUSTOM_PARAMETER.test(one) && !PRESIGNED_PARAMETER.test(one),
  );
  if (parameter !== undefined) {
    return notImplemented(`the query parameter ${parameter} with ${name}`);
  }
  const header = Object.keys(target.headers).find(
    (one) =>
      changesMeaning(one) && !operation.headers.includes(one) && !(operation.metadata === true && isUserMetadata(one)),
  );
  return header === undefined ? operation : notImplemented(`the header ${header} with ${name}`);
}

function operationName({ method, bucketName, key, query }: S3Target): OperationName | undefined {
  if (bucketName === '' || key === '') {
    return bucketName === '' ? undefined : bucketOperation(method, query);
  }
  const ofUpload = query.has('uploadId');
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (ofUpload) {
        return method === 'GET' ? 'ListParts' : undefined;
      }
      if (query.has('tagging')) {
        return method === 'GET' ? 'GetObjectTagging' : undefined;
      }
      return query.has('versionId') ? 'GetObjectVersion' : 'GetObject';
    case 'PUT':
      if (query.has('tagging')) {
        return 'PutObjectTagging';
      }
      return ofUpload ? 'UploadPart' : 'PutObject';
    case 'DELETE':
      return ofUpload ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      if (query.has('uploads')) {
        return 'CreateMultipartUpload';
      }
      return ofUpload ? 'CompleteMultipartUpload' : undefined;
    default:
      return undefined;
  }
}

function bucketOperation(method: string, query: S3Target['query']): OperationName | undefined {
  if (method !== 'GET') {
    return undefined;
  }
  if (query.get('list-type') === '2') {
    return 'ListObjectsV2';
  }
  return query.has('uploads') ? 'ListMultipartUploads' : undefined;
}

function changesMeaning(headerName: string): boolean {
  const isOwn = [...SIGNATURE_HEADERS, ...COMMON_HEADERS].includes(headerName);
  return (headerName.startsWith('x-amz-') && !isOwn) || headerName.startsWith('if-');
}
