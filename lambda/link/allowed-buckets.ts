/** A bucket that links may be issued for. */
export interface AllowedBucket {
  readonly name: string;
  /** Region of the bucket: requests are sent there, and URLs are signed for it. */
  readonly region: string;
  /** Prefix of the keys that are shared; empty to share every object. A folder only if it ends with a slash. */
  readonly prefix: string;
}

/**
 * Parses the buckets of a deployment, as its template sets them.
 *
 * @param text JSON list of `{name, region?, prefix?}`.
 * @param region default region.
 * @throws SyntaxError if the text is not JSON.
 */
export function parseAllowedBuckets(text: string, region: string): readonly AllowedBucket[] {
  const entries: readonly (Pick<AllowedBucket, 'name'> & Partial<AllowedBucket>)[] = JSON.parse(text);
  return entries.map((entry) => ({ region, prefix: '', ...entry }));
}

/**
 * Finds the shared bucket of an object.
 *
 * @returns `undefined` if the bucket is not shared or the object is outside its prefix: callers cannot tell the two apart.
 */
export function allowedBucketOf(
  buckets: readonly AllowedBucket[],
  object: { readonly bucketName: string; readonly objectName: string },
): AllowedBucket | undefined {
  return buckets.find(({ name, prefix }) => name === object.bucketName && object.objectName.startsWith(prefix));
}
