import { ShareFailure } from './failure';

/** An object in S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Whether an argument names an object in S3, not a file. */
export function isS3Location(source: string): boolean {
  return /^s3:\/\//i.test(source);
}

/**
 * Reads `s3://bucket/key`. As with the AWS CLI, the key stands there as it is: nothing in it is decoded.
 *
 * @throws ShareFailure `InvalidArguments`
 */
export function parseS3Location(source: string): S3Location {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(source) ?? [];
  if (key === '') {
    throw new ShareFailure('InvalidArguments', `${source} names no object: write s3://bucket/key.`);
  }
  if (key.split('/').some((segment) => segment === '.' || segment === '..')) {
    const why = 'has "." or ".." as a path segment, which browsers rewrite';
    throw new ShareFailure('InvalidArguments', `${source} ${why}: copy the object to a key without them.`);
  }
  return { bucket, key };
}

/** As it is written on a command line. */
export function formatS3Location({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}

/** Name to save the object under: the last part of its key. */
export function nameOfKey(key: string): string {
  return key.split('/').findLast((segment) => segment !== '') ?? key;
}
