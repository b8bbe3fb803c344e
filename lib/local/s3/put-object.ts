import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { LocalBucket } from './access';
import { CHECKSUMS, type Checksum } from './checksums';
import { fail, isFailure, notImplemented, type S3Failure, type S3Reply } from './reply';
import { isUserMetadata } from './request';
import type { ObjectStore } from './store';

/** Five GiB, the most that S3 takes in one PUT. */
const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;
const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';
/** Headers of the upload that come back with every download. */
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

interface Received {
  readonly size: number;
  readonly md5: Buffer;
  readonly sha256: string;
  /** Base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
}

/**
 * Stores the body of a PUT if it is what its headers say: length, hash of the signature, MD5, checksums. It is written
 * to a temporary file, so that a refused or broken-off upload leaves nothing behind.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export async function putObject(
  request: IncomingMessage,
  store: ObjectStore,
  bucket: LocalBucket,
  key: string,
  now: Date,
): Promise<S3Reply | S3Failure> {
  const { headers } = request;
  const fault = refuseUnread(headers);
  if (fault !== undefined) {
    return fault;
  }
  const temporaryFile = store.temporaryFile();
  try {
    const received = await receive(
      request,
      temporaryFile,
      Object.keys(CHECKSUMS).filter((name) => checksumHeader(headers, name)),
    );
    const mismatch = compare(headers, received);
    if (isFailure(mismatch)) {
      return mismatch;
    }
    const { size, checksums } = received;
    const etag = received.md5.toString('hex');
    const content = { size, etag, checksums, headers: keptHeaders(headers) };
    const { versionId } = await store.put(bucket, key, temporaryFile, content, now);
    return {
      status: 200,
      headers: {
        etag: `"${etag}"`,
        ...checksumHeaders(checksums),
        ...(bucket.versioned ? { 'x-amz-version-id': versionId } : {}),
      },
    };
  } finally {
    await rm(temporaryFile, { force: true });
  }
}

/** The headers that tell a client the checksums which S3 holds. */
export function checksumHeaders(checksums: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(checksums).map(([name, value]) => [`x-amz-checksum-${name}`, value]);
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': 'FULL_OBJECT' };
}

function refuseUnread(headers: IncomingHttpHeaders): S3Failure | undefined {
  const encoding = headers['content-encoding'] ?? '';
  if (encoding.includes('aws-chunked') || String(headers['x-amz-content-sha256']).startsWith('STREAMING-')) {
    return notImplemented('chunked uploads (aws-chunked): send the body whole');
  }
  const length = headers['content-length'];
  if (length === undefined) {
    return fail(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (Number(length) > MAX_UPLOAD_BYTES) {
    return fail(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  return undefined;
}

async function receive(request: IncomingMessage, path: string, algorithms: readonly string[]): Promise<Received> {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const checksums = algorithms.flatMap((name) => {
    const create = CHECKSUMS[name];
    return create === undefined ? [] : [[name, create()] as const];
  });
  const all: readonly Checksum[] = [md5, sha256, ...checksums.map(([, checksum]) => checksum)];
  let size = 0;
  async function* measured(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    for await (const chunk of chunks) {
      size += chunk.length;
      for (const checksum of all) {
        checksum.update(chunk);
      }
      yield chunk;
    }
  }
  await pipeline(request, measured, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  return {
    size,
    md5: md5.digest(),
    sha256: sha256.digest('hex'),
    checksums: Object.fromEntries(checksums.map(([name, checksum]) => [name, checksum.digest().toString('base64')])),
  };
}

function compare(headers: IncomingHttpHeaders, received: Received): S3Failure | undefined {
  const declaredHash = headers['x-amz-content-sha256'];
  if (declaredHash !== 'UNSIGNED-PAYLOAD' && declaredHash !== received.sha256) {
    return fail(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== received.md5.toString('base64')) {
    return fail(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const wrong = Object.entries(received.checksums).find(([name, value]) => checksumHeader(headers, name) !== value);
  return (
    wrong &&
    fail(400, 'BadDigest', `The ${wrong[0].toUpperCase()} you specified did not match the calculated checksum.`)
  );
}

function checksumHeader(headers: IncomingHttpHeaders, name: string): string | string[] | undefined {
  return headers[`x-amz-checksum-${name}`];
}

function keptHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADERS.includes(name) || isUserMetadata(name));
  return {
    'content-type': DEFAULT_CONTENT_TYPE,
    ...Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
  };
}
