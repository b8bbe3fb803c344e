import { buildQueryString, escapeUri } from '@smithy/core/protocols';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { attachmentNamed } from '../link/content-disposition';
import type { ObjectAddress, PresignedUrl } from '../link/destination';

/** Where S3 is. */
export interface S3Location {
  /** What host names end with, for example `amazonaws.com`. */
  readonly urlSuffix: string;
  /** Origin of a server that takes the place of S3 (`AWS_ENDPOINT_URL_S3`): no path, no slash at the end, no default port. */
  readonly endpoint: string | undefined;
}

/** Who signs, and where the object is. */
export interface Signer {
  readonly location: S3Location;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** When a URL is valid. */
export interface Validity {
  /** 1 to 604,800. */
  readonly expiresInSeconds: number;
  /** When it starts. */
  readonly now: Date;
}

/**
 * Presigns a GET of an object without the S3 client, which would be a dozen times the code: the URL is the one that its
 * presigner makes, character by character. Local: no request is made. It signs when links are made as well, so that
 * nothing is left that could fail when they are opened.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export async function signDownload(
  object: ObjectAddress,
  { location, credentials }: Signer,
  { expiresInSeconds, now }: Validity,
): Promise<PresignedUrl> {
  const { origin, path } = objectLocation(object, location);
  const { protocol, host, hostname } = new URL(origin);
  const signer = new SignatureV4({
    service: 's3',
    region: object.region,
    credentials,
    sha256: Hash.bind(null, 'sha256'),
    // S3 signs paths as they are.
    uriEscapePath: false,
  });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol,
      hostname,
      path,
      query: {
        'x-id': 'GetObject',
        ...(object.versionId === undefined ? {} : { versionId: object.versionId }),
        ...(object.downloadAs === undefined
          ? {}
          : { 'response-content-disposition': attachmentNamed(object.downloadAs) }),
      },
      // The second one moves to the query.
      headers: { host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
    },
    { expiresIn: expiresInSeconds, signingDate: now },
  );
  return `${origin}${path}?${buildQueryString(query)}` as PresignedUrl;
}

/** Buckets whose name is one label of a host name. TLS certificates cover no others: those go into the path. */
const HOST_LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html */
function objectLocation(
  { bucketName, region, objectName }: ObjectAddress,
  { urlSuffix, endpoint }: S3Location,
): { readonly origin: string; readonly path: string } {
  const path = `/${objectName.split('/').map(escapeUri).join('/')}`;
  if (endpoint === undefined && HOST_LABEL.test(bucketName)) {
    return { origin: `https://${bucketName}.s3.${region}.${urlSuffix}`, path };
  }
  return { origin: endpoint ?? `https://s3.${region}.${urlSuffix}`, path: `/${bucketName}${path}` };
}
