import { App } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { partitionOf, region } from '../../../lib/options/arn';
import type { DeploymentTarget } from '../../../lib/options/options';
import { readOptions, refuseMisplacedOptions } from '../../../lib/options/read-options';
import { commandLineOptions } from '../../../lib/options/warnings';

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';
const WEB_ACL = 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab';
const ROLE = 'arn:aws:iam::123456789012:role/sharing';
const DOMAIN = { domainName: 'links.example.com', certificateArn: CERTIFICATE };

function read(context: Readonly<Record<string, unknown>>, target?: DeploymentTarget) {
  return readOptions(new App({ context: { ...context } }).node, target);
}

test('without context, every option has its default', () => {
  expect(read({})).toEqual({
    defaultBucket: true,
    existingBuckets: [],
    retainData: false,
    disableDefaultEndpoint: false,
    throttles: {
      issue: { rateLimit: 100, burstLimit: 200 },
      open: { rateLimit: 375, burstLimit: 150 },
      upload: { rateLimit: 125, burstLimit: 50 },
      manage: { rateLimit: 100, burstLimit: 200 },
      page: { rateLimit: 125, burstLimit: 50 },
      describe: { rateLimit: 125, burstLimit: 50 },
      head: { rateLimit: 100, burstLimit: 200 },
    },
    signOnOpen: true,
    issuerRoleArns: [],
    managerRoleArns: [],
    receiptRetentionDays: 30,
    receiptFileNames: false,
    logRetentionDays: 30,
    manageApiGatewayAccount: true,
    monitoring: 'basic',
  });
});

describe('a valid value is read, from the command line and from cdk.json', () => {
  test.each<[context: Record<string, unknown>, options?: Record<string, unknown>]>([
    [{ stackName: 'links-staging' }],
    [{ serverAccessLogsBucket: 'access-logs-123456789012' }],
    [{ retainData: 'true' }, { retainData: true }],
    [{ retainData: true }],
    [{ retainData: 'false' }, { retainData: false }],
    [{ signOnOpen: 'false' }, { signOnOpen: false }],
    [{ signOnOpen: false, maxLinkLifetimeSeconds: 3600 }],
    [{ maxLinkLifetimeSeconds: '1' }, { maxLinkLifetimeSeconds: 1 }],
    [{ maxLinkLifetimeSeconds: 2_592_000 }],
    [{ openedUrlLifetimeSeconds: '5' }, { openedUrlLifetimeSeconds: 5 }],
    [{ openedUrlLifetimeSeconds: 900 }],
    [{ authorizerReservedConcurrency: '1' }, { authorizerReservedConcurrency: 1 }],
    [{ redirectReservedConcurrency: '20' }, { redirectReservedConcurrency: 20 }],
    [{ redirectReservedConcurrency: 100_000 }],
    [{ logRetentionDays: '3653' }, { logRetentionDays: 3653 }],
    [{ logRetentionDays: 1 }],
    [{ encryptionKeyArn: KEY }],
    [{ manageApiGatewayAccount: 'false' }, { manageApiGatewayAccount: false }],
    [{ monitoring: 'none' }],
    [{ monitoring: 'full' }],
    [{ alarmEmail: 'on.call+links@example.co.uk' }],
    [{ runbookBaseUrl: 'https://wiki.example.com/links/runbook?view=1' }],
    [{ webAclArn: WEB_ACL }],
    [{ issuerRoleArns: [ROLE] }],
    [{ issuerRoleArns: `["${ROLE}"]` }, { issuerRoleArns: [ROLE] }],
    [{ policyNamePrefix: 'one-time-links' }],
    [{ organizationName: 'Société Générale & Söhne “東京” <Ltd>' }],
    [{ organizationName: 'o'.repeat(60) }],
    [{ supportContact: 'it-support+links@example.co.uk' }],
    [{ supportContact: 'https://help.example.com/links?topic=files#top' }],
    [{ managerRoleArns: ['arn:aws-cn:iam::123456789012:role/teams/it/support+1@x'] }],
    [{ existingBuckets: '[]' }, { existingBuckets: [] }],
    [{ existingBuckets: ['a.b-c.3'] }, { existingBuckets: [{ name: 'a.b-c.3' }] }],
    [
      { existingBuckets: ' ["team-reports", {"name": "scans", "prefix": "2026/", "region": "eu-west-1"}]' },
      { existingBuckets: [{ name: 'team-reports' }, { name: 'scans', prefix: '2026/', region: 'eu-west-1' }] },
    ],
    [{ existingBuckets: [{ name: 'scans', account: '012345678901', kmsKeyArn: KEY }] }],
    [{ existingBuckets: [{ name: 'scans', kmsKeyArn: KEY.replace(/1234abcd.*/, 'mrk-1234abcd') }] }],
    [{ existingBuckets: [{ name: 'scans', prefix: `it's "quoted" \\ (1)/..` }] }],
    [{ publicBaseUrl: 'https://links.example.com' }],
    [{ publicBaseUrl: 'https://a.example:8443/b/c' }],
    [{ publicBaseUrl: 'https://xn--bcher-kva.example' }],
    [DOMAIN],
    [{ ...DOMAIN, hostedZoneId: 'Z0123456789ABC', hostedZoneName: 'links.example.com', basePath: 'a.b_c-1' }],
    [{ ...DOMAIN, basePath: 'share', publicBaseUrl: 'https://links.example.com/share', disableDefaultEndpoint: true }],
  ])('%j', (context, options = context) => {
    expect(read(context)).toEqual({ ...read({}), ...options });
  });

  test('omitted throttles keep their defaults', () => {
    const { throttles } = read({ throttles: '{"open": {"burst": "5000"}, "issue": {"ratePerSecond": 1, "burst": 2}}' });
    expect(throttles).toEqual({
      ...read({}).throttles,
      open: { rateLimit: 375, burstLimit: 5000 },
      issue: { rateLimit: 1, burstLimit: 2 },
    });
  });
});

