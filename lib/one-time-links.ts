import { type Duration, Names, Stack } from 'aws-cdk-lib';
import type { RestApi } from 'aws-cdk-lib/aws-apigateway';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus, OnEventOptions, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable, IRole, ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  CLIENT_ENDPOINT_VARIABLE,
  EVENT_TYPES,
  type EventType,
  INBOX,
  MAX_STORED_URL_SECONDS,
} from '../lambda/contract';
import { type AllowedBucket, AllowedBuckets } from './constructs/allowed-buckets';
import { addCallerPolicies } from './constructs/caller-policies';
import type { CustomDomainProps } from './constructs/custom-domain';
import { DefaultBucket } from './constructs/default-bucket';
import { LinkApi } from './constructs/link-api';
import { LinkEvents } from './constructs/link-events';
import { addLinkFunctions, type LinkFunctions } from './constructs/link-functions';
import { LinkTable } from './constructs/link-table';
import { LogReceived } from './constructs/log-received';
import { ReceiptTable } from './constructs/receipt-table';
import { RecordReceipts } from './constructs/record-receipts';
import { RemoveUploads } from './constructs/remove-uploads';
import { addEmailTopic, MAX_NAME_LENGTH } from './email-topic';
import type { Throttles } from './limits';
import type { MonitoringLevel } from './monitoring/levels';
import { type LinkMetricName, type LinkMetrics, REFUSED_METRICS } from './monitoring/link-metrics';
import { configureLogGroups, warnOfShortRetention } from './monitoring/log-groups';
import { Monitoring } from './monitoring/monitoring';
import { warnOfSharedHostName } from './public-base-url';
import { type Settings, settingsFrom } from './settings';

export type { AllowedBucket } from './constructs/allowed-buckets';
export type { CustomDomainProps } from './constructs/custom-domain';
export type { Throttles } from './limits';
export type { MonitoringLevel } from './monitoring/levels';

/** Properties of {@link OneTimeLinks}. */
export interface OneTimeLinksProps {
  /**
   * Existing buckets to share from. When you import a bucket, give its `account` and `region` if they are not the
   * stack's, and its `encryptionKey` if it uses SSE-KMS. The policy of a bucket in another account must allow
   * `signingRoles`.
   *
   * @default - none
   */
  readonly buckets?: readonly (IBucket | AllowedBucket)[];

  /**
   * Whether to create a bucket to share from, with a sample object.
   *
   * @default - true if `buckets` is empty, otherwise false. The context option of the same name defaults to true
   */
  readonly defaultBucket?: boolean;

  /**
   * Bucket that gets the server access logs of the default bucket, with which downloads are counted by link. It must be in
   * the account and Region of the stack; an imported bucket must let `logging.s3.amazonaws.com` put objects.
   *
   * @default - no server access logs
   */
  readonly serverAccessLogsBucket?: IBucket;

  /**
   * Keeps the default bucket, its objects and the tables when the stack is deleted.
   *
   * @default false
   */
  readonly retainData?: boolean;

  /**
   * KMS key for the tables, the logs, the topics and the dead-letter queue, in the Region of the stack. The construct adds
   * statements to the policy of a key that the app creates; the policy of an imported key must have them: `docs/options.md`.
   *
   * @default - keys that AWS owns; the topics are not encrypted
   */
  readonly encryptionKey?: IKey;

  /**
   * Base URL of links, if readers use a different address than callers, for example a CDN. An `https` URL without a
   * query string, trailing slash or route, on a host name that serves nothing else.
   *
   * @default - the host and base path of the request that issues the link
   */
  readonly publicBaseUrl?: string;

  /**
   * Custom domain of the API.
   *
   * @default - the default endpoint of API Gateway
   */
  readonly customDomain?: CustomDomainProps;

  /**
   * ARN of an AWS WAF web ACL to associate with the API, in the account and Region of the stack.
   *
   * @default - none
   */
  readonly webAclArn?: string;

  /**
   * Throttles of the API.
   *
   * @default - see `Throttles`
   */
  readonly throttles?: Throttles;

  /**
   * Reserved concurrency of the authorizer. It is also the maximum, so a flood of requests cannot use up the concurrency that
   * the redirect needs. A throttled authorizer loses no link. Lambda keeps 100 executions of the account unreserved:
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   *
   * @default - none: a new account has none to reserve
   */
  readonly authorizerReservedConcurrency?: number;

