import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { Sha256 } from '@smithy/core/checksum';
import { buildQueryString, escapeUriPath } from '@smithy/core/protocols';
import { responseOverrides } from '../link/content-disposition';
import type { ObjectAddress, PresignedUrl, Validity } from '../link/destination';
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

/** S3 ignores parameters that start with `x-`, and logs them. */
const LINK_ID_PARAMETER = 'x-link-id';

/**
 * Presigns a GET of an object. Makes no request. Does not use the S3 client, which is ten times the size of the whole
 * bundle. A property test checks that the URL equals the one from the SDK's presigner.
 *
 * @param linkId goes into S3's server access log, with which downloads are counted.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function signDownload(
  object: ObjectAddress,
  linkId: LinkId,
  { credentials, urlSuffix, endpoint }: Signer,
  { expiresInSeconds, now }: Validity,
): Promise<PresignedUrl> {
  const { region, versionId } = object;
  const origin = new URL(endpoint ?? s3Origin(object, urlSuffix));
  const path = `${endpoint === undefined && isHostLabel(object) ? '' : `/${object.bucketName}`}/${escapeUriPath(object.objectName)}`;
  const presigner = new S3RequestPresigner({ region, credentials, sha256: Sha256 });
  const { query = {} } = await presigner.presign(
    {
      method: 'GET',
      protocol: origin.protocol,
      hostname: origin.hostname,
      ...(origin.port && { port: Number(origin.port) }),
      path,
      query: {
        'x-id': 'GetObject',
        ...(versionId !== undefined && { versionId }),
        ...responseOverrides(object),
        [LINK_ID_PARAMETER]: linkId,
      },
      headers: {},
    },
    { expiresIn: expiresInSeconds, signingDate: now },
  );
  return `${origin.origin}${path}?${buildQueryString(query)}` as PresignedUrl;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function s3Origin(object: ObjectAddress, urlSuffix: string): string {
  return `https://${isHostLabel(object) ? `${object.bucketName}.` : ''}s3.${object.region}.${urlSuffix}`;
}

/** Bucket names with dots go in the path, because S3's TLS certificate does not cover them as host names. */
function isHostLabel({ bucketName }: ObjectAddress): boolean {
  return !bucketName.includes('.');
}
