import { xmlElements } from '../xml';
import type { S3Context } from './context';
import { compareKeys, readListingOptions } from './listing';
import { isFailure, type S3Failure, type S3Reply, xmlReply } from './reply';
import type { ObjectVersion } from './store';

/** An entry of the listing: an object, or the common prefix of several. */
type Entry = { readonly key: string; readonly object: ObjectVersion } | { readonly commonPrefix: string };

/**
 * Lists the objects of a bucket, ordered by the UTF-8 bytes of their keys.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function listObjects(context: S3Context): S3Reply | S3Failure {
  const { bucket, target } = context;
  const { query } = target;
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const options = readListingOptions(query, 'max-keys');
  if (isFailure(options)) {
    return options;
  }

  const previous = token === undefined ? '' : decodeToken(token);
  const entries = listEntries(context, prefix, delimiter).filter((entry) => compareKeys(nameOf(entry), previous) > 0);
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

function listEntries({ store, bucket }: S3Context, prefix: string, delimiter: string): readonly Entry[] {
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
