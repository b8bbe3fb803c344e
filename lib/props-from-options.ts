import { Duration } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Key } from 'aws-cdk-lib/aws-kms';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { MAX_STORED_URL_SECONDS } from '../lambda/contract';
import type { CustomDomainProps, OneTimeLinksProps, SharedBucket, Throttles } from './one-time-links';
import type { Options } from './options/options';

/**
 * Converts the context options of the app to the props of the construct.
 *
 * @param scope of the imported buckets, keys, certificate and zone.
 */
export function propsFromOptions(scope: Construct, options: Options): OneTimeLinksProps {
  const { signOnOpen, maxLinkLifetimeSeconds } = options;
  return {
    buckets: options.existingBuckets.map((bucket) => importBucket(scope, bucket)),
    defaultBucket: options.defaultBucket,
    retainData: options.retainData,
    ...(options.publicBaseUrl !== undefined && { publicBaseUrl: options.publicBaseUrl }),
    ...importDomain(scope, options),
    ...(options.webAclArn !== undefined && { webAclArn: options.webAclArn }),
    throttles: importThrottles(options.throttles),
    ...(options.redirectReservedConcurrency !== undefined && {
      redirectReservedConcurrency: options.redirectReservedConcurrency,
    }),
    // Without signing on opening, the default is more than a link can live.
    ...((signOnOpen || maxLinkLifetimeSeconds <= MAX_STORED_URL_SECONDS) && {
      maxLinkLifetime: Duration.seconds(maxLinkLifetimeSeconds),
    }),
    signOnOpen,
    ...(signOnOpen && { openedUrlLifetime: Duration.seconds(options.openedUrlLifetimeSeconds) }),
    logRetention: options.logRetentionDays,
    ...(options.alarmEmail !== undefined && { alarmEmail: options.alarmEmail }),
  };
}

function importBucket(scope: Construct, options: Options['existingBuckets'][number]): SharedBucket {
  const { name, prefix, kmsKeyArn, region, account } = options;
  const bucket = Bucket.fromBucketAttributes(scope, `Bucket-${name}`, {
    bucketName: name,
    ...(region !== undefined && { region }),
    ...(account !== undefined && { account }),
    ...(kmsKeyArn !== undefined && { encryptionKey: Key.fromKeyArn(scope, `Key-${name}`, kmsKeyArn) }),
  });
  return { bucket, ...(prefix !== undefined && { prefix }) };
}

function importDomain(scope: Construct, options: Options): { readonly customDomain?: CustomDomainProps } {
  const { domainName, certificateArn, basePath, hostedZoneId, hostedZoneName, disableDefaultEndpoint } = options;
  if (domainName === undefined || certificateArn === undefined) {
    return {};
  }
  return {
    customDomain: {
      domainName,
      certificate: Certificate.fromCertificateArn(scope, 'Certificate', certificateArn),
      ...(basePath !== undefined && { basePath }),
      ...(hostedZoneId !== undefined &&
        hostedZoneName !== undefined && {
          hostedZone: HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId, zoneName: hostedZoneName }),
        }),
      disableDefaultEndpoint,
    },
  };
}

function importThrottles({ issue, open, manage, page, head }: Options['throttles']): Throttles {
  const settings = ({ ratePerSecond, burst }: typeof issue) => ({ rateLimit: ratePerSecond, burstLimit: burst });
  return {
    issue: settings(issue),
    open: settings(open),
    manage: settings(manage),
    page: settings(page),
    head: settings(head),
  };
}
