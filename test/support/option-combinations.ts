import type { Options } from './synthesized';

const EXISTING_BUCKETS: Options = {
  existingBuckets: [
    'team-reports',
    { name: 'partners', account: '210987654321' },
    {
      name: 'scans',
      prefix: '2026/',
      region: 'eu-west-1',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    },
  ],
};

/** Enough buckets for a role to need more than one policy. */
const VERY_MANY_BUCKETS: Options = {
  existingBuckets: Array.from({ length: 80 }, (_, index) => `team-reports-${index + 100}`),
};

const SERVER_ACCESS_LOGS: Options = { serverAccessLogsBucket: 'access-logs-123456789012' };

const MONITORING: Options = {
  alarmEmail: 'oncall@example.com',
  monitoring: 'full',
  runbookBaseUrl: 'https://wiki.example.com/links/runbook',
  logRetentionDays: 400,
};

const ENCRYPTION: Options = {
  encryptionKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
};

const EVENTS: Options = {
  receiptRetentionDays: 90,
  receiptFileNames: true,
  eventBusName: 'links',
  notificationEmail: 'ada@example.com',
};

const PAGE: Options = { organizationName: 'Example Ltd', supportContact: 'it-support@example.com' };

const CALLERS: Options = {
  issuerRoleArns: ['arn:aws:iam::123456789012:role/sharing', 'arn:aws:iam::123456789012:role/teams/reports'],
  managerRoleArns: ['arn:aws:iam::123456789012:role/sharing'],
  policyNamePrefix: 'PreSignedURLStack',
};

const GUARDS: Options = {
  authorizerReservedConcurrency: 100,
  redirectReservedConcurrency: 200,
  throttles: { issue: { ratePerSecond: 5, burst: 10 }, open: { burst: 500 } },
  webAclArn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab',
};

const DOMAIN: Options = {
  domainName: 'links.example.com',
  certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
};

const DOMAIN_WITH_RECORD: Options = {
  ...DOMAIN,
  basePath: 'share',
  hostedZoneId: 'Z0123456789ABC',
  hostedZoneName: 'example.com',
  disableDefaultEndpoint: true,
};

/** No options, groups of options that change resources, and combinations that affect the same resource. */
export const COMBINATIONS: readonly (readonly [name: string, options: Options])[] = [
  ['by default', {}],
  ['with data retained', { retainData: true }],
  ['with server access logs', SERVER_ACCESS_LOGS],
  ['without signing on opening', { signOnOpen: false }],
  ['with existing buckets', EXISTING_BUCKETS],
  ['with very many buckets', VERY_MANY_BUCKETS],
  ['without the default bucket', { ...EXISTING_BUCKETS, defaultBucket: false }],
  ['with alarms by email and another log retention', MONITORING],
  ['with an encryption key', ENCRYPTION],
  ['without the role of API Gateway', { manageApiGatewayAccount: false }],
  ['without monitoring', { monitoring: 'none' }],
  ['with events and emails', EVENTS],
  ['without receipts', { receiptRetentionDays: 0 }],
  ['with roles and policy names for callers', CALLERS],
  ['with throttles, reserved concurrency and a web ACL', GUARDS],
  ['with a domain name', DOMAIN],
  ['with a domain name alone, a base path and a DNS record', DOMAIN_WITH_RECORD],
  ['with another stack name', { stackName: 'links-staging' }],
  ['behind a CDN', { ...DOMAIN, publicBaseUrl: 'https://cdn.example.com/files' }],
  [
    'with everything',
    {
      ...EXISTING_BUCKETS,
      ...SERVER_ACCESS_LOGS,
      ...MONITORING,
      ...ENCRYPTION,
      ...EVENTS,
      ...PAGE,
      ...CALLERS,
      ...GUARDS,
      ...DOMAIN_WITH_RECORD,
      retainData: true,
    },
  ],
  [
    'with the fewest resources',
    {
      ...EXISTING_BUCKETS,
      defaultBucket: false,
      retainData: true,
      signOnOpen: false,
      receiptRetentionDays: 0,
      monitoring: 'none',
      manageApiGatewayAccount: false,
    },
  ],
];
