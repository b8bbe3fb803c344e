import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { AwsCall } from '../../emulator/iam/principal';
import type { LocalBucket } from '../../emulator/s3/server';
import { resourceNamed } from '../support/assembly';
import { askForLink, linkTo, send } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OTHER_KEY = KEY.replace('1234abcd', 'ffffffff');
const SHARED = [
  { name: 'team-reports', prefix: 'quarterly/', kmsKeyArn: KEY },
  { name: 'scans', region: 'eu-west-1' },
  'gone',
  { name: 'moved', region: 'eu-central-1' },
  { name: 'locked', kmsKeyArn: KEY },
  'borrowed',
  { name: 'partners', account: '210987654321' },
  'taken-over',
];
const EXISTING: readonly LocalBucket[] = [
  existing('team-reports', { kmsKeyArn: KEY }),
  existing('scans', { region: 'eu-west-1' }),
  existing('moved', { region: 'eu-west-1' }),
  existing('locked', { kmsKeyArn: OTHER_KEY }),
  // Encrypted under a key that the roles may use, but only for objects in other buckets.
  existing('borrowed', { kmsKeyArn: KEY }),
  existing('partners', { account: '210987654321' }),
  // Deleted, then re-created by another account.
  existing('taken-over', { account: '666666666666' }),
  existing('private'),
];

const calls: AwsCall[] = [];
let emulator: RunningEmulator;

function existing(name: string, more: Partial<LocalBucket> = {}): LocalBucket {
  return { name, arn: `arn:aws:s3:::${name}`, versioned: false, ...more };
}

beforeAll(async () => {
  emulator = await runEmulator({
    options: { defaultBucket: false, existingBuckets: SHARED },
    existingBuckets: EXISTING,
    onCall: (call) => calls.push(call),
  });
  await put('team-reports', 'quarterly/1.txt');
  await put('team-reports', 'salaries.txt');
  await put('scans', '1.txt', 'eu-west-1');
  await put('locked', '1.txt');
  await put('borrowed', '1.txt');
  await put('partners', '1.txt');
  await put('taken-over', '1.txt');
  await put('private', 'quarterly/1.txt');
});

afterAll(() => emulator.close());

async function put(bucket: string, key: string, region = 'us-east-1', into = emulator): Promise<void> {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const credentials = { accessKeyId, secretAccessKey };
  const s3 = new S3Client({ region, credentials, endpoint: into.s3Endpoint, forcePathStyle: true });
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: `${key} in ${bucket}` }));
  s3.destroy();
}

async function issue(bucket: string, key: string, fields = {}) {
  return await askForLink(emulator, { bucket_name: bucket, object_name: key, ...fields });
}

describe.each(LINK_KINDS)('with presign %s', (presign) => {
  test.each([
    ['team-reports', 'quarterly/1.txt'],
    ['scans', '1.txt'],
    ['partners', '1.txt'],
  ])('a link to an object in %s works once, with the bucket’s Region, key and account', async (bucket, key) => {
    const { body: link } = await issue(bucket, key, { presign });

    const redeemed = await send(link);

    expect(redeemed.status).toBe(302);
    expect(await (await fetch(String(redeemed.headers['location']))).text()).toBe(`${key} in ${bucket}`);
    expect((await send(link)).status).toBe(403);
  });
});

test('objects that are not allowed are refused in the same way, whether they exist or not', async () => {
  const responses = await Promise.all([
    issue('team-reports', 'salaries.txt'),
    issue('team-reports', 'missing.txt'),
    issue('team-reports', 'quarterly'),
    issue('private', 'quarterly/1.txt'),
    issue('no-such-bucket', 'quarterly/1.txt'),
  ]);

  for (const { status, body } of responses) {
    expect(status).toBe(403);
    expect(body).toBe(responses[0]?.body);
    expect(JSON.parse(body).code).toBe('BucketNotAllowed');
  }
});

const MISSING_BUCKET = /^bucket_name does not exist, or is not in the Region/;
const NOT_READABLE = /^object_name cannot be read by this deployment/;

test.each([
  ['a missing object', 'scans', 'missing.txt', 404, /^There is no such object in/],
  [
    'a missing object with a shared prefix',
    'team-reports',
    'quarterly/9.txt',
    404,
    /^There is no such object, or a KMS key or a p/,
  ],
  ['a missing bucket', 'gone', '1.txt', 503, MISSING_BUCKET],
  ['a bucket in a different Region from the configured one', 'moved', '1.txt', 503, MISSING_BUCKET],
  ['an object encrypted under a key that the roles may not use', 'locked', '1.txt', 400, NOT_READABLE],
  ['an object encrypted under the KMS key of other buckets', 'borrowed', '1.txt', 400, NOT_READABLE],
  ['a bucket that another account owns', 'taken-over', '1.txt', 400, NOT_READABLE],
])('%s is refused with the reason', async (_, bucket, key, status, detail) => {
  const response = await issue(bucket, key);

  expect(response.status).toBe(status);
  expect(JSON.parse(response.body).detail).toMatch(detail);
});

test('the functions can read only allowed objects', async () => {
  const byFunctions = calls.filter(({ principalArn }) => principalArn.includes(':assumed-role/'));
  const read = byFunctions.filter(({ action }) => action.startsWith('s3:')).map(({ resource }) => resource);

  expect([...new Set(read)].sort()).toEqual([
    'arn:aws:s3:::borrowed/1.txt',
    'arn:aws:s3:::locked/1.txt',
    'arn:aws:s3:::partners/1.txt',
    'arn:aws:s3:::scans/1.txt',
    'arn:aws:s3:::scans/missing.txt',
    'arn:aws:s3:::team-reports/quarterly/1.txt',
    'arn:aws:s3:::team-reports/quarterly/9.txt',
  ]);
  expect(byFunctions).toContainEqual(expect.objectContaining({ action: 'kms:Decrypt', resource: KEY }));
  expect(emulator.bucketName).toBe('team-reports');
});

test('S3 refuses a function that is configured to allow more than its role can read', async () => {
  const wider = await runEmulator({
    existingBuckets: [existing('private')],
    change: (resources) => {
      const { Properties } = resourceNamed(resources, 'AWS::Lambda::Function', 'GenerateUrl');
      Properties.Environment.Variables.ALLOWED_BUCKETS = JSON.stringify([{ name: 'private' }]);
    },
  });
  try {
    await put('private', '1.txt', 'us-east-1', wider);
    const { status, body } = await askForLink(wider, { bucket_name: 'private', object_name: '1.txt' });

    expect(status).toBe(400);
    expect(JSON.parse(body).code).toBe('InvalidRequest');
  } finally {
    await wider.close();
  }
});

test('with so many buckets that the role needs several policies, links to the first and the last bucket work', async () => {
  const names = Array.from({ length: 80 }, (_, index) => `team-reports-${index + 100}`);
  const many = await runEmulator({
    options: { defaultBucket: false, existingBuckets: names },
    existingBuckets: names.map((name) => existing(name)),
  });
  try {
    for (const bucket of ['team-reports-100', 'team-reports-179']) {
      await put(bucket, '1.txt', 'us-east-1', many);
      const link = await linkTo(many, { bucket_name: bucket, object_name: '1.txt', presign: 'on_open' });
      const { headers } = await send(link);
      expect(await (await fetch(String(headers['location']))).text()).toBe(`1.txt in ${bucket}`);
      const missing = await askForLink(many, { bucket_name: bucket, object_name: '2.txt' });
      expect(JSON.parse(missing.body).code).toBe('ObjectNotFound');
    }
  } finally {
    await many.close();
  }
});