  /**
   * Reserved concurrency of the redirect function, at least 20. It is also the maximum. Other functions of the account cannot
   * use it up: a throttled redirect loses its link.
   *
   * @default - none, because the quota of a new account is too low
   */
  readonly redirectReservedConcurrency?: number;

  /**
   * Longest lifetime that callers can request, from 1 second to 30 days. More than an hour requires `signOnOpen`.
   *
   * @default Duration.days(7)
   */
  readonly maxLinkLifetime?: Duration;

  /**
   * Allows links with URLs that are signed on redemption. If false, download links expire after at most an hour, and the
   * function that redirects has no permissions for S3.
   *
   * @default true
   */
  readonly signOnOpen?: boolean;

  /**
   * Lifetime of URLs that are signed on redemption, from 5 seconds to 15 minutes. Downloads that are in progress when
   * it ends continue.
   *
   * @default Duration.seconds(300)
   */
  readonly openedUrlLifetime?: Duration;

  /**
   * Largest file that an upload link can receive, in bytes: at most 5 GB.
   *
   * @default 5_000_000_000
   */
  readonly maxUploadBytes?: number;

  /**
   * Maximum sum of `max_bytes` over the upload links that a caller issues on one day (UTC).
   *
   * @default 100_000_000_000
   */
  readonly dailyUploadBytes?: number;

  /**
   * Lifetime of the presigned URL for an upload, from one minute to one hour. A failed upload can be repeated while the URL
   * works. Uploads that have started continue after it expires.
   *
   * @default Duration.minutes(15)
   */
  readonly uploadUrlLifetime?: Duration;

  /**
   * How long the default bucket keeps received files: whole days from 1 to 365.
   *
   * @default Duration.days(30)
   */
  readonly receivedRetention?: Duration;

  /**
   * How long receipts are kept after their link expires: whole days from 1 to 365. Receipts contain times, and the IP
   * addresses and user agents of readers. `Duration.days(0)` turns off receipts, and with them `/my-links`, events and the
   * early removal of uploaded files.
   *
   * @default Duration.days(30)
   */
  readonly receiptRetention?: Duration;

  /**
   * Whether receipts, events and emails include file names.
   *
   * @default false
   */
  readonly receiptFileNames?: boolean;

  /**
   * Event bus that receives the events of all links, in the Region of the stack. The policy of a bus in another account must
   * allow `events:PutEvents`.
   *
   * @default - the default bus, and only events for which `onIssued`, `onRedeemed`, `onReceived`, `onRevoked` or `onRefused` adds
   * a rule
   */
  readonly eventBus?: IEventBus;

  /**
   * Email address to notify of each redemption, each received file and each later attempt. The recipient must confirm the
   * subscription.
   *
   * @default - none
   */
  readonly notificationEmail?: string;

  /**
   * Name of the organization, shown on the click-through page and on error pages: 1 to 60 characters.
   *
   * @default - the page shows its host name only
   */
  readonly organizationName?: string;

  /**
   * Email address or `https` URL, shown on the click-through page and on error pages to readers who need help.
   *
   * @default - none
   */
  readonly supportContact?: string;

  /**
   * Start of the names of the managed policies: `<prefix>-issuer`, `<prefix>-manager` and `<prefix>-sharer`. Permission sets of
   * IAM Identity Center refer to policies by name. At most 120 characters of `A-Z a-z 0-9 + = , . @ _ -`. Names are unique in
   * an account, across its Regions.
   *
   * @default - names that CloudFormation generates
   */
  readonly policyNamePrefix?: string;

  /**
   * Retention of all logs, including the audit log.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * Sets the role with which API Gateway writes logs, which an account has once per Region. With false, it must be set
   * already, or the deployment fails.
   *
   * @default true
   */
  readonly manageApiGatewayAccount?: boolean;

  /**
   * How much is monitored. `none`: saved queries only. `basic`: a topic, and the most important metrics and alarms on a
   * dashboard, within the free tier of CloudWatch. `full`: every metric and alarm, about $10 a month.
   *
   * @default 'basic'
   */
  readonly monitoring?: MonitoringLevel;

