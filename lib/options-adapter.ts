import type { Node } from 'constructs';
import type { DeploymentTarget } from './options/context';
import { readConfig } from './options/options';
import type { ExistingBucket } from './options/shared-buckets';
import type { Throttles } from './options/throttles';

/** Temporary: today's options in the shape that `lib/options/options.ts` is going to export. */
export interface Options {
  readonly stackName: string | undefined;
  readonly defaultBucket: boolean;
  readonly existingBuckets: readonly ExistingBucket[];
  readonly retainData: boolean;
  readonly publicBaseUrl: string | undefined;
  readonly domainName: string | undefined;
  readonly certificateArn: string | undefined;
  readonly basePath: string | undefined;
  readonly hostedZoneId: string | undefined;
  readonly hostedZoneName: string | undefined;
  readonly disableDefaultEndpoint: boolean;
  readonly webAclArn: string | undefined;
  readonly throttles: Throttles;
  readonly redirectReservedConcurrency: number | undefined;
  readonly maxLinkLifetimeSeconds: number;
  readonly signOnOpen: boolean;
  readonly openedUrlLifetimeSeconds: number;
  readonly issuerRoleArns: readonly string[];
  readonly managerRoleArns: readonly string[];
  readonly logRetentionDays: number;
  readonly alarmEmail: string | undefined;
}

export function readOptions(node: Node, target?: DeploymentTarget): Options {
  const { ownBucket, sharedBuckets, ownAddress, ...config } = readConfig(node, target);
  return {
    stackName: undefined,
    publicBaseUrl: undefined,
    webAclArn: undefined,
    redirectReservedConcurrency: undefined,
    alarmEmail: undefined,
    ...config,
    defaultBucket: ownBucket,
    existingBuckets: sharedBuckets,
    domainName: ownAddress?.domainName,
    certificateArn: ownAddress?.certificateArn,
    basePath: ownAddress?.basePath,
    hostedZoneId: ownAddress?.hostedZone?.id,
    hostedZoneName: ownAddress?.hostedZone?.name,
    disableDefaultEndpoint: ownAddress?.defaultEndpoint === 'disabled',
  };
}
