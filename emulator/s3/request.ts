import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { CHECKSUMS } from './checksums';
import { fail, notImplemented, type S3Failure } from './reply';

/** Address and signature material of a request, before it is known who asks. */
export interface S3Target {
  readonly method: string;
  readonly rawPath: string;
  readonly rawQuery: string;
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly bucketName: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
}

/** The operations of the S3 API that the emulator performs. */
export type S3Operation =
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'ListObjectsV2'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'ListParts'
  | 'ListMultipartUploads';

interface Knowledge {
  readonly parameters: readonly string[];
  /** Of the `x-amz-*` headers, and of those others that S3 gives a meaning for some operations. */
  readonly headers: readonly string[];
}

/** S3 limits keys to 1,024 bytes of UTF-8. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;
const SIGNATURE_HEADERS = ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token', 'x-amz-user-agent'];
const PRESIGNED_PARAMETER =
  /^X-Amz-(?:Algorithm|Content-Sha256|Credential|Date|Expires|Security-Token|SignedHeaders|Signature)$/;
const READ: Knowledge = {
  parameters: [
    'versionId',
    'x-amz-checksum-mode',
    'response-cache-control',
    'response-content-disposition',
    'response-content-encoding',
    'response-content-language',
    'response-content-type',
    'response-expires',
  ],
  headers: ['x-amz-checksum-mode', 'if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
};
const CHECKSUM_HEADERS = Object.keys(CHECKSUMS).map((name) => `x-amz-checksum-${name}`);
/** Whatever is not listed could change what the request means, so it is refused. `x-id` only names the operation. */
const KNOWN: Readonly<Record<S3Operation, Knowledge>> = {
  GetObject: READ,
  HeadObject: READ,
  PutObject: { parameters: [], headers: [...CHECKSUM_HEADERS, 'x-amz-sdk-checksum-algorithm'] },
  DeleteObject: { parameters: [], headers: [] },
  ListObjectsV2: {
    parameters: ['list-type', 'prefix', 'delimiter', 'max-keys', 'continuation-token', 'encoding-type'],
    headers: [],
  },
  CreateMultipartUpload: { parameters: ['uploads'], headers: ['x-amz-checksum-algorithm', 'x-amz-checksum-type'] },
  UploadPart: {
    parameters: ['partNumber', 'uploadId'],
    headers: [...CHECKSUM_HEADERS, 'x-amz-sdk-checksum-algorithm'],
  },
  CompleteMultipartUpload: {
    parameters: ['uploadId'],
    headers: [...CHECKSUM_HEADERS, 'x-amz-checksum-type', 'x-amz-mp-object-size'],
  },
  AbortMultipartUpload: { parameters: ['uploadId'], headers: [] },
  ListParts: { parameters: ['uploadId', 'max-parts', 'part-number-marker'], headers: [] },
  ListMultipartUploads: {
    parameters: ['uploads', 'prefix', 'max-uploads', 'key-marker', 'upload-id-marker', 'encoding-type'],
    headers: [],
  },
};
/** Operations that take headers of the uploader's own, `x-amz-meta-*`. */
const TAKES_METADATA: readonly S3Operation[] = ['PutObject', 'CreateMultipartUpload'];

/** Reads the address: path style, `/bucket/key`. Fails on what cannot be decoded, and on parameters given twice. */
export function parseTarget(request: IncomingMessage): S3Target | S3Failure {
  const [rawPath = '', ...queryParts] = (request.url ?? '').split('?');
  const rawQuery = queryParts.join('?');
  const [empty, rawBucket = '', ...rawKey] = rawPath.split('/');
  const bucketName = decode(rawBucket);
  const key = decode(rawKey.join('/'));
  const pairs = rawQuery.split('&').map((piece) => piece.split(/=(.*)/s, 2).map(decode));
  if (empty !== '' || bucketName === undefined || key === undefined || pairs.flat().includes(undefined)) {
    return fail(400, 'InvalidURI', "Couldn't parse the specified URI.");
  }
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    return fail(400, 'KeyTooLongError', 'Your key is too long');
  }
  const named = pairs.map(([name = '', value = '']) => [name, value] as const).filter(([name]) => name !== '');
  const query = new Map(named);
  if (query.size < named.length) {
    return fail(400, 'InvalidArgument', 'A query parameter is given more than once');
  }
  const { method = '', rawHeaders, headers } = request;
  return { method, rawPath, rawQuery, rawHeaders, headers, bucketName, key, query };
}

/** Finds the operation, or fails with 501 where S3 would do something that the emulator does not. */
export function parseOperation(target: S3Target): S3Operation | S3Failure {
  const operation = findOperation(target);
  if (typeof operation !== 'string') {
    return operation;
  }
  const { parameters, headers } = KNOWN[operation];
  const parameter = [...target.query.keys()].find(
    (name) => !parameters.includes(name) && name !== 'x-id' && !PRESIGNED_PARAMETER.test(name),
  );
  if (parameter !== undefined) {
    return notImplemented(`the query parameter ${parameter} with ${operation}`);
  }
  const header = Object.keys(target.headers).find(
    (name) =>
      changesMeaning(name) && !headers.includes(name) && !(TAKES_METADATA.includes(operation) && isUserMetadata(name)),
  );
  if (header !== undefined) {
    return notImplemented(`the header ${header} with ${operation}`);
  }
  return operation;
}

/** `x-amz-meta-*`: kept with the object and given back. */
export function isUserMetadata(headerName: string): boolean {
  return headerName.startsWith('x-amz-meta-');
}

function findOperation({ method, bucketName, key, query }: S3Target): S3Operation | S3Failure {
  if (bucketName === '') {
    return notImplemented('operations on the service');
  }
  if (key === '') {
    return findBucketOperation(method, query);
  }
  const ofUpload = query.has('uploadId');
  switch (method) {
    case 'GET':
      return ofUpload ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'PUT':
      return ofUpload ? 'UploadPart' : 'PutObject';
    case 'DELETE':
      return ofUpload ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      if (query.has('uploads')) {
        return 'CreateMultipartUpload';
      }
      return ofUpload ? 'CompleteMultipartUpload' : notImplemented('POST with objects');
    default:
      return notImplemented(`${method} with objects`);
  }
}

function findBucketOperation(method: string, query: ReadonlyMap<string, string>): S3Operation | S3Failure {
  if (method === 'GET' && query.get('list-type') === '2') {
    return 'ListObjectsV2';
  }
  return method === 'GET' && query.has('uploads')
    ? 'ListMultipartUploads'
    : notImplemented('operations on buckets other than ListObjectsV2 and ListMultipartUploads');
}

function changesMeaning(headerName: string): boolean {
  if (SIGNATURE_HEADERS.includes(headerName)) {
    return false;
  }
  return headerName.startsWith('x-amz-') || headerName.startsWith('if-');
}

/** S3 reads `+` as a space, in paths as well. */
function decode(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', '%20'));
  } catch {
    return undefined;
  }
}
