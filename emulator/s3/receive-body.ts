import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { base64Digest, CHECKSUMS, type Checksum } from './checksums';
import { fail, notImplemented, type S3Failure } from './reply';

/** S3's maximum for one PUT, of an object or a part: 5 GiB. */
const MAX_BODY_BYTES = 5 * 1024 ** 3;

/** A body on disk that matches its headers. */
export interface ReceivedBody {
  readonly size: number;
  readonly md5: Buffer;
  /** Checksums that the sender declared, or the default checksum, in base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
}

type Measured = ReceivedBody & { readonly sha256: string };

/**
 * Writes the body of a PUT to a new file and checks its length, signed hash, MD5 and checksums. The caller removes the
 * file, even after a failure.
 *
 * @param defaultChecksum algorithm of the checksum to compute if the sender declared none. @default - none
 */
export async function receiveBody(
  request: IncomingMessage,
  file: string,
  defaultChecksum?: string,
): Promise<ReceivedBody | S3Failure> {
  const { headers } = request;
  const fault = refuseUnread(headers);
  if (fault !== undefined) {
    return fault;
  }
  const measured = await write(request, file, defaultChecksum);
  return compare(headers, measured) ?? measured;
}

/** Returns the declared checksum of an algorithm, in base64; `undefined` if there is none. */
export function checksumHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  return headerText(headers, `x-amz-checksum-${name}`);
}

/** Returns a header; `undefined` if it is missing. */
export function headerText(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return value === undefined ? undefined : String(value);
}

/** Hash of a body, as in `x-amz-content-sha256`. */
export function sha256Of(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

/** Compares the hash that was signed with the hash of the received body. Only presigned requests have none. */
export function checkDeclaredHash(headers: IncomingHttpHeaders, sha256: string): S3Failure | undefined {
  const declared = headers['x-amz-content-sha256'];
  return declared === undefined || declared === 'UNSIGNED-PAYLOAD' || declared === sha256
    ? undefined
    : fail(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
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
  if (Number(length) > MAX_BODY_BYTES) {
    return fail(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
  }
  return undefined;
}

async function write(request: IncomingMessage, file: string, defaultChecksum?: string): Promise<Measured> {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  const declared = Object.keys(CHECKSUMS).filter((name) => checksumHeader(request.headers, name) !== undefined);
  const names = declared.length === 0 && defaultChecksum !== undefined ? [defaultChecksum] : declared;
  const checksums = Object.entries(CHECKSUMS)
    .filter(([name]) => names.includes(name))
    .map(([name, create]) => [name, create()] as const);
  const all: readonly Pick<Checksum, 'update'>[] = [md5, sha256, ...checksums.map(([, checksum]) => checksum)];
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
  await pipeline(request, measured, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  const digests = await Promise.all(checksums.map(async ([name, checksum]) => [name, await base64Digest(checksum)]));
  return { size, md5: md5.digest(), sha256: sha256.digest('hex'), checksums: Object.fromEntries(digests) };
}

function compare(headers: IncomingHttpHeaders, received: Measured): S3Failure | undefined {
  const fault = checkDeclaredHash(headers, received.sha256);
  if (fault !== undefined) {
    return fault;
  }
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== received.md5.toString('base64')) {
    return fail(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const wrong = Object.entries(received.checksums).find(
    ([name, value]) => (checksumHeader(headers, name) ?? value) !== value,
  );
  return (
    wrong &&
    fail(400, 'BadDigest', `The ${wrong[0].toUpperCase()} you specified did not match the calculated checksum.`)
  );
}
