import type { Options } from './synthesised';

const SHARED_BUCKETS: Options = {
  sharedBuckets: [
    'team-reports',
    {
      name: 'scans',
      prefix: '2026/',
      region: 'eu-west-1',
      kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    },
  ],
};

const CALLERS: Options = {
  issuerRoleArns: ['arn:aws:iam::123456789012:role/sharing', 'arn:aws:iam::123456789012:role/teams/reports'],
  managerRoleArns: ['arn:aws:iam::123456789012:role/sharing'],
};

const GUARDS: Options = {
  throttles: { issue: { ratePerSecond: 5, burst: 10 }, open: { burst: 500 } },
  webAclArn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab',
};

/** Each option by itself, none of them, and those that meet in one resource together. */
export const COMBINATIONS: readonly (readonly [name: string, options: Options])[] = [
  ['by default', {}],
  ['with data retained', { retainData: true }],
  ['without signing on opening', { signOnOpen: false }],
  ['with buckets that are there already', SHARED_BUCKETS],
  ['without a bucket of its own', { ...SHARED_BUCKETS, ownBucket: false }],
  ['with roles of callers', CALLERS],
  ['with throttles and a web ACL', GUARDS],
  ['with everything', { ...SHARED_BUCKETS, ...CALLERS, ...GUARDS, retainData: true }],
  ['with as little as can be', { ...SHARED_BUCKETS, ownBucket: false, retainData: true, signOnOpen: false }],
];
