import { CliError } from './errors';

/** An object in S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/** Whether an argument names an object in S3 rather than a file. */
export function isS3Location(source: string): boolean {
  return /^s3:\/\//i.test(source);
}

/** Parses `s3://bucket/key`. Like the AWS CLI, it decodes nothing. @throws CliError `InvalidArguments` */
export function parseS3Location(source: string): S3Location {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(source) ?? [];
  if (key === '') {
    throw new CliError('InvalidArguments', `${source} names no object: write s3://bucket/key.`);
  }
  return { bucket, key };
}

export function formatS3Location({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}

/** The file name of a key: its last segment that is not empty. */
export function nameOfKey(key: string): string {
  return key.split('/').findLast((segment) => segment !== '') ?? key;
}
