import type { S3Context } from './context';
import { fail, type S3Failure } from './reply';
import type { ObjectVersion, PreparedObject } from './store';

const IF_NONE_MATCH = 'if-none-match';
const EXISTS = fail(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
  details: { Condition: 'If-None-Match' },
});
const CONFLICT = fail(
  409,
  'ConditionalRequestConflict',
  'The conditional request cannot succeed due to a conflicting operation against this resource.',
  { details: { Condition: 'If-None-Match' } },
);
const OTHER_VALUE = fail(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented', {
  details: { Header: 'If-None-Match' },
});

/**
 * Refuses a write with `If-None-Match: *` to a key that has an object, before the body is read. S3 accepts no value other
 * than `*`. {@link writeObject} checks the condition again.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 */
export function checkNoObject({ target, store, bucket }: S3Context): S3Failure | undefined {
  const condition = target.headers[IF_NONE_MATCH];
  if (condition === undefined) {
    return undefined;
  }
  if (condition !== '*') {
    return OTHER_VALUE;
  }
  return store.hasObject(bucket, target.key) ? EXISTS : undefined;
}

/**
 * Stores a complete object. With `If-None-Match`, it checks and stores in one step: of simultaneous writes, the first to
 * finish succeeds.
 *
 * @param removalsBefore `store.removals` at the start of the upload. S3 responds with 409 if an object was deleted since
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export async function writeObject(
  { target, store, bucket }: S3Context,
  prepared: PreparedObject,
  removalsBefore: number,
): Promise<ObjectVersion | S3Failure> {
  if (target.headers[IF_NONE_MATCH] === undefined) {
    return await store.put(bucket, target.key, prepared);
  }
  const created = await store.create(bucket, target.key, prepared, removalsBefore);
  if (created === 'exists') {
    return EXISTS;
  }
  return created === 'conflict' ? CONFLICT : created;
}
