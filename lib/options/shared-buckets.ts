// Deleted at the merge, with legacy-config.ts.
export { type ExistingBucket, environmentEntry, MAX_KEYS, MAX_LIST_BYTES, parseSharedBuckets } from './legacy-config';
