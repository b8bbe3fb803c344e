import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { defined } from './defined';
import type { AllowedBucket, CustomDomainProps, OneTimeLinksProps } from './one-time-links';
import type { ExistingBucket } from './options/existing-buckets';
import type { Options } from './options/options';

/**
 * Converts the context options of the app to the props of the construct.
 *
 * @param scope of the imported buckets, keys, certificate and zone.
 */
export function propsFromOptions(scope: Construct, options: Options): OneTimeLinksProps {
  const { defaultBucket, retainData, publicBaseUrl, webAclArn, throttles } = options;
  return defined({
    buckets: options.existingBuckets.map((bucket) => importBucket(scope, bucket)),
    defaultBucket,
    serverAccessLogsBucket: importLogBucket(scope, options.serverAccessLogsBucket),
    retainData,
    encryptionKey: importKey(scope, options.encryptionKeyArn),
    publicBaseUrl,
    customDomain: importDomain(scope, options),
    webAclArn,
    throttles,
    authorizerReservedConcurrency: options.authorizerReservedConcurrency,
    redirectReservedConcurrency: options.redirectReservedConcurrency,
    maxLinkLifetime: seconds(options.maxLinkLifetimeSeconds),
    signOnOpen: options.signOnOpen,
    openedUrlLifetime: seconds(options.openedUrlLifetimeSeconds),
    maxUploadBytes: options.maxUploadBytes,
    dailyUploadBytes: options.dailyUploadBytes,
    uploadUrlLifetime: seconds(options.uploadUrlLifetimeSeconds),
    receivedRetention: days(options.receivedRetentionDays),
    receiptRetention: Duration.days(options.receiptRetentionDays),
    receiptFileNames: options.receiptFileNames,
    eventBus: importEventBus(scope, options.eventBusName),
    notificationEmail: options.notificationEmail,
    organizationName: options.organizationName,
    supportContact: options.supportContact,
    policyNamePrefix: options.policyNamePrefix,
    logRetention: options.logRetentionDays,
    manageApiGatewayAccount: options.manageApiGatewayAccount,
    monitoring: options.monitoring,
    alarmEmail: options.alarmEmail,
    runbookBaseUrl: options.runbookBaseUrl,
  });
}

function seconds(amount: number | undefined): Duration | undefined {
  return amount === undefined ? undefined : Duration.seconds(amount);
}

function days(amount: number | undefined): Duration | undefined {
  return amount === undefined ? undefined : Duration.days(amount);
}

function importKey(scope: Construct, arn: string | undefined): IKey | undefined {
  return arn === undefined ? undefined : Key.fromKeyArn(scope, 'EncryptionKey', arn);
}

function importEventBus(scope: Construct, name: string | undefined): IEventBus | undefined {
  return name === undefined ? undefined : EventBus.fromEventBusName(scope, 'EventBus', name);
}

function importLogBucket(scope: Construct, name: string | undefined): IBucket | undefined {
  return name === undefined ? undefined : Bucket.fromBucketName(scope, 'ServerAccessLogsBucket', name);
}

function importBucket(scope: Construct, options: ExistingBucket): AllowedBucket {
  const { name, prefix, uploadPrefix, kmsKeyArn, region, account } = options;
  const encryptionKey = kmsKeyArn === undefined ? undefined : Key.fromKeyArn(scope, `Key-${name}`, kmsKeyArn);
  const attributes = { bucketName: name, ...defined({ region, account, encryptionKey }) };
  return {
    bucket: Bucket.fromBucketAttributes(scope, `Bucket-${name}`, attributes),
    ...defined({ prefix, uploadPrefix }),
  };
}

function importDomain(scope: Construct, options: Options): CustomDomainProps | undefined {
  const { domainName, certificateArn, basePath, hostedZoneId, hostedZoneName, disableDefaultEndpoint } = options;
  if (domainName === undefined || certificateArn === undefined) {
    return undefined;
  }
  const certificate = Certificate.fromCertificateArn(scope, 'Certificate', certificateArn);
  const hostedZone =
    hostedZoneId !== undefined && hostedZoneName !== undefined
      ? HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId, zoneName: hostedZoneName })
      : undefined;
  return { domainName, certificate, disableDefaultEndpoint, ...defined({ basePath, hostedZone }) };
}
