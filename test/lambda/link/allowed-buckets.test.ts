import { allowedBucketOf, parseAllowedBuckets } from '../../../lambda/link/allowed-buckets';

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

test('a list that is not JSON throws', () => {
  expect(() => parseAllowedBuckets('whole', 'us-east-1')).toThrow(SyntaxError);
});
