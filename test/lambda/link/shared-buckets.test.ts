import { parseSharedBuckets, sharedBucketOf } from '../../../lambda/link/shared-buckets';

const BUCKETS = parseSharedBuckets(
  JSON.stringify([
    { name: 'whole' },
    { name: 'part', prefix: 'team/a' },
    { name: 'elsewhere', region: 'eu-west-1', prefix: 'scans/' },
  ]),
  'us-east-1',
);

test('a bucket is in the region of the deployment and shared whole, unless the list says otherwise', () => {
  expect(BUCKETS).toEqual([
    { name: 'whole', region: 'us-east-1', prefix: '' },
    { name: 'part', region: 'us-east-1', prefix: 'team/a' },
    { name: 'elsewhere', region: 'eu-west-1', prefix: 'scans/' },
  ]);
});

test.each([
  ['whole', 'anything', 'whole'],
  ['whole', '/', 'whole'],
  ['part', 'team/a', 'part'],
  ['part', 'team/a/report.pdf', 'part'],
  ['part', 'team/abc', 'part'],
  ['elsewhere', 'scans/1', 'elsewhere'],
  ['part', 'team/', undefined],
  ['part', 'team', undefined],
  ['part', '/team/a', undefined],
  ['part', 'Team/a', undefined],
  ['part', 'x/team/a', undefined],
  ['part', '', undefined],
  ['elsewhere', 'scan', undefined],
  ['Whole', 'anything', undefined],
  ['whole ', 'anything', undefined],
  ['', 'anything', undefined],
  ['unknown', 'team/a', undefined],
])('of %j, the object %j is shared from %j', (bucketName, objectName, shared) => {
  expect(sharedBucketOf(BUCKETS, { bucketName, objectName })?.name).toBe(shared);
});

test('a list that is no JSON stops the function while it loads', () => {
  expect(() => parseSharedBuckets('whole', 'us-east-1')).toThrow(SyntaxError);
});
