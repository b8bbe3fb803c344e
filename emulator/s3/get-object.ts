import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { authorize, hideUnlessLister } from './access';
import type { S3Context } from './context';
import { checksumHeaders } from './put-object';
import { type ByteRange, parseRange } from './range';
import { fail, isFailure, type S3Failure, type S3Reply } from './reply';
import type { ObjectVersion, StoredContent } from './store';
import type { S3Target } from './target';

const OVERRIDE = 'response-';
const VERSION_ID = /^(?:null|[0-9a-f]{32})$/;
/** Characters allowed in a header value: tabs and the printable characters of ISO 8859-1. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** A version that is not a delete marker. */
type FoundVersion = ObjectVersion & { readonly content: StoredContent };

/** The error for a key without an object. */
export const NO_SUCH_KEY = fail(404, 'NoSuchKey', 'The specified key does not exist.');

/**
 * Responds to GET and HEAD of an object.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function readObject(context: S3Context): S3Reply | S3Failure {
  const version = findVersion(context);
  if (isFailure(version)) {
    return version.status === 404 ? hideUnlessLister(version, context) : version;
  }
  // HEAD decrypts only the checksum: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
  const decrypts = context.target.method === 'GET' || wantsChecksums(context.target);
  const kmsKeyArn = decrypts ? context.bucket.kmsKeyArn : undefined;
  const denial = kmsKeyArn && authorize(context, 'kms:Decrypt', kmsKeyArn);
  return denial || getObject(context, version);
}

/** Finds the requested version, by default the newest. 404 or 405 if it is missing or a delete marker. */
function findVersion({ target, store, bucket }: S3Context): FoundVersion | S3Failure {
  const versions = store.versions(bucket, target.key);
  const versionId = target.query.get('versionId');
  if (versionId === undefined) {
    const [newest] = versions;
    if (newest === undefined) {
      return NO_SUCH_KEY;
    }
    return hasContent(newest) ? newest : { ...NO_SUCH_KEY, headers: deleteMarkerHeaders(newest) };
  }
  if (!VERSION_ID.test(versionId)) {
    return fail(400, 'InvalidArgument', 'Invalid version id specified');
  }
  const version = versions.find((candidate) => candidate.versionId === versionId);
  if (version === undefined) {
    return fail(404, 'NoSuchVersion', 'The specified version does not exist.');
  }
  if (hasContent(version)) {
    return version;
  }
  return refuseDeleteMarker(version);
}

/** Returns the error for an operation that S3 does not allow on a delete marker. */
export function refuseDeleteMarker(marker: ObjectVersion): S3Failure {
  const headers = { ...deleteMarkerHeaders(marker), allow: 'DELETE' };
  return fail(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.', { headers });
}

function getObject({ target, store, bucket }: S3Context, version: FoundVersion): S3Reply | S3Failure {
  const overrides = responseOverrides(target.query);
  if (isFailure(overrides)) {
    return overrides;
  }
  const { content } = version;
  const lastModified = new Date(version.lastModified).toUTCString();
  const etag = `"${content.etag}"`;
  const validators = { etag, 'last-modified': lastModified };
  const condition = checkConditions(target.headers, etag, lastModified);
  if (condition === 412) {
    return fail(412, 'PreconditionFailed', 'At least one of the pre-conditions did not hold');
  }
  if (condition === 304) {
    return { status: 304, headers: validators };
  }

  const range = applicableRange(target.headers, etag, lastModified, content.size);
  if (range === 'unsatisfiable') {
    const headers = { 'content-range': `bytes */${content.size}` };
    return fail(416, 'InvalidRange', 'The requested range is not satisfiable', { headers });
  }
  const { first, last } = range === 'whole' ? { first: 0, last: content.size - 1 } : range;
  const headers = {
    ...content.headers,
    ...overrides.headers,
    ...validators,
    'accept-ranges': 'bytes',
    'content-length': String(last - first + 1),
    ...(range === 'whole' ? {} : { 'content-range': `bytes ${first}-${last}/${content.size}` }),
    ...(range === 'whole' && wantsChecksums(target) ? checksumHeaders(content.checksums, content.checksumType) : {}),
    ...(bucket.versioned || version.versionId !== 'null' ? { 'x-amz-version-id': version.versionId } : {}),
  };
  const status = range === 'whole' ? 200 : 206;
  if (target.method === 'HEAD' || content.size === 0) {
    return { status, headers };
  }
  const fd = store.open(bucket, target.key, content);
  return { status, headers, body: createReadStream('', { fd, start: first, end: last }) };
}

function hasContent(version: ObjectVersion): version is FoundVersion {
  return version.content !== undefined;
}

function deleteMarkerHeaders({ versionId }: ObjectVersion): Readonly<Record<string, string>> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionId };
}

/**
 * Maps `response-content-type` to `content-type`, and so on. S3 accepts these parameters only in signed requests, and
 * the emulator accepts no others.
 */
function responseOverrides(query: ReadonlyMap<string, string>): Pick<S3Reply, 'headers'> | S3Failure {
  const overrides = [...query].filter(([name]) => name.startsWith(OVERRIDE));
  const unfit = overrides.find(([, value]) => !HEADER_VALUE.test(value));
  if (unfit !== undefined) {
    const details = { ArgumentName: unfit[0], ArgumentValue: unfit[1] };
    return fail(400, 'InvalidArgument', 'Header value cannot be represented using ISO-8859-1.', { details });
  }
  return { headers: Object.fromEntries(overrides.map(([name, value]) => [name.slice(OVERRIDE.length), value])) };
}

/** Evaluates preconditions in the order of https://www.rfc-editor.org/rfc/rfc9110#name-precedence-of-preconditions */
function checkConditions(headers: IncomingHttpHeaders, etag: string, lastModified: string): 304 | 412 | undefined {
  const modified = Date.parse(lastModified);
  const since = (name: 'if-modified-since' | 'if-unmodified-since'): number => Date.parse(headers[name] ?? '');
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined ? !listsTag(match, etag) : modified > since('if-unmodified-since')) {
    return 412;
  }
  if (noneMatch !== undefined ? listsTag(noneMatch, etag) : modified <= since('if-modified-since')) {
    return 304;
  }
  return undefined;
}

/** With `If-Range`, the range applies only if the object has not changed. */
function applicableRange(
  headers: IncomingHttpHeaders,
  etag: string,
  lastModified: string,
  size: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const ifRange = headers['if-range'];
  if (ifRange !== undefined && ifRange !== etag && ifRange !== lastModified) {
    return 'whole';
  }
  return parseRange(headers.range, size);
}

/** S3 also accepts entity tags without quotes. */
function listsTag(list: string, etag: string): boolean {
  const tags = list.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.some((tag) => tag === '*' || tag === etag || `"${tag}"` === etag);
}

/** The SDK sends this as a header, or in the query string of a presigned URL. */
function wantsChecksums({ headers, query }: S3Target): boolean {
  return (headers['x-amz-checksum-mode'] ?? query.get('x-amz-checksum-mode')) === 'ENABLED';
}
