import { S3RequestPresigner } from '@aws-sdk/s3-request-presigner';
import { Sha256 } from '@smithy/core/checksum';
import { buildQueryString, escapeUriPath } from '@smithy/core/protocols';
import { attachmentNamed } from '../link/content-disposition';
import type { ObjectAddress, PresignedUrl, Validity } from '../link/destination';

/** Credentials to sign with, and the S3 endpoint to sign for. */
export interface Signer {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Ending of AWS host names in this partition, for example `amazonaws.com`. */
  readonly urlSuffix: string;
  /** Origin that replaces S3's (`AWS_ENDPOINT_URL_S3`): no path, no slash at the end, no default port. */
  readonly endpoint: string | undefined;
}

/**
 * Presigns a GET of an object. Makes no request. Does without the S3 client, which is ten times the size of this whole
 * bundle; a property test holds the URL equal to the one that the client's own presigner makes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function signDownload(
  object: ObjectAddress,
  { credentials, urlSuffix, endpoint }: Signer,
  { expiresInSeconds, now }: Validity,
): Promise<PresignedUrl> {
  const { region, versionId, downloadAs } = object;
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
        ...(downloadAs !== undefined && { 'response-content-disposition': attachmentNamed(downloadAs) }),
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

/** Buckets with dots go into the path: S3's TLS certificate does not cover them as host names. */
function isHostLabel({ bucketName }: ObjectAddress): boolean {
  return !bucketName.includes('.');
}
