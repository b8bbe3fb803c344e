import { formatS3Location, parseS3Location, parseS3Prefix } from '../../cli/s3-location';

test.each([
  ['s3://bucket/key', 'bucket', 'key'],
  ['s3://bucket/a/b c/d.txt', 'bucket', 'a/b c/d.txt'],
  ['S3://bucket/ü%20?x#y', 'bucket', 'ü%20?x#y'],
  ['s3://bucket//key', 'bucket', '/key'],
  ['s3://bucket/line\nbreak', 'bucket', 'line\nbreak'],
  ['s3://bucket/folder/', 'bucket', 'folder/'],
])('%j is an object, and its key is not decoded', (source, bucket, key) => {
  expect(parseS3Location(source)).toEqual({ bucket, key });
  expect(formatS3Location({ bucket, key }).toLowerCase()).toBe(source.toLowerCase());
});

test.each(['s3://', 's3://bucket', 's3://bucket/', 's3:///key'])('%s names no object', (source) => {
  expect(() => parseS3Location(source)).toThrow(`${source} names no object: write s3://bucket/key.`);
});

test.each(['file', './s3://b/k', 's3:b/k', 'ss3://b/k'])('%s is a file', (source) => {
  expect(parseS3Location(source)).toBeUndefined();
});

test.each([
  ['s3://bucket/', { bucket: 'bucket' }],
  ['s3://bucket/inbox/ü/', { bucket: 'bucket', prefix: 'inbox/ü/' }],
])('%j is the start of keys', (text, prefix) => {
  expect(parseS3Prefix(text)).toEqual(prefix);
});

test.each(['s3://bucket', 's3://bucket/key', 's3:///inbox/', 'inbox/', ''])('%j is not the start of keys', (text) => {
  expect(parseS3Prefix(text)).toBeUndefined();
});
