import type { IssueRefusal } from './outcomes';
import type { SharedBucket } from './shared-buckets';

/** Why a presigned GET of an object would not be answered with its bytes. */
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
    detail: 'version_id is malformed, or the object has an encryption key of its own (SSE-C).',
  },
};

/** S3 tells a missing object from a forbidden one to those only who may list the whole bucket. */
const MISSING_OR_FORBIDDEN: IssueRefusal = {
  code: 'ObjectNotFound',
  detail: 'There is no such object, or a key or a policy forbids this deployment to read it.',
};

/** Says why there is no link to an object that a link could not deliver. */
export function unavailableObject(reason: Unavailable, bucket: Pick<SharedBucket, 'prefix'>): IssueRefusal {
  return reason === 'forbidden' && bucket.prefix !== '' ? MISSING_OR_FORBIDDEN : REFUSALS[reason];
}
