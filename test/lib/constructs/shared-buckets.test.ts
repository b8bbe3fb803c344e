import { App } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { readConfig } from '../../../lib/options/options';
import { MAX_KEYS, MAX_LIST_BYTES, parseSharedBuckets } from '../../../lib/options/shared-buckets';
import { templateWith } from '../../support/synthesised';
import { propertiesOf, type RawTemplate, readable, resourcesOf } from '../support/template';

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const SHARED = ['team-reports', { name: 'scans', prefix: '2026/', region: 'eu-west-1', kmsKeyArn: KEY }];
const S3 = 'arn:<AWS::Partition>:s3:::';

/** What the role of a function allows beyond its own log and the table. */
function permissionsOf(template: RawTemplate, functionId: string): readonly unknown[] {
  const policies = propertiesOf(resourcesOf(template), 'AWS::IAM::Policy');
  const { PolicyDocument = { Statement: [] } } = policies[`${functionId}RoleDefaultPolicy`] ?? {};
  const { Statement } = PolicyDocument as { readonly Statement: readonly { readonly Action: unknown }[] };
  return Statement.filter(({ Action }) => !/logs:|dynamodb:/.test(JSON.stringify(Action)));
}

function sharedBucketsOf(template: RawTemplate): unknown {
  const { Environment } = propertiesOf(resourcesOf(template), 'AWS::Lambda::Function')['GenerateUrl'] ?? {};
  return JSON.parse((Environment as { Variables: Record<string, string> }).Variables['SHARED_BUCKETS'] ?? '');
}

/** In buckets of one account: by default that of the stack. */
function allow(Action: unknown, Resource: unknown, account = '<AWS::AccountId>'): unknown {
  return { Effect: 'Allow', Action, Resource, Condition: { StringEquals: { 's3:ResourceAccount': account } } };
}

/** What S3 alone may ask of a key, in a region. */
function allowDecryption(region: string): unknown {
  const condition = { StringEquals: { 'kms:ViaService': `s3.${region}.<AWS::URLSuffix>` } };
  return { Effect: 'Allow', Action: 'kms:Decrypt', Resource: KEY, Condition: condition };
}

const DOWNLOAD = ['s3:GetObject', 's3:GetObjectVersion'];

