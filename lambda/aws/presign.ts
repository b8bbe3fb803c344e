import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { Sha256 } from '@smithy/core/checksum';
import { buildQueryString, escapeUriPath } from '@smithy/core/protocols';
import type { PresignedUrl, Validity } from '../link/destination';
import type { LinkId } from '../link/nonce';

/** The credentials to sign with and the S3 endpoint to sign for. */
export interface Signer {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** DNS suffix of the partition, for example `amazonaws.com`. */
  readonly urlSuffix: string;
  /** Replaces the S3 endpoint (`AWS_ENDPOINT_URL_S3`). An origin without a path, trailing slash or default port. */
  readonly endpoint: string | undefined;
}

/** An object, and the Region of its bucket, which URLs are signed for. */
export interface SignedObject {
  readonly bucketName: string;
  readonly objectName: string;
  readonly region: string;
}

/** The request that a URL is signed for. */
export interface SignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly query: Readonly<Record<string, string>>;
  /** Headers that the request must have, with these values. */
  readonly headers: Readonly<Record<string, string>>;
}

/** S3 ignores parameters that start with `x-`, and logs them. */
const LINK_ID_PARAMETER = 'x-link-id';

/**
 * Presigns a request for an object. Makes no request. Does not use the S3 client, which is ten times the size of the whole
 * bundle. Property tests check that the URLs equal those from the SDK's presigner.
 *
 * @param linkId written to S3's server access log, from which downloads are counted.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function presign(
  object: SignedObject,
  { method, query, headers }: SignedRequest,
  linkId: LinkId | undefined,
  { credentials, urlSuffix, endpoint }: Signer,
  { expiresInSeconds, now }: Validity,
): Promise<PresignedUrl> {
  const origin = new URL(endpoint ?? s3Origin(object, urlSuffix));
  const path = `${endpoint === undefined && isHostLabel(object) ? '' : `/${object.bucketName}`}/${escapeUriPath(object.objectName)}`;
  const presigner = new S3RequestPresigner({ region: object.region, credentials, sha256: Sha256 });
  const signed = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const { query: signedQuery = {} } = await presigner.presign(
    {
      method,
      protocol: origin.protocol,
      hostname: origin.hostname,
      ...(origin.port && { port: Number(origin.port) }),
      path,
      query: { ...query, ...(linkId !== undefined && { [LINK_ID_PARAMETER]: linkId }) },
      headers: { ...headers },
    },
    {
      expiresIn: expiresInSeconds,
      signingDate: now,
      // By default, the SDK does not sign the content type, and moves `x-amz-*` headers into the query string.
      ...(signed.size > 0 && { signableHeaders: signed, unhoistableHeaders: signed }),
    },
  );
  return `${origin.origin}${path}?${buildQueryString(signedQuery)}` as PresignedUrl;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function s3Origin(object: SignedObject, urlSuffix: string): string {
  return `https://${isHostLabel(object) ? `${object.bucketName}.` : ''}s3.${object.region}.${urlSuffix}`;
}

/** Bucket names with dots go in the path, because S3's TLS certificate does not cover them as host names. */
function isHostLabel({ bucketName }: SignedObject): boolean {
  return !bucketName.includes('.');
}
