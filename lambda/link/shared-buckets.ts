/** A bucket that links may be made for. */
export interface SharedBucket {
  readonly name: string;
  /** Region of the bucket: it is asked there, and URLs are signed for it. */
  readonly region: string;
  /** What the keys of shared objects start with; empty where every object is shared. A folder only if it ends with a slash. */
  readonly prefix: string;
}

/** A bucket as the environment of the function spells it. */
interface BucketEntry {
  readonly name: string;
  readonly region?: string;
  readonly prefix?: string;
}

/**
 * Reads the buckets that a deployment shares from, as its infrastructure writes them down.
 *
 * @param text JSON list of names with, where they differ from the default, region and prefix.
 * @param region of buckets that name none.
 * @throws SyntaxError if it is no JSON; only a wrong deployment gets there.
 */
export function parseSharedBuckets(text: string, region: string): readonly SharedBucket[] {
  const entries: readonly BucketEntry[] = JSON.parse(text);
  return entries.map((entry) => ({ region, prefix: '', ...entry }));
}

/**
 * Finds the bucket of an object that may be linked to.
 *
 * @returns `undefined` if the bucket is not shared, or the object not in the part of it that is: whoever asks learns
 * nothing of what else there is.
 */
export function sharedBucketOf(
  buckets: readonly SharedBucket[],
  object: { readonly bucketName: string; readonly objectName: string },
): SharedBucket | undefined {
  return buckets.find(({ name, prefix }) => name === object.bucketName && object.objectName.startsWith(prefix));
}
