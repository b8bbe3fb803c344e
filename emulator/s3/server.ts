import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type LocalService, serveOnLoopback } from '../loopback';
import type { ServiceOptions } from '../service-options';
import { authenticate, authorize, isAnonymous, refuseOtherOwner } from './access';
import type { LocalBucket } from './bucket-model';
import { checkNoObject } from './conditional-write';
import type { AccessOptions, S3Context } from './context';
import { corsHeaders, preflight } from './cors';
import { findOperation } from './operations';
import { fail, isFailure, renderFailure, type S3Failure, type S3Reply } from './reply';
import { type ObjectStore, openStore } from './store';
import { parseTarget } from './target';
import { MultipartUploads } from './uploads';

export type { LocalBucket } from './bucket-model';

/** Options of {@link startS3}. */
export interface S3Options extends ServiceOptions, Pick<AccessOptions, 'onEvent'> {
  readonly buckets: readonly LocalBucket[];
  /** Where objects are stored. The caller removes it if it is temporary. */
  readonly dataDirectory: string;
}

const NO_SUCH_BUCKET = fail(404, 'NoSuchBucket', 'The specified bucket does not exist');

type Storage = Pick<S3Context, 'store' | 'uploads'>;

/** An object to store without a request. */
export interface NewObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
}

/** The local emulator's S3. */
export interface LocalS3 extends LocalService {
  /** @throws Error if the bucket does not exist */
  putObject(object: NewObject): Promise<void>;
}

/**
 * Starts the local emulator's S3. It is as strict as S3 about signatures, presigned URLs, permissions and
 * integrity. Returns 501 for unsupported features. Supports only path-style addresses:
 * `http://127.0.0.1:port/bucket/key`.
 */
export async function startS3(options: S3Options): Promise<LocalS3> {
  const store = await openStore(options.dataDirectory, options.buckets);
  const storage = { store, uploads: new MultipartUploads() };
  const service = await serveOnLoopback(
    (request, response, askForBody) => serve({ request, askForBody }, response, storage, options),
    { ...options, mayRefuseUnread: true },
  );
  return { ...service, putObject: (object) => storeObject(object, store, options) };
}

async function storeObject(object: NewObject, store: ObjectStore, options: S3Options): Promise<void> {
  const { bucket: bucketName, key, body, contentType } = object;
  const bucket = options.buckets.find(({ name }) => name === bucketName);
  if (bucket === undefined) {
    throw new Error(`The bucket ${bucketName} does not exist`);
  }
  const temporaryFile = store.temporaryFile();
  await writeFile(temporaryFile, body);
  const etag = createHash('md5').update(body).digest('hex');
  const content = { size: body.length, etag, headers: { 'content-type': contentType }, checksums: {} };
  await store.put(bucket, key, { file: temporaryFile, content, now: options.now() });
}

interface Received {
  readonly request: IncomingMessage;
  readonly askForBody: () => void;
}

async function serve(
  received: Received,
  response: ServerResponse,
  storage: Storage,
  options: S3Options,
): Promise<void> {
  const { request } = received;
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  const result = await respond({ ...received, requestId }, storage, options).catch((error: unknown) =>
    fail(500, 'InternalError', `The local emulator failed: ${error}`),
  );
  const reply = isFailure(result) ? renderFailure(result, request.url?.split('?')[0] ?? '', requestId) : result;
  // Reads a refused upload to its end, so that the sender receives the response.
  request.resume();
  await send(response, { ...reply, headers: { ...reply.headers, 'x-amz-request-id': requestId } });
}

async function send(response: ServerResponse, { status, headers, body }: S3Reply): Promise<void> {
  const length = typeof body === 'string' ? { 'content-length': Buffer.byteLength(body) } : {};
  response.writeHead(status, { ...length, ...headers });
  if (body === undefined || typeof body === 'string') {
    response.end(body);
  } else {
    // Rejects if the client disconnects. The file is closed in both cases.
    await pipeline(body, response);
  }
}

async function respond(
  received: IdentifiedRequest,
  storage: Storage,
  options: S3Options,
): Promise<S3Reply | S3Failure> {
  const target = parseTarget(received.request);
  if (isFailure(target)) {
    return target;
  }
  const bucket = options.buckets.find(({ name }) => name === target.bucketName);
  if (target.method === 'OPTIONS') {
    return preflight(target, bucket);
  }
  const result = await perform({ ...received, target, bucket }, storage, options);
  return { ...result, headers: { ...result.headers, ...corsHeaders(target, bucket?.cors) } };
}

interface IdentifiedRequest extends Received, Pick<S3Context, 'requestId'> {}

interface ParsedRequest extends IdentifiedRequest, Pick<S3Context, 'target'> {
  readonly bucket: LocalBucket | undefined;
}

async function perform(
  { request, requestId, askForBody, target, bucket }: ParsedRequest,
  storage: Storage,
  options: S3Options,
): Promise<S3Reply | S3Failure> {
  if (bucket === undefined && target.bucketName !== '' && isAnonymous(target)) {
    return NO_SUCH_BUCKET;
  }
  const principal = authenticate(target, { ...options, region: bucket?.region ?? options.region });
  if (isFailure(principal)) {
    return principal;
  }
  const operation = findOperation(target);
  if (isFailure(operation)) {
    return operation;
  }
  if (bucket === undefined) {
    return NO_SUCH_BUCKET;
  }
  const { createsObject } = operation;
  const context = {
    request,
    requestId,
    target,
    principal,
    bucket,
    ...(createsObject !== undefined && { createsObject }),
    ...storage,
    options,
    now: options.now(),
  };
  const resource = target.key === '' ? bucket.arn : `${bucket.arn}/${target.key}`;
  const refused =
    authorize(context, operation.action, resource) ??
    refuseOtherOwner(context) ??
    (createsObject === true ? checkNoObject(context) : undefined);
  if (refused !== undefined) {
    return refused;
  }
  askForBody();
  return operation.perform(context);
}
