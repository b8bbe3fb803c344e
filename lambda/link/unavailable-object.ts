import type { IssueRefusal } from './outcomes';
import type { SharedBucket } from './shared-buckets';

/** Why a presigned GET of an object would fail. */
export type Unavailable = 'not-found' | 'archived' | 'forbidden' | 'unreadable';

const REFUSALS: Readonly<Record<Unavailable, IssueRefusal>> = {
  'not-found': { code: 'ObjectNotFound', detail: 'There is no such object in the bucket.' },
  archived: {
    code: 'InvalidRequest',
    detail: 'object_name is in an archive storage class: restore the object first.',
  },
  forbidden: {
    code: 'InvalidRequest',
    detail: 'object_name is not for this deployment to read: a key or a policy forbids it.',
  },
  unreadable: {
    code: 'InvalidRequest',
    detail: 'version_id is malformed, or the object is encrypted with a key of its owner (SSE-C).',
  },
};

/** S3 answers 403 for a missing object unless the role may list the whole bucket. */
const MISSING_OR_FORBIDDEN: IssueRefusal = {
  code: 'ObjectNotFound',
  detail: 'There is no such object, or a key or a policy forbids this deployment to read it.',
};

/** Explains why no link is issued to an object that cannot be downloaded. */
export function unavailableObject(reason: Unavailable, bucket: Pick<SharedBucket, 'prefix'>): IssueRefusal {
  return reason === 'forbidden' && bucket.prefix !== '' ? MISSING_OR_FORBIDDEN : REFUSALS[reason];
}