  /**
   * Email address to subscribe to the alarms. The recipient must confirm the subscription.
   *
   * @default - none
   */
  readonly alarmEmail?: string;

  /**
   * URL of the runbook that alarms link to, without a fragment: `#` and the name of the alarm are appended.
   *
   * @default - `docs/runbook.md`, its path in the repository
   */
  readonly runbookBaseUrl?: string;
}

/** In the repository. */
const RUNBOOK_PATH = 'docs/runbook.md';

/**
 * An API that issues, redeems, looks up and revokes one-time links to S3 objects, with its storage and monitoring.
 *
 * Sets the CloudWatch role of API Gateway, which an account has once per Region, unless `manageApiGatewayAccount` is false.
 */
export class OneTimeLinks extends Construct {
  /** Base URL of the API, with a trailing slash. */
  readonly url: string;
  readonly api: RestApi;
  /** The bucket that this construct creates; `undefined` if it creates none. */
  readonly defaultBucket: IBucket | undefined;
  /** The default bucket, or the first of `buckets`. */
  readonly firstBucket: IBucket;
  /** The receipt table; `undefined` with `receiptRetention: Duration.days(0)`. */
  readonly receiptTable: ITable | undefined;
  /** Allows issuing links, and listing, looking up and revoking the caller's own links, and nothing else. */
  readonly issuerPolicy: ManagedPolicy;
  /** Allows looking up and revoking links and nothing else. */
  readonly managerPolicy: ManagedPolicy;
  /**
   * Allows what `one-time-links share` and `request` need, and nothing else: what `issuerPolicy` allows, finding the stack, and
   * uploading files to the default bucket.
   */
  readonly sharerPolicy: ManagedPolicy;
  /** The roles that read objects and sign uploads. The policies of buckets and KMS keys in other accounts must allow them. */
  readonly signingRoles: readonly IRole[];
  /** Host name that the DNS record of the custom domain must point to. */
  readonly domainTarget: string | undefined;
  /** The topic that the alarms publish to; `undefined` with `monitoring: 'none'`. */
  readonly alarmTopic: ITopic | undefined;

  private readonly linkApi: LinkApi;
  private readonly acceptsUploads: boolean;
  private readonly metrics: LinkMetrics;
  private readonly events: LinkEvents | undefined;