describe('a message contains the option, the problem and the fix', () => {
  test.each<[context: Record<string, unknown>, message: string]>([
    [{ retainData: 'yes' }, 'Option retainData: "yes" is not true or false. Example: true'],
    [{ issuerRoleArns: ROLE }, `Option issuerRoleArns: "${ROLE}" is not a list. Example: ["${ROLE}"]`],
    [
      { existingBuckets: '[scans]' },
      `Option existingBuckets: [scans] is not valid JSON. Quote it for the shell: -c 'existingBuckets=["…"]'`,
    ],
    [{ existingBuckets: [{ prefix: 'a/' }] }, 'Option existingBuckets[0].name: missing. Example: "team-reports"'],
    [
      { existingBuckets: [{ name: 'scans', keyPrefix: 'a/' }] },
      'Option existingBuckets[0].keyPrefix: there is no such field. Use one of name, prefix, uploadPrefix, region, account, kmsKeyArn',
    ],
    [
      { throttles: { open: { burst: 0 } } },
      'Option throttles.open.burst: 0 is not a whole number of requests from 1 to 100000. Example: 150',
    ],
  ])('%j', (context, message) => {
    expect(() => read(context)).toThrow(new Error(message));
  });
});

describe('a wrong value is refused', () => {
  test.each<[context: Record<string, unknown>, problem: string]>([
    [{ stackName: '' }, 'stackName: "" is not a stack name'],
    [{ stackName: null }, 'stackName: null is not a stack name'],
    [{ defaultBucket: 'no' }, 'defaultBucket: "no" is not true or false'],
    [
      { serverAccessLogsBucket: 'arn:aws:s3:::logs' },
      'serverAccessLogsBucket: "arn:aws:s3:::logs" is not the name of a bucket',
    ],
    [
      { serverAccessLogsBucket: 'logs', defaultBucket: false, existingBuckets: ['team-reports'] },
      'serverAccessLogsBucket: it logs the default bucket, which defaultBucket omits. Leave it out',
    ],
    [
      { receivedRetentionDays: 7, defaultBucket: false, existingBuckets: ['team-reports'] },
      'receivedRetentionDays: it is for the default bucket, which defaultBucket omits. Leave it out',
    ],
    [
      { maxUploadBytes: 1000, defaultBucket: false, existingBuckets: ['team-reports'] },
      'maxUploadBytes: it has no effect if no bucket accepts uploads. Set uploadPrefix of a bucket',
    ],
    [{ retainData: 'TRUE' }, 'retainData: "TRUE" is not true or false'],
    [{ retainData: 'true ' }, 'retainData: "true " is not true or false'],
    [{ retainData: '' }, 'retainData: "" is not true or false'],
    [{ retainData: 1 }, 'retainData: 1 is not true or false'],
    [{ retainData: null }, 'retainData: null is not true or false'],
    [{ retainData: ['true'] }, 'retainData: ["true"] is not true or false'],
    [{ signOnOpen: 0 }, 'signOnOpen: 0 is not true or false'],
    [{ maxLinkLifetimeSeconds: 0 }, 'maxLinkLifetimeSeconds: 0 is not a whole number of seconds from 1 to 2592000'],
    [{ maxLinkLifetimeSeconds: '2592001' }, '"2592001" is not a whole number of seconds from 1 to 2592000'],
    [{ openedUrlLifetimeSeconds: 4 }, 'openedUrlLifetimeSeconds: 4 is not a whole number of seconds from 5 to 900'],
    [{ openedUrlLifetimeSeconds: '901' }, '"901" is not a whole number of seconds from 5 to 900'],
    [{ openedUrlLifetimeSeconds: 60.5 }, '60.5 is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: '1e2' }, '"1e2" is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: '60s' }, '"60s" is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: ' 60' }, '" 60" is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: '-60' }, '"-60" is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: '' }, '"" is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: null }, 'null is not a whole number of seconds'],
    [{ openedUrlLifetimeSeconds: [60] }, '[60] is not a whole number of seconds'],
    [
      { signOnOpen: 'false', openedUrlLifetimeSeconds: 60 },
      'openedUrlLifetimeSeconds: it has no effect if signOnOpen is false. Omit one of them',
    ],
    [
      { signOnOpen: 'false', maxLinkLifetimeSeconds: 3601 },
      'maxLinkLifetimeSeconds: 3601 requires signOnOpen. Use at most 3600, or omit signOnOpen',
    ],
    [{ authorizerReservedConcurrency: 0 }, '0 is not a whole number of executions from 1 to 100000'],
    [{ redirectReservedConcurrency: 19 }, '19 is not a whole number of executions from 20 to 100000'],
    [{ redirectReservedConcurrency: '100001' }, '"100001" is not a whole number of executions from 20 to 100000'],
    [
      { policyNamePrefix: 'one time' },
      'policyNamePrefix: "one time" is not at most 120 letters, digits and characters of',
    ],
    [{ policyNamePrefix: 'p'.repeat(121) }, 'is not at most 120 letters, digits and characters of +=,.@_-'],
    [{ organizationName: '' }, 'organizationName: "" is not 1 to 60 characters without control characters'],
    [{ organizationName: ' ' }, 'organizationName: " " is not 1 to 60 characters'],
    [{ organizationName: 'o'.repeat(61) }, 'is not 1 to 60 characters without control characters'],
    [{ organizationName: 'Example\nLtd' }, 'is not 1 to 60 characters without control characters'],
    [{ organizationName: 'Example \u202edtL' }, 'is not 1 to 60 characters without control characters'],
    [{ supportContact: 'help desk' }, 'supportContact: "help desk" is not an email address or an https URL'],
    [{ supportContact: 'http://help.example.com' }, 'is not an email address or an https URL'],
    [{ supportContact: 'javascript:alert(1)' }, 'is not an email address or an https URL'],
    [{ supportContact: 'help@example.com?bcc=eve@example.com' }, 'is not an email address or an https URL'],
    [{ receiptRetentionDays: 366 }, 'receiptRetentionDays: 366 is not a whole number of days from 0 to 365'],
    [
      { eventBusName: 'aws.partner/example.com' },
      'eventBusName: "aws.partner/example.com" is not the name of an event',
    ],
    [{ eventBusName: 'arn:aws:events:eu-west-1:123456789012:event-bus/links' }, 'is not the name of an event bus'],
    [{ notificationEmail: 'ada' }, 'notificationEmail: "ada" is not an email address'],
    [
      { receiptRetentionDays: 0, receiptFileNames: true },
      'receiptFileNames: it requires receipts, which receiptRetentionDays 0 turns off. Omit one of them',
    ],
    [{ receiptRetentionDays: '0', eventBusName: 'links' }, 'eventBusName: it requires receipts'],
    [{ receiptRetentionDays: 0, notificationEmail: 'ada@example.com' }, 'notificationEmail: it requires receipts'],
    [{ logRetentionDays: 3654 }, 'logRetentionDays: 3654 is not a whole number of days from 1 to 3653'],
    [{ logRetentionDays: 'never' }, 'logRetentionDays: "never" is not a whole number of days'],
    [{ encryptionKeyArn: 'alias/links' }, 'encryptionKeyArn: "alias/links" is not the ARN of a KMS key'],
    [{ manageApiGatewayAccount: 0 }, 'manageApiGatewayAccount: 0 is not true or false'],
    [{ monitoring: 'some' }, 'monitoring: "some" is not one of none, basic, full'],
    [{ monitoring: false }, 'monitoring: false is not one of none, basic, full'],
    [
      { monitoring: 'none', alarmEmail: 'oncall@example.com' },
      'alarmEmail: it has no effect if monitoring is none. Omit one of them',
    ],
    [{ alarmEmail: 'oncall' }, 'alarmEmail: "oncall" is not an email address'],
    [
      { runbookBaseUrl: 'https://wiki.example.com/runbook#top' },
      'runbookBaseUrl: "https://wiki.example.com/runbook#top" is not an https URL without a fragment',
    ],
    [
      { throttles: 5 },
      'throttles: 5 is not an object. Use one with the fields issue, open, upload, manage, page, describe, head',
    ],
    [{ throttles: [100] }, 'throttles: [100] is not an object'],
    [
      { throttles: { open: 100 } },
      'throttles.open: 100 is not an object. Use one with the fields ratePerSecond, burst',
    ],
    [{ throttles: { opening: {} } }, 'throttles.opening: there is no such field'],
    [{ throttles: '{"open": {"rate": 100}}' }, 'throttles.open.rate: there is no such field'],
    [{ throttles: { issue: { ratePerSecond: 100_001 } } }, '100001 is not a whole number of requests from 1 to 100000'],
  ])('%j', expectProblem);

  test.each<[context: Record<string, unknown>, problem: string]>([
    [{ existingBuckets: 'scans' }, 'existingBuckets: "scans" is not a list'],
    [{ existingBuckets: null }, 'existingBuckets: null is not a list'],
    [{ existingBuckets: '{"name":"scans"}' }, 'existingBuckets: {"name":"scans"} is not a list'],
    [{ existingBuckets: [7] }, 'existingBuckets[0]: 7 is not an object'],
    [{ existingBuckets: ['scans', 'Scans'] }, 'existingBuckets[1].name: "Scans" is not the name of a general purpose'],
    [{ existingBuckets: ['192.168.0.1'] }, '"192.168.0.1" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['scans/2026'] }, '"scans/2026" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['arn:aws:s3:::scans'] }, '"arn:aws:s3:::scans" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['scans--use1-az4--x-s3'] }, 'directory buckets and access points are not supported'],
    [{ existingBuckets: ['scans--table-s3'] }, '"scans--table-s3" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['scans-x7k2-s3alias'] }, '"scans-x7k2-s3alias" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['scans--ol-s3'] }, '"scans--ol-s3" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['mfzwi23gnj.mrap'] }, '"mfzwi23gnj.mrap" is not the name of a general purpose bucket'],
    [{ existingBuckets: ['scans', { name: 'scans', prefix: 'a/' }] }, 'existingBuckets: scans is a duplicate'],
    [bucket({ prefix: '' }), 'existingBuckets[0].prefix: "" is not the start of object keys'],
    [bucket({ prefix: true }), 'existingBuckets[0].prefix: true is not the start of object keys'],
    [bucket({ prefix: '/reports/' }), '"/reports/" is not the start of object keys'],
    [bucket({ prefix: 's3://scans/2026/' }), '"s3://scans/2026/" is not the start of object keys'],
    [bucket({ prefix: ' 2026/' }), '" 2026/" is not the start of object keys'],
    [bucket({ prefix: '2026/ ' }), '"2026/ " is not the start of object keys'],
    [bucket({ prefix: 'reports/*' }), '"reports/*" is not the start of object keys'],
    [bucket({ prefix: 'report?' }), '"report?" is not the start of object keys'],
    [bucket({ prefix: `\${aws:username}/` }), 'aws:username}/" is not the start of object keys'],
    [bucket({ prefix: '../' }), '"../" is not the start of object keys'],
    [bucket({ prefix: './x/' }), '"./x/" is not the start of object keys'],
    [bucket({ prefix: 'x/../' }), '"x/../" is not the start of object keys'],
    [bucket({ prefix: 'größe/' }), '"größe/" is not the start of object keys'],
    [bucket({ prefix: 'a\nb' }), String.raw`"a\nb" is not the start of object keys`],
    [bucket({ region: 'Ireland' }), 'existingBuckets[0].region: "Ireland" is not the code of a Region'],
    [bucket({ region: 'eu-west-1a' }), '"eu-west-1a" is not the code of a Region'],
    [bucket({ region: 'eu-wset-1' }), '"eu-wset-1" is not the code of a Region'],
    [
      bucket({ account: 123456789012 }),
      'existingBuckets[0].account: 123456789012 is not an account ID of twelve digits',
    ],
    [bucket({ account: '12345678901' }), '"12345678901" is not an account ID of twelve digits, as a string'],
    [
      bucket({ kmsKeyArn: '1234abcd-12ab' }),
      'existingBuckets[0].kmsKeyArn: "1234abcd-12ab" is not the ARN of a KMS key',
    ],
    [bucket({ kmsKeyArn: KEY.replace(/key.*/, 'alias/scans') }), 'alias/scans" is not the ARN of a KMS key'],
    [bucket({ kmsKeyArn: KEY.replace(/key.*/, 'key/*') }), 'key/*" is not the ARN of a KMS key'],
    [bucket({ kmsKeyArn: KEY.replace('eu-west-1', '') }), 'is not the ARN of a KMS key'],
    [{ defaultBucket: false }, 'defaultBucket: false leaves no bucket to share from. Set existingBuckets as well'],
  ])('%j', expectProblem);

  test.each<[context: Record<string, unknown>, problem: string]>([
    [{ issuerRoleArns: '' }, 'issuerRoleArns: "" is not a list'],
    [{ managerRoleArns: [ROLE, 'sharing'] }, 'managerRoleArns[1]: "sharing" is not the ARN of an IAM role'],
    [{ issuerRoleArns: ['arn:aws:iam::123456789012:role/*'] }, 'role/*" is not the ARN of an IAM role'],
    [{ issuerRoleArns: ['arn:aws:iam::123456789012:role/teams/'] }, 'role/teams/" is not the ARN of an IAM role'],
    [{ issuerRoleArns: ['arn:aws:iam::123456789012:user/me'] }, 'user/me" is not the ARN of an IAM role'],
    [{ issuerRoleArns: ['arn:aws:iam::123456789012:instance-profile/web'] }, 'is not the ARN of an IAM role'],
    [{ issuerRoleArns: ['arn:aws:sts::123456789012:assumed-role/sharing/me'] }, 'is not the ARN of an IAM role'],
    [{ webAclArn: 'links' }, 'webAclArn: "links" is not the ARN of a web ACL of AWS WAF with the scope REGIONAL'],
    [{ webAclArn: WEB_ACL.replace('regional', 'global') }, 'is not the ARN of a web ACL of AWS WAF with the scope'],
    [{ webAclArn: WEB_ACL.replace('webacl', 'rulegroup') }, 'is not the ARN of a web ACL of AWS WAF with the scope'],
  ])('%j', expectProblem);
});

