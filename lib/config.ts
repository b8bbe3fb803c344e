import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import {
  type Bounds,
  type DeploymentTarget,
  OptionError,
  parseWholeNumber,
  readBoolean,
  readContext,
} from './config/context';
import { readLifetimes } from './config/lifetimes';
import { type OwnAddress, readOwnAddress } from './config/own-address';
import { parseRoleArns } from './config/role-arns';
import { type ExistingBucket, parseSharedBuckets } from './config/shared-buckets';
import { parseThrottles, type Throttles } from './config/throttles';
import { parseWebAclArn } from './config/web-acl';

/**
 * Deployment options. Each is a CDK context value: `cdk.json`, or `-c name=value` on the command line, where a list or an
 * object is given as JSON.
 */
export interface DeploymentConfig {
  /**
   * Makes a bucket to share from, with a sample object in it. Without it, the stack shares from {@link sharedBuckets} only.
   * Switched off in a deployment that has the bucket, it takes the bucket away, with its objects unless they are retained.
   *
   * @default true
   */
  readonly ownBucket: boolean;

  /**
   * Buckets that are there already, to share from beside the own one: a list of names, or of objects with `name` and, where
   * they are needed, `prefix`, `region` and `kmsKeyArn`.
   *
   * @default - none
   */
  readonly sharedBuckets: readonly ExistingBucket[];

  /**
   * Keeps the bucket and the table, with what is in them, when the stack is destroyed.
   *
   * @default false - `cdk destroy` removes bucket and table, objects included
   */
  readonly retainData: boolean;

  /**
   * What links start with, in place of the address that the request for them came in by: an `https` URL without query
   * and without a trailing slash, of at most 512 characters. Needed where readers reach the API by another name, as behind a CDN.
   *
   * @default - the host and path of the request
   */
  readonly publicBaseUrl?: string;

  /**
   * Longest that a link may live, in seconds: 1 to 2,592,000, which are thirty days. A link of more than an hour has its
   * URL signed on opening.
   *
   * @default 604800 - seven days
   */
  readonly maxLinkLifetimeSeconds: number;

  /**
   * Lets callers ask for links whose URL is signed when they are opened. Without it no link lives for more than an hour,
   * and the function that opens links has no permission on S3.
   *
   * @default true
   */
  readonly signOnOpen: boolean;

  /**
   * How long a URL works that was signed on opening, in seconds: 5 to 900. A download that was started in that time goes on.
   *
   * @default 60
   */
  readonly openedUrlLifetimeSeconds: number;

  /**
   * How long logs are kept, in days: a period that CloudWatch Logs knows, 1 to 3,653. The evidence of who opened a link is
   * in them.
   *
   * @default 30
   */
  readonly logRetentionDays: number;

  /**
   * Who gets a mail when an alarm goes off. The address is asked to confirm that first.
   *
   * @default - nobody: the alarms publish to a topic without subscribers
   */
  readonly alarmEmail?: string;

  /**
   * ARNs of roles of this account that may ask for links.
   *
   * @default - none: the policy is there for whoever attaches it
   */
  readonly issuerRoleArns: readonly string[];

  /**
   * ARNs of roles of this account that may see whether a link is still open, and revoke it.
   *
   * @default - none: the policy is there for whoever attaches it
   */
  readonly managerRoleArns: readonly string[];

  /**
   * How many requests a second each method takes, and how many at once: an object with `issue`, `open`, `manage`, `page` and `head`,
   * each with `ratePerSecond` and `burst`, and each of them as by default if it is not given.
   *
   * @default - 100 a second and 200 at once for `issue`, `manage` and `head`, ten times as many for `open` and `page`
   */
  readonly throttles: Throttles;

  /**
   * Executions of Lambda, 20 to 100,000, that are kept for sending whoever has redeemed a link on to the object, and that it
   * may have at the most. Without it, a flood of requests for links that do not exist can use up what the account may run
   * at once, and a redirect that finds no room has lost its link.
   *
   * @default - none are reserved: a new account has none to spare
   */
  readonly redirectReservedConcurrency?: number;

  /**
   * ARN of a web ACL to put the API behind: one of AWS WAF with the scope REGIONAL, in the account and region of the stack.
   *
   * @default - none
   */
  readonly webAclArn?: string;

  /**
   * A domain name of one's own for the API: the options `domainName`, `certificateArn`, `basePath`, `hostedZoneId`,
   * `hostedZoneName` and `disableDefaultEndpoint`.
   *
   * @default - the address that API Gateway gives it
   */
  readonly ownAddress?: OwnAddress;
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html; not its «never». */
const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** One address and no name; between two dots there is something. */
const EMAIL = /^[^\s@<>,;".]+(?:\.[^\s@<>,;".]+)*@[^\s@<>,;".]+(?:\.[^\s@<>,;".]+)+$/;

/** Fewer would themselves cost links as soon as some are opened at once; more no account has without asking for years. */
const CONCURRENCY: Bounds = { least: 20, most: 100_000 };

/** Far beyond any that people use; the environment of a function has room for no longer one. */
const MAX_BASE_URL_LENGTH = 512;

