import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';
import { type DeploymentTarget, OptionError, readBoolean, readContext, targetWith } from './context';
import { type OwnAddress, readOwnAddress } from './custom-domain';
import { parseEmail } from './email';
import { type Lifetimes, readLifetimes } from './lifetimes';
import { parsePublicBaseUrl } from './public-base-url';
import { parseReservedConcurrency } from './reserved-concurrency';
import { parseRoleArns } from './role-arns';
import { type ExistingBucket, parseSharedBuckets } from './shared-buckets';
import { parseStackName } from './stack-name';
import { parseThrottles, type Throttles } from './throttles';
import { parseWebAclArn } from './web-acl';

/**
 * Deployment options. Each is a CDK context value: `cdk.json`, or `-c name=value` on the command line, where a list or an
 * object is given as JSON.
 */
export interface DeploymentConfig extends Lifetimes {
  /**
   * Name of the stack, for one beside another in the same account and region. A stack that is deployed stays as it is under
   * its name: with another there are two.
   *
   * @default PreSignedURLStack
   */
  readonly stackName?: string;

  /**
   * Makes a bucket to share from, with a sample object in it. Without it, the stack shares from {@link sharedBuckets} only.
   * Switched off in a deployment that has the bucket, it takes the bucket away, with its objects unless they are retained.
   *
   * @default true
   */
  readonly ownBucket: boolean;

  /**
   * Buckets that are there already, to share from beside the own one: a list of names, or of objects with `name` and, where
   * they are needed, `prefix`, `region`, `account` and `kmsKeyArn`.
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

/** Every option, by the name of its context value. */
export const OPTION_NAMES: readonly string[] = [
  'stackName',
  'ownBucket',
  'sharedBuckets',
  'retainData',
  'publicBaseUrl',
  'domainName',
  'certificateArn',
  'basePath',
  'hostedZoneId',
  'hostedZoneName',
  'disableDefaultEndpoint',
  'webAclArn',
  'throttles',
  'redirectReservedConcurrency',
  'maxLinkLifetimeSeconds',
  'signOnOpen',
  'openedUrlLifetimeSeconds',
  'issuerRoleArns',
  'managerRoleArns',
  'logRetentionDays',
  'alarmEmail',
];

/** What the toolkit keeps in the context by names of one word. */
const TOOLKIT_NAMES = ['acknowledged-issue-numbers', 'cli-telemetry'];

/**
 * Refuses a context value that is no option: mistyped, `retain_data` would let data go that was to be kept. The CDK's own
 * have a name with `:` or `@` in it.
 */
function refuseUnknownOptions(node: Node): void {
  const known = [...OPTION_NAMES, ...TOOLKIT_NAMES];
  const unknown = Object.keys(node.getAllContext()).find((name) => !/[:@]/.test(name) && !known.includes(name));
  if (unknown !== undefined) {
    const bare = (name: string): string => name.replace(/[^A-Za-z]/g, '').toLowerCase();
    const meant = OPTION_NAMES.find((name) => bare(name) === bare(unknown));
    throw new OptionError(unknown, `is no option: write ${meant ?? `one of ${OPTION_NAMES.join(', ')}`}`);
  }
}

/**
 * Refuses options that stand in `cdk.json` beside `context`, and not in it: nobody would read them.
 *
 * @param cdkJson what is in the file.
 * @throws OptionError that names the option and says where it belongs.
 */
export function refuseMisplacedOptions(cdkJson: object): void {
  const misplaced = Object.keys(cdkJson).find((name) => OPTION_NAMES.includes(name));
  if (misplaced !== undefined) {
    throw new OptionError(misplaced, 'is at the top of cdk.json, where nobody reads it: write it below "context"');
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
  const stackName = parseStackName(readContext(node, 'stackName'));
  const alarmEmail = parseEmail('alarmEmail', readContext(node, 'alarmEmail'));
  const ownAddress = readOwnAddress(node, target);
  const publicBaseUrl = parsePublicBaseUrl(readContext(node, 'publicBaseUrl'), ownAddress);
  // Whatever is named has to be where the rest is, known or not.
  const withCertificate = targetWith(target, ownAddress?.certificateArn);
  const webAclArn = parseWebAclArn(readContext(node, 'webAclArn'), withCertificate);
  const rolesTarget = targetWith(withCertificate, webAclArn);
  const issuerRoleArns = parseRoleArns('issuerRoleArns', readContext(node, 'issuerRoleArns'), rolesTarget);
  const managersTarget = targetWith(rolesTarget, issuerRoleArns[0]);
  const managerRoleArns = parseRoleArns('managerRoleArns', readContext(node, 'managerRoleArns'), managersTarget);
  const redirectConcurrency = parseReservedConcurrency(
    'redirectReservedConcurrency',
    readContext(node, 'redirectReservedConcurrency'),
  );
  return {
    ...(stackName === undefined ? {} : { stackName }),
    ...readSources(node, rolesTarget),
    retainData: readBoolean(node, 'retainData', false),
    ...(publicBaseUrl === undefined ? {} : { publicBaseUrl }),
    ...readLifetimes(node),
    logRetentionDays: readLogRetention(node, 'logRetentionDays'),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    issuerRoleArns,
    managerRoleArns,
    throttles: parseThrottles(readContext(node, 'throttles')),
    ...(redirectConcurrency === undefined ? {} : { redirectReservedConcurrency: redirectConcurrency }),
    ...(webAclArn === undefined ? {} : { webAclArn }),
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