describe('an address at which no link could be redeemed is refused', () => {
  test.each<unknown>([
    'http://links.example.com',
    'links.example.com/share',
    'https://',
    'https://a.example/',
    'https://a.example/share/',
    'https://a.example/?nonce=',
    'https://a.example/share?',
    'https://a.example/#nonce',
    'https://me:secret@a.example',
    'https://a.example:443',
    'https://A.example',
    'https://a.example/our links',
    'https://a.example/b/../c',
    'https://localhost/share',
    'https://10.0.0.1',
    'https://[::1]',
    'https://*.example.com',
    'https://abc.execute-api.eu-west-1.amazonaws.com/prod',
    'https://a.example/access-object',
    'https://a.example/share/open-link',
    'https://a.example/generate-url',
    443,
  ])('the publicBaseUrl %j', (publicBaseUrl) => {
    const problem = `publicBaseUrl: ${JSON.stringify(publicBaseUrl)} is not an https URL with a public host name`;
    expectProblem({ publicBaseUrl }, problem);
  });

  test.each<[context: Record<string, unknown>, problem: string]>([
    [
      { ...DOMAIN, basePath: 'share', publicBaseUrl: 'https://links.example.com' },
      'publicBaseUrl: the API is at https://links.example.com/share. Use that URL, or omit the option',
    ],
    [
      { ...DOMAIN, publicBaseUrl: 'https://links.example.com/prod' },
      'publicBaseUrl: the API is at https://links.example.com. Use that URL, or omit the option',
    ],
    [{ domainName: '*.example.com' }, 'domainName: "*.example.com" is not a domain name in lower case'],
    [{ domainName: 'https://a.example' }, 'domainName: "https://a.example" is not a domain name in lower case'],
    [{ domainName: 'Links.example.com' }, 'domainName: "Links.example.com" is not a domain name in lower case'],
    [{ domainName: 'links.example.com.' }, 'domainName: "links.example.com." is not a domain name in lower case'],
    [{ domainName: 'links' }, 'domainName: "links" is not a domain name in lower case'],
    [{ domainName: 'links.example.com' }, 'domainName: it requires an ACM certificate. Set certificateArn as well'],
    [{ ...DOMAIN, certificateArn: 'links' }, 'certificateArn: "links" is not the ARN of an ACM certificate'],
    [{ ...DOMAIN, certificateArn: CERTIFICATE.replace('acm', 'acm-pca') }, 'is not the ARN of an ACM certificate'],
    [{ certificateArn: CERTIFICATE }, 'certificateArn: it requires a custom domain. Set domainName as well'],
    [{ basePath: 'share' }, 'basePath: it requires a custom domain. Set domainName as well'],
    [{ hostedZoneId: 'Z0123456789ABC' }, 'hostedZoneId: it requires a custom domain. Set domainName as well'],
    [{ hostedZoneName: 'example.com' }, 'hostedZoneName: it requires a custom domain. Set domainName as well'],
    [{ disableDefaultEndpoint: 'true' }, 'disableDefaultEndpoint: it requires a custom domain. Set domainName as well'],
    [{ ...DOMAIN, basePath: '/share' }, 'basePath: "/share" is not one path segment'],
    [{ ...DOMAIN, basePath: 'a/b' }, 'basePath: "a/b" is not one path segment'],
    [{ ...DOMAIN, basePath: '' }, 'basePath: "" is not one path segment'],
    [{ ...DOMAIN, basePath: '..' }, 'basePath: ".." is not one path segment'],
    [{ ...DOMAIN, basePath: '(none)' }, 'basePath: "(none)" is not one path segment'],
    [{ ...DOMAIN, basePath: 'ping' }, 'basePath: "ping" is not one path segment'],
    [{ ...DOMAIN, basePath: 'sping' }, 'basePath: "sping" is not one path segment'],
    [
      { ...DOMAIN, hostedZoneId: 'Z0123456789ABC' },
      'a record requires both the ID and the name. Set hostedZoneName and',
    ],
    [
      { ...DOMAIN, hostedZoneName: 'example.com' },
      'a record requires both the ID and the name. Set hostedZoneName and',
    ],
    [
      { ...DOMAIN, hostedZoneId: 'Z0123456789ABC', hostedZoneName: 'ample.com' },
      'hostedZoneName: links.example.com is not in ample.com. Use the zone that contains it',
    ],
  ])('%j', expectProblem);
});

