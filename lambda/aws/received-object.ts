import { LINK_ID_METADATA } from '../contract';
import { type LinkId, parseLinkId } from '../link/nonce';
import type { ObjectChecksum } from '../link/receipt';
import { presign, type SignedObject, type Signer } from './presign';

/** An object under an upload prefix, and the link that it was uploaded through. */
export interface UploadedObject {
  readonly linkId: LinkId;
  readonly sizeBytes: number;
  /** @default - S3 stores none for the object */
  readonly checksum?: ObjectChecksum;
}

/** An object that was uploaded through a link, or why there is none. */
export type FoundUpload =
  | { readonly outcome: 'found'; readonly object: UploadedObject }
  /** The object was not uploaded through a link, or no longer exists. */
  | { readonly outcome: 'none' }
  /** S3 refused the request, or did not respond in time. */
  | { readonly outcome: 'failed'; readonly error: string; readonly httpStatus?: number };

const REQUEST_MILLISECONDS = 5_000;
/** Longer than the request, because clocks differ. */
const URL_SECONDS = 60;

/** The checksums that uploads can have, the strongest first. */
const ALGORITHMS = ['SHA256', 'CRC64NVME'] as const;

/**
 * Finds the link that an object was uploaded through, with one HEAD. Lambda retries the event, so this function does not. The
 * S3 client would be nine tenths of the function's bundle.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
 */
export async function findUploadedObject(
  object: SignedObject & { readonly versionId: string | undefined },
  signer: Signer,
  now: Date,
): Promise<FoundUpload> {
  const { versionId } = object;
  const headers = { 'x-amz-checksum-mode': 'ENABLED' };
  const query = versionId === undefined ? {} : { versionId };
  const url = await presign(object, { method: 'HEAD', query, headers }, undefined, signer, {
    expiresInSeconds: URL_SECONDS,
    now,
  });
  let response: Response;
  try {
    const signal = AbortSignal.timeout(REQUEST_MILLISECONDS);
    response = await fetch(url, { method: 'HEAD', headers, redirect: 'error', signal });
  } catch (error) {
    return { outcome: 'failed', error: error instanceof Error ? error.name : 'unknown' };
  }
  if (response.ok) {
    return uploadIn(response.headers);
  }
  return response.status === 404
    ? { outcome: 'none' }
    : { outcome: 'failed', error: 'S3Error', httpStatus: response.status };
}

function uploadIn(headers: Headers): FoundUpload {
  const linkId = parseLinkId(headers.get(LINK_ID_METADATA) ?? undefined);
  if (linkId === undefined) {
    return { outcome: 'none' };
  }
  const algorithm = ALGORITHMS.find((name) => headers.has(checksumHeader(name)));
  const value = algorithm && headers.get(checksumHeader(algorithm));
  const sizeBytes = Number(headers.get('content-length'));
  return {
    outcome: 'found',
    object: { linkId, sizeBytes, ...(algorithm && value && { checksum: { algorithm, value } }) },
  };
}

function checksumHeader(algorithm: string): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}
