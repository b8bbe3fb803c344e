import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Node } from 'constructs';

/** Deployment options. Each is a CDK context value: `cdk.json`, or `-c name=value` on the command line. */
export interface DeploymentConfig {
  /**
   * Keeps the bucket and the table, with what is in them, when the stack is destroyed.
   *
   * @default false - `cdk destroy` removes everything, objects included
   */
  readonly retainData: boolean;

  /**
   * What links start with, in place of the address that the request for them came in by: an `https` URL without query
   * and without a trailing slash. Needed where readers reach the API by another name, as behind a CDN.
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
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html; not its «never». */
const LOG_RETENTION_DAYS = Object.values(RetentionDays).filter(
  (days): days is RetentionDays => typeof days === 'number' && days !== RetentionDays.INFINITE,
);

/** Thirty days. A link that is not opened in a month is not waited for, and every link is one more that can be stolen. */
const MAX_LINK_LIFETIME_SECONDS = 2_592_000;

/**
 * Reads and checks the deployment options.
 *
 * @throws Error that names the option and says what to write instead.
 */
export function readConfig(node: Node): DeploymentConfig {
  const publicBaseUrl = readPublicBaseUrl(node.tryGetContext('publicBaseUrl'));
  const alarmEmail = readEmail(node, 'alarmEmail');
  return {
    retainData: readBoolean(node, 'retainData', false),
    ...(publicBaseUrl === undefined ? {} : { publicBaseUrl }),
    maxLinkLifetimeSeconds: readSeconds(node, 'maxLinkLifetimeSeconds', {
      least: 1,
      most: MAX_LINK_LIFETIME_SECONDS,
      byDefault: 604_800,
    }),
    signOnOpen: readBoolean(node, 'signOnOpen', true),
    openedUrlLifetimeSeconds: readSeconds(node, 'openedUrlLifetimeSeconds', { least: 5, most: 900, byDefault: 60 }),
    logRetentionDays: readLogRetention(node, 'logRetentionDays'),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
  };
}

/** Values given by `-c` are strings, those of `cdk.json` are not. */
function readBoolean(node: Node, name: string, byDefault: boolean): boolean {
  const given: unknown = node.tryGetContext(name);
  const value = given === undefined ? byDefault : given;
  switch (value) {
    case false:
    case 'false':
      return false;
    case true:
    case 'true':
      return true;
    default:
      throw new Error(`context value ${name} must be true or false, for example: -c ${name}=${!byDefault}`);
  }
}

interface SecondsRange {
  readonly least: number;
  readonly most: number;
  readonly byDefault: number;
}

function readSeconds(node: Node, name: string, { least, most, byDefault }: SecondsRange): number {
  const given: unknown = node.tryGetContext(name);
  const value = given === undefined ? byDefault : given;
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < least || seconds > most) {
    throw new Error(
      `context value ${name} must be a whole number of seconds from ${least} to ${most}, ` +
        `for example: -c ${name}=${byDefault}`,
    );
  }
  return seconds;
}

function readLogRetention(node: Node, name: string): number {
  const given: unknown = node.tryGetContext(name);
  const value = given === undefined ? RetentionDays.ONE_MONTH : given;
  const days = LOG_RETENTION_DAYS.find((known) => known === value || String(known) === value);
  if (days === undefined) {
    throw new Error(
      `context value ${name} must be one of the numbers of days that CloudWatch Logs knows ` +
        `(${LOG_RETENTION_DAYS.join(', ')}), for example: -c ${name}=90`,
    );
  }
  return days;
}

/** Only what could not be an address is refused: whether it is one shows when it is asked to confirm. */
function readEmail(node: Node, name: string): string | undefined {
  const given: unknown = node.tryGetContext(name);
  if (
    given !== undefined &&
    !(typeof given === 'string' && /^[^\s@<>,;"]+@[^\s@<>,;".]+(?:\.[^\s@<>,;".]+)+$/.test(given))
  ) {
    throw new Error(
      `context value ${name} must be one e-mail address without a name, for example: -c ${name}=oncall@example.com`,
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
  if (url?.protocol !== 'https:' || spelledOut !== value) {
    throw new Error(
      'context value publicBaseUrl must be an https URL without query and trailing slash, ' +
        'for example: -c publicBaseUrl=https://links.example.com/share',
    );
  }
  return spelledOut;
}