describe('named resources must be in the account and Region of the stack', () => {
  const key = (fields: object) => ({ existingBuckets: [{ name: 'scans', kmsKeyArn: KEY, ...fields }] });
  const otherRole = 'arn:aws:iam::210987654321:role/support';

  test.each<[resource: string, context: Record<string, unknown>, target: DeploymentTarget, problem: string]>([
    [
      'a certificate in another Region',
      DOMAIN,
      { region: 'us-east-1' },
      'certificateArn: its Region is eu-west-1, but the Region of the stack is us-east-1. Use one in the Region of the stack',
    ],
    [
      'a certificate in another account',
      DOMAIN,
      { account: '210987654321' },
      'certificateArn: its account is 123456789012, but the account of the stack is 210987654321. Use one in the account of',
    ],
    [
      'a web ACL in another Region',
      { webAclArn: WEB_ACL },
      { region: 'us-east-1' },
      'webAclArn: its Region is eu-west-1, but the Region of the stack is us-east-1',
    ],
    [
      'an encryption key in another Region',
      { encryptionKeyArn: KEY },
      { region: 'us-east-1' },
      'encryptionKeyArn: its Region is eu-west-1, but the Region of the stack is us-east-1',
    ],
    [
      'a role in another account',
      { managerRoleArns: [ROLE] },
      { account: '210987654321' },
      'managerRoleArns: its account is 123456789012, but the account of the stack is 210987654321',
    ],
    [
      'roles in two accounts',
      { issuerRoleArns: [ROLE, otherRole] },
      {},
      'issuerRoleArns: its account is 210987654321, but the account of issuerRoleArns is 123456789012',
    ],
    [
      'issuers and managers in two accounts',
      { issuerRoleArns: [ROLE], managerRoleArns: [otherRole] },
      {},
      'managerRoleArns: its account is 210987654321, but the account of issuerRoleArns is 123456789012',
    ],
    [
      'a certificate and a role in two accounts',
      { ...DOMAIN, issuerRoleArns: [otherRole] },
      {},
      'issuerRoleArns: its account is 210987654321, but the account of certificateArn is 123456789012',
    ],
    [
      'a certificate and a web ACL in two Regions',
      { ...DOMAIN, webAclArn: WEB_ACL.replace('eu-west-1', 'us-east-1') },
      {},
      'webAclArn: its Region is us-east-1, but the Region of certificateArn is eu-west-1',
    ],
    [
      'a bucket in another partition',
      { existingBuckets: [{ name: 'scans', region: 'cn-north-1' }] },
      { region: 'eu-west-1' },
      'existingBuckets[0].region: cn-north-1 is not in the partition of the stack. Use one that is',
    ],
    [
      'a key in a different Region from its bucket',
      key({ region: 'us-east-1' }),
      {},
      'existingBuckets[0].kmsKeyArn: it is in eu-west-1, but its bucket is in us-east-1. Correct one',
    ],
    [
      'a key in a different Region from its bucket, which is in the Region of the stack',
      key({}),
      { region: 'us-east-1' },
      'existingBuckets[0].kmsKeyArn: it is in eu-west-1, but its bucket is in us-east-1',
    ],
    [
      'a key in a different Region from its bucket, which is in the Region of the certificate',
      { ...DOMAIN, certificateArn: CERTIFICATE.replace('eu-west-1', 'us-east-1'), ...key({}) },
      {},
      'existingBuckets[0].kmsKeyArn: it is in eu-west-1, but its bucket is in us-east-1',
    ],
  ])('%s is refused', (_resource, context, target, problem) => {
    expect(() => read(context, target)).toThrow(problem);
  });

  test('everything in one account and Region is accepted', () => {
    const target = { account: '123456789012', region: 'eu-west-1' };
    const context = { ...DOMAIN, ...key({ account: '210987654321' }), webAclArn: WEB_ACL, issuerRoleArns: [ROLE] };
    expect(() => read(context, target)).not.toThrow();
  });

  test('the code of every Region is accepted', () => {
    for (const { name } of RegionInfo.regions) {
      expect(region('region', name)).toBe(name);
    }
  });

  test('a Region that the CDK does not know yet counts as one in the partition aws', () => {
    expect(partitionOf('eu-north-9')).toBe('aws');
    expect(partitionOf('us-gov-west-1')).toBe('aws-us-gov');
  });
});