  constructor(scope: Construct, id: string, props: OneTimeLinksProps = {}) {
    super(scope, id);
    const settings = settingsFrom(props);
    const { signOnOpen, retainData, serverAccessLogsBucket, logRetention, encryptionKey, throttles } = settings;
    configureLogGroups(this, logRetention, encryptionKey);
    warnOfShortRetention(this, logRetention, signOnOpen ? settings.maxLinkSeconds : MAX_STORED_URL_SECONDS);
    warnOfSharedHostName(this, settings.publicBaseUrl, settings.customDomain?.basePath);
    // The stack name, followed by the construct's path and a hash unless its ID is `Default`.
    const naming = { maxLength: MAX_NAME_LENGTH, separator: '-', allowedSpecialCharacters: '-' };
    const name = Names.uniqueResourceName(this, naming);

    const created = settings.hasDefaultBucket
      ? new DefaultBucket(this, 'DefaultBucket', {
          retainData,
          serverAccessLogsBucket,
          receivedRetention: settings.receivedRetention,
        })
      : undefined;
    this.defaultBucket = created?.bucket;
    const sharedByDefault = this.defaultBucket ? [{ bucket: this.defaultBucket, uploadPrefix: INBOX }] : [];
    const shared: readonly AllowedBucket[] = [...sharedByDefault, ...settings.existingBuckets];
    const [first] = shared;
    if (first === undefined) {
      throw new Error('there is no bucket to share from: add one to `buckets`, or omit `defaultBucket: false`');
    }
    this.firstBucket = first.bucket;

    const links = new LinkTable(this, 'LinkTable', { retainData, encryptionKey });
    const receipts =
      settings.receiptDays > 0 ? new ReceiptTable(this, 'ReceiptTable', { retainData, encryptionKey }) : undefined;
    // As for the bucket, CDK's types are incompatible under exactOptionalPropertyTypes.
    this.receiptTable = receipts?.table as ITable | undefined;

    const buckets = new AllowedBuckets(Stack.of(this), shared);
    const functions = addLinkFunctions(this, { settings, links, receipts, buckets });
    const api = new LinkApi(this, 'LinkApi', {
      apiName: `${name}-links`,
      functions,
      hasMyLinks: receipts !== undefined,
      throttles,
      branding: settings,
      webAclArn: settings.webAclArn,
      customDomain: settings.customDomain,
      manageApiGatewayAccount: settings.manageApiGatewayAccount,
    });
    // If the creation of the stack fails, CloudFormation can delete the bucket only while it is empty.
    created?.sampleObject.node.addDependency(api.restApi.deploymentStage);
    this.linkApi = api;
    this.url = api.url;
    this.api = api.restApi;
    this.domainTarget = api.customDomain?.target;

    const policies = addCallerPolicies(this, {
      api,
      uploadBucket: this.defaultBucket,
      tagsUploads: receipts !== undefined,
      namePrefix: settings.policyNamePrefix,
    });
    this.issuerPolicy = policies.issuerPolicy;
    this.managerPolicy = policies.managerPolicy;
    this.sharerPolicy = policies.sharerPolicy;

    const recordReceipts = receipts && this.addReceipts(name, settings, receipts, functions);
    this.events =
      recordReceipts &&
      new LinkEvents(this, 'Events', { publisher: recordReceipts, name, eventBus: settings.eventBus });
    const removeUploads =
      receipts && created && new RemoveUploads(this, 'RemoveUploads', { bucket: created.bucket, links, receipts });

    this.acceptsUploads = buckets.receiving.length > 0;
    const logReceived =
      recordReceipts && this.acceptsUploads
        ? new LogReceived(this, 'LogReceived', { buckets, deadLetterQueue: recordReceipts.deadLetters })
        : undefined;
    if (logReceived !== undefined) {
      recordReceipts?.recordReceived(logReceived.logGroup);
    }

    const receivesElsewhere = settings.existingBuckets.some(({ uploadPrefix }) => uploadPrefix !== undefined);
    const signers = [
      functions.generateUrl,
      ...(signOnOpen ? [functions.accessObject] : []),
      ...(receivesElsewhere ? [functions.uploadObject, logReceived] : []),
    ];
    this.signingRoles = signers.flatMap((signer) => signer?.role ?? []);

    const monitoring = new Monitoring(this, 'Monitoring', {
      name,
      namespace: `OneTimeLinks/${name}`,
      level: settings.monitoring,
      api,
      functions,
      recordReceipts,
      removeUploads,
      logReceived,
      table: links.table,
      throttles,
      encryptionKey,
      alarmEmail: settings.alarmEmail,
      runbookBaseUrl: settings.runbookBaseUrl ?? RUNBOOK_PATH,
    });
    this.metrics = monitoring.metrics;
    // Parallel changes of a log group can fail with `OperationAbortedException`.
    recordReceipts?.subscriptions.node.addDependency(monitoring.metrics);
    this.alarmTopic = monitoring.alarmTopic;
  }

  /**
   * Allows the principal to issue links, and to list, look up and revoke the links that it issued. A Lambda function also gets the
   * environment variable with which `new OneTimeLinksClient()` finds this API; after grants of two APIs, it has that of the last.
   */
  grantIssue(grantee: IGrantable): Grant {
    this.configureClient(grantee);
    return this.linkApi.grantIssue(grantee);
  }

  /** Allows the principal to look up and revoke every link. Configures the client of a Lambda function like `grantIssue`. */
  grantManage(grantee: IGrantable): Grant {
    this.configureClient(grantee);
    return this.linkApi.grantManage(grantee);
  }

  /**
   * Defines an EventBridge rule for issued links. Throws if receipts are off.
   *
   * @param id of the rule, below this construct.
   */
  onIssued(id: string, options?: OnEventOptions): Rule {
    return this.onEvent(id, EVENT_TYPES.issued, options);
  }

  /**
   * Defines an EventBridge rule for redeemed links. Throws if receipts are off.
   *
   * @param id of the rule, below this construct.
   */
  onRedeemed(id: string, options?: OnEventOptions): Rule {
    return this.onEvent(id, EVENT_TYPES.redeemed, options);
  }

