import type { Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type BucketAttributes } from 'aws-cdk-lib/aws-s3';
import type { OneTimeLinksProps } from '../../../lib/one-time-links';
import { templateOfLinks } from '../../support/synthesized';
import { propertiesOf, type RawTemplate, resourcesOf, variablesOf } from '../support/template';

const KEY_ARN = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const S3 = 'arn:<AWS::Partition>:s3:::';
const DOWNLOAD = ['s3:GetObject', 's3:GetObjectVersion'];

function imported(stack: Stack, bucketName: string, attributes: BucketAttributes & { readonly keyArn?: string } = {}) {
  const { keyArn, ...others } = attributes;
  const encryptionKey =
    keyArn === undefined ? {} : { encryptionKey: Key.fromKeyArn(stack, `Key-${bucketName}`, keyArn) };
  return Bucket.fromBucketAttributes(stack, bucketName, { bucketName, ...others, ...encryptionKey });
}

const reportsAndScans = (stack: Stack): OneTimeLinksProps => ({
  buckets: [
    imported(stack, 'team-reports'),
    { bucket: imported(stack, 'scans', { region: 'eu-west-1', keyArn: KEY_ARN }), prefix: '2026/' },
  ],
});

/** What a function's role allows, apart from its log and the table. */
function permissionsOf(template: RawTemplate, functionId: string): readonly unknown[] {
  const policies = propertiesOf(resourcesOf(template), 'AWS::IAM::Policy');
  const { PolicyDocument = { Statement: [] } } = policies[`${functionId}RoleDefaultPolicy`] ?? {};
  const { Statement } = PolicyDocument as { readonly Statement: readonly { readonly Action: unknown }[] };
  return Statement.filter(({ Action }) => !/logs:|dynamodb:/.test(JSON.stringify(Action)));
}

function allow(Action: unknown, Resource: unknown, account = '<AWS::AccountId>'): unknown {
  return { Effect: 'Allow', Action, Resource, Condition: { StringEquals: { 's3:ResourceAccount': account } } };
}

/** Permission to decrypt with the key of the bucket `scans`. */
function allowDecryption(region: string): unknown {
  const condition = {
    StringEquals: { 'kms:ViaService': [`s3.${region}.amazonaws.com`, `s3.${region}.amazonaws.com.cn`] },
    // The bucket, if it has an S3 Bucket Key; otherwise the object.
    StringLike: { 'kms:EncryptionContext:aws:s3:arn': [`${S3}scans`, `${S3}scans/*`] },
  };
  return { Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY_ARN, Condition: condition };
}

describe('existing buckets in addition to the default bucket', () => {
  const template = templateOfLinks((stack) => ({ ...reportsAndScans(stack), defaultBucket: true }));
  const downloads = allow(DOWNLOAD, [`${S3}scans/2026/*`, `${S3}team-reports/*`, '<DefaultBucket.Arn>/*']);

  test('the issuing function receives each bucket with its prefix, and its Region if it is not that of the stack', () => {
    expect(JSON.parse(variablesOf(resourcesOf(template), 'GenerateUrl')['ALLOWED_BUCKETS'] ?? '')).toEqual([
      { name: '<DefaultBucket>', uploadPrefix: 'inbox/' },
      { name: 'team-reports' },
      { name: 'scans', region: 'eu-west-1', prefix: '2026/' },
    ]);
  });

  test('its role may read allowed objects, decrypt the objects of each key’s bucket through S3, and list the buckets without a prefix', () => {
    expect(permissionsOf(template, 'GenerateUrl')).toEqual([
      downloads,
      allowDecryption('eu-west-1'),
      allow('s3:ListBucket', ['<DefaultBucket.Arn>', `${S3}team-reports`]),
    ]);
  });

  test('the role of the redirect may read and decrypt the same, and list nothing', () => {
    expect(permissionsOf(template, 'AccessObject')).toEqual([downloads, allowDecryption('eu-west-1')]);
  });

  test('the page may fetch from S3 in the Region of each bucket, and contains no bucket names', () => {
    expect(JSON.parse(variablesOf(resourcesOf(template), 'OpenLink')['S3_ORIGINS'] ?? '')).toEqual([
      'https://*.s3.<AWS::Region>.<AWS::URLSuffix>',
      'https://s3.<AWS::Region>.<AWS::URLSuffix>',
      'https://*.s3.eu-west-1.<AWS::URLSuffix>',
      'https://s3.eu-west-1.<AWS::URLSuffix>',
    ]);
  });

  test('no other resource is added, and existing buckets get no policy', () => {
    const types = ({ Resources }: RawTemplate) => Object.values(Resources).map(({ Type }) => Type);
    expect(types(template)).toEqual(types(templateOfLinks()));
  });
});

