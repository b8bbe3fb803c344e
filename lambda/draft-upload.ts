import { INBOX } from './contract';
import { type AllowedBucket, isUnderUploadPrefix } from './link/allowed-buckets';
import type { UploadDestination } from './link/destination';
import type { IssueError } from './link/link-request';
import type { UploadRequest } from './link/upload-request';
import { type Drafted, type IssueAdapters, type IssueSettings, refused } from './link-draft';

/**
 * Checks where the file of an upload link goes, and counts `max_bytes` towards the caller's daily limit.
 *
 * @throws the SDK's error if S3 or DynamoDB gives no usable response.
 */
export async function draftUpload(
  { bucketName, key: asked, maxBytes, contentTypes, label, from }: UploadRequest,
  caller: string,
  now: Date,
  { allowedBuckets, dailyUploadBytes }: IssueSettings,
  aws: Pick<IssueAdapters, 'findObject' | 'reserveUpload'>,
): Promise<Drafted> {
  const bucket = allowedBuckets.find(({ name }) => name === bucketName);
  const key = asked ?? { prefix: bucket?.uploadPrefix ?? '' };
  const start = 'objectName' in key ? key.objectName : key.prefix;
  if (bucket === undefined || !isUnderUploadPrefix(start, bucket.uploadPrefix)) {
    return refused(NOT_ALLOWED);
  }
  if ('objectName' in key && (await exists(bucket, key.objectName, aws))) {
    return refused(OBJECT_EXISTS);
  }
  if (!(await aws.reserveUpload(caller, maxBytes, dailyUploadBytes, now))) {
    return refused(quotaExceeded(dailyUploadBytes));
  }
  const limits = { maxBytes, ...(contentTypes && { contentTypes }) };
  const destination: UploadDestination = {
    bucketName,
    region: bucket.region,
    key,
    ...limits,
    ...(label !== undefined && { label }),
    ...(from !== undefined && { from }),
  };
  return { ok: true, draft: { destinationOf: async () => destination, limits, tooLong: TOO_LONG } };
}

/** Whether there is an object with the key. `false` if the function may not read it. */
async function exists(
  { name, region }: AllowedBucket,
  objectName: string,
  { findObject }: Pick<IssueAdapters, 'findObject'>,
): Promise<boolean> {
  const { outcome } = await findObject({ bucketName: name, objectName, region });
  return outcome === 'available' || outcome === 'archived';
}

const NOT_ALLOWED: IssueError = {
  code: 'BucketNotAllowed',
  detail: `bucket_name accepts no uploads, or object_name or prefix is not below its upload prefix (${INBOX} in the default bucket).`,
};

const OBJECT_EXISTS: IssueError = {
  code: 'ObjectExists',
  detail:
    'There is an object with this object_name. Uploads replace no objects: choose another name, or give a prefix.',
};

const TOO_LONG: IssueError = {
  code: 'InvalidRequest',
  detail: 'object_name, prefix, content_types, label and from are too long in total: shorten one of them.',
};

function quotaExceeded(dailyUploadBytes: number): IssueError {
  return {
    code: 'UploadQuotaExceeded',
    detail: `The upload links that you issue on one day (UTC) may receive at most ${dailyUploadBytes} bytes in total. Lower max_bytes, or try again tomorrow.`,
  };
}
