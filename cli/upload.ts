import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { lookup } from 'mime-types';
import { UPLOAD_FOLDER } from '../lambda/contract';
import type { Deployment } from './deployment';
import { CliError, errorFacts, explainAws } from './errors';
import type { S3Location } from './s3-location';
import type { SharedFile } from './shared-file';

/** An upload of one file. */
export interface FileUpload {
  readonly location: S3Location;
  /** Uploads the file. @throws CliError, or the signal's reason */
  run(): Promise<void>;
  /** Removes whatever the upload may have stored. */
  remove(): Promise<void>;
}

/** Options of an upload. */
export interface UploadOptions {
  /** Last segment of the key. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Receives the number of bytes sent since the last call; negative if they must be sent again. */
  readonly onSent: (bytes: number) => void;
}

const MIB = 1024 ** 2;
/** S3 limits: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * MIB;
const MAX_PARTS = 10_000;
const MAX_PARALLEL_PARTS = 4;
/** Limit for all parts in memory, unless a single part is larger. */
const BUFFER_BYTES = 64 * MIB;
const SLICE_BYTES = 64 * 1024;
const TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 120_000 } as const;
/** System errors before the first byte was sent. */
const NOT_CONNECTED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** Prepares the upload of a file to a random key in the folder that the bucket's lifecycle rule empties. */
export function prepareUpload(file: SharedFile, deployment: Deployment, options: UploadOptions): FileUpload {
  const { name, signal } = options;
  const key = `${UPLOAD_FOLDER}${randomBytes(16).toString('base64url')}/${name}`;
  const object = { Bucket: deployment.bucketName, Key: key };
  const s3 = connect(deployment, new UploadHandler(options));
  const body = Readable.from(file.read(), { objectMode: false });
  const partSize = Math.max(MIN_PART_BYTES, Math.ceil(file.sizeBytes / MAX_PARTS));
  const upload = new Upload({
    client: s3,
    params: { ...object, Body: body, ContentType: lookup(name) || 'application/octet-stream' },
    partSize,
    queueSize: Math.min(MAX_PARALLEL_PARTS, Math.max(1, Math.floor(BUFFER_BYTES / partSize))),
    // remove() does it: the library does not after every error, and replaces the error if it fails.
    leavePartsOnError: true,
  });
  let failure: unknown;
  let isMaybeStored = false;
  // Without this, the other parts of the file would still be sent after one has failed for good.
  s3.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        failure ??= error;
        body.destroy();
        throw error;
      }
    },
    { step: 'initialize', name: 'stopAtFailure' },
  );
  return {
    location: { bucket: object.Bucket, key },
    async run() {
      const stop = (): unknown => body.destroy();
      signal.addEventListener('abort', stop, { once: true });
      try {
        signal.throwIfAborted();
        await upload.done();
        isMaybeStored = true;
        signal.throwIfAborted();
      } catch (error) {
        const reason = failure ?? error;
        isMaybeStored ||= signal.aborted || upload.uploadId !== undefined || mayBeStored(reason);
        signal.throwIfAborted();
        throw explain(reason, deployment);
      } finally {
        signal.removeEventListener('abort', stop);
        body.destroy();
        s3.destroy();
      }
    },
    async remove() {
      if (!isMaybeStored) {
        return;
      }
      const client = connect(deployment);
      try {
        if (upload.uploadId !== undefined) {
          const command = new AbortMultipartUploadCommand({ ...object, UploadId: upload.uploadId });
          await client.send(command).catch((error: unknown) => {
            if (errorFacts(error).name !== 'NoSuchUpload') {
              throw error;
            }
          });
        }
        await client.send(new DeleteObjectCommand(object));
      } finally {
        client.destroy();
      }
    },
  };
}

/** Sends requests as the SDK does, counts the bytes of uploads, and aborts those that are not completely sent. */
class UploadHandler extends NodeHttpHandler {
  private readonly options: UploadOptions;

  constructor(options: UploadOptions) {
    super(TIMEOUTS);
    this.options = options;
  }

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const body: unknown = request.body;
    if (!(body instanceof Uint8Array)) {
      return await super.handle(request, options);
    }
    const { signal, onSent } = this.options;
    signal.throwIfAborted();
    const cut = new AbortController();
    const cutConnection = (): void => cut.abort();
    signal.addEventListener('abort', cutConnection, { once: true });
    let sentBytes = 0;
    const slices = function* () {
      while (sentBytes < body.length) {
        const slice = body.subarray(sentBytes, sentBytes + SLICE_BYTES);
        sentBytes += slice.length;
        onSent(slice.length);
        if (sentBytes === body.length) {
          // S3 may store a complete body even after remove(). Wait for its response from here on.
          signal.removeEventListener('abort', cutConnection);
        }
        yield slice;
      }
    };
    let isStored = false;
    try {
      const sliced = request.clone();
      sliced.body = Readable.from(slices(), { objectMode: false, highWaterMark: SLICE_BYTES });
      const result = await super.handle(sliced, { ...options, abortSignal: cut.signal });
      isStored = result.response.statusCode < 300;
      return result;
    } finally {
      signal.removeEventListener('abort', cutConnection);
      onSent(isStored ? 0 : -sentBytes);
    }
  }
}

function connect({ region, credentials, s3Endpoint }: Deployment, requestHandler?: UploadHandler): S3Client {
  return new S3Client({
    region,
    credentials,
    ...(requestHandler && { requestHandler }),
    ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }),
  });
}

/** Whether S3 may have stored an object although its upload failed: not if it refused it or received nothing. */
function mayBeStored(reason: unknown): boolean {
  const { httpStatus, systemCode = '' } = errorFacts(reason);
  const isRefused = httpStatus >= 400 && httpStatus < 500;
  return !(reason instanceof CliError || isRefused || NOT_CONNECTED.test(systemCode));
}

function explain(error: unknown, { bucketName, region, s3Endpoint }: Deployment): unknown {
  const wrongRegion = ['WrongRegion', `The bucket ${bucketName} is not in ${region}: pass its --region.`] as const;
  return explainAws(
    error,
    { name: 'S3', ...(s3Endpoint && { emulatorEndpoint: s3Endpoint }) },
    {
      AccessDenied: [
        'UploadDenied',
        `You may not upload to the bucket ${bucketName}: ask for s3:PutObject on ${UPLOAD_FOLDER}*.`,
      ],
      NoSuchBucket: ['BucketNotFound', `There is no bucket ${bucketName}: write the outputs again, or use --stack.`],
      PermanentRedirect: wrongRegion,
      AuthorizationHeaderMalformed: wrongRegion,
      IllegalLocationConstraintException: wrongRegion,
    },
  );
}
