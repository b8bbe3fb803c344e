import { BUCKET_NAME } from '../../lambda/contract';
import { KEY_PREFIX, KEY_PREFIX_RULE } from '../limits';
import { kmsKeyArn, region } from './arn';
import { list, OptionError, object, optional, type Parser, text } from './parsers';

/**
 * Suffixes that are reserved for directory buckets, table buckets and access points. The policies do not cover their
 * ARNs.
 */
const OTHER_NAME = String.raw`(?:--x-s3|--table-s3|--ol-s3|-s3alias|\.mrap)$`;

const bucket = object({
  name: text(
    new RegExp(`^(?!.*${OTHER_NAME})${BUCKET_NAME.source}`),
    'the name of a general purpose bucket; directory buckets and access points are not supported',
    'team-reports',
  ),
  /** Prefix of the keys that links can be issued for. @default - every object */
  prefix: optional(text(KEY_PREFIX, KEY_PREFIX_RULE, 'reports/')),
  /** Prefix of the keys that upload links can be issued for. @default - the bucket accepts no uploads */
  uploadPrefix: optional(text(KEY_PREFIX, KEY_PREFIX_RULE, 'inbox/')),
  /** @default - the Region of the stack */
  region: optional(region),
  /** Account that owns the bucket. @default - the account of the stack */
  account: optional(text(/^\d{12}$/, 'an account ID of twelve digits, as a string', '123456789012')),
  /** KMS key that encrypts the objects (SSE-KMS). @default - none */
  kmsKeyArn: optional(kmsKeyArn),
});

/** An existing bucket to share objects from. */
export type ExistingBucket = ReturnType<typeof bucket>;

const buckets = list(
  (option, value) => bucket(option, typeof value === 'string' ? { name: value } : value),
  ['team-reports', { name: 'scans', prefix: '2026/' }],
);

/** Parses a list of existing buckets: names or {@link ExistingBucket} objects. */
export const existingBuckets: Parser<readonly ExistingBucket[]> = (option, value) => {
  const parsed = buckets(option, value);
  const names = parsed.map(({ name }) => name);
  const duplicate = names.find((name, index) => names.indexOf(name) !== index);
  if (duplicate !== undefined) {
    throw new OptionError(option, `${duplicate} is a duplicate. List each bucket once, with one prefix`);
  }
  return parsed;
};
