import { DeleteObjectCommand, GetObjectTaggingCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { linkIdOf } from '../../lambda/link/nonce';
import type * as RemoveUploads from '../../lambda/remove-uploads';
import { CALLER_ARN } from './support/events';
import { failureOf } from './support/failure-of';
import { BUG, dynamoDbError, NOW_SECONDS, parsed, s3Error, setUpFunction, WITH_RECEIPTS } from './support/handler';
import { nonceNumber } from './support/samples';

const { dynamoDb, output, s3 } = setUpFunction({ ...WITH_RECEIPTS, UPLOAD_BUCKET_NAME: 'uploads' });
const { handler } = jest.requireActual<typeof RemoveUploads>('../../lambda/remove-uploads');

beforeEach(() => {
  dynamoDb.on(GetCommand).resolves({});
  s3.on(DeleteObjectCommand).resolves({});
});

const PURGE_AT = NOW_SECONDS + 86_400;
const ACTIVE = { expires_at: NOW_SECONDS + 1, purge_at: PURGE_AT, created_by: CALLER_ARN };
const EXPIRED = { expires_at: NOW_SECONDS, purge_at: PURGE_AT, created_by: CALLER_ARN };
const UNUSED = {
  created_by: CALLER_ARN,
  created_at: '2026-11-22T06:00:00.123Z',
  expires_at: NOW_SECONDS + 1,
  purge_at: PURGE_AT,
};
// The clock is at 08:15:00.900. A URL works for at most 61 minutes.
const JUST_REDEEMED = { ...UNUSED, redeemed: { at: '2026-11-22T07:14:00.900Z', source_ip: '203.0.113.7' } };
const REDEEMED = { ...UNUSED, redeemed: { at: '2026-11-22T07:14:00.899Z', source_ip: '203.0.113.7' } };
const REVOKED = { ...UNUSED, revoked: { at: '2026-11-22T08:14:00.900Z', by: CALLER_ARN } };

/** Sets the files in the bucket, one page per list. */
function upload(...pages: readonly (readonly string[])[]): void {
  for (const [index, keys] of pages.entries()) {
    const isLast = index === pages.length - 1;
    s3.on(ListObjectsV2Command, { ContinuationToken: index === 0 ? undefined : String(index) }).resolves({
      Contents: keys.map((Key) => ({ Key })),
      ...(!isLast && { NextContinuationToken: String(index + 1) }),
    });
  }
}

function tag(key: string, linkId: string): void {
  s3.on(GetObjectTaggingCommand, { Key: key }).resolves({ TagSet: [{ Key: 'link-id', Value: linkId }] });
}

/** Uploads `shared/<number>` for each number, with the tag of link number `<number>`. */
function uploadTagged(count: number): void {
  const numbers = Array.from({ length: count }, (_, number) => number);
  upload(numbers.map((number) => `shared/${number}`));
  for (const number of numbers) {
    tag(`shared/${number}`, linkIdOf(nonceNumber(number)));
  }
}

function store(number: number, link: object | undefined, receipt: object | undefined): void {
  const linkId = linkIdOf(nonceNumber(number));
  dynamoDb
    .on(GetCommand, { TableName: 'links', Key: { nonce_id: linkId } })
    .resolves(link === undefined ? {} : { Item: { nonce_id: linkId, ...link } })
    .on(GetCommand, { TableName: 'receipts', Key: { link_id: linkId } })
    .resolves(receipt === undefined ? {} : { Item: { link_id: linkId, ...receipt } });
}

function removed(): readonly unknown[] {
  return s3.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input);
}

test.each([
  ['active', ACTIVE, UNUSED, 0],
  ['active, and has no receipt', ACTIVE, undefined, 0],
  ['expired', EXPIRED, UNUSED, 1],
  ['expired, and has no receipt', EXPIRED, undefined, 1],
  ['revoked', undefined, REVOKED, 1],
  ['redeemed 61 minutes ago, when its URL may still work', undefined, JUST_REDEEMED, 0],
  ['redeemed more than 61 minutes ago', undefined, REDEEMED, 1],
  ['ended, but it is not known how and when', undefined, UNUSED, 0],
  ['forgotten', { ...EXPIRED, purge_at: NOW_SECONDS }, { ...UNUSED, purge_at: NOW_SECONDS }, 0],
  ['unknown', undefined, undefined, 0],
])('of a link that is %s, with link %j and receipt %j, %i files are removed', async (_, link, receipt, count) => {
  uploadTagged(1);
  store(0, link, receipt);

  await handler();

  expect(removed()).toEqual(count === 0 ? [] : [{ Bucket: 'uploads', Key: 'shared/0' }]);
  expect(parsed(output)).toEqual([{ event: 'uploads_removed', count }]);
});

