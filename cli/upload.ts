import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { lookup } from 'mime-types';
import { UPLOAD_FOLDER, UPLOAD_TAG } from '../lambda/contract';
import { type Deployment, s3Settings } from './deployment';
import { CliError, errorFacts, explainAws } from './errors';
import type { S3Location } from './s3-location';
import type { SharedFile } from './shared-file';
import type { UploadBucket } from './stack-outputs';

/** An upload of one file. */
export interface FileUpload {
  readonly location: S3Location;
  /** Uploads the file. @throws CliError, or the signal's reason */
  run(): Promise<void>;
  /** Tags the object with its link, so that the deployment removes it after the link has ended. */
  tag(linkId: string): Promise<void>;
  /** Removes anything that the upload may have stored. */
  remove(): Promise<void>;
}

/** Options of an upload. */
export interface UploadOptions {
  /** Last segment of the key. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Receives the number of bytes sent since the last call. Retries count again. */
  readonly onSent: (bytes: number) => void;
}

const SLICE_BYTES = 64 * 1024;
const TIMEOUTS = { connectionTimeout: 10_000, socketTimeout: 120_000 } as const;

/** Prepares the upload of a file to a random key in the folder that the bucket's lifecycle rule empties. */
export function prepareUpload(
  file: SharedFile,
  deployment: Deployment,
  bucket: UploadBucket,
  options: UploadOptions,
): FileUpload {
  const { name, signal } = options;
  const key = `${UPLOAD_FOLDER}${randomBytes(16).toString('base64url')}/${name}`;
  // If the bucket was deleted, another account may own its name by now.
  const object = { Bucket: bucket.name, Key: key, ExpectedBucketOwner: bucket.owner };
  const s3 = new S3Client({ ...s3Settings(deployment), requestHandler: new UploadHandler(options) });
  const body = file.read();
  const stop = (reason: unknown): unknown => body.destroy(reason instanceof Error ? reason : undefined);
  // Without this, the other parts of the file would still be sent after one has failed for good.
  s3.middlewareStack.add(
    (next) => (args) =>
      next(args).catch((error: unknown) => {
        stop(error);
        throw error;
      }),
    { step: 'initialize', name: 'stopAtFailure' },
  );
  const upload = new Upload({
    client: s3,
    params: {
      ...object,
      Body: body,
      ...(file.sizeBytes !== undefined && { ContentLength: file.sizeBytes }),
      ContentType: file.isSnippet ? 'text/plain; charset=utf-8' : lookup(name) || 'application/octet-stream',
    },
    // remove() deletes the parts, because the library does not do so after every error, and hides the error if it
    // fails.
    leavePartsOnError: true,
  });
  let isMaybeStored = true;
  return {
    location: { bucket: object.Bucket, key },
    async run() {
      const onAbort = (): unknown => stop(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        await upload.done();
        signal.throwIfAborted();
      } catch (error) {
        signal.throwIfAborted();
        const { httpStatus, systemCode = '' } = errorFacts(error);
        const isRefused = (httpStatus >= 400 && httpStatus < 500) || /^(?:ECONNREFUSED|ENOTFOUND)$/.test(systemCode);
        isMaybeStored = upload.uploadId !== undefined || !isRefused;
        throw explain(error, deployment, bucket);
      } finally {
        signal.removeEventListener('abort', onAbort);
        body.destroy();
        s3.destroy();
      }
    },
    async tag(linkId) {
      const client = new S3Client(s3Settings(deployment));
      const Tagging = { TagSet: [{ Key: UPLOAD_TAG, Value: linkId }] };
      try {
        await client.send(new PutObjectTaggingCommand({ ...object, Tagging }), { abortSignal: signal });
      } finally {
        client.destroy();
      }
    },
    async remove() {
      if (!isMaybeStored) {
        return;
      }
      const client = new S3Client(s3Settings(deployment));
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

/** Aborts requests that are interrupted before their last bytes are sent, so that S3 cannot store their body. */
class UploadHandler extends NodeHttpHandler {
  private readonly options: UploadOptions;

  constructor(options: UploadOptions) {
    super(TIMEOUTS);
    this.options = options;
  }

  override async handle(...[request, options]: Parameters<NodeHttpHandler['handle']>) {
    const { signal, onSent } = this.options;
    signal.throwIfAborted();
    const body: unknown = request.body;
    if (!(body instanceof Uint8Array)) {
      return await super.handle(request, options);
    }
    const cut = new AbortController();
    const onAbort = (): void => cut.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const slices = function* () {
      for (let start = 0; start < body.length; start += SLICE_BYTES) {
        const slice = body.subarray(start, start + SLICE_BYTES);
        onSent(slice.length);
        if (start + SLICE_BYTES >= body.length) {
          // From here on, S3 may store the complete body even after remove(), so wait for its response.
          signal.removeEventListener('abort', onAbort);
        }
        yield slice;
      }
    };
    const sliced = request.clone();
    sliced.body = Readable.from(slices(), { objectMode: false, highWaterMark: SLICE_BYTES });
    try {
      return await super.handle(sliced, { ...options, abortSignal: cut.signal });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function explain(error: unknown, { s3Endpoint }: Deployment, { name, owner }: UploadBucket): unknown {
  if (errorFacts(error).name === 'AccessDenied') {
    const remedy = `ask for s3:PutObject on ${UPLOAD_FOLDER}*, and check that account ${owner} owns the bucket`;
    return new CliError('Denied', `You may not upload to the bucket ${name}: ${remedy}.`);
  }
  return explainAws(error, { name: 'S3', ...(s3Endpoint && { emulatorEndpoint: s3Endpoint }) });
}
