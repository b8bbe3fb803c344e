import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigateway';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BUCKET_NAME, STACK_NAME } from '../../lambda/contract';
import * as limits from '../limits';
import { MONITORING_LEVELS } from '../monitoring/levels';
import { DOMAIN_NAME, isPublicBaseUrl, PUBLIC_BASE_URL } from '../public-base-url';
import { certificateArn, kmsKeyArn, roleArn, webAclArn } from './arn';
import { existingBuckets } from './existing-buckets';
import { boolean, list, object, oneOf, type Parser, text, wholeNumber, withDefault } from './parsers';

/** Account and Region of the deployment, as far as they are known at synthesis. */
export interface DeploymentTarget {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/** A context option of the app. */
export interface Option {
  /** Value that is parsed if the option is missing. @default - `undefined` */
  readonly default?: unknown;
  readonly parse: Parser<unknown>;
  /** One line of Markdown for docs/options.md. */
  readonly doc: string;
}

function seconds(range: limits.Range): Parser<number> {
  return wholeNumber(range.min, range.max, 'seconds', range.default);
}

function throttle({ rateLimit, burstLimit }: Required<ThrottleSettings>): Parser<ThrottleSettings> {
  // API Gateway accepts 0, but then refuses every request with 429.
  const requests = (number: number) => withDefault(wholeNumber(1, 100_000, 'requests', number), number);
  const fields = object({ ratePerSecond: requests(rateLimit), burst: requests(burstLimit) });
  return (option, value = {}) => {
    const { ratePerSecond, burst } = fields(option, value);
    return { rateLimit: ratePerSecond, burstLimit: burst };
  };
}

/** Throttles by purpose, with the fields `ratePerSecond` and `burst`. */
const throttles = object({
  issue: throttle(limits.DEFAULT_THROTTLES.issue),
  open: throttle(limits.DEFAULT_THROTTLES.open),
  upload: throttle(limits.DEFAULT_THROTTLES.upload),
  manage: throttle(limits.DEFAULT_THROTTLES.manage),
  page: throttle(limits.DEFAULT_THROTTLES.page),
  describe: throttle(limits.DEFAULT_THROTTLES.describe),
  head: throttle(limits.DEFAULT_THROTTLES.head),
});

/** Rejects wildcards, which API Gateway accepts but links cannot start with. */
const domainName = text(
  DOMAIN_NAME,
  'a domain name in lower case, without wildcard, scheme, port, path and final dot',
  'links.example.com',
);

const emailAddress = text(/@/, 'an email address', 'oncall@example.com');

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html, without partner event buses. */
const EVENT_BUS_NAME = /^(?!aws\.)[\w.-]{1,256}$/;

const roleArns = list(roleArn, ['arn:aws:iam::123456789012:role/sharing']);

const {
  MAX_LINK_LIFETIME_SECONDS: maxLink,
  OPENED_URL_LIFETIME_SECONDS: openedUrl,
  RECEIPT_RETENTION_DAYS: receiptDays,
  UPLOAD_URL_LIFETIME_SECONDS: uploadUrl,
  RECEIVED_RETENTION_DAYS: receivedDays,
  MAX_UPLOAD_SIZE: maxUpload,
  DAILY_UPLOAD_BYTES: dailyUpload,
} = limits;

/** Every option. {@link Options} is derived from this, and a test compares the table in docs/options.md with it. */
export const OPTIONS = {
  stackName: {
    parse: text(/\S/, 'a stack name', 'links-staging'),
    doc: `Name of the stack, for example of [a second stack](#two-stacks-in-one-account) in the same account and Region. Without it: \`${STACK_NAME}\`.`,
  },
  defaultBucket: {
    default: true,
    parse: boolean(false),
    doc: '`false`: the stack creates no bucket and no sample object, and shares only from `existingBuckets`.',
  },
  existingBuckets: {
    default: [],
    parse: existingBuckets,
    doc: '[Existing buckets](#existing-buckets) to share from: names, or objects with `name`, `prefix`, `uploadPrefix`, `region`, `account` and `kmsKeyArn`.',
  },
  serverAccessLogsBucket: {
    parse: text(BUCKET_NAME, 'the name of a bucket', 'access-logs-123456789012'),
    doc: 'Bucket that receives the S3 server access logs of the default bucket, to [count downloads](operations.md#count-downloads).',
  },
  retainData: {
    default: false,
    parse: boolean(true),
    doc: '`true`: `cdk destroy` [keeps the bucket and the tables](operations.md#keep-or-destroy), and the tables are protected against deletion.',
  },
  encryptionKeyArn: {
    parse: kmsKeyArn,
    doc: '[KMS key](#encryption-key) for the tables, logs, topics and the dead-letter queue.',
  },
  publicBaseUrl: {
    parse: text({ test: isPublicBaseUrl }, PUBLIC_BASE_URL, 'https://links.example.com'),
    doc: 'Start of every link if readers reach the API at another address, for example [through a CDN](#behind-a-cdn). Use a host name that serves nothing else. Without it: the address to which the request to issue the link was sent.',
  },
  domainName: { parse: domainName, doc: '[Custom domain](#custom-domain) of the API.' },
  certificateArn: { parse: certificateArn, doc: 'ACM certificate for the custom domain, in the Region of the stack.' },
  basePath: {
    // `ping` and `sping` are API Gateway's health checks; clients remove `.` and `..` from URLs.
    parse: text(
      /^(?!\.{1,2}$|s?ping$)[\w.-]+$/,
      'one path segment: letters, digits, hyphens, dots, underscores',
      'share',
    ),
    doc: 'Path segment of the API on the custom domain ([not recommended](#custom-domain)). Without it, the API uses the whole domain.',
  },
  hostedZoneId: {
    parse: text(/\S/, 'the ID of a hosted zone', 'Z0123456789ABCDEFGHIJ'),
    doc: 'Public hosted zone in Route 53 for the alias record of the custom domain. Without it, point a record at the output `DomainTarget`.',
  },
  hostedZoneName: { parse: domainName, doc: 'Name of that hosted zone.' },
  disableDefaultEndpoint: {
    default: false,
    parse: boolean(true),
    doc: '`true`: the API is available only at the custom domain.',
  },
  webAclArn: { parse: webAclArn, doc: 'Regional AWS WAF [web ACL](#web-acl) for the API.' },
  throttles: { default: {}, parse: throttles, doc: 'Rate and burst by route, to replace [the defaults](#throttles).' },
  authorizerReservedConcurrency: {
    parse: wholeNumber(1, 100_000, 'executions', 200),
    doc: '[Reserved concurrency](#reserved-concurrency) of the authorizer.',
  },
  redirectReservedConcurrency: {
    parse: wholeNumber(limits.MIN_REDIRECT_RESERVED_CONCURRENCY, 100_000, 'executions', 200),
    doc: `[Reserved concurrency](#reserved-concurrency) of the function that redirects: at least ${limits.MIN_REDIRECT_RESERVED_CONCURRENCY}.`,
  },
  maxLinkLifetimeSeconds: {
    parse: seconds(maxLink),
    doc: `Maximum of \`expires_in\`: ${maxLink.min} to ${maxLink.max} (${maxLink.max / 86_400} days). Without it: ${maxLink.default} (${maxLink.default / 86_400} days).`,
  },
  signOnOpen: {
    default: true,
    parse: boolean(false),
    doc: '`false`: download links live for at most one hour, and the function that redirects has no permissions for S3. Active links with `presign` `on_open` get 503 until it is `true` again.',
  },
  openedUrlLifetimeSeconds: {
    parse: seconds(openedUrl),
    doc: `Lifetime, in seconds, of a URL that is signed when its link is redeemed: ${openedUrl.min} to ${openedUrl.max}. Without it: ${openedUrl.default}. Downloads that have started continue.`,
  },
  maxUploadBytes: {
    parse: wholeNumber(maxUpload.min, maxUpload.max, 'bytes', 500_000_000),
    doc: `Largest file that an [upload link](uploads.md) can receive, in bytes: 1 to ${maxUpload.max}. Without it: ${maxUpload.default}.`,
  },
  dailyUploadBytes: {
    parse: wholeNumber(dailyUpload.min, dailyUpload.max, 'bytes', dailyUpload.default),
    doc: `Maximum sum of \`max_bytes\` over the upload links that a caller issues on one day (UTC). Without it: ${dailyUpload.default}.`,
  },
  uploadUrlLifetimeSeconds: {
    parse: seconds(uploadUrl),
    doc: `Lifetime, in seconds, of the presigned URL for an upload: ${uploadUrl.min} to ${uploadUrl.max}. Without it: ${uploadUrl.default}. Uploads that have started continue.`,
  },
  receivedRetentionDays: {
    parse: wholeNumber(receivedDays.min, receivedDays.max, 'days', 90),
    doc: `Days for which the default bucket keeps received files: ${receivedDays.min} to ${receivedDays.max}. Without it: ${receivedDays.default}.`,
  },
  receiptRetentionDays: {
    default: receiptDays.default,
    parse: wholeNumber(receiptDays.min, receiptDays.max, 'days', 90),
    doc: `Days to keep [receipts](#receipts) after their link expires: 1 to ${receiptDays.max}. 0: no receipts.`,
  },
  receiptFileNames: {
    default: false,
    parse: boolean(true),
    doc: '`true`: [receipts](#receipts), events and emails include file names.',
  },
  eventBusName: {
    parse: text(EVENT_BUS_NAME, 'the name of an event bus', 'links'),
    doc: 'EventBridge [event bus](#events) that receives the events of all links: `default`, or a name.',
  },
  notificationEmail: {
    parse: emailAddress,
    doc: 'Email address to [notify](#email-about-redemptions) of each redemption, each received file and each later attempt.',
  },
  issuerRoleArns: { default: [], parse: roleArns, doc: 'Roles that [may issue links](#roles-that-call-the-api).' },
  managerRoleArns: {
    default: [],
    parse: roleArns,
    doc: 'Roles that [may look up and revoke links](#roles-that-call-the-api).',
  },
  organizationName: {
    parse: text(limits.ORGANIZATION_NAME, limits.ORGANIZATION_NAME_RULE, 'Example Ltd'),
    doc: 'Name of the organization, shown on the click-through page and on error pages.',
  },
  supportContact: {
    parse: text(limits.SUPPORT_CONTACT, limits.SUPPORT_CONTACT_RULE, 'it-support@example.com'),
    doc: 'Email address or `https` URL for readers who need help, shown on the click-through page and on error pages.',
  },
  policyNamePrefix: {
    parse: text(limits.POLICY_NAME_PREFIX, limits.POLICY_NAME_PREFIX_RULE, 'one-time-links'),
    doc: 'Start of the names of the [policies for callers](#roles-that-call-the-api). Without it, CloudFormation generates their names.',
  },
  logRetentionDays: {
    default: RetentionDays.ONE_MONTH,
    // CloudWatch Logs supports only these periods, and CloudFormation would fail for others.
    parse: wholeNumber(RetentionDays.ONE_DAY, RetentionDays.TEN_YEARS, 'days', RetentionDays.THREE_MONTHS),
    doc: `Retention of all logs, including the audit log, in days: a period that CloudWatch Logs supports, ${RetentionDays.ONE_DAY} to ${RetentionDays.TEN_YEARS}.`,
  },
  manageApiGatewayAccount: {
    default: true,
    parse: boolean(false),
    doc: '`false`: the stack does not set the [role with which API Gateway writes logs](operations.md#api-gateways-logging-role).',
  },
  monitoring: {
    default: 'basic',
    parse: oneOf(MONITORING_LEVELS),
    doc: '[Monitoring level](operations.md#metrics-alarms-dashboard): `none`, `basic` (within the free tier of CloudWatch) or `full`.',
  },
  alarmEmail: {
    parse: emailAddress,
    doc: 'Email address for the alarms. The recipient must confirm the subscription.',
  },
  runbookBaseUrl: {
    parse: text(
      /^https:\/\/[^\s#"]{1,500}$/,
      'an https URL without a fragment',
      'https://wiki.example.com/one-time-links/runbook',
    ),
    doc: 'URL of the runbook. Alarms and the dashboard link to it, with `#` and the name of the alarm appended. Without it: `docs/runbook.md`.',
  },
} as const satisfies Readonly<Record<string, Option>>;

/** The options of a deployment. Missing options without a default are `undefined`. */
export type Options = {
  readonly [Name in keyof typeof OPTIONS]:
    | ReturnType<(typeof OPTIONS)[Name]['parse']>
    | ((typeof OPTIONS)[Name] extends { readonly default: unknown } ? never : undefined);
};
