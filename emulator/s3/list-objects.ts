import type { LocalBucket } from './access';
import { compareKeys, readListingOptions } from './listing';
import { isFailure, type S3Failure, type S3Reply, xmlElements, xmlReply } from './reply';
import type { ObjectStore, ObjectVersion } from './store';

/** A line of the listing: an object, or all keys that share a prefix up to the delimiter. */
type Entry = { readonly key: string; readonly object: ObjectVersion } | { readonly commonPrefix: string };

/**
 * Lists the objects of a bucket, in the order of their keys' bytes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function listObjects(
  query: ReadonlyMap<string, string>,
  store: ObjectStore,
  bucket: LocalBucket,
): S3Reply | S3Failure {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const options = readListingOptions(query, 'max-keys');
  if (isFailure(options)) {
    return options;
  }

  const previous = token === undefined ? '' : decodeToken(token);
  const entries = listEntries(store, bucket, prefix, delimiter).filter(
    (entry) => compareKeys(nameOf(entry), previous) > 0,
  );
  const page = entries.slice(0, options.limit);
  const lastEntry = page.at(-1);
  const truncated = lastEntry !== undefined && page.length < entries.length;
  const { encode, encodingType } = options;
  const summary = xmlElements({
    Name: bucket.name,
    Prefix: encode(prefix),
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
    ...(encodingType === undefined ? {} : { EncodingType: encodingType }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(truncated ? { NextContinuationToken: encodeToken(nameOf(lastEntry)) } : {}),
    KeyCount: page.length,
    MaxKeys: options.requested,
    IsTruncated: truncated,
  });
  const lines = page.map((entry) => renderEntry(entry, encode)).join('');
  return xmlReply('ListBucketResult', summary + lines);
}

function listEntries(store: ObjectStore, bucket: LocalBucket, prefix: string, delimiter: string): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const [key, object] of store.list(bucket)) {
    if (!key.startsWith(prefix)) {
      continue;
    }
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const entry = end < 0 ? { key, object } : { commonPrefix: key.slice(0, end + delimiter.length) };
    entries.set(nameOf(entry), entry);
  }
  return [...entries.values()];
}

function nameOf(entry: Entry): string {
  return 'key' in entry ? entry.key : entry.commonPrefix;
}

function renderEntry(entry: Entry, encode: (text: string) => string): string {
  if (!('key' in entry)) {
    return `<CommonPrefixes>${xmlElements({ Prefix: encode(entry.commonPrefix) })}</CommonPrefixes>`;
  }
  const { lastModified, content } = entry.object;
  const elements = {
    Key: encode(entry.key),
    LastModified: lastModified,
    ETag: `"${content?.etag}"`,
    Size: content?.size ?? 0,
    StorageClass: 'STANDARD',
  };
  return `<Contents>${xmlElements(elements)}</Contents>`;
}

function encodeToken(name: string): string {
  return Buffer.from(name).toString('base64url');
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}
