import { BUCKET_NAME } from '../../lambda/contract';
import { isRegion, parseArn, partitionOf, UUID } from './arn';
import { type DeploymentTarget, OptionError, parseFields } from './context';

/** A bucket that is there already, and that links may be made for. */
export interface ExistingBucket {
  readonly name: string;
  /** What the keys of shared objects start with. @default - every object is shared */
  readonly prefix?: string;
  /** ARN of the KMS key that the objects are encrypted with (SSE-KMS). @default - none */
  readonly kmsKeyArn?: string;
  /** @default - the region of the stack */
  readonly region?: string;
  /** Account that the bucket belongs to. @default - the account of the stack */
  readonly account?: string;
}

const OPTION = 'sharedBuckets';

/**
 * Bytes of the list in the environment of a function, quotes escaped as Lambda measures it. An environment holds 4,096
 * bytes in all: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_LIST_BYTES = 3000;

/**
 * KMS keys that the roles of the functions may use. Beyond some 60 buckets the CDK moves statements out of a role's inline
 * policy into managed ones, each of which takes 6,144 characters; so many ARNs of keys are 4,500.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export const MAX_KEYS = 50;

/** S3 takes 1,024 bytes for a key; one of them is for what comes after the prefix. */
const MAX_PREFIX_BYTES = 1023;

const KEY = new RegExp(`^key/(?:mrk-[0-9a-f]{32}|${UUID})$`);

/** What looks like a bucket's name and is none that a presigned URL could be made for. */
const OTHER_NAMES: readonly { readonly name: RegExp; readonly reason: string }[] = [
  {
    name: /--x-s3$/,
    reason: 'is a directory bucket: its URLs are signed in sessions of five minutes. Use a general purpose bucket',
  },
  {
    name: /-s3alias$|--ol-s3$|\.mrap$/,
    reason: 'is the alias of an access point: links lead to objects in buckets. Write the name of the bucket behind it',
  },
  {
    name: /^(?:xn--|sthree-|amzn-s3-demo-)/,
    reason:
      'starts as S3 lets no bucket start: xn--, sthree- and amzn-s3-demo- are reserved. Write the name of a bucket',
  },
  { name: /--table-s3$/, reason: 'is a table bucket, which holds no objects. Use a general purpose bucket' },
];

/**
 * Reads the list of existing buckets.
 *
 * @param value names, or objects as {@link ExistingBucket}.
 * @throws OptionError that names the entry and says what to write instead.
 */
export function parseSharedBuckets(value: unknown, target: DeploymentTarget): readonly ExistingBucket[] {
  if (!Array.isArray(value)) {
    throw new OptionError(
      OPTION,
      `must be a list of names or objects, for example: -c '${OPTION}=["team-reports", {"name": "scans", "prefix": "2026/"}]'`,
    );
  }
  const buckets = value.map((entry: unknown, index) => parseBucket(`${OPTION}[${index}]`, entry, target));
  const twice = buckets.find(({ name }, index) => buckets.some((other, at) => at > index && other.name === name));
  if (twice !== undefined) {
    throw new OptionError(OPTION, `names ${twice.name} twice: write each bucket once, with the one prefix to share`);
  }
  const bytes = listBytes(buckets);
  if (bytes > MAX_LIST_BYTES) {
    throw new OptionError(
      OPTION,
      `takes ${bytes} bytes of the ${MAX_LIST_BYTES} that the environment of a function has for it: ` +
        'share fewer buckets, or by shorter prefixes; or deploy the stack twice',
    );
  }
  const keys = new Set(buckets.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? []));
  if (keys.size > MAX_KEYS) {
    throw new OptionError(
      OPTION,
      `names ${keys.size} KMS keys, and a role has room for ${MAX_KEYS}: share fewer buckets; or deploy the stack twice`,
    );
  }
  return buckets;
}

/** What a function needs to know of a bucket. */
export function environmentEntry({ name, prefix, region }: ExistingBucket): Readonly<Record<string, string>> {
  return { name, ...(region && { region }), ...(prefix && { prefix }) };
}

function listBytes(buckets: readonly ExistingBucket[]): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(buckets.map(environmentEntry))));
}

function parseBucket(option: string, entry: unknown, target: DeploymentTarget): ExistingBucket {
  if (typeof entry === 'string') {
    return { name: parseName(option, entry) };
  }
  const fields = parseFields(option, entry, ['name', 'prefix', 'kmsKeyArn', 'region', 'account']);
  const name = parseName(`${option}.name`, fields.name);
  const prefix = fields.prefix === undefined ? undefined : parsePrefix(`${option}.prefix`, fields.prefix);
  const region = fields.region === undefined ? undefined : parseRegion(`${option}.region`, fields.region, target);
  const kmsKeyArn =
    fields.kmsKeyArn === undefined
      ? undefined
      : parseKeyArn(`${option}.kmsKeyArn`, fields.kmsKeyArn, region ?? target.region);
  const account = fields.account === undefined ? undefined : parseAccount(`${option}.account`, fields.account);
  return {
    name,
    ...(prefix && { prefix }),
    ...(region && { region }),
    ...(kmsKeyArn && { kmsKeyArn }),
    ...(account && { account }),
  };
}

