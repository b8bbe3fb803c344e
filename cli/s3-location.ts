import { CliError } from './errors';

/** An object in S3. */
export interface S3Location {
  readonly bucket: string;
  readonly key: string;
}

/**
 * Parses `s3://bucket/key`. Like the AWS CLI, it decodes nothing.
 *
 * @returns `undefined` for a file name
 * @throws CliError `Usage` if there is no key
 */
export function parseS3Location(source: string): S3Location | undefined {
  if (!/^s3:\/\//i.test(source)) {
    return undefined;
  }
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/is.exec(source) ?? [];
  if (key === '') {
    throw new CliError('Usage', `${source} names no object: write s3://bucket/key.`);
  }
  return { bucket, key };
}

/** A bucket, and the start of keys in it. */
export interface S3Prefix {
  readonly bucket: string;
  /** Ends with a slash. */
  readonly prefix?: string;
}

/** Parses `s3://bucket/` or `s3://bucket/prefix/`. @returns `undefined` if it is neither */
export function parseS3Prefix(text: string): S3Prefix | undefined {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+\/)?$/is.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, ...(prefix && { prefix }) };
}

export function formatS3Location({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}