describe('a context key that looks like a mistyped option is refused', () => {
  test.each([
    ['retaindata', 'retainData'],
    ['retain_data', 'retainData'],
    ['retain-data', 'retainData'],
    ['retainData ', 'retainData'],
    ['retainDate', 'retainData'],
    ['retainDat', 'retainData'],
    ['retianData', 'retainData'],
    ['etainData', 'retainData'],
    ['signOnOpne', 'signOnOpen'],
    ['disableDefaultEndPoint', 'disableDefaultEndpoint'],
    ['throttle', 'throttles'],
    ['alarmMail', 'alarmEmail'],
    ['maxLinkLifetime', 'maxLinkLifetimeSeconds'],
    ['openedUrlLifetime', 'openedUrlLifetimeSeconds'],
    ['logRetention', 'logRetentionDays'],
  ])('%j: write %s', (key, option) => {
    expect(() => read({ [key]: 'true' })).toThrow(new Error(`Option ${key}: there is no such option. Use ${option}`));
  });

  test.each([
    '@aws-cdk/core:newStyleStackSynthesis',
    'aws:cdk:enable-path-metadata',
    'availability-zones:account=123456789012:region=eu-west-1',
    'acknowledged-issue-numbers',
    'cli-telemetry',
    'environment',
    'stage',
    'vpcId',
    'dataRetention',
    'hostedZone',
    'hostedZones',
    'domainNames',
    'domainName2',
    'alarmEmails',
  ])('%s may belong to another stack, and is ignored', (key) => {
    expect(read({ [key]: 'true' })).toEqual(read({}));
  });
});