function parseAccount(option: string, value: unknown): string {
  if (typeof value !== 'string' || !/^\d{12}$/.test(value)) {
    throw new OptionError(option, 'must be the id of an account, twelve digits between quotes, such as "123456789012"');
  }
  return value;
}

function parseName(option: string, value: unknown): string {
  const arn = parseArn(value);
  if (arn?.service === 's3' && arn.account === '') {
    const [name, ...prefix] = arn.resource.split('/');
    const entry = prefix.join('/') === '' ? name : JSON.stringify({ name, prefix: prefix.join('/') });
    throw new OptionError(option, `must be the name of the bucket and not its ARN: write ${entry}`);
  }
  if (arn !== undefined) {
    throw new OptionError(option, 'must be the name of a bucket: links do not lead through access points');
  }
  const other = OTHER_NAMES.find(({ name }) => typeof value === 'string' && name.test(value));
  if (other !== undefined) {
    throw new OptionError(option, other.reason);
  }
  if (typeof value !== 'string' || !BUCKET_NAME.test(value)) {
    throw new OptionError(
      option,
      'must be the name of an S3 bucket: 3 to 63 lower-case letters, digits, hyphens and dots',
    );
  }
  return value;
}

function parsePrefix(option: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') {
    throw new OptionError(option, 'must be the start of keys, such as reports/. Leave it out to share every object');
  }
  if (value.startsWith('/')) {
    const without = value.replace(/^\/+/, '');
    throw new OptionError(option, `must not start with a slash, as keys do not: write ${without || 'it without'}`);
  }
  if (/^s3:|^\s|\s$/.test(value)) {
    throw new OptionError(option, 'must be the start of keys, without the bucket, and without blanks around it');
  }
  if (hasUnpairedBracket(value)) {
    throw new OptionError(option, 'must not have a bracket without its other half: end the prefix before it');
  }
  if (/[*?$]/.test(value)) {
    throw new OptionError(
      option,
      'must not have *, ? or $, which mean something in a policy: every key that starts with the prefix is shared',
    );
  }
  if (/(?:^|\/)\.{1,2}\//.test(value)) {
    throw new OptionError(option, 'must not have . or .. as a path segment: no link is made for a key that has one');
  }
  if (!/^[\x20-\x7e]+$/.test(value) || value.length > MAX_PREFIX_BYTES) {
    throw new OptionError(
      option,
      `must be at most ${MAX_PREFIX_BYTES} characters of ASCII: a policy takes few others. Use a shorter start`,
    );
  }
  return value;
}

/** The CDK stops at such, where it is told why a policy is as wide as it is. */
function hasUnpairedBracket(text: string): boolean {
  const pair = /\([^()[\]{}]*\)|\[[^()[\]{}]*\]|\{[^()[\]{}]*\}/;
  let rest = text;
  while (pair.test(rest)) {
    rest = rest.replace(pair, '');
  }
  return /[()[\]{}]/.test(rest);
}

function parseRegion(option: string, value: unknown, target: DeploymentTarget): string {
  if (!isRegion(value)) {
    throw new OptionError(option, 'must be the code of a region, such as eu-west-1');
  }
  if (target.region !== undefined && partitionOf(value) !== partitionOf(target.region)) {
    throw new OptionError(
      option,
      `must be in the partition ${partitionOf(target.region)}, as the stack is: no role of one partition is good in another`,
    );
  }
  return value;
}

function parseKeyArn(option: string, value: unknown, bucketRegion: string | undefined): string {
  const arn = parseArn(value);
  if (arn?.service === 'kms' && arn.resource.startsWith('alias/')) {
    throw new OptionError(option, 'must be the ARN of a key and not of its alias, by which no policy allows a key');
  }
  if (arn?.service !== 'kms' || arn.region === '' || arn.account === '' || !KEY.test(arn.resource)) {
    throw new OptionError(
      option,
      'must be the ARN of a KMS key, such as arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    );
  }
  if (bucketRegion !== undefined && arn.region !== bucketRegion) {
    throw new OptionError(
      option,
      `must be a key in ${bucketRegion}, as the bucket is, and not in ${arn.region}: S3 uses keys of a bucket's own ` +
        'region. Correct the key, or the region beside it',
    );
  }
  return String(value);
}
