import { allowedBucketOf, isUnderUploadPrefix, parseAllowedBuckets } from '../../../lambda/link/allowed-buckets';

const BUCKETS = parseAllowedBuckets(
  '[{"name": "whole"}, {"name": "part", "prefix": "team/a"}, {"name": "elsewhere", "region": "eu-west-1"}]',
  'us-east-1',
);

test('a bucket defaults to the Region of the deployment and an empty prefix', () => {
  expect(BUCKETS).toEqual([
    { name: 'whole', region: 'us-east-1', prefix: '' },
    { name: 'part', region: 'us-east-1', prefix: 'team/a' },
    { name: 'elsewhere', region: 'eu-west-1', prefix: '' },
  ]);
});

test.each([
  ['whole', 'anything', 'whole'],
  ['whole', '/', 'whole'],
  ['part', 'team/a', 'part'],
  ['part', 'team/a/report.pdf', 'part'],
  ['part', 'team/abc', 'part'],
  ['part', 'team/', undefined],
  ['part', 'team', undefined],
  ['part', '/team/a', undefined],
  ['part', 'Team/a', undefined],
  ['part', 'x/team/a', undefined],
  ['part', '', undefined],
  ['Whole', 'anything', undefined],
  ['whole ', 'anything', undefined],
  ['', 'anything', undefined],
  ['unknown', 'team/a', undefined],
])('bucket %j, object %j: shared by %j', (bucketName, objectName, shared) => {
  expect(allowedBucketOf(BUCKETS, { bucketName, objectName })?.name).toBe(shared);
});

describe('a bucket that accepts uploads', () => {
  const WITH_UPLOADS = parseAllowedBuckets(
    '[{"name": "part", "prefix": "published/", "uploadPrefix": "inbox/"}, {"name": "closed", "prefix": "published/"}]',
    'us-east-1',
  );

  test('has an upload prefix', () => {
    expect(WITH_UPLOADS).toEqual([
      { name: 'part', region: 'us-east-1', prefix: 'published/', uploadPrefix: 'inbox/' },
      { name: 'closed', region: 'us-east-1', prefix: 'published/' },
    ]);
  });

  test.each([
    ['part', 'published/a.pdf', 'part'],
    ['part', 'inbox/id/a.pdf', 'part'],
    ['part', 'inbox/', 'part'],
    ['part', 'inbox', undefined],
    ['part', 'Inbox/a.pdf', undefined],
    ['part', 'x/inbox/a.pdf', undefined],
    ['part', 'other/a.pdf', undefined],
    ['closed', 'inbox/a.pdf', undefined],
  ])('shares received objects too: bucket %j, object %j: shared by %j', (bucketName, objectName, shared) => {
    expect(allowedBucketOf(WITH_UPLOADS, { bucketName, objectName })?.name).toBe(shared);
  });

  test.each([
    ['inbox/id/a.pdf', 'inbox/', true],
    ['inbox/', 'inbox/', true],
    ['inbox', 'inbox/', false],
    ['published/inbox/a.pdf', 'inbox/', false],
    ['a.pdf', '', true],
    ['inbox/a.pdf', undefined, false],
  ])('the key %j is under the upload prefix %j: %p', (objectName, uploadPrefix, expected) => {
    expect(isUnderUploadPrefix(objectName, uploadPrefix)).toBe(expected);
  });
});

test('a list that is not JSON throws', () => {
  expect(() => parseAllowedBuckets('whole', 'us-east-1')).toThrow(SyntaxError);
});
