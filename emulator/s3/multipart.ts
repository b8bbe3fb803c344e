// Needed because the CLI and the AWS SDKs upload files larger than a few megabytes in parts.

import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from '../loopback';
import { xmlElements } from '../xml';
import { CHECKSUMS, MULTIPART_CHECKSUM_TYPES } from './checksums';
import type { S3Context } from './context';
import { checksumHeaders, keptHeaders } from './put-object';
import { checkDeclaredHash, checksumHeader, headerText, receiveBody, sha256Of } from './receive-body';
import { fail, isFailure, MALFORMED_XML, notImplemented, type S3Failure, type S3Reply, xmlReply } from './reply';
import type { MultipartUpload, UploadChecksum } from './uploads';

/** Limit of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;

const NO_SUCH_UPLOAD = fail(
  404,
  'NoSuchUpload',
  'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
);

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function createMultipartUpload(context: S3Context): Promise<S3Reply | S3Failure> {
  const { request, target, bucket, store, uploads, now } = context;
  const body = await readBody(request, 1);
  const fault = body.length > 0 ? MALFORMED_XML : checkDeclaredHash(target.headers, sha256Of(body));
  if (fault !== undefined) {
    return fault;
  }
  const checksum = declaredChecksum(target.headers);
  if (isFailure(checksum)) {
    return checksum;
  }
  const { uploadId } = uploads.begin({
    bucket,
    key: target.key,
    initiated: now,
    removalsBefore: store.removals(bucket, target.key),
    headers: keptHeaders(target.headers),
    ...(checksum && { checksum }),
  });
  const headers = checksum && {
    'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
    'x-amz-checksum-type': checksum.type,
  };
  const elements = xmlElements({ Bucket: bucket.name, Key: target.key, UploadId: uploadId });
  return xmlReply('InitiateMultipartUploadResult', elements, headers);
}

/**
 * Stores a part. Replaces an earlier part with the same number.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 */
export async function uploadPart(context: S3Context): Promise<S3Reply | S3Failure> {
  const { request, target, store, uploads, now } = context;
  const partNumber = Number(target.query.get('partNumber'));
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
    return fail(400, 'InvalidArgument', `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`);
  }
  const upload = findUpload(context);
  const fault = isFailure(upload) ? upload : checkAlgorithm(target.headers, upload.checksum);
  if (fault !== undefined) {
    return fault;
  }
  const file = store.temporaryFile();
  const received = await receiveBody(request, file).catch(async (error: unknown) => {
    await rm(file, { force: true });
    throw error;
  });
  // The upload may have ended while the part arrived.
  const current = findUpload(context);
  if (isFailure(received) || isFailure(current)) {
    await rm(file, { force: true });
    return isFailure(received) ? received : NO_SUCH_UPLOAD;
  }
  const { size, md5, checksums } = received;
  const checksum = checksums[current.checksum?.algorithm ?? ''];
  await uploads.keep(current, { partNumber, file, size, md5, lastModified: now, ...(checksum && { checksum }) });
  return { status: 200, headers: { etag: `"${md5.toString('hex')}"`, ...partChecksumHeaders(checksums) } };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(context: S3Context): Promise<S3Reply | S3Failure> {
  const upload = findUpload(context);
  if (isFailure(upload)) {
    return upload;
  }
  context.uploads.end(upload);
  await context.uploads.discard(upload);
  return { status: 204, headers: {} };
}

/** Finds the upload of a request. */
export function findUpload({ target, bucket, uploads }: S3Context): MultipartUpload | S3Failure {
  return uploads.find(bucket, target.key, target.query.get('uploadId') ?? '') ?? NO_SUCH_UPLOAD;
}

function declaredChecksum(headers: IncomingHttpHeaders): UploadChecksum | S3Failure | undefined {
  const algorithm = headerText(headers, 'x-amz-checksum-algorithm')?.toLowerCase();
  const type = headerText(headers, 'x-amz-checksum-type')?.toUpperCase();
  if (algorithm === undefined) {
    const message = 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.';
    return type === undefined ? undefined : fail(400, 'InvalidRequest', message);
  }
  const types = MULTIPART_CHECKSUM_TYPES.get(algorithm);
  if (types === undefined) {
    return notImplemented('this checksum algorithm');
  }
  const accepted = type === undefined ? types[0] : types.find((one) => one === type);
  return accepted === undefined
    ? fail(400, 'InvalidRequest', `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`)
    : { algorithm, type: accepted };
}

/**
 * Parts must use the checksum algorithm of their upload, and require a checksum if its type is COMPOSITE. If the upload
 * has no algorithm, the checksum of a part (the SDKs add one) is verified but not stored.
 */
function checkAlgorithm(headers: IncomingHttpHeaders, expected: UploadChecksum | undefined): S3Failure | undefined {
  const given = Object.keys(CHECKSUMS).filter((name) => checksumHeader(headers, name) !== undefined);
  const other = given.find((name) => name !== expected?.algorithm);
  const missing = given.length === 0 && expected?.type === 'COMPOSITE';
  return expected === undefined || (other === undefined && !missing)
    ? undefined
    : fail(
        400,
        'InvalidRequest',
        `Checksum Type mismatch occurred, expected checksum Type: ${expected.algorithm}, actual checksum Type: ${other ?? 'null'}`,
      );
}

/** Parts have no checksum type. */
function partChecksumHeaders(checksums: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(checksums);
  return headers;
}