test('each bucket is read only while it belongs to its account', () => {
  const template = templateOfLinks((stack) => ({
    buckets: [imported(stack, 'team-reports'), imported(stack, 'partners', { account: '210987654321' })],
  }));

  expect(permissionsOf(template, 'GenerateUrl')).toEqual([
    allow(DOWNLOAD, `${S3}team-reports/*`),
    allow(DOWNLOAD, `${S3}partners/*`, '210987654321'),
    allow('s3:ListBucket', `${S3}team-reports`),
    allow('s3:ListBucket', `${S3}partners`, '210987654321'),
  ]);
});

test('the key of a bucket without a Region can be used through S3 in the Region of the stack', () => {
  const template = templateOfLinks((stack) => ({ buckets: [imported(stack, 'scans', { keyArn: KEY_ARN })] }));

  expect(permissionsOf(template, 'AccessObject')).toContainEqual(allowDecryption('<AWS::Region>'));
});

test('if every bucket has a prefix, no role may list any bucket', () => {
  const template = templateOfLinks((stack) => ({ buckets: [{ bucket: imported(stack, 'scans'), prefix: '2026/' }] }));

  expect(permissionsOf(template, 'GenerateUrl')).toEqual([allow(DOWNLOAD, `${S3}scans/2026/*`)]);
});

test('without the default bucket and signOnOpen, the redirect can read nothing, and there is no bucket, sample object or CDK function', () => {
  const template = templateOfLinks((stack) => ({ ...reportsAndScans(stack), signOnOpen: false }));
  const resources = resourcesOf(template);
  const types = new Set(Object.values(resources).map(({ Type }) => Type));

  expect(permissionsOf(template, 'AccessObject')).toEqual([]);
  expect([...types].filter((type) => /^(AWS::S3|Custom)::|LayerVersion$/.test(type))).toEqual([]);
  expect(Object.keys(propertiesOf(resources, 'AWS::Lambda::Function')).sort()).toEqual([
    'AccessObject',
    'AuthorizeAccess',
    'DescribeLink',
    'GenerateUrl',
    'ManageLink',
    'OpenLink',
    'RecordReceipts',
  ]);
});

test('a list of 2,900 bytes fits into the 4,096 bytes of environment variables, together with the longest names', () => {
  const publicBaseUrl = `https://links.example.com/${'p'.repeat(486)}`;
  const template = templateOfLinks((stack) => ({
    buckets: [imported(stack, 'team-reports')],
    defaultBucket: true,
    publicBaseUrl,
  }));
  const variables = variablesOf(resourcesOf(template), 'GenerateUrl');
  const rest = JSON.stringify({ ...variables, ALLOWED_BUCKETS: '[{"name":"<DefaultBucket>","uploadPrefix":"inbox/"}]' })
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    .replace('<LinkTable>', 't'.repeat(255))
    .replace('<DefaultBucket>', 'b'.repeat(63));

  expect(rest.length + 2900).toBeLessThanOrEqual(4096);
});

// The options accept 50 keys. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
test.each<[string, number, (index: number) => BucketAttributes & { readonly keyArn?: string }]>([
  ['175 in one account', 175, () => ({})],
  [
    '97, of which 50 have a key and a Region',
    97,
    (index) => (index < 50 ? { region: `eu-west-${index}`, keyArn: keyArn(index) } : {}),
  ],
  ['90 in 90 accounts', 90, (index) => ({ account: `210987654${index + 100}` })],
])('the policies for %s fit a role', (_name, count, attributesOf) => {
  const template = templateOfLinks((stack) => ({
    buckets: Array.from({ length: count }, (_, index) => imported(stack, `b${index + 10}`, attributesOf(index))),
  }));
  const lengths = (type: string): readonly number[] =>
    Object.values(propertiesOf(resourcesOf(template), type))
      .filter(({ Roles }) => JSON.stringify(Roles)?.includes('<GenerateUrlRole>'))
      .map(({ PolicyDocument }) => lengthOf(PolicyDocument));
  const managed = lengths('AWS::IAM::ManagedPolicy');

  expect(managed.length).toBeLessThanOrEqual(10);
  expect(Math.max(0, ...managed)).toBeLessThanOrEqual(6144);
  expect(Math.max(...lengths('AWS::IAM::Policy'))).toBeLessThanOrEqual(10_240);
});

function keyArn(index: number): string {
  return `arn:aws:kms:eu-west-${index}:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890${index + 10}`;
}

/** Length of a policy after its references are replaced with the longest possible names. */
function lengthOf(policyDocument: unknown): number {
  return JSON.stringify(policyDocument)
    .replaceAll('<AWS::Partition>', 'aws-us-gov')
    .replaceAll(/<LinkTable.Arn>|<\w+Logs.Arn>/g, 'a'.repeat(400)).length;
}