test.each([
  ['no tags', { TagSet: [] }],
  ['another tag', { TagSet: [{ Key: 'project', Value: linkIdOf(nonceNumber(0)) }] }],
  ['a tag that is no link ID', { TagSet: [{ Key: 'link-id', Value: 'guess' }] }],
])('a file with %s is left to the lifecycle rule', async (_, tags) => {
  upload(['shared/0']);
  s3.on(GetObjectTaggingCommand).resolves(tags);
  store(0, EXPIRED, UNUSED);

  await handler();

  expect(removed()).toEqual([]);
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([{ event: 'uploads_removed', count: 0 }]);
});

test('succeeds with an empty bucket', async () => {
  s3.on(ListObjectsV2Command).resolves({});

  await handler();

  expect(parsed(output)).toEqual([{ event: 'uploads_removed', count: 0 }]);
});

test('checks all files on all pages', async () => {
  const keys = Array.from({ length: 60 }, (_, number) => `shared/${number}`);
  upload(keys.slice(0, 55), keys.slice(55));
  s3.on(GetObjectTaggingCommand).resolves({ TagSet: [{ Key: 'link-id', Value: linkIdOf(nonceNumber(0)) }] });
  store(0, EXPIRED, UNUSED);

  await handler();

  expect(removed()).toHaveLength(60);
  expect(new Set(s3.commandCalls(DeleteObjectCommand).map(({ args }) => args[0].input.Key))).toEqual(new Set(keys));
  expect(parsed(output)).toEqual([{ event: 'uploads_removed', count: 60 }]);
});

test.each([
  ['its tags', () => s3.on(GetObjectTaggingCommand, { Key: 'shared/1' }).rejects(s3Error('AccessDenied', 403))],
  [
    'its link',
    () =>
      dynamoDb
        .on(GetCommand, { Key: { nonce_id: linkIdOf(nonceNumber(1)) } })
        .rejects(dynamoDbError('AccessDenied', 400)),
  ],
  [
    'its receipt',
    () =>
      dynamoDb
        .on(GetCommand, { Key: { link_id: linkIdOf(nonceNumber(1)) } })
        .rejects(dynamoDbError('AccessDenied', 400)),
  ],
  ['the removal', () => s3.on(DeleteObjectCommand, { Key: 'shared/1' }).rejects(s3Error('AccessDenied', 403))],
])('a file for which %s fails does not stop the others, and is reported at the end', async (_, fail) => {
  uploadTagged(3);
  for (const number of [0, 1, 2]) {
    store(number, EXPIRED, UNUSED);
  }
  fail();

  const error = await failureOf(handler());

  expect(error).toMatchObject({ name: 'StorageUnavailableError' });
  expect(removed()).toEqual(
    expect.arrayContaining([
      { Bucket: 'uploads', Key: 'shared/0' },
      { Bucket: 'uploads', Key: 'shared/2' },
    ]),
  );
  expect(parsed(output)).toEqual([
    { event: 'uploads_removed', count: 2 },
    expect.objectContaining({ event: 'storage_failed', error: 'AccessDenied' }),
  ]);
});

test('a failed list is reported, after the files on earlier pages are removed', async () => {
  upload(['shared/0'], ['shared/1']);
  tag('shared/0', linkIdOf(nonceNumber(0)));
  store(0, EXPIRED, UNUSED);
  s3.on(ListObjectsV2Command, { ContinuationToken: '1' }).rejects(s3Error('SlowDown', 503));

  expect(await failureOf(handler())).toMatchObject({ name: 'StorageUnavailableError' });
  expect(removed()).toEqual([{ Bucket: 'uploads', Key: 'shared/0' }]);
  expect(parsed(output)).toEqual([
    { event: 'uploads_removed', count: 1 },
    expect.objectContaining({ event: 'storage_failed', error: 'SlowDown' }),
  ]);
});

test('a bug is thrown after the other files are removed', async () => {
  uploadTagged(2);
  store(0, EXPIRED, UNUSED);
  store(1, EXPIRED, UNUSED);
  s3.on(GetObjectTaggingCommand, { Key: 'shared/0' }).rejects(BUG);

  expect(await failureOf(handler())).toBe(BUG);
  expect(removed()).toEqual([{ Bucket: 'uploads', Key: 'shared/1' }]);
});
