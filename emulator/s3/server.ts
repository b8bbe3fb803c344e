import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { LocalService, Principal } from '../iam/principal';
import { serveOnLoopback } from '../loopback';
import { type AccessOptions, authenticate, authorize, hideUnlessLister, type LocalBucket } from './access';
import { completeMultipartUpload } from './complete-upload';
import { findVersion, getObject } from './get-object';
import { listObjects } from './list-objects';
import { listMultipartUploads, listParts } from './list-uploads';
import { abortMultipartUpload, createMultipartUpload, type UploadContext, uploadPart } from './multipart';
import { putObject } from './put-object';
import { fail, isFailure, renderFailure, type S3Failure, type S3Reply } from './reply';
import { parseOperation, parseTarget, type S3Operation, type S3Target } from './request';
import { type ObjectStore, openStore } from './store';
import { createUploads, type MultipartUploads } from './uploads';

export type { LocalBucket } from './access';

/** What {@link startS3} needs. */
export interface S3Options extends AccessOptions {
  readonly buckets: readonly LocalBucket[];
  /** Keeps the objects. The caller makes it, and removes it if it is temporary. */
  readonly dataDirectory: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/** What is stored, and what is about to be. */
interface Storage {
  readonly store: ObjectStore;
  readonly uploads: MultipartUploads;
}

/** An object that the emulator itself places, as a deployment would. */
export interface SampleObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
}

/** The S3 of the local emulator. */
export interface LocalS3 extends LocalService {
  /** @throws Error if there is no such bucket */
  putObject(object: SampleObject): Promise<void>;
}

/**
 * S3 for the local emulator: what it does it does as strictly as S3 (signatures, presigned URLs, permission, integrity);
 * what it does not do it refuses with 501. Addresses are path style: `http://127.0.0.1:port/bucket/key`.
 */
export async function startS3(options: S3Options): Promise<LocalS3> {
  const store = await openStore(options.dataDirectory, options.buckets);
  const storage: Storage = { store, uploads: createUploads() };
  const service = await serveOnLoopback((request, response) => serve(request, response, storage, options), options);
  return { ...service, putObject: (object) => placeObject(object, store, options) };
}

async function placeObject(object: SampleObject, store: ObjectStore, options: S3Options): Promise<void> {
  const { bucket: bucketName, key, body, contentType } = object;
  const bucket = options.buckets.find(({ name }) => name === bucketName);
  if (bucket === undefined) {
    throw new Error(`There is no bucket ${bucketName}`);
  }
  const temporaryFile = store.temporaryFile();
  await writeFile(temporaryFile, body);
  const etag = createHash('md5').update(body).digest('hex');
  const content = { size: body.length, etag, headers: { 'content-type': contentType }, checksums: {} };
  await store.put(bucket, key, temporaryFile, content, options.now());
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  storage: Storage,
  options: S3Options,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const result = await answer(request, storage, options).catch((error: unknown) =>
    fail(500, 'InternalError', `The local S3 failed: ${error}`),
  );
  const reply = isFailure(result) ? renderFailure(result, request.url?.split('?')[0] ?? '', requestId) : result;
  // A refused upload is read to its end, so that the sender gets to see why.
  request.resume();
  await send(response, { ...reply, headers: { ...reply.headers, 'x-amz-request-id': requestId } });
}

async function send(response: ServerResponse, { status, headers, body }: S3Reply): Promise<void> {
  const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { ...length, ...headers });
  if (body === undefined || typeof body === 'string') {
    response.end(body);
  }
  // Rejects if the client goes away; the file is closed in either case.
  else {
    await pipeline(body, response);
  }
}

async function answer(
  request: IncomingMessage,
  { store, uploads }: Storage,
  options: S3Options,
): Promise<S3Reply | S3Failure> {
  const target = parseTarget(request);
  if (isFailure(target)) {
    return target;
  }
  const bucket = options.buckets.find(({ name }) => name === target.bucketName);
  const principal = authenticate(target, { ...options, region: bucket?.region ?? options.region });
  if (isFailure(principal)) {
    return principal;
  }
  const operation = parseOperation(target);
  if (typeof operation !== 'string') {
    return operation;
  }
  if (bucket === undefined) {
    return fail(404, 'NoSuchBucket', 'The specified bucket does not exist');
  }
  const resource = target.key === '' ? bucket.arn : `${bucket.arn}/${target.key}`;
  const denial = authorize(principal, requiredAction(operation, target), resource, bucket, options);
  if (denial !== undefined) {
    return denial;
  }
  const upload: UploadContext = { request, target, bucket, store, uploads, now: options.now() };
  switch (operation) {
    case 'GetObject':
    case 'HeadObject':
      return readObject(target, store, bucket, principal, options);
    case 'PutObject':
      return putObject(request, store, bucket, target.key, options.now());
    case 'DeleteObject':
      return deleteObject(store, bucket, target.key, options.now());
    case 'ListObjectsV2':
      return listObjects(target.query, store, bucket);
    case 'CreateMultipartUpload':
      return createMultipartUpload(upload);
    case 'UploadPart':
      return uploadPart(upload);
    case 'CompleteMultipartUpload':
      return completeMultipartUpload(upload);
    case 'AbortMultipartUpload':
      return abortMultipartUpload(upload);
    case 'ListParts':
      return listParts(upload);
    case 'ListMultipartUploads':
      return listMultipartUploads(upload);
  }
}

/**
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
function requiredAction(operation: S3Operation, { query }: S3Target): string {
  switch (operation) {
    case 'GetObject':
    case 'HeadObject':
      return query.has('versionId') ? 's3:GetObjectVersion' : 's3:GetObject';
    case 'PutObject':
    case 'CreateMultipartUpload':
    case 'UploadPart':
    case 'CompleteMultipartUpload':
      return 's3:PutObject';
    case 'AbortMultipartUpload':
      return 's3:AbortMultipartUpload';
    case 'ListParts':
      return 's3:ListMultipartUploadParts';
    case 'ListMultipartUploads':
      return 's3:ListBucketMultipartUploads';
    case 'DeleteObject':
      return 's3:DeleteObject';
    case 'ListObjectsV2':
      return 's3:ListBucket';
  }
}

function readObject(
  target: S3Target,
  store: ObjectStore,
  bucket: LocalBucket,
  principal: Principal,
  options: AccessOptions,
): S3Reply | S3Failure {
  const version = findVersion(target, store, bucket);
  if (isFailure(version)) {
    return version.status === 404 ? hideUnlessLister(version, principal, bucket, options) : version;
  }
  // HEAD reads nothing that is encrypted. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
  const decrypts = target.method === 'GET' ? bucket.kmsKeyArn : undefined;
  const denial = decrypts && authorize(principal, 'kms:Decrypt', decrypts, bucket, options);
  return denial || getObject(target, store, bucket, version);
}

async function deleteObject(store: ObjectStore, bucket: LocalBucket, key: string, now: Date): Promise<S3Reply> {
  const removed = await store.remove(bucket, key, now);
  const marker =
    bucket.versioned && removed ? { 'x-amz-delete-marker': 'true', 'x-amz-version-id': removed.versionId } : {};
  return { status: 204, headers: marker };
}
