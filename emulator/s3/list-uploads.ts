import { xmlElements } from '../xml';
import type { S3Context } from './context';
import { compareKeys, readListingOptions } from './listing';
import { findUpload } from './multipart';
import { checksumElements } from './put-object';
import { fail, isFailure, type S3Failure, type S3Reply, xmlReply } from './reply';
import type { MultipartUpload, UploadChecksum, UploadedPart } from './uploads';

/**
 * Lists the uploaded parts.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
 */
export function listParts(context: S3Context): S3Reply | S3Failure {
  const { bucket, target } = context;
  const upload = findUpload(context);
  if (isFailure(upload)) {
    return upload;
  }
  const marker = target.query.get('part-number-marker') ?? '0';
  const options = /^\d{1,5}$/.test(marker)
    ? readListingOptions(target.query, 'max-parts')
    : fail(400, 'InvalidArgument', 'Argument part-number-marker must be an integer of 0 or more');
  if (isFailure(options)) {
    return options;
  }
  const parts = [...upload.parts.values()]
    .filter(({ partNumber }) => partNumber > Number(marker))
    .sort((a, b) => a.partNumber - b.partNumber);
  const page = parts.slice(0, options.limit);
  const truncated = page.length > 0 && page.length < parts.length;
  const summary = xmlElements({
    Bucket: bucket.name,
    Key: target.key,
    UploadId: upload.uploadId,
    PartNumberMarker: marker,
    ...(truncated ? { NextPartNumberMarker: page.at(-1)?.partNumber ?? marker } : {}),
    MaxParts: options.requested,
    IsTruncated: truncated,
    StorageClass: 'STANDARD',
    ...describeChecksum(upload.checksum),
  });
  return xmlReply('ListPartsResult', summary + page.map((part) => renderPart(part, upload.checksum)).join(''));
}

/**
 * Lists the multipart uploads in progress.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
 */
export function listMultipartUploads({ bucket, target, uploads }: S3Context): S3Reply | S3Failure {
  const { query } = target;
  const options = readListingOptions(query, 'max-uploads');
  if (isFailure(options)) {
    return options;
  }
  const { encode, encodingType } = options;
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const found = uploads
    .list(bucket)
    .filter((upload) => upload.key.startsWith(prefix) && isAfter(upload, keyMarker, idMarker));
  const page = found.slice(0, options.limit);
  const last = page.at(-1);
  const truncated = last !== undefined && page.length < found.length;
  const summary = xmlElements({
    Bucket: bucket.name,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    ...(truncated ? { NextKeyMarker: encode(last.key), NextUploadIdMarker: last.uploadId } : {}),
    Prefix: encode(prefix),
    ...(encodingType === undefined ? {} : { EncodingType: encodingType }),
    MaxUploads: options.requested,
    IsTruncated: truncated,
  });
  return xmlReply('ListMultipartUploadsResult', summary + page.map((upload) => renderUpload(upload, encode)).join(''));
}

/** `upload-id-marker` is ignored without `key-marker`. */
function isAfter({ key, uploadId }: MultipartUpload, keyMarker: string, idMarker: string): boolean {
  const order = compareKeys(key, keyMarker);
  return order > 0 || (order === 0 && keyMarker !== '' && idMarker !== '' && uploadId > idMarker);
}

function renderPart(part: UploadedPart, checksum: UploadChecksum | undefined): string {
  const elements = {
    PartNumber: part.partNumber,
    LastModified: part.lastModified.toISOString(),
    ETag: `"${part.md5.toString('hex')}"`,
    Size: part.size,
    ...(checksum && part.checksum ? checksumElements({ [checksum.algorithm]: part.checksum }) : {}),
  };
  return `<Part>${xmlElements(elements)}</Part>`;
}

function renderUpload(upload: MultipartUpload, encode: (text: string) => string): string {
  const elements = {
    Key: encode(upload.key),
    UploadId: upload.uploadId,
    StorageClass: 'STANDARD',
    Initiated: upload.initiated.toISOString(),
    ...describeChecksum(upload.checksum),
  };
  return `<Upload>${xmlElements(elements)}</Upload>`;
}

function describeChecksum(checksum: UploadChecksum | undefined): Readonly<Record<string, string>> {
  return checksum === undefined
    ? {}
    : { ChecksumAlgorithm: checksum.algorithm.toUpperCase(), ChecksumType: checksum.type };
}