describe('options that were given with -c', () => {
  test.each<[what: string, context: Record<string, unknown>, files: Record<string, unknown>[], names: string[]]>([
    ['an option in no file', { retainData: 'true' }, [{}, {}], ['retainData']],
    ['an option in a file', { retainData: true }, [{}, { retainData: true }], []],
    [
      'an option with another value than in a file',
      { logRetentionDays: '90' },
      [{ logRetentionDays: 30 }],
      ['logRetentionDays'],
    ],
    ['a list in a file', { existingBuckets: ['scans'] }, [{ existingBuckets: ['scans'] }], []],
    ['the stack name, which selects the stack', { stackName: 'links-staging' }, [{}], []],
    ['a context value of another stack', { vpcId: 'vpc-1' }, [{}], []],
  ])('%s', (_what, context, files, names) => {
    expect(commandLineOptions(context, files)).toEqual(names);
  });
});

test('an option at the top level of cdk.json is refused', () => {
  expect(() => refuseMisplacedOptions({ app: 'node bin/app.js', context: {}, retainData: true })).toThrow(
    new Error('Option retainData: CDK ignores it at the top level of cdk.json. Move it into "context"'),
  );
  expect(() => refuseMisplacedOptions({ app: 'node bin/app.js', context: { retainData: true } })).not.toThrow();
});

function bucket(fields: object): Record<string, unknown> {
  return { existingBuckets: [{ name: 'scans', ...fields }] };
}

function expectProblem(context: Record<string, unknown>, problem: string): void {
  expect(() => read(context)).toThrow(problem);
}
