import { Duration, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { MAX_STORED_URL_SECONDS } from '../lambda/contract';
import type { AllowedBucket } from './constructs/allowed-buckets';
import * as limits from './limits';
import type { MonitoringLevel } from './monitoring/levels';
import type { OneTimeLinksProps } from './one-time-links';
import { isPublicBaseUrl, PUBLIC_BASE_URL } from './public-base-url';

/** The props of a deployment, with defaults applied. */
export interface Settings extends Omit<OneTimeLinksProps, 'buckets' | 'defaultBucket'> {
  readonly existingBuckets: readonly AllowedBucket[];
  readonly hasDefaultBucket: boolean;
  readonly signOnOpen: boolean;
  readonly retainData: boolean;
  readonly logRetention: RetentionDays;
  readonly monitoring: MonitoringLevel;
  readonly throttles: limits.Throttles;
  readonly manageApiGatewayAccount: boolean;
  /** Longest lifetime of a link. */
  readonly maxLinkSeconds: number;
  /** Lifetime of a URL that is signed on redemption. */
  readonly openedUrlSeconds: number;
  /** Lifetime of a presigned URL for an upload. */
  readonly uploadUrlSeconds: number;
  readonly maxUploadBytes: number;
  readonly dailyUploadBytes: number;
  /** How long the default bucket keeps received files. */
  readonly receivedRetention: Duration;
  /** Days for which receipts are kept; 0 if they are off. */
  readonly receiptDays: number;
}

/**
 * Applies defaults.
 *
 * @throws Error for a prop that has no effect, is out of range, or would break links after the deployment.
 */
export function settingsFrom({ buckets = [], defaultBucket, ...props }: OneTimeLinksProps): Settings {
  const settings: Settings = {
    ...props,
    existingBuckets: buckets.map((entry) => ('bucket' in entry ? entry : { bucket: entry })),
    hasDefaultBucket: defaultBucket ?? buckets.length === 0,
    signOnOpen: props.signOnOpen ?? true,
    retainData: props.retainData ?? false,
    logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
    monitoring: props.monitoring ?? 'basic',
    throttles: props.throttles ?? {},
    manageApiGatewayAccount: props.manageApiGatewayAccount ?? true,
    maxLinkSeconds: secondsIn('maxLinkLifetime', props.maxLinkLifetime, limits.MAX_LINK_LIFETIME_SECONDS),
    openedUrlSeconds: secondsIn('openedUrlLifetime', props.openedUrlLifetime, limits.OPENED_URL_LIFETIME_SECONDS),
    uploadUrlSeconds: secondsIn('uploadUrlLifetime', props.uploadUrlLifetime, limits.UPLOAD_URL_LIFETIME_SECONDS),
    maxUploadBytes: bytesIn('maxUploadBytes', props.maxUploadBytes, limits.MAX_UPLOAD_SIZE),
    dailyUploadBytes: bytesIn('dailyUploadBytes', props.dailyUploadBytes, limits.DAILY_UPLOAD_BYTES),
    receivedRetention: Duration.days(
      daysIn('receivedRetention', props.receivedRetention, limits.RECEIVED_RETENTION_DAYS),
    ),
    receiptDays: daysIn('receiptRetention', props.receiptRetention, limits.RECEIPT_RETENTION_DAYS),
  };
  rejectIneffective(settings, props);
  rejectInvalid(settings);
  return settings;
}

function rejectIneffective(settings: Settings, props: OneTimeLinksProps): void {
  const { hasDefaultBucket, serverAccessLogsBucket, signOnOpen, openedUrlLifetime, monitoring, receiptDays } = settings;
  const { alarmEmail, runbookBaseUrl, receiptFileNames, eventBus, notificationEmail } = settings;
  if (!hasDefaultBucket && serverAccessLogsBucket !== undefined) {
    throw new Error('serverAccessLogsBucket has no effect without a default bucket: leave it out');
  }
  if (!hasDefaultBucket && props.receivedRetention !== undefined) {
    throw new Error('receivedRetention has no effect without a default bucket: leave it out');
  }
  const acceptsUploads = hasDefaultBucket || settings.existingBuckets.some(({ uploadPrefix }) => uploadPrefix);
  const { maxUploadBytes, dailyUploadBytes, uploadUrlLifetime } = props;
  if (!acceptsUploads && (maxUploadBytes ?? dailyUploadBytes ?? uploadUrlLifetime) !== undefined) {
    throw new Error(
      'maxUploadBytes, dailyUploadBytes and uploadUrlLifetime have no effect if no bucket accepts uploads: omit them',
    );
  }
  if (!signOnOpen && openedUrlLifetime !== undefined) {
    throw new Error('openedUrlLifetime has no effect with signOnOpen: false: omit one of them');
  }
  if (monitoring === 'none' && (alarmEmail !== undefined || runbookBaseUrl !== undefined)) {
    throw new Error("alarmEmail and runbookBaseUrl have no effect with monitoring: 'none': omit them");
  }
  if (receiptDays === 0 && (receiptFileNames || eventBus !== undefined || notificationEmail !== undefined)) {
    throw new Error(
      'receiptFileNames, eventBus and notificationEmail have no effect with receiptRetention: Duration.days(0): omit them',
    );
  }
}

function rejectInvalid(settings: Settings): void {
  const { signOnOpen, maxLinkLifetime, maxLinkSeconds, policyNamePrefix, publicBaseUrl } = settings;
  const { organizationName, supportContact } = settings;
  const { authorizerReservedConcurrency, redirectReservedConcurrency } = settings;
  if (!signOnOpen && maxLinkLifetime !== undefined && maxLinkSeconds > MAX_STORED_URL_SECONDS) {
    throw new Error(`maxLinkLifetime must be at most ${MAX_STORED_URL_SECONDS} seconds with signOnOpen: false`);
  }
  if (authorizerReservedConcurrency !== undefined && authorizerReservedConcurrency < 1) {
    throw new Error('authorizerReservedConcurrency must be at least 1: with 0, no link can be redeemed');
  }
  const minReserved = limits.MIN_REDIRECT_RESERVED_CONCURRENCY;
  if (redirectReservedConcurrency !== undefined && redirectReservedConcurrency < minReserved) {
    throw new Error(`redirectReservedConcurrency must be at least ${minReserved}: a throttled redirect loses its link`);
  }
  if (isKnown(policyNamePrefix) && !limits.POLICY_NAME_PREFIX.test(policyNamePrefix)) {
    throw new Error(`policyNamePrefix must be ${limits.POLICY_NAME_PREFIX_RULE}`);
  }
  if (isKnown(organizationName) && !limits.ORGANIZATION_NAME.test(organizationName)) {
    throw new Error(`organizationName must be ${limits.ORGANIZATION_NAME_RULE}`);
  }
  if (isKnown(supportContact) && !limits.SUPPORT_CONTACT.test(supportContact)) {
    throw new Error(`supportContact must be ${limits.SUPPORT_CONTACT_RULE}`);
  }
  if (isKnown(publicBaseUrl) && !isPublicBaseUrl(publicBaseUrl)) {
    throw new Error(`publicBaseUrl must be ${PUBLIC_BASE_URL}`);
  }
}

/** Whether a text is given, and known before the deployment. */
function isKnown(text: string | undefined): text is string {
  return text !== undefined && !Token.isUnresolved(text);
}

function daysIn(prop: string, retention: Duration | undefined, range: limits.Range): number {
  const days = retention?.toDays({ integral: false }) ?? range.default;
  if (!Number.isInteger(days) || days < range.min || days > range.max) {
    throw new Error(`${prop} must be whole days from ${range.min} to ${range.max}`);
  }
  return days;
}

function bytesIn(prop: string, bytes: number | undefined, range: limits.Range): number {
  const known = bytes ?? range.default;
  if (!Number.isInteger(known) || known < range.min || known > range.max) {
    throw new Error(`${prop} must be a whole number of bytes from ${range.min} to ${range.max}`);
  }
  return known;
}

function secondsIn(prop: string, duration: Duration | undefined, range: limits.Range): number {
  const seconds = duration?.toSeconds() ?? range.default;
  if (seconds < range.min || seconds > range.max) {
    throw new Error(`${prop} must be from ${range.min} to ${range.max} seconds`);
  }
  return seconds;
}
