import type { LocalBucket } from './access';
import { fail, type S3Failure, type S3Reply, xmlDocument, xmlElements } from './reply';
import type { ObjectStore, ObjectVersion } from './store';

/** The most that S3 returns at once. */
const MAX_KEYS = 1000;

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
  const maxKeys = query.get('max-keys') ?? String(MAX_KEYS);
  const token = query.get('continuation-token');
  const encodingType = query.get('encoding-type');
  if (!/^\d{1,9}$/.test(maxKeys)) {
    return fail(400, 'InvalidArgument', 'Argument maxKeys must be an integer of 0 or more');
  }
  if (encodingType !== undefined && encodingType !== 'url') {
    return fail(400, 'InvalidArgument', 'Invalid Encoding Method');
  }

  const previous = token === undefined ? '' : decodeToken(token);
  const entries = listEntries(store, bucket, prefix, delimiter).filter((entry) => isAfter(nameOf(entry), previous));
  const page = entries.slice(0, Math.min(Number(maxKeys), MAX_KEYS));
  const lastEntry = page.at(-1);
  const truncated = lastEntry !== undefined && page.length < entries.length;
  const encode = (text: string): string => (encodingType === undefined ? text : encodeKey(text));
  const summary = xmlElements({
    Name: bucket.name,
    Prefix: encode(prefix),
    ...(delimiter === '' ? {} : { Delimiter: encode(delimiter) }),
    ...(encodingType === undefined ? {} : { EncodingType: encodingType }),
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(truncated ? { NextContinuationToken: encodeToken(nameOf(lastEntry)) } : {}),
    KeyCount: page.length,
    MaxKeys: maxKeys,
    IsTruncated: truncated,
  });
  const lines = page.map((entry) => renderEntry(entry, encode)).join('');
  const body = xmlDocument(
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${summary}${lines}</ListBucketResult>`,
  );
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
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

function isAfter(name: string, start: string): boolean {
  return Buffer.compare(Buffer.from(name), Buffer.from(start)) > 0;
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

/** Slashes stay as they are, as S3 does it. */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/');
}
