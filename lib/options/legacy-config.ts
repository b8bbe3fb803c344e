// Deleted at the merge, with context.ts, custom-domain.ts, role-arns.ts and shared-buckets.ts: today's construct reads this shape.
import { type Node, RootConstruct } from 'constructs';
import { type ExistingBucket, existingBuckets } from './existing-buckets';
import { type DeploymentTarget, type Options, readOptions } from './options';
import { OptionError } from './parsers';
import type { Throttles } from './throttles';

export const MAX_LIST_BYTES = 3000;
export const MAX_KEYS = 50;

interface LegacyBucket {
  readonly name: string;
  readonly prefix?: string;
  readonly region?: string;
  readonly account?: string;
  readonly kmsKeyArn?: string;
}

export interface OwnAddress {
  readonly domainName: string;
  readonly certificateArn: string;
  readonly basePath?: string;
  readonly hostedZone?: HostedZone;
  readonly defaultEndpoint: 'enabled' | 'disabled';
}

export interface HostedZone {
  readonly id: string;
  readonly name: string;
}

export interface DeploymentConfig {
  readonly stackName?: string;
  readonly ownBucket: boolean;
  readonly sharedBuckets: readonly LegacyBucket[];
  readonly retainData: boolean;
  readonly publicBaseUrl?: string;
  readonly logRetentionDays: number;
  readonly alarmEmail?: string;
  readonly issuerRoleArns: readonly string[];
  readonly managerRoleArns: readonly string[];
  readonly throttles: Throttles;
  readonly redirectReservedConcurrency?: number;
  readonly webAclArn?: string;
  readonly ownAddress?: OwnAddress;
  readonly maxLinkLifetimeSeconds: number;
  readonly signOnOpen: boolean;
  readonly openedUrlLifetimeSeconds: number;
}

const NEW_NAMES = new Map([
  ['ownBucket', 'defaultBucket'],
  ['sharedBuckets', 'existingBuckets'],
]);

export function readConfig(node: Node, target: DeploymentTarget = {}): DeploymentConfig {
  const renamed = new RootConstruct();
  for (const [name, value] of Object.entries(node.getAllContext())) {
    renamed.node.setContext(NEW_NAMES.get(name) ?? name, value);
  }
  const options = readOptions(renamed.node, target);
  const { defaultBucket, existingBuckets, domainName, certificateArn, basePath, ...same } = options;
  const { hostedZoneId, hostedZoneName, disableDefaultEndpoint, ...others } = same;
  return {
    ...(withoutUndefined(others) as Omit<DeploymentConfig, 'ownBucket' | 'sharedBuckets'>),
    ownBucket: defaultBucket,
    sharedBuckets: existingBuckets.map(legacyBucket),
    ...(domainName === undefined || certificateArn === undefined
      ? {}
      : { ownAddress: ownAddress(options, domainName, certificateArn) }),
  };
}

function ownAddress(options: Options, domainName: string, certificateArn: string): OwnAddress {
  const { basePath, hostedZoneId, hostedZoneName, disableDefaultEndpoint } = options;
  return {
    domainName,
    certificateArn,
    ...(basePath === undefined ? {} : { basePath }),
    ...(hostedZoneId === undefined || hostedZoneName === undefined
      ? {}
      : { hostedZone: { id: hostedZoneId, name: hostedZoneName } }),
    defaultEndpoint: disableDefaultEndpoint ? 'disabled' : 'enabled',
  };
}

export function parseSharedBuckets(value: unknown, _target: DeploymentTarget): readonly LegacyBucket[] {
  const buckets = existingBuckets('existingBuckets', value).map(legacyBucket);
  const bytes = Buffer.byteLength(JSON.stringify(JSON.stringify(buckets.map(environmentEntry))));
  if (bytes > MAX_LIST_BYTES || new Set(buckets.flatMap(({ kmsKeyArn }) => kmsKeyArn ?? [])).size > MAX_KEYS) {
    throw new OptionError('existingBuckets', 'is too long');
  }
  return buckets;
}

export function environmentEntry({ name, prefix, region }: LegacyBucket): Readonly<Record<string, string>> {
  return { name, ...(region && { region }), ...(prefix && { prefix }) };
}

function legacyBucket(bucket: ExistingBucket): LegacyBucket {
  return withoutUndefined(bucket) as LegacyBucket;
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export type { LegacyBucket as ExistingBucket };