describe('the options', () => {
  const config = (context: Readonly<Record<string, unknown>>) => readConfig(new App({ context: { ...context } }).node);

  test('take names and objects, from cdk.json and as JSON from the command line', () => {
    const expected = [{ name: 'team-reports' }, SHARED[1]];

    expect(config({ sharedBuckets: SHARED }).sharedBuckets).toEqual(expected);
    expect(config({ sharedBuckets: ` ${JSON.stringify(SHARED)}` }).sharedBuckets).toEqual(expected);
    expect(config({ sharedBuckets: '[]' }).sharedBuckets).toEqual([]);
  });

  test.each([
    { name: 'a.b-c.3' },
    { name: 'scans', prefix: 'a' },
    { name: 'scans', prefix: `it's "quoted" \\ (1)/` },
    { name: 'scans', region: 'us-gov-west-1' },
    { name: 'scans', kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab' },
  ])('take %j', (bucket) => {
    expect(config({ sharedBuckets: [bucket] }).sharedBuckets).toEqual([bucket]);
  });
});

describe('with buckets that are there already', () => {
  const template = templateWith({ sharedBuckets: SHARED });

  test('the function that makes links is told of each what it must check', () => {
    expect(sharedBucketsOf(template)).toEqual([
      { name: '<SharedBucket>' },
      { name: 'team-reports' },
      { name: 'scans', region: 'eu-west-1', prefix: '2026/' },
    ]);
  });

  const downloads = allow(DOWNLOAD, [`${S3}scans/2026/*`, `${S3}team-reports/*`, '<SharedBucket.Arn>/*']);

  test('its role may read what is shared, decrypt with the one key, and list no bucket that is shared in part', () => {
    expect(permissionsOf(template, 'GenerateUrl')).toEqual([
      downloads,
      allowDecryption('eu-west-1'),
      allow('s3:ListBucket', ['<SharedBucket.Arn>', `${S3}team-reports`]),
    ]);
  });

  test('the role of the function that signs on opening may read and decrypt the same, and list nothing', () => {
    expect(permissionsOf(template, 'AccessObject')).toEqual([downloads, allowDecryption('eu-west-1')]);
  });

  test('a bucket of another account is read in that account alone, as those of the stack are in its own', () => {
    const shared = ['team-reports', { name: 'partners', account: '210987654321' }];

    expect(permissionsOf(templateWith({ ownBucket: false, sharedBuckets: shared }), 'GenerateUrl')).toEqual([
      allow(DOWNLOAD, `${S3}team-reports/*`),
      allow(DOWNLOAD, `${S3}partners/*`, '210987654321'),
      allow('s3:ListBucket', `${S3}team-reports`),
      allow('s3:ListBucket', `${S3}partners`, '210987654321'),
    ]);
  });

  test('a key of a bucket in the region of the stack is for S3 there', () => {
    const shared = [{ name: 'scans', kmsKeyArn: KEY }];

    expect(permissionsOf(templateWith({ ownBucket: false, sharedBuckets: shared }), 'AccessObject')).toContainEqual(
      allowDecryption('<AWS::Region>'),
    );
  });

  test('nothing else changes, and no policy is put on the buckets of others', () => {
    const types = (from: RawTemplate) => Object.values(from.Resources).map(({ Type }) => Type);
    expect(types(template)).toEqual(types(templateWith({})));
  });

  test('the outputs name the roles that a bucket of another account must let in, and are otherwise as they were', () => {
    expect(readable(template.Outputs)).toEqual({
      ...(readable(templateWith({}).Outputs) as object),
      SigningRoleArns: { Description: expect.any(String), Value: '<GenerateUrlRole.Arn>,<AccessObjectRole.Arn>' },
    });
  });

  test('without signing on opening, the function that opens links may still read nothing, and signs nothing', () => {
    const stored = templateWith({ sharedBuckets: SHARED, signOnOpen: false });

    expect(permissionsOf(stored, 'AccessObject')).toEqual([]);
    expect(readable(stored.Outputs)).toMatchObject({ SigningRoleArns: { Value: '<GenerateUrlRole.Arn>' } });
  });
});

describe('without a bucket of its own', () => {
  const template = templateWith({ ownBucket: false, sharedBuckets: SHARED });
  const resources = resourcesOf(template);

  test('the stack has no bucket, no sample object and none of the functions that fill and empty it', () => {
    const types = new Set(Object.values(resources).map(({ Type }) => Type));
    for (const gone of ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'AWS::Lambda::LayerVersion']) {
      expect(types).not.toContain(gone);
    }
    expect([...types].filter((type) => type.startsWith('Custom::'))).toEqual([]);
    expect(Object.keys(propertiesOf(resources, 'AWS::Lambda::Function')).sort()).toEqual([
      'AccessObject',
      'AuthorizeAccess',
      'GenerateUrl',
      'ManageLink',
    ]);
  });

  test('it shares from the others only, and names the first of them in its outputs', () => {
    expect(sharedBucketsOf(template)).toEqual([
      { name: 'team-reports' },
      { name: 'scans', region: 'eu-west-1', prefix: '2026/' },
    ]);
    expect(readable(template.Outputs)).toMatchObject({ BucketUrl: { Value: 'team-reports' } });
  });

  test('no role may list anything where all that is shared is a part of a bucket', () => {
    const part = templateWith({ ownBucket: false, sharedBuckets: [{ name: 'scans', prefix: '2026/' }] });

    expect(permissionsOf(part, 'GenerateUrl')).toEqual([allow(DOWNLOAD, `${S3}scans/2026/*`)]);
  });
});