  /**
   * Defines an EventBridge rule for revoked links. Throws if receipts are off.
   *
   * @param id of the rule, below this construct.
   */
  onRevoked(id: string, options?: OnEventOptions): Rule {
    return this.onEvent(id, EVENT_TYPES.revoked, options);
  }

  /**
   * Defines an EventBridge rule for refused attempts to redeem a link that was issued and is no longer active, at most 20 for
   * each link. Throws if receipts are off.
   *
   * @param id of the rule, below this construct.
   */
  onRefused(id: string, options?: OnEventOptions): Rule {
    return this.onEvent(id, EVENT_TYPES.refused, options);
  }

  /**
   * Defines an EventBridge rule for files that were received through upload links. Throws if receipts are off, or no bucket
   * accepts uploads.
   *
   * @param id of the rule, below this construct.
   */
  onReceived(id: string, options?: OnEventOptions): Rule {
    if (!this.acceptsUploads) {
      throw new Error('no bucket accepts uploads: set `uploadPrefix` of one of `buckets`, or use the default bucket');
    }
    return this.onEvent(id, EVENT_TYPES.received, options);
  }

  /** Number of links issued. By default, the sum over 5 minutes. Throws with `monitoring: 'none'`. */
  metricIssued(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.existingMetric('Issued', options);
  }

  /** Number of links redeemed and redirected. By default, the sum over 5 minutes. Throws with `monitoring: 'none'`. */
  metricRedeemed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.existingMetric('Redeemed', options);
  }

  /**
   * Number of refused attempts to redeem a link: unknown, redeemed, revoked, expired or malformed links, and previews.
   * Excludes requests without a nonce, throttled requests, 5xx responses and unknown outcomes. By default, the sum over
   * 5 minutes. Throws unless `monitoring` is `'full'`.
   */
  metricRefused(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    const usingMetrics = Object.fromEntries(
      REFUSED_METRICS.map((name) => [name.toLowerCase(), this.existingMetric(name)]),
    );
    const expression = Object.keys(usingMetrics).join(' + ');
    return new cloudwatch.MathExpression({ expression, usingMetrics, label: 'Refused', ...options });
  }

  /**
   * Number of redemptions with an unknown outcome: the link is no longer active, but its reader may not have received
   * the object. By default, the sum over 5 minutes. Throws with `monitoring: 'none'`.
   */
  metricOutcomeUnknown(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.existingMetric('OutcomeUnknown', options);
  }

  private configureClient(grantee: IGrantable): void {
    // `instanceof` fails if the app has more than one copy of aws-cdk-lib.
    if ('addEnvironment' in grantee && typeof grantee.addEnvironment === 'function') {
      grantee.addEnvironment(CLIENT_ENDPOINT_VARIABLE, this.url);
    }
  }

  private onEvent(id: string, type: EventType, options?: OnEventOptions): Rule {
    if (this.events === undefined) {
      throw new Error('there are no events without receipts: omit `receiptRetention: Duration.days(0)`');
    }
    return this.events.addRule(this, id, type, options);
  }

  private existingMetric(name: LinkMetricName, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    if (!this.metrics.has(name)) {
      throw new Error(`the metric ${name} does not exist at this level of monitoring: raise it to 'full'`);
    }
    return this.metrics.metric(name, options);
  }

  private addReceipts(name: string, settings: Settings, table: ReceiptTable, functions: LinkFunctions): RecordReceipts {
    const { generateUrl, authorizeAccess, describeLink, manageLink } = functions;
    const { notificationEmail: address, encryptionKey } = settings;
    const logs = {
      generateUrl: generateUrl.logGroup,
      authorizeAccess: authorizeAccess.logGroup,
      describeLink: describeLink.logGroup,
      manageLink: manageLink.logGroup,
    };
    const recordReceipts = new RecordReceipts(this, 'RecordReceipts', { name, table, logs, encryptionKey });
    // Links are issued only once their redemption can be recorded.
    generateUrl.node.addDependency(recordReceipts);
    if (address !== undefined) {
      recordReceipts.notify(addEmailTopic(this, 'NotificationTopic', { name, address, encryptionKey }));
    }
    return recordReceipts;
  }
}
