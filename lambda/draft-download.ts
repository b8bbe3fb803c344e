import type { Lookup } from './aws/object-store';
import { MAX_PRESIGNED_URL_LENGTH, STORED_URL_GRACE_SECONDS } from './contract';
import { type AllowedBucket, allowedBucketOf, isUnderUploadPrefix } from './link/allowed-buckets';
import type { DownloadDestination, ObjectAddress, ObjectDescription } from './link/destination';
import { fitDownloadName, nameOfKey } from './link/download-name';
import type { DownloadRequest } from './link/download-request';
import { inlineType } from './link/inline-type';
import type { IssueError } from './link/link-request';
import type { LinkId } from './link/nonce';
import { type Drafted, type IssueAdapters, type IssueSettings, refused } from './link-draft';

/**
 * Margin, in characters, between the URL signed on redemption and the trial URL signed here: access-object signs with
 * another session token. Observed session tokens of Lambda roles differ by less than half of this.
 */
const SESSION_TOKEN_ALLOWANCE = 512;

/**
 * Checks and presigns the object of a download link.
 *
 * @throws the SDK's error if S3 gives no usable response.
 */
export async function draftDownload(
  { bucketName, objectName, versionId, downloadAs, expiresInSeconds, presign, from }: DownloadRequest,
  now: Date,
  settings: IssueSettings,
  aws: Pick<IssueAdapters, 'findObject' | 'signDownload'>,
): Promise<Drafted> {
  const bucket = allowedBucketOf(settings.allowedBuckets, { bucketName, objectName });
  if (bucket === undefined) {
    return refused({
      code: 'BucketNotAllowed',
      detail: 'bucket_name is not shared by this deployment, or object_name is outside the prefix that it shares.',
    });
  }
  const asked: ObjectAddress = {
    bucketName,
    objectName,
    region: bucket.region,
    ...(versionId !== undefined && { versionId }),
    ...(downloadAs !== undefined && { downloadAs }),
  };
  const found = await aws.findObject(asked);
  if (found.outcome !== 'available') {
    return refused(unavailable(found.outcome, bucket));
  }
  const isShown = downloadAs === undefined && !isUnderUploadPrefix(objectName, bucket.uploadPrefix);
  const inlineAs = isShown ? inlineType(found.contentType) : undefined;
  const object: ObjectAddress = {
    ...asked,
    ...(found.versionId !== undefined && { versionId: found.versionId }),
    ...(inlineAs !== undefined && { inlineAs }),
  };
  const description = descriptionOf(object, found.sizeBytes, from);

  // For on_open, this URL is only a trial: it shows before the link is issued whether the URL will be too long.
  const onOpen = presign === 'on_open';
  const urlSeconds = (onOpen ? settings.openedUrlSeconds : undefined) ?? expiresInSeconds + STORED_URL_GRACE_SECONDS;
  const maxUrlLength = MAX_PRESIGNED_URL_LENGTH - (onOpen ? SESSION_TOKEN_ALLOWANCE : 0);
  async function destinationOf(linkId: LinkId): Promise<DownloadDestination | undefined> {
    const url = await aws.signDownload(object, linkId, { expiresInSeconds: urlSeconds, now });
    if (url.length > maxUrlLength) {
      return undefined;
    }
    return onOpen ? { presign: 'on_open', object, description } : { presign: 'now', url, description };
  }
  return { ok: true, draft: { destinationOf, fileName: description.fileName, tooLong: TOO_LONG } };
}

function descriptionOf(object: ObjectAddress, sizeBytes: number, from: string | undefined): ObjectDescription {
  return {
    // A key can contain line breaks, which would add lines to emails.
    fileName: object.downloadAs ?? fitDownloadName(nameOfKey(object.objectName)),
    sizeBytes,
    ...(object.inlineAs !== undefined && { contentType: object.inlineAs }),
    ...(from !== undefined && { from }),
  };
}

/** S3 returns 403 for a missing object unless the role may list the whole bucket. */
function unavailable(reason: Exclude<Lookup['outcome'], 'available'>, { prefix }: AllowedBucket): IssueError {
  return reason === 'forbidden' && prefix !== '' ? MISSING_OR_FORBIDDEN : UNAVAILABLE[reason];
}

const MISSING_OR_FORBIDDEN: IssueError = {
  code: 'ObjectNotFound',
  detail: 'There is no such object, or a KMS key or a policy does not allow this deployment to read it.',
};

const UNAVAILABLE = {
  'not-found': { code: 'ObjectNotFound', detail: 'There is no such object in the bucket.' },
  archived: {
    code: 'InvalidRequest',
    detail: 'object_name is in an archive storage class: restore the object first.',
  },
  forbidden: {
    code: 'InvalidRequest',
    detail: 'object_name cannot be read by this deployment: a KMS key or a policy does not allow it.',
  },
  unreadable: {
    code: 'InvalidRequest',
    detail: 'version_id is malformed, or the object is encrypted with a customer-provided key (SSE-C).',
  },
} as const;

const TOO_LONG: IssueError = {
  code: 'InvalidRequest',
  detail: 'object_name, version_id, download_as and from are too long in total: shorten one of them.',
};