test('the longest environment that the options allow fits into what Lambda takes, quotes escaped', () => {
  const publicBaseUrl = `https://links.example.com/${'p'.repeat(486)}`;
  const template = templateWith({ publicBaseUrl, sharedBuckets: longestList() });
  const { Environment } = propertiesOf(resourcesOf(template), 'AWS::Lambda::Function')['GenerateUrl'] ?? {};
  const longest = JSON.stringify((Environment as { Variables: unknown }).Variables)
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html and
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    .replace('<SharedBucket>', 'b'.repeat(63))
    .replace('<LinkStoreTable>', 't'.repeat(255));

  expect(longest).toContain(publicBaseUrl);
  expect(longest.length).toBeGreaterThan(3800);
  expect(longest.length).toBeLessThanOrEqual(4096);
});

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
test.each<[string, (index: number) => object]>([
  ['all in one place', () => ({})],
  ['many with a key of their own', keyOfItsOwn],
  ['each of an account of its own', (index) => ({ account: `2109876543${index + 10}` })],
])('the policies of as many buckets as the options allow, %s, fit into what a role takes', (_which, fieldsOf) => {
  const resources = resourcesOf(templateWith({ sharedBuckets: mostBuckets(fieldsOf) }));
  const ofGenerateUrl = (type: string): readonly number[] =>
    Object.values(propertiesOf(resources, type))
      .filter(({ Roles }) => JSON.stringify(Roles)?.includes('<GenerateUrlRole>'))
      .map(({ PolicyDocument }) => lengthOf(PolicyDocument));
  const managed = ofGenerateUrl('AWS::IAM::ManagedPolicy');

  expect(managed.length).toBeGreaterThan(0);
  expect(managed.length).toBeLessThanOrEqual(10);
  expect(Math.max(...managed)).toBeLessThanOrEqual(6144);
  expect(Math.max(...ofGenerateUrl('AWS::IAM::Policy'))).toBeLessThanOrEqual(10_240);
});

/** With the longest names that what it refers to can have. */
function lengthOf(policyDocument: unknown): number {
  return JSON.stringify(policyDocument)
    .replaceAll('<AWS::Partition>', 'aws-us-gov')
    .replaceAll('<SharedBucket.Arn>', `arn:aws-us-gov:s3:::${'b'.repeat(63)}`)
    .replaceAll(/<LinkStoreTable.Arn>|<\w+Logs.Arn>/g, 'a'.repeat(400)).length;
}

/** In a region of its own as well, as far as there are regions: S3 asks for each by another name. */
function keyOfItsOwn(index: number): object {
  if (index >= MAX_KEYS) {
    return {};
  }
  const regions = RegionInfo.regions.filter(({ partition }) => partition === 'aws').map(({ name }) => name);
  const region = regions[index % regions.length] ?? '';
  return { region, kmsKeyArn: KEY.replace('eu-west-1', region).replace(/\w\w$/, `${index + 10}`) };
}

/** As many buckets as there is room for, so with names as short as can be. */
function mostBuckets(fieldsOf: (index: number) => object): readonly unknown[] {
  const list: unknown[] = [];
  for (;;) {
    const index = list.length;
    const next = [...list, { name: (index + 36 ** 2).toString(36), ...fieldsOf(index) }];
    try {
      parseSharedBuckets(next, {});
    } catch {
      return list;
    }
    list.push(next.at(-1));
  }
}

/** Of the length that is just allowed. */
function longestList(): readonly unknown[] {
  const list = Array.from({ length: 50 }, (_, index) => ({ name: `team-reports-${index + 10}`, prefix: 'p' }));
  const bytes = JSON.stringify(JSON.stringify(list)).length;
  return [{ ...list[0], prefix: 'p'.repeat(MAX_LIST_BYTES - bytes + 1) }, ...list.slice(1)];
}