/** Every option, by the name of its context value. */
export const OPTION_NAMES = [
  ...['ownBucket', 'sharedBuckets', 'retainData', 'publicBaseUrl'],
  ...['maxLinkLifetimeSeconds', 'signOnOpen', 'openedUrlLifetimeSeconds', 'logRetentionDays', 'alarmEmail'],
  ...[
    'issuerRoleArns',
    'managerRoleArns',
    'throttles',
    'redirectReservedConcurrency',
    'webAclArn',
    'domainName',
    'certificateArn',
    'basePath',
  ],
  ...['hostedZoneId', 'hostedZoneName', 'disableDefaultEndpoint'],
];

/**
 * Refuses a context value that is no option: mistyped, `retaindata` would let data go that was to be kept. What the CDK and
 * its toolkit keep in the context has a name with `:`, `@`, `/` or a hyphen in it.
 */
function refuseUnknownOptions(node: Node): void {
  const unknown = Object.keys(node.getAllContext()).find(
    (name) => /^[A-Za-z]+$/.test(name) && !OPTION_NAMES.includes(name),
  );
  if (unknown !== undefined) {
    throw new OptionError(unknown, `is no option: write one of ${OPTION_NAMES.join(', ')}`);
  }
}

/**
 * Reads and checks the deployment options.
 *
 * @param target where the stack is deployed to, as far as that is known: options are held against it.
 * @throws OptionError that names the option and says what to write instead.
 */
export function readConfig(node: Node, target: DeploymentTarget = {}): DeploymentConfig {
  refuseUnknownOptions(node);
  const publicBaseUrl = readPublicBaseUrl(readContext(node, 'publicBaseUrl'));
  const alarmEmail = readEmail(node, 'alarmEmail');
  const webAclArn = readContext(node, 'webAclArn');
  const ownAddress = readOwnAddress(node, target);
  const redirectConcurrency = readConcurrency(node, 'redirectReservedConcurrency');
  return {
    ...readSources(node, target),
    retainData: readBoolean(node, 'retainData', false),
    ...(publicBaseUrl === undefined ? {} : { publicBaseUrl }),
    ...readLifetimes(node),
    logRetentionDays: readLogRetention(node, 'logRetentionDays'),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    issuerRoleArns: parseRoleArns('issuerRoleArns', readContext(node, 'issuerRoleArns'), target),
    managerRoleArns: parseRoleArns('managerRoleArns', readContext(node, 'managerRoleArns'), target),
    throttles: parseThrottles(readContext(node, 'throttles')),
    ...(redirectConcurrency === undefined ? {} : { redirectReservedConcurrency: redirectConcurrency }),
    ...(webAclArn === undefined ? {} : { webAclArn: parseWebAclArn(webAclArn, target) }),
    ...(ownAddress && { ownAddress }),
  };
}

function readSources(node: Node, target: DeploymentTarget): Pick<DeploymentConfig, 'ownBucket' | 'sharedBuckets'> {
  const ownBucket = readBoolean(node, 'ownBucket', true);
  const given = readContext(node, 'sharedBuckets');
  const sharedBuckets = given === undefined ? [] : parseSharedBuckets(given, target);
  if (!ownBucket && sharedBuckets.length === 0) {
    throw new OptionError('ownBucket', 'is false, and sharedBuckets is empty: name a bucket to share from');
  }
  return { ownBucket, sharedBuckets };
}

function readConcurrency(node: Node, name: string): number | undefined {
  const given = readContext(node, name);
  const executions = parseWholeNumber(given, CONCURRENCY);
  if (given !== undefined && executions === undefined) {
    throw new OptionError(
      name,
      `must be a whole number of executions from ${CONCURRENCY.least} to ${CONCURRENCY.most}, for example: -c ${name}=200`,
    );
  }
  return executions;
}

function readLogRetention(node: Node, name: string): number {
  const given = readContext(node, name);
  const value = given === undefined ? RetentionDays.ONE_MONTH : given;
  const days = LOG_RETENTION_DAYS.find((known) => known === value || String(known) === value);
  if (days === undefined) {
    throw new OptionError(
      name,
      `must be one of the numbers of days that CloudWatch Logs knows (${LOG_RETENTION_DAYS.join(', ')}), ` +
        `for example: -c ${name}=90`,
    );
  }
  return days;
}

/** Only what could not be an address is refused: whether it is one shows when it is asked to confirm. */
function readEmail(node: Node, name: string): string | undefined {
  const given = readContext(node, name);
  if (given !== undefined && !(typeof given === 'string' && EMAIL.test(given))) {
    throw new OptionError(
      name,
      `must be one e-mail address without a name, for example: -c ${name}=oncall@example.com`,
    );
  }
  return given;
}

function readPublicBaseUrl(value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const spelledOut = url && `${url.origin}${url.pathname}`.replace(/\/$/, '');
  if (spelledOut !== undefined && spelledOut.length > MAX_BASE_URL_LENGTH) {
    throw new OptionError('publicBaseUrl', `must be at most ${MAX_BASE_URL_LENGTH} characters: it is in every link`);
  }
  if (url?.protocol !== 'https:' || spelledOut !== value) {
    throw new OptionError(
      'publicBaseUrl',
      'must be an https URL without query and trailing slash, for example: -c publicBaseUrl=https://links.example.com/share',
    );
  }
  return spelledOut;
}
