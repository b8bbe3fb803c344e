import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { readBody } from '../loopback';
import { xmlElements } from '../xml';
import { base64Digest, CHECKSUMS, DEFAULT_CHECKSUM } from './checksums';
import { writeObject } from './conditional-write';
import type { S3Context } from './context';
import { publishCreation } from './events';
import { findUpload } from './multipart';
import { type ListedPart, parsePartList } from './part-list';
import { checksumElements, versionHeaders } from './put-object';
import { checkDeclaredHash, checksumHeader, headerText, sha256Of } from './receive-body';
import { fail, isFailure, MALFORMED_XML, type S3Failure, type S3Reply, xmlReply } from './reply';
import type { ObjectContent } from './store';
import type { MultipartUpload, UploadChecksum, UploadedPart } from './uploads';

/** Minimum size of a part, unless it is the last: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * 1024 ** 2;
/** Enough for a list of 10,000 parts. */
const MAX_LIST_BYTES = 8 * 1024 ** 2;

const INVALID_PART = fail(
  400,
  'InvalidPart',
  'One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity ' +
    "tag may not match the part's entity tag.",
);

/**
 * Creates the object from its parts atomically. If this fails, the upload and its parts are kept.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export async function completeMultipartUpload(context: S3Context): Promise<S3Reply | S3Failure> {
  const { request, target, uploads } = context;
  const body = await readBody(request, MAX_LIST_BYTES + 1);
  if (body.length > MAX_LIST_BYTES) {
    return MALFORMED_XML;
  }
  const upload = checkDeclaredHash(target.headers, sha256Of(body)) ?? findUpload(context);
  if (isFailure(upload)) {
    return upload;
  }
  const listed = parsePartList(body.toString('utf8'));
  const parts = listed === undefined ? MALFORMED_XML : selectParts(upload, listed);
  if (isFailure(parts)) {
    return parts;
  }
  const fault = checkDeclaredWhole(target.headers, upload, parts);
  if (fault !== undefined) {
    return fault;
  }

  uploads.end(upload);
  const reply = await makeObject(context, upload, parts).catch((error: unknown) => {
    uploads.restore(upload);
    throw error;
  });
  if (isFailure(reply)) {
    uploads.restore(upload);
  } else {
    await uploads.discard(upload);
  }
  return reply;
}

async function makeObject(
  context: S3Context,
  upload: MultipartUpload,
  parts: readonly UploadedPart[],
): Promise<S3Reply | S3Failure> {
  const { target, bucket, store } = context;
  const file = store.temporaryFile();
  try {
    const content = await assemble(upload, parts, file);
    const mismatch = checkDeclaredChecksums(target.headers, content);
    if (mismatch !== undefined) {
      return mismatch;
    }
    // The date of the object is the start of the upload, as in S3.
    const version = await writeObject(context, { file, content, now: upload.initiated }, upload.removalsBefore);
    if (isFailure(version)) {
      return version;
    }
    publishCreation(context, version, 'CompleteMultipartUpload');
    const elements = {
      Location: `http://${target.headers.host}${target.rawPath}`,
      Bucket: bucket.name,
      Key: target.key,
      ETag: `"${content.etag}"`,
      ...checksumElements(content.checksums),
      ...(content.checksumType && { ChecksumType: content.checksumType }),
    };
    return xmlReply('CompleteMultipartUploadResult', xmlElements(elements), versionHeaders(bucket, version.versionId));
  } finally {
    await rm(file, { force: true });
  }
}

/** Selects the listed parts. They must exist, match the list and be large enough. */
function selectParts(upload: MultipartUpload, listed: readonly ListedPart[]): readonly UploadedPart[] | S3Failure {
  if (listed.some(({ partNumber }, index) => partNumber <= (listed[index - 1]?.partNumber ?? 0))) {
    const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
    return fail(400, 'InvalidPartOrder', message);
  }
  const parts: UploadedPart[] = [];
  for (const one of listed) {
    const part = upload.parts.get(one.partNumber);
    const fault = part && checkListedPart(part, one, upload.checksum);
    if (part === undefined || fault !== undefined) {
      return fault ?? INVALID_PART;
    }
    parts.push(part);
  }
  const tooSmall = parts.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (tooSmall !== undefined) {
    const details = {
      ProposedSize: String(tooSmall.size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(tooSmall.partNumber),
      ETag: tooSmall.md5.toString('hex'),
    };
    return fail(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', { details });
  }
  return parts;
}

function checkListedPart(
  part: UploadedPart,
  listed: ListedPart,
  checksum: UploadChecksum | undefined,
): S3Failure | undefined {
  const given = Object.entries(listed.checksums);
  const fits = !checksum || given.every(([name, value]) => name === checksum.algorithm && value === part.checksum);
  if (listed.etag !== part.md5.toString('hex') || !fits) {
    return INVALID_PART;
  }
  return checksum?.type === 'COMPOSITE' && given.length === 0
    ? fail(
        400,
        'InvalidRequest',
        `The upload was created using a ${checksum.algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${part.partNumber} in the request.`,
      )
    : undefined;
}

/** Checks the declared size and checksum type, before any work is done. */
function checkDeclaredWhole(
  headers: IncomingHttpHeaders,
  { checksum }: MultipartUpload,
  parts: readonly UploadedPart[],
): S3Failure | undefined {
  const declaredSize = headerText(headers, 'x-amz-mp-object-size');
  const size = totalSize(parts);
  if (declaredSize !== undefined && declaredSize !== String(size)) {
    const message = `The provided 'x-amz-mp-object-size' header value does not match what was computed: ${size}`;
    return fail(400, 'InvalidRequest', message);
  }
  const declaredType = headerText(headers, 'x-amz-checksum-type')?.toUpperCase();
  if (declaredType !== undefined && declaredType !== checksum?.type) {
    return fail(400, 'BadDigest', 'The checksum type differs from the one that the upload was created with.');
  }
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompletedPart.html: S3 responds with 500, too.
  const gap = parts.some(({ partNumber }, index) => partNumber !== index + 1);
  return gap && checksum?.type === 'COMPOSITE'
    ? fail(500, 'InternalError', 'With checksums, part numbers must start at 1 and be consecutive.')
    : undefined;
}

function checkDeclaredChecksums(headers: IncomingHttpHeaders, content: ObjectContent): S3Failure | undefined {
  const wrong = Object.keys(CHECKSUMS).find((name) => {
    const declared = checksumHeader(headers, name);
    return declared !== undefined && declared !== content.checksums[name];
  });
  return wrong === undefined
    ? undefined
    : fail(400, 'BadDigest', `The ${wrong.toUpperCase()} you specified did not match the calculated checksum.`);
}

/** Concatenates the parts into a file. */
async function assemble(
  { checksum = { algorithm: DEFAULT_CHECKSUM, type: 'FULL_OBJECT' }, headers }: MultipartUpload,
  parts: readonly UploadedPart[],
  file: string,
): Promise<ObjectContent> {
  const { algorithm, type } = checksum;
  const whole = CHECKSUMS[algorithm]?.();
  async function* contents(): AsyncIterable<Buffer> {
    for (const part of parts) {
      if (type === 'COMPOSITE') {
        whole?.update(Buffer.from(part.checksum ?? '', 'base64'));
      }
      for await (const chunk of createReadStream(part.file) as AsyncIterable<Buffer>) {
        if (type === 'FULL_OBJECT') {
          whole?.update(chunk);
        }
        yield chunk;
      }
    }
  }
  await pipeline(contents, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  const md5 = createHash('md5').update(Buffer.concat(parts.map((part) => part.md5)));
  const content = { size: totalSize(parts), etag: `${md5.digest('hex')}-${parts.length}`, headers };
  if (whole === undefined) {
    return { ...content, checksums: {} };
  }
  const partCount = type === 'COMPOSITE' ? `-${parts.length}` : '';
  return { ...content, checksums: { [algorithm]: `${await base64Digest(whole)}${partCount}` }, checksumType: type };
}

function totalSize(parts: readonly UploadedPart[]): number {
  return parts.reduce((total, { size }) => total + size, 0);
}
