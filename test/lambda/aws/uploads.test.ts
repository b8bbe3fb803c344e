import {
  DeleteObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { linkIdOfUpload, listUploads, removeUpload, type UploadBucket } from '../../../lambda/aws/uploads';
import { linkIdOf } from '../../../lambda/link/nonce';
import { type BucketEngine, ROLE, startBuckets } from '../support/engines';
import { failureOf } from '../support/failure-of';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));

async function pagesOf(bucket: UploadBucket): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for await (const page of listUploads(bucket)) {
    pages.push(page);
  }
  return pages;
}

describe('the requests to S3', () => {
  const s3 = mockClient(S3Client);
  const bucket = { client: new S3Client({ region: 'us-east-1' }), name: 'plain' };
  afterEach(() => s3.reset());
  afterAll(() => s3.restore());

  test('list the upload folder, page by page', async () => {
    s3.on(ListObjectsV2Command)
      .resolvesOnce({ Contents: [{ Key: 'shared/a' }, { Key: 'shared/b' }], NextContinuationToken: 'token' })
      .resolvesOnce({ NextContinuationToken: 'token 2' })
      .resolves({ Contents: [{ Key: 'shared/c' }] });

    expect(await pagesOf(bucket)).toEqual([['shared/a', 'shared/b'], [], ['shared/c']]);
    expect(s3.commandCalls(ListObjectsV2Command).map(({ args }) => args[0].input)).toEqual([
      { Bucket: 'plain', Prefix: 'shared/', ContinuationToken: undefined },
      { Bucket: 'plain', Prefix: 'shared/', ContinuationToken: 'token' },
      { Bucket: 'plain', Prefix: 'shared/', ContinuationToken: 'token 2' },
    ]);
  });

  test('that fail throw the SDK’s error', async () => {
    const error = Object.assign(new Error('slow down'), { $metadata: {} });
    s3.rejects(error);

    expect(await failureOf(pagesOf(bucket))).toBe(error);
    expect(await failureOf(linkIdOfUpload(bucket, 'shared/a'))).toBe(error);
    expect(await failureOf(removeUpload(bucket, 'shared/a'))).toBe(error);
    expect(s3.commandCalls(GetObjectTaggingCommand)).toHaveLength(1);
    expect(s3.commandCalls(DeleteObjectCommand)).toHaveLength(1);
  });
});

describe.each(['plain', 'versioned'])('in a real bucket, %s', (name) => {
  let engine: BucketEngine;
  let bucket: UploadBucket;
  beforeAll(async () => {
    engine = await startBuckets();
    bucket = { client: engine.connect(ROLE), name };
  });
  afterAll(() => engine.close());

  async function upload(key: string, tags: Readonly<Record<string, string>> = {}): Promise<void> {
    await bucket.client.send(new PutObjectCommand({ Bucket: name, Key: key, Body: 'x' }));
    if (Object.keys(tags).length > 0) {
      const TagSet = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      await bucket.client.send(new PutObjectTaggingCommand({ Bucket: name, Key: key, Tagging: { TagSet } }));
    }
  }

  test.each([
    [{ 'link-id': LINK_ID }, LINK_ID],
    [{ project: 'x', 'link-id': LINK_ID, team: 'y' }, LINK_ID],
    [{}, undefined],
    [{ project: 'x' }, undefined],
    [{ 'Link-ID': LINK_ID }, undefined],
    [{ 'link-id': 'guess' }, undefined],
    [{ 'link-id': '' }, undefined],
  ])('a file with the tags %j has the link %p', async (tags, linkId) => {
    await upload('shared/0123/report.pdf', tags);

    expect(await linkIdOfUpload(bucket, 'shared/0123/report.pdf')).toBe(linkId);
  });

  test('a file that does not exist is an error', async () => {
    expect(await failureOf(linkIdOfUpload(bucket, 'shared/0123/missing.pdf'))).toMatchObject({ name: 'NoSuchKey' });
  });

  test('only files in the upload folder are listed, and a removed one is not', async () => {
    await upload('shared/0123/a');
    await upload('shared/0123/ä b+c');
    await upload('sharedx/d');
    await upload('e');

    await removeUpload(bucket, 'shared/0123/report.pdf');
    await removeUpload(bucket, 'shared/0123/missing.pdf');

    expect(await pagesOf(bucket)).toEqual([['shared/0123/a', 'shared/0123/ä b+c']]);
  });
});
