import { App } from 'aws-cdk-lib';
import type { DeploymentTarget } from '../../../lib/options/context';
import { readConfig } from '../../../lib/options/options';
import type { Options } from '../../support/synthesised';

/** What is wrong, the options that are, and the message they must give. */
type Row = readonly [what: string, options: Options, message: string, target?: DeploymentTarget];

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const KEY_EXAMPLE = `must be the ARN of a KMS key, such as ${KEY}`;
const NAME = 'must be the name of an S3 bucket: 3 to 63 lower-case letters, digits, hyphens and dots';
const LIST = `must be a list of names or objects, for example: -c 'sharedBuckets=["team-reports", {"name": "scans", "prefix": "2026/"}]'`;
const PREFIX = 'must be the start of keys, such as reports/. Leave it out to share every object';
const ASCII = 'must be at most 1023 characters of ASCII: a policy takes few others. Use a shorter start';
const WILDCARD =
  'must not have *, ? or $, which mean something in a policy: every key that starts with the prefix is shared';

function bucket(fields: Options): Options {
  return { sharedBuckets: [{ name: 'scans', ...fields }] };
}

const SHARED_BUCKETS: readonly Row[] = [
  ['a name that is no list', { sharedBuckets: 'scans' }, `sharedBuckets ${LIST}`],
  ['nothing', { sharedBuckets: null }, `sharedBuckets ${LIST}`],
  ['an object that is no list', { sharedBuckets: '{"name":"scans"}' }, `sharedBuckets ${LIST}`],
  [
    'JSON that the shell took the quotes of',
    { sharedBuckets: '[scans]' },
    `sharedBuckets is not the JSON that it looks like: quote it for the shell, as in -c 'sharedBuckets=["…"]'`,
  ],
  [
    'a bucket that is a number',
    { sharedBuckets: [7] },
    'sharedBuckets[0] must be an object with name, prefix, kmsKeyArn, region, account',
  ],
  [
    'an unknown field',
    bucket({ keyPrefix: 'a/' }),
    'sharedBuckets[0].keyPrefix is not known: write name, prefix, kmsKeyArn, region, account',
  ],
  ['a bucket without name', { sharedBuckets: [{ prefix: 'a/' }] }, `sharedBuckets[0].name ${NAME}`],
  ...['', 'ab', 'a'.repeat(64), 'Scans', 'my_scans', '-scans', 'scans.', 'a..b', '192.168.0.1', 'scans/2026', '*'].map(
    (name): Row => [
      `the name ${JSON.stringify(name)}`,
      { sharedBuckets: ['team-reports', name] },
      `sharedBuckets[1] ${NAME}`,
    ],
  ),
  [
    'the ARN of a bucket',
    { sharedBuckets: ['arn:aws:s3:::scans'] },
    'sharedBuckets[0] must be the name of the bucket and not its ARN: write scans',
  ],
  [
    'the ARN of a part of a bucket',
    { sharedBuckets: ['arn:aws:s3:::scans/2026/'] },
    'sharedBuckets[0] must be the name of the bucket and not its ARN: write {"name":"scans","prefix":"2026/"}',
  ],
  ...['xn--scans', 'sthree-scans', 'amzn-s3-demo-bucket'].map(
    (name): Row => [
      `the name ${name}, which S3 gives to nobody`,
      { sharedBuckets: [name] },
      'sharedBuckets[0] starts as S3 lets no bucket start: xn--, sthree- and amzn-s3-demo- are reserved. Write the name of a bucket',
    ],
  ),
  [
    'the ARN of an access point',
    { sharedBuckets: ['arn:aws:s3:eu-west-1:123456789012:accesspoint/scans'] },
    'sharedBuckets[0] must be the name of a bucket: links do not lead through access points',
  ],
  ...['scans-x7k2-s3alias', 'scans--ol-s3', 'mfzwi23gnjvgw.mrap'].map(
    (name): Row => [
      `the alias ${name}`,
      { sharedBuckets: [name] },
      'sharedBuckets[0] is the alias of an access point: links lead to objects in buckets. Write the name of the bucket behind it',
    ],
  ),
  [
    'a directory bucket',
    { sharedBuckets: ['scans--use1-az4--x-s3'] },
    'sharedBuckets[0] is a directory bucket: its URLs are signed in sessions of five minutes. Use a general purpose bucket',
  ],
  [
    'a table bucket',
    { sharedBuckets: ['scans--table-s3'] },
    'sharedBuckets[0] is a table bucket, which holds no objects. Use a general purpose bucket',
  ],
  [
    'a bucket twice',
    { sharedBuckets: ['scans', { name: 'team-reports' }, { name: 'scans', prefix: 'a/' }] },
    'sharedBuckets names scans twice: write each bucket once, with the one prefix to share',
  ],
  [
    'a prefix with a leading slash',
    bucket({ prefix: '/reports/' }),
    'sharedBuckets[0].prefix must not start with a slash, as keys do not: write reports/',
  ],
  [
    'a prefix that is a slash',
    bucket({ prefix: '/' }),
    'sharedBuckets[0].prefix must not start with a slash, as keys do not: write it without',
  ],
  ['an empty prefix', bucket({ prefix: '' }), `sharedBuckets[0].prefix ${PREFIX}`],
  ['a prefix that is true', bucket({ prefix: true }), `sharedBuckets[0].prefix ${PREFIX}`],
  ...['reports/*', 'report?', `\${aws:username}/`].map(
    (prefix): Row => [`the prefix ${prefix}`, bucket({ prefix }), `sharedBuckets[0].prefix ${WILDCARD}`],
  ),
  ...['s3://scans/2026/', ' 2026/', '2026/ '].map(
    (prefix): Row => [
      `the prefix ${JSON.stringify(prefix)}`,
      bucket({ prefix }),
      'sharedBuckets[0].prefix must be the start of keys, without the bucket, and without blanks around it',
    ],
  ),
  ...['a]/', '[a/', '{x/', 'a)/', '([)]/', ')(/'].map(
    (prefix): Row => [
      `the prefix ${prefix}`,
      bucket({ prefix }),
      'sharedBuckets[0].prefix must not have a bracket without its other half: end the prefix before it',
    ],
  ),
  ...['../', './x/', 'x/../', '../x'].map(
    (prefix): Row => [
      `the prefix ${prefix}`,
      bucket({ prefix }),
      'sharedBuckets[0].prefix must not have . or .. as a path segment: no link is made for a key that has one',
    ],
  ),
  ...['größe/', 'a\nb', 'a'.repeat(1_024)].map(
    (prefix): Row => [
      `the prefix ${JSON.stringify(prefix).slice(0, 20)}`,
      bucket({ prefix }),
      `sharedBuckets[0].prefix ${ASCII}`,
    ],
  ),
  ...['', 'Ireland', 'eu-west', 'eu-west-1a', 'eu_west_1', 'EU-WEST-1', 'eu-wset-1', null].map(
    (region): Row => [
      `the region ${JSON.stringify(region)}`,
      bucket({ region }),
      'sharedBuckets[0].region must be the code of a region, such as eu-west-1',
    ],
  ),
  [
    'a region of another partition',
    bucket({ region: 'cn-north-1' }),
    'sharedBuckets[0].region must be in the partition aws, as the stack is: no role of one partition is good in another',
    { region: 'eu-west-1' },
  ],
  ...[
    '',
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    'arn:aws:kms:eu-west-1:123456789012:key/*',
    `arn:aws:kms:eu-west-1:123456789012:key/${'-'.repeat(36)}`,
    KEY.replace('eu-west-1', ''),
    KEY.replace('123456789012', ''),
    KEY.replace('eu-west-1', 'eu-wset-1'),
    KEY.replace('arn:aws:', 'arn:aws-cn:'),
    'arn:aws:s3:::scans',
    7,
  ].map(
    (kmsKeyArn): Row => [
      `the key ${JSON.stringify(kmsKeyArn)}`,
      bucket({ kmsKeyArn }),
      `sharedBuckets[0].kmsKeyArn ${KEY_EXAMPLE}`,
    ],
  ),
  [
    'an alias of a key',
    bucket({ kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:alias/scans' }),
    'sharedBuckets[0].kmsKeyArn must be the ARN of a key and not of its alias, by which no policy allows a key',
  ],
  [
    'a key of another region than its bucket',
    bucket({ kmsKeyArn: KEY, region: 'us-east-1' }),
    'sharedBuckets[0].kmsKeyArn must be a key in us-east-1, as the bucket is, and not in eu-west-1: S3 uses keys of a ' +
      "bucket's own region. Correct the key, or the region beside it",
  ],
  [
    'a key of another region than the deployment',
    bucket({ kmsKeyArn: KEY }),
    'sharedBuckets[0].kmsKeyArn must be a key in us-east-1, as the bucket is, and not in eu-west-1: S3 uses keys of a ' +
      "bucket's own region. Correct the key, or the region beside it",
    { region: 'us-east-1' },
  ],
  [
    'more buckets than an environment holds',
    { sharedBuckets: Array.from({ length: 200 }, (_, index) => `team-reports-${index + 100}`) },
    'sharedBuckets takes 6403 bytes of the 3000 that the environment of a function has for it: share fewer buckets, or by ' +
      'shorter prefixes; or deploy the stack twice',
  ],
  ...['12345678901', '1234567890123', 123456789012, '', null, 'arn:aws:iam::123456789012:root'].map(
    (account): Row => [
      `the account ${JSON.stringify(account)}`,
      bucket({ account }),
      'sharedBuckets[0].account must be the id of an account, twelve digits between quotes, such as "123456789012"',
    ],
  ),
  [
    'more keys than a role has room for',
    {
      sharedBuckets: Array.from({ length: 51 }, (_, index) => ({
        name: `b${index + 10}`,
        kmsKeyArn: KEY.replace('1234abcd', `1234ab${index + 10}`),
      })),
    },
    'sharedBuckets names 51 KMS keys, and a role has room for 50: share fewer buckets; or deploy the stack twice',
  ],
  [
    'no bucket at all',
    { ownBucket: 'false' },
    'ownBucket is false, and sharedBuckets is empty: name a bucket to share from',
  ],
];

const CERTIFICATE = 'arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab';

const STACK_NAMES: readonly Row[] = ['', '1links', 'my_links', '-links', 'l'.repeat(85), null, true, 7].map(
  (stackName): Row => [
    JSON.stringify(stackName),
    { stackName },
    'stackName must be a letter and up to 83 letters, digits and hyphens after it, for example: -c stackName=links-staging',
  ],
);

/** Each is right by itself, and there is no account and region for all of them. */
const TOGETHER: readonly Row[] = [
  [
    'a certificate and a web ACL of two regions',
    {
      domainName: 'links.example.com',
      certificateArn: CERTIFICATE,
      webAclArn: 'arn:aws:wafv2:us-east-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab',
    },
    'webAclArn must be a web ACL in eu-west-1, as the stack is, and not in us-east-1',
  ],
  [
    'a certificate and a role of two accounts',
    {
      domainName: 'links.example.com',
      certificateArn: CERTIFICATE,
      issuerRoleArns: ['arn:aws:iam::210987654321:role/sharing'],
    },
    'issuerRoleArns[0] must be a role of account 123456789012, where the stack is deployed to, and not of 210987654321: ' +
      'let that role assume one here, and write the one here',
  ],
  [
    'issuers and managers of two accounts',
    {
      issuerRoleArns: ['arn:aws:iam::123456789012:role/sharing'],
      managerRoleArns: ['arn:aws:iam::210987654321:role/support'],
    },
    'managerRoleArns[0] must be a role of account 123456789012, where the stack is deployed to, and not of 210987654321: ' +
      'let that role assume one here, and write the one here',
  ],
  [
    'a certificate in another region than the key of a bucket that is where the stack is',
    {
      domainName: 'links.example.com',
      certificateArn: CERTIFICATE.replace('eu-west-1', 'us-east-1'),
      sharedBuckets: [{ name: 'scans', kmsKeyArn: KEY }],
    },
    'sharedBuckets[0].kmsKeyArn must be a key in us-east-1, as the bucket is, and not in eu-west-1: S3 uses keys of a ' +
      "bucket's own region. Correct the key, or the region beside it",
  ],
];

const PUBLIC_BASE_URL: readonly Row[] = [
  [
    'one that no environment holds',
    { publicBaseUrl: `https://links.example.com/${'p'.repeat(487)}` },
    'publicBaseUrl must be at most 512 characters: it is in every link',
  ],
  ...['localhost', '10.0.0.1', '*.example.com', 'links', '[::1]'].map(
    (host): Row => [
      `the host ${host}`,
      { publicBaseUrl: `https://${host}/share` },
      `publicBaseUrl must have the name of a host that readers reach, and not ${host}`,
    ],
  ),
  [
    'an address of API Gateway',
    { publicBaseUrl: 'https://abc.execute-api.eu-west-1.amazonaws.com/prod' },
    'publicBaseUrl is an address of API Gateway, with which links start by themselves: leave it out',
  ],
  ...['access-object', 'share/open-link', 'generate-url'].map(
    (path): Row => [
      `the path ${path}`,
      { publicBaseUrl: `https://cdn.example.com/${path}` },
      'publicBaseUrl must end before the name of a route, which is put behind it',
    ],
  ),
  ...[
    ['https://links.example.com', 'share', 'https://links.example.com/share'],
    ['https://links.example.com/prod', undefined, 'https://links.example.com'],
  ].map(
    ([publicBaseUrl, basePath, own]): Row => [
      `${publicBaseUrl}, where the API is not`,
      {
        publicBaseUrl,
        domainName: 'links.example.com',
        certificateArn: CERTIFICATE,
        ...(basePath === undefined ? {} : { basePath }),
      },
      `publicBaseUrl leads to links.example.com, where the API is at ${own}: write that, or leave it out`,
    ],
  ),
];

const LIFETIMES: readonly Row[] = [
  [
    'links of two hours without signing on opening',
    { signOnOpen: 'false', maxLinkLifetimeSeconds: 7200 },
    'maxLinkLifetimeSeconds is more than 3600, and signOnOpen is false: a URL that is signed beforehand works for an hour. ' +
      'Leave one of the two out',
  ],
  [
    'how long a URL works that is not signed on opening',
    { signOnOpen: false, openedUrlLifetimeSeconds: '60' },
    'openedUrlLifetimeSeconds is given, and signOnOpen is false: leave one of the two out',
  ],
];

const CONCURRENCY: readonly Row[] = [0, 19, 100_001, 20.5, '20x', '', null, true, [200]].map(
  (redirectReservedConcurrency): Row => [
    JSON.stringify(redirectReservedConcurrency),
    { redirectReservedConcurrency },
    'redirectReservedConcurrency must be a whole number of executions from 20 to 100000, for example: ' +
      '-c redirectReservedConcurrency=200',
  ],
);

const ROLE_LIST = (option: string): string =>
  `${option} must be a list of ARNs of roles, for example: -c '${option}=["arn:aws:iam::123456789012:role/sharing"]'`;
const A_ROLE = 'must be the ARN of a role, such as arn:aws:iam::123456789012:role/sharing';
const IAM = 'arn:aws:iam::123456789012:';

function roleArns(option: string): readonly Row[] {
  const row = (what: string, arn: unknown, problem: string): Row => [
    what,
    { [option]: [`${IAM}role/first`, arn] },
    `${option}[1] ${problem}`,
  ];
  return [
    ...[`${IAM}role/sharing`, '', null, true, {}].map(
      (value): Row => [`${JSON.stringify(value)}, which is no list`, { [option]: value }, ROLE_LIST(option)],
    ),
    ...[
      'sharing',
      '',
      7,
      null,
      `${IAM}role/`,
      `${IAM}role/teams/`,
      `${IAM}role/*`,
      `${IAM}role/${'r'.repeat(65)}`,
      `${IAM}policy/sharing`,
      `${IAM}root`,
      'arn:aws:iam:eu-west-1:123456789012:role/sharing',
      'arn:aws:iam:::role/sharing',
      'arn:aws:iam::1234:role/sharing',
      'arn:aws:s3:::role/sharing',
      ` ${IAM}role/sharing`,
    ].map((arn) => row(`the role ${JSON.stringify(arn)}`, arn, A_ROLE)),
    row(
      'the session of a role',
      'arn:aws:sts::123456789012:assumed-role/sharing/me@example.com',
      `is a session and not its role: write ${IAM}role/sharing, with the path if the role has one`,
    ),
    ...[`${IAM}user/me`, `${IAM}group/team`, 'arn:aws:sts::123456789012:federated-user/me'].map((arn) =>
      row(
        arn,
        arn,
        'must be a role: attach the policy to users and groups by its ARN, which is an output of the stack',
      ),
    ),
    row('an instance profile', `${IAM}instance-profile/web`, 'is an instance profile: write the ARN of the role in it'),
    row(
      'a service-linked role',
      `${IAM}role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway`,
      'is a role that belongs to an AWS service, which takes no policy of yours: write the role of a caller',
    ),
    row(
      'a role of IAM Identity Center',
      `${IAM}role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Sharing_0123456789abcdef`,
      'is a role of IAM Identity Center, which only that may change: attach the policy in the permission set, as a ' +
        'customer managed policy',
    ),
    ...['role/first', 'role/teams/first', 'role/First'].map(
      (again): Row => [
        `a role twice, again as ${again}`,
        { [option]: [`${IAM}role/first`, `${IAM}${again}`] },
        `${option} names the role first twice: write each once`,
      ],
    ),
    [
      'roles of two accounts',
      { [option]: [`${IAM}role/sharing`, 'arn:aws:iam::210987654321:role/reports'] },
      `${option} names roles of 123456789012 and 210987654321: IAM attaches a policy within one account, that of the ` +
        'stack. Let roles of others assume one there',
    ],
    [
      'a role of another account',
      { [option]: [`${IAM}role/sharing`] },
      `${option}[0] must be a role of account 210987654321, where the stack is deployed to, and not of 123456789012: let ` +
        'that role assume one here, and write the one here',
      { account: '210987654321' },
    ],
  ];
}

const THROTTLES: readonly Row[] = [
  ...[null, 5, 'fast', [100], true].map(
    (throttles): Row => [
      JSON.stringify(throttles),
      { throttles },
      'throttles must be an object with issue, open, manage, page, head',
    ],
  ),
  [
    'an unknown route',
    { throttles: { opening: {} } },
    'throttles.opening is not known: write issue, open, manage, page, head',
  ],
  ['a number alone', { throttles: { open: 100 } }, 'throttles.open must be an object with ratePerSecond, burst'],
  [
    'an unknown field',
    { throttles: '{"open": {"rate": 100}}' },
    'throttles.open.rate is not known: write ratePerSecond, burst',
  ],
  ...[0, -1, 1.5, 100_001, '1e3', '', null, true].flatMap((number): readonly Row[] => [
    [
      `a rate of ${JSON.stringify(number)}`,
      { throttles: { open: { ratePerSecond: number } } },
      'throttles.open.ratePerSecond must be a whole number of requests from 1 to 100000, such as 1000',
    ],
    [
      `a burst of ${JSON.stringify(number)}`,
      { throttles: { issue: { burst: number } } },
      'throttles.issue.burst must be a whole number of requests from 1 to 100000, such as 200',
    ],
  ]),
];

const WEB_ACL = 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/links/1234abcd-12ab-34cd-56ef-1234567890ab';

const WEB_ACL_ARN: readonly Row[] = [
  ...[
    'links',
    '',
    null,
    true,
    [WEB_ACL],
    WEB_ACL.replace('webacl', 'rulegroup'),
    WEB_ACL.replace('/links', ''),
    WEB_ACL.replace('eu-west-1', ''),
    WEB_ACL.replace('123456789012', ''),
    WEB_ACL.replace('eu-west-1', 'eu-wset-1'),
    WEB_ACL.replace('arn:aws:', 'arn:aws-us-gov:'),
    WEB_ACL.replace(/[^/]+$/, '-'.repeat(36)),
    `${WEB_ACL}/x`,
    'arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod',
  ].map(
    (webAclArn): Row => [
      JSON.stringify(webAclArn),
      { webAclArn },
      `webAclArn must be the ARN of a web ACL, such as ${WEB_ACL}`,
    ],
  ),
  [
    'a web ACL for CloudFront',
    { webAclArn: WEB_ACL.replace('eu-west-1', 'us-east-1').replace('regional', 'global') },
    'webAclArn is a web ACL for CloudFront: make one with the scope REGIONAL, in the region of the stack, and write its ARN',
  ],
  ...[
    'arn:aws:waf::123456789012:webacl/1234abcd-12ab-34cd-56ef-1234567890ab',
    'arn:aws:waf-regional:eu-west-1:123456789012:webacl/1234abcd-12ab-34cd-56ef-1234567890ab',
  ].map(
    (webAclArn): Row => [
      webAclArn,
      { webAclArn },
      'webAclArn is a web ACL of WAF Classic, which has ended: make one of AWS WAF, and write its ARN',
    ],
  ),
  [
    'a web ACL of another region',
    { webAclArn: WEB_ACL },
    'webAclArn must be a web ACL in us-east-1, as the stack is, and not in eu-west-1',
    { region: 'us-east-1' },
  ],
  [
    'a web ACL of another account',
    { webAclArn: WEB_ACL },
    'webAclArn must be a web ACL of account 210987654321, as the stack is, and not of 123456789012',
    { account: '210987654321', region: 'eu-west-1' },
  ],
];

const DOMAIN: Options = { domainName: 'links.example.com', certificateArn: CERTIFICATE };
const IN_LOWER_CASE = 'must be a domain name in lower-case ASCII, without scheme, port and path';
const SEGMENT =
  'must be one path segment of at most 100 letters, digits, hyphens, dots and underscores, without slashes';

const OWN_ADDRESS: readonly Row[] = [
  [
    'a domain without certificate',
    { domainName: 'links.example.com' },
    'certificateArn is missing: links.example.com needs a certificate of ACM, in the region of the stack',
  ],
  ...Object.entries({
    certificateArn: CERTIFICATE,
    basePath: 'share',
    hostedZoneId: 'Z0123456789ABC',
    hostedZoneName: 'example.com',
  }).map(
    ([name, value]): Row => [
      `${name} without domain`,
      { [name]: value },
      `${name} is given without domainName: write the domain name as well, or leave it out`,
    ],
  ),
  [
    'no default endpoint, and no domain either',
    { disableDefaultEndpoint: 'true' },
    'disableDefaultEndpoint is true, and there is no domainName: nobody could reach the API. Write the domain name as well',
  ],
  [
    'a default endpoint that is neither enabled nor disabled',
    { ...DOMAIN, disableDefaultEndpoint: 'yes' },
    'disableDefaultEndpoint must be true or false, for example: -c disableDefaultEndpoint=true',
  ],
  [
    'an address of API Gateway',
    { ...DOMAIN, domainName: 'abc.execute-api.eu-west-1.amazonaws.com' },
    'domainName is an address of API Gateway: write a name of your own',
  ],
  [
    'a wildcard',
    { ...DOMAIN, domainName: '*.example.com' },
    'domainName must be one name: a wildcard is for the certificate',
  ],
  ...[
    ['https://links.example.com', 'links.example.com'],
    ['https://links.example.com/share', 'links.example.com'],
    ['links.example.com/', 'links.example.com'],
    ['links.example.com:443', 'links.example.com'],
    ['links.example.com.', 'links.example.com'],
    ['Links.Example.com', 'links.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
  ].map(
    ([domainName, likely]): Row => [
      `the domain name ${domainName}`,
      { ...DOMAIN, domainName },
      `domainName ${IN_LOWER_CASE}: write ${likely}`,
    ],
  ),
  ...[
    '',
    'links',
    '10.0.0.1',
    'links.example.123',
    'my_links.example.com',
    '-links.example.com',
    'a b.example',
    null,
    7,
    ['a.example'],
  ].map(
    (domainName): Row => [
      `the domain name ${JSON.stringify(domainName)}`,
      { ...DOMAIN, domainName },
      `domainName ${IN_LOWER_CASE}, such as links.example.com`,
    ],
  ),
  ...[
    'links.example.com',
    '',
    null,
    CERTIFICATE.replace('eu-west-1', ''),
    CERTIFICATE.replace('123456789012', ''),
    CERTIFICATE.replace('arn:aws:', 'arn:aws-cn:'),
    CERTIFICATE.replace(/[^/]+$/, '-'.repeat(36)),
    CERTIFICATE.replace('certificate/', 'certificate/x/'),
    CERTIFICATE.replace(':acm:', ':acm-pca:'),
  ].map(
    (certificateArn): Row => [
      `the certificate ${JSON.stringify(certificateArn)}`,
      { ...DOMAIN, certificateArn },
      `certificateArn must be the ARN of a certificate of ACM, such as ${CERTIFICATE}`,
    ],
  ),
  [
    'a certificate in IAM',
    { ...DOMAIN, certificateArn: 'arn:aws:iam::123456789012:server-certificate/links' },
    'certificateArn is a certificate in IAM: import it into ACM, in the region of the stack',
  ],
  [
    'a certificate as CloudFront wants it',
    { ...DOMAIN, certificateArn: CERTIFICATE.replace('eu-west-1', 'us-east-1') },
    'certificateArn must be a certificate in eu-west-1, as the stack is, and not in us-east-1: the endpoint is regional',
    { region: 'eu-west-1' },
  ],
  [
    'a certificate of another account',
    DOMAIN,
    'certificateArn must be a certificate of account 210987654321, as the stack is, and not of 123456789012',
    { account: '210987654321' },
  ],
  ...['/share', 'share/', '/share/', '//share'].map(
    (basePath): Row => [`the base path ${basePath}`, { ...DOMAIN, basePath }, `basePath ${SEGMENT}: write share`],
  ),
  ...['', '/', 'a/b', '.', '..', 'a b', 'größe', 'share?x', '%2e', 'a'.repeat(101), '(none)', null, true, 7].map(
    (basePath): Row => [
      `the base path ${JSON.stringify(basePath)}`,
      { ...DOMAIN, basePath },
      `basePath ${SEGMENT}, such as links. Leave it out to have none`,
    ],
  ),
  ...['ping', 'sping'].map(
    (basePath): Row => [
      `the base path ${basePath}`,
      { ...DOMAIN, basePath },
      `basePath is ${basePath}, by which API Gateway checks its own health: choose another`,
    ],
  ),
  [
    'a zone without id',
    { ...DOMAIN, hostedZoneName: 'example.com' },
    'hostedZoneId is missing: hostedZoneName is given, and a record needs both',
  ],
  [
    'a zone without name',
    { ...DOMAIN, hostedZoneId: 'Z0123456789ABC' },
    'hostedZoneName is missing: hostedZoneId is given, and a record needs both',
  ],
  [
    'the id of a zone with its path',
    { ...DOMAIN, hostedZoneId: '/hostedzone/Z0123456789ABC', hostedZoneName: 'example.com' },
    'hostedZoneId must be the id of a hosted zone of Route 53: write Z0123456789ABC',
  ],
  ...['example.com', '', 'z0123456789abc', null, 7].map(
    (hostedZoneId): Row => [
      `the zone ${JSON.stringify(hostedZoneId)}`,
      { ...DOMAIN, hostedZoneId, hostedZoneName: 'example.com' },
      'hostedZoneId must be the id of a hosted zone of Route 53, such as Z0123456789ABCDEFGHIJ',
    ],
  ),
  [
    'the name of a zone with its last dot',
    { ...DOMAIN, hostedZoneId: 'Z0123456789ABC', hostedZoneName: 'example.com.' },
    `hostedZoneName ${IN_LOWER_CASE}: write example.com`,
  ],
  ...['other.example.com', 'ample.com', 'example.org'].map(
    (hostedZoneName): Row => [
      `the zone ${hostedZoneName}, which the name is not in`,
      { ...DOMAIN, hostedZoneId: 'Z0123456789ABC', hostedZoneName },
      `hostedZoneName must be a zone that links.example.com is in, and not ${hostedZoneName}`,
    ],
  ),
];

/** By the option that they are about. */
const ROWS: readonly (readonly [option: string, rows: readonly Row[]])[] = [
  ['sharedBuckets', SHARED_BUCKETS],
  ['publicBaseUrl', PUBLIC_BASE_URL],
  ['how long links and URLs live', LIFETIMES],
  ['redirectReservedConcurrency', CONCURRENCY],
  ['issuerRoleArns', roleArns('issuerRoleArns')],
  ['managerRoleArns', roleArns('managerRoleArns')],
  ['throttles', THROTTLES],
  ['webAclArn', WEB_ACL_ARN],
  ['the own address', OWN_ADDRESS],
  ['stackName', STACK_NAMES],
  ['several options', TOGETHER],
];

describe.each(ROWS)('a wrong value of %s is refused at synth:', (_option, rows) => {
  const cases = rows.map(([what, options, message, target]) => ({ what, options, message, target }));

  test.each(cases)('$what', ({ options, message, target }) => {
    expect(() => readConfig(new App({ context: { ...options } }).node, target)).toThrow(
      new Error(`context value ${message}`),
    );
  });
});
