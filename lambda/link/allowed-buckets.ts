/** A bucket that links can be issued for. */
export interface AllowedBucket {
  readonly name: string;
  /** Region of the bucket. Requests are sent there, and URLs are signed for it. */
  readonly region: string;
  /**
   * Download links can be issued only for keys with this prefix, or with the upload prefix; empty for every object. It matches
   * a folder only with a slash at the end.
   */
  readonly prefix: string;
  /** Upload links can be issued for keys with this prefix. @default - the bucket accepts no uploads */
  readonly uploadPrefix?: string;
}

/**
 * Parses the list of allowed buckets from the environment.
 *
 * @param text JSON list of `{name, region?, prefix?, uploadPrefix?}`.
 * @param region default Region.
 * @throws SyntaxError if the text is not JSON.
 */
export function parseAllowedBuckets(text: string, region: string): readonly AllowedBucket[] {
  const entries: readonly (Pick<AllowedBucket, 'name'> & Partial<AllowedBucket>)[] = JSON.parse(text);
  return entries.map((entry) => ({ region, prefix: '', ...entry }));
}

/**
 * Finds the allowed bucket of an object to download.
 *
 * @returns `undefined` if the bucket is not allowed, or if the object is outside its prefixes. Callers cannot tell which.
 */
export function allowedBucketOf(
  buckets: readonly AllowedBucket[],
  object: { readonly bucketName: string; readonly objectName: string },
): AllowedBucket | undefined {
  return buckets.find(
    ({ name, prefix, uploadPrefix }) =>
      name === object.bucketName &&
      (object.objectName.startsWith(prefix) || isUnderUploadPrefix(object.objectName, uploadPrefix)),
  );
}

/** Whether a key is under the upload prefix of its bucket. Uploaders choose the content of such objects, so it is not trusted. */
export function isUnderUploadPrefix(key: string, uploadPrefix: string | undefined): boolean {
  return uploadPrefix !== undefined && key.startsWith(uploadPrefix);
}
