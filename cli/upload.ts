import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { AbortMultipartUploadCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { lookup } from 'mime-types';
import { UPLOAD_FOLDER } from '../lambda/contract';
import { explainAws } from './aws-failure';
import type { Deployment } from './deployment';
import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';
import type { S3Location } from './s3-location';
import type { SharedFile } from './shared-file';
import { TransferHandler } from './transfer-handler';

/** How to upload. */
export interface UploadOptions {
  /** Last part of the object's key. */
  readonly name: string;
  /** Ends it early. Its reason is thrown once nothing is left of the upload. */
  readonly signal: AbortSignal;
  /** Receives how many bytes went out since the last time; less than none if they must be sent again. */
  readonly onSent: (bytes: number) => void;
  /** Told why what was uploaded of a file that is not shared after all could not be removed. */
  readonly onLeftBehind: (location: S3Location, reason: unknown) => void;
}

/** A file that was uploaded. */
export interface UploadedFile {
  readonly location: S3Location;
  /** Removes it again: there will be no link to it. Never rejects. */
  remove(): Promise<void>;
}

const MIB = 1024 ** 2;
/** Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MIN_PART_BYTES = 5 * MIB;
const MAX_PARTS = 10_000;
/** Parts under way at once: with more, one line is not faster. */
const MAX_PARTS_AT_ONCE = 4;
/** Errors of the system that come before the first byte has left. */
const NOT_CONNECTED = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;
/** Of all parts under way, unless one alone has more. */
const BUFFER_BYTES = 64 * MIB;

/**
 * Uploads a file, under a random name of its own, into the folder that the bucket empties. In the end it is there as it was
 * when it was opened, or nothing of it is there.
 *
 * @throws ShareFailure, or the signal's reason
 */
export async function uploadFile(
  file: SharedFile,
  deployment: Deployment,
  options: UploadOptions,
): Promise<UploadedFile> {
  const { name, signal, onSent } = options;
  const location = {
    bucket: deployment.bucketName,
    key: `${UPLOAD_FOLDER}${randomBytes(16).toString('base64url')}/${name}`,
  };
  // The first failure of any part ends all the others, which would be sent for nothing.
  const cut = new AbortController();
  const cutAll = (): void => cut.abort(signal.reason);
  signal.addEventListener('abort', cutAll, { once: true });
  const s3 = connect(deployment, new TransferHandler({ signal: cut.signal, onSent }));
  cutAtFailure(s3, cut);
  const body = Readable.from(cuttingAtFailure(file.read(), cut), { objectMode: false });
  const contentType = lookup(name) || 'application/octet-stream';
  const upload = new Upload({
    client: s3,
    params: { Bucket: location.bucket, Key: location.key, Body: body, ContentType: contentType },
    ...partSizes(file.size),
    // It would remove them after some failures only, and hide the reason where it may not.
    leavePartsOnError: true,
  });
  const remove = (): Promise<void> =>
    removeUpload(deployment, location, upload.uploadId).catch((reason) => options.onLeftBehind(location, reason));
  try {
    signal.throwIfAborted();
    await upload.done();
    signal.throwIfAborted();
    return { location, remove };
  } catch (error) {
    const reason: unknown = cut.signal.aborted ? cut.signal.reason : error;
    if (upload.uploadId !== undefined || mayBeStored(reason, signal)) {
      await remove();
    }
    throw reason === signal.reason ? reason : explain(reason, deployment);
  } finally {
    signal.removeEventListener('abort', cutAll);
    body.destroy();
    s3.destroy();
  }
}

/** How a file of this size is split: into parts that are as small as may be, so that few bytes are in memory at once. */
export function partSizes(fileBytes: number): { readonly partSize: number; readonly queueSize: number } {
  const partSize = Math.max(MIN_PART_BYTES, Math.ceil(fileBytes / MAX_PARTS / MIB) * MIB);
  const queueSize = Math.min(MAX_PARTS_AT_ONCE, Math.max(1, Math.floor(BUFFER_BYTES / partSize)));
  return { partSize, queueSize };
}

function connect({ region, credentials, s3Endpoint }: Deployment, requestHandler?: TransferHandler): S3Client {
  return new S3Client({
    region,
    credentials,
    ...(requestHandler && { requestHandler }),
    ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }),
  });
}

/** Sees to it that a call which has failed for good, after all its tries, ends the others. */
function cutAtFailure(s3: S3Client, cut: AbortController): void {
  s3.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        cut.abort(error);
        throw error;
      }
    },
    { step: 'initialize', name: 'cutAtFailure' },
  );
}

async function* cuttingAtFailure(content: AsyncIterable<Buffer>, cut: AbortController): AsyncIterable<Buffer> {
  try {
    yield* content;
  } catch (error) {
    cut.abort(error);
    throw error;
  }
}

/** Whether an object may be there although its upload failed: not if S3 refused it, or was never sent anything. */
function mayBeStored(reason: unknown, signal: AbortSignal): boolean {
  const { httpStatus, systemCode = '' } = errorFacts(reason);
  const refused = httpStatus >= 400 && httpStatus < 500;
  return reason === signal.reason || !(reason instanceof ShareFailure || refused || NOT_CONNECTED.test(systemCode));
}

/** Removes the parts of an upload, and the object that may have become of them. What is not there is no failure. */
async function removeUpload(
  deployment: Deployment,
  { bucket, key }: S3Location,
  uploadId: string | undefined,
): Promise<void> {
  const s3 = connect(deployment);
  const object = { Bucket: bucket, Key: key };
  try {
    if (uploadId !== undefined) {
      await s3.send(new AbortMultipartUploadCommand({ ...object, UploadId: uploadId })).catch(ignoreCompleted);
    }
    await s3.send(new DeleteObjectCommand(object));
  } finally {
    s3.destroy();
  }
}

function ignoreCompleted(error: unknown): void {
  if (errorFacts(error).name !== 'NoSuchUpload') {
    throw error;
  }
}

function explain(error: unknown, { bucketName, region, s3Endpoint }: Deployment): unknown {
  const options = { cause: error };
  switch (errorFacts(error).name) {
    case 'AccessDenied': {
      const remedy = `ask for s3:PutObject on arn:aws:s3:::${bucketName}/${UPLOAD_FOLDER}*, or give another --profile`;
      return new ShareFailure('UploadDenied', `You may not upload to the bucket ${bucketName}: ${remedy}.`, options);
    }
    case 'NoSuchBucket': {
      const remedy = 'it was replaced or removed since its name was written down: give --outputs or --stack anew';
      return new ShareFailure('BucketNotFound', `There is no bucket ${bucketName}: ${remedy}.`, options);
    }
    case 'PermanentRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException': {
      const sentence = `The bucket ${bucketName} is not in the region ${region}: give its own with --region.`;
      return new ShareFailure('WrongRegion', sentence, options);
    }
    default:
      return explainAws(error, { name: 'S3', ...(s3Endpoint && { emulatorEndpoint: s3Endpoint }) });
  }
}
