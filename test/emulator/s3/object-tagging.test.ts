import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  type Tag,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { parseStatement } from '../../../emulator/iam/policy';
import { allow, byAccessKey, failureOf, principal, S3Fixture } from '../support';

const PLAIN = { name: 'plain', arn: 'arn:aws:s3:::plain', versioned: false };
const VERSIONED = { name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true };
const OWNER = principal('OWNER', allow('s3:*'));
const LIST_SHARED = { Effect: 'Allow', Action: 's3:ListBucket', Resource: PLAIN.arn };
/** The permissions of a function that removes tagged files below `shared/`. */
const REMOVER = principal(
  'REMOVER',
  parseStatement({ ...LIST_SHARED, Condition: { StringLike: { 's3:prefix': 'shared/*' } } }, 'test'),
  allow('s3:GetObjectTagging', `${PLAIN.arn}/shared/*`),
  allow('s3:DeleteObject', `${PLAIN.arn}/shared/*`),
);
const WRITER = principal('WRITER', allow('s3:PutObject'), allow('s3:GetObject'));
const LINK_ID = [{ Key: 'link-id', Value: 'AAAAAAAAAAAAAAAAAAAAAA' }];

const s3 = new S3Fixture({ buckets: [PLAIN, VERSIONED], principals: byAccessKey(OWNER, REMOVER, WRITER) }, OWNER);
let owner: S3Client;
let remover: S3Client;

beforeAll(async () => {
  await s3.start();
  owner = s3.client(OWNER);
  remover = s3.client(REMOVER);
});
afterAll(() => s3.close());

function put(Key: string, Bucket = PLAIN.name) {
  return owner.send(new PutObjectCommand({ Bucket, Key, Body: 'content' }));
}

function setTags(Key: string, TagSet: Tag[], Bucket = PLAIN.name) {
  return owner.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }));
}

async function tagsOf(Key: string, Bucket = PLAIN.name, client = owner) {
  return (await client.send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet;
}

describe('tags of an object', () => {
  test('are returned as they were set, and are replaced as a whole', async () => {
    await put('tagged');
    expect(await tagsOf('tagged')).toEqual([]);
    await setTags('tagged', [...LINK_ID, { Key: 'Größe: 1/2 @+', Value: '' }]);
    expect(await tagsOf('tagged')).toEqual([...LINK_ID, { Key: 'Größe: 1/2 @+', Value: '' }]);
    await setTags('tagged', [{ Key: 'other', Value: 'x' }]);
    expect(await tagsOf('tagged')).toEqual([{ Key: 'other', Value: 'x' }]);
    await setTags('tagged', []);
    expect(await tagsOf('tagged')).toEqual([]);
  });

  test('do not change the object', async () => {
    await put('unchanged');
    const get = async () => {
      const { Body, LastModified } = await owner.send(new GetObjectCommand({ Bucket: 'plain', Key: 'unchanged' }));
      return [await Body?.transformToString(), LastModified];
    };
    const before = await get();
    const files = await s3.files();
    await setTags('unchanged', LINK_ID);
    expect(await get()).toEqual(before);
    expect(await s3.files()).toEqual(files);
  });

  test('survive a restart', async () => {
    await put('kept');
    await setTags('kept', LINK_ID);
    await s3.restart();
    [owner, remover] = [s3.client(OWNER), s3.client(REMOVER)];
    expect(await tagsOf('kept')).toEqual(LINK_ID);
  });

  test('are removed when the object is replaced or deleted', async () => {
    await put('replaced');
    await setTags('replaced', LINK_ID);
    await put('replaced');
    expect(await tagsOf('replaced')).toEqual([]);
    await setTags('replaced', LINK_ID);
    await owner.send(new DeleteObjectCommand({ Bucket: PLAIN.name, Key: 'replaced' }));
    expect(await failureOf(tagsOf('replaced'))).toMatchObject({ name: 'NoSuchKey' });
    await put('replaced');
    expect(await tagsOf('replaced')).toEqual([]);
  });

  test('are removed when a multipart upload replaces the object', async () => {
    await put('parts');
    await setTags('parts', LINK_ID);
    const object = { Bucket: PLAIN.name, Key: 'parts' };
    const { UploadId } = await owner.send(new CreateMultipartUploadCommand(object));
    const part = { PartNumber: 1, UploadId };
    const { ETag } = await owner.send(new UploadPartCommand({ ...object, ...part, Body: 'part' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await owner.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));
    expect(await tagsOf('parts')).toEqual([]);
  });

  test('belong to the newest version, and a delete marker has none', async () => {
    const { VersionId } = await put('versioned', VERSIONED.name);
    expect(await setTags('versioned', LINK_ID, VERSIONED.name)).toMatchObject({ VersionId });
    expect(await tagsOf('versioned', VERSIONED.name)).toEqual(LINK_ID);
    await owner.send(new DeleteObjectCommand({ Bucket: VERSIONED.name, Key: 'versioned' }));
    const refused = { name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } };
    expect(await failureOf(tagsOf('versioned', VERSIONED.name))).toMatchObject(refused);
    expect(await failureOf(setTags('versioned', [], VERSIONED.name))).toMatchObject(refused);
    const old = new GetObjectCommand({ Bucket: VERSIONED.name, Key: 'versioned', VersionId });
    expect(await (await owner.send(old)).Body?.transformToString()).toBe('content');
  });

  test('require an object', async () => {
    expect(await failureOf(tagsOf('absent'))).toMatchObject({ name: 'NoSuchKey' });
    expect(await failureOf(setTags('absent', LINK_ID))).toMatchObject({ name: 'NoSuchKey' });
  });
});

test('an XML body can have a namespace, white space and CDATA', async () => {
  await put('xml');
  const body =
    '<?xml version="1.0"?>\n<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n <TagSet>\n  <Tag>' +
    '<Key><![CDATA[link]]>-id</Key><Value> x </Value></Tag>\n </TagSet>\n</Tagging>';
  expect(await s3.send('PUT', '/plain/xml?tagging', {}, body)).toMatchObject({ status: 200, body: '' });
  expect(await tagsOf('xml')).toEqual([{ Key: 'link-id', Value: ' x ' }]);
});

describe('tags are refused', () => {
  beforeAll(() => put('strict'));

  test.each([
    ['more than 10', Array.from({ length: 11 }, (_, index) => ({ Key: `k${index}`, Value: 'v' })), 'BadRequest'],
    ['an empty key', [{ Key: '', Value: 'v' }], 'InvalidTag'],
    ['a key of 129 characters', [{ Key: 'k'.repeat(129), Value: 'v' }], 'InvalidTag'],
    ['a value of 257 characters', [{ Key: 'k', Value: 'v'.repeat(257) }], 'InvalidTag'],
    ['a character that tags cannot contain', [{ Key: 'k', Value: 'a&b' }], 'InvalidTag'],
    ['the same key more than once', [...LINK_ID, ...LINK_ID], 'InvalidTag'],
    ['a key of AWS', [{ Key: 'aws:cloudformation:stack-name', Value: 'v' }], 'InvalidTag'],
  ])('with %s', async (_, tags, name) => {
    expect(await failureOf(setTags('strict', tags))).toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
    expect(await tagsOf('strict')).toEqual([]);
  });

  test('but not at the limits', async () => {
    const tags = Array.from({ length: 10 }, (_, index) => ({
      Key: `${index}${'é'.repeat(127)}`,
      Value: 'v'.repeat(256),
    }));
    await setTags('strict', tags);
    expect(await tagsOf('strict')).toEqual(tags);
    await setTags('strict', []);
  });

  const TAG = '<Tag><Key>k</Key><Value>v</Value></Tag>';
  test.each([
    ['no body', ''],
    ['a truncated body', `<Tagging><TagSet>${TAG}</TagSet>`],
    ['no tag set', '<Tagging></Tagging>'],
    ['two tag sets', `<Tagging><TagSet>${TAG}</TagSet><TagSet/></Tagging>`],
    ['another root', `<Tags><TagSet>${TAG}</TagSet></Tags>`],
    ['a tag without a value', '<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>'],
    ['an unknown element', `<Tagging><TagSet>${TAG}<Other/></TagSet></Tagging>`],
    ['more than 64 KiB', `<Tagging><TagSet>${TAG}</TagSet></Tagging>${' '.repeat(64 * 1024)}`],
  ])('with %s', async (_, body) => {
    const files = await s3.files();
    const response = await s3.send('PUT', '/plain/strict?tagging', {}, body);
    expect(response).toMatchObject({ status: 400, body: expect.stringContaining('<Code>MalformedXML</Code>') });
    expect(await tagsOf('strict')).toEqual([]);
    expect(await s3.files()).toEqual(files);
  });

  test('with a body that does not match its hash or its checksum', async () => {
    const body = `<Tagging><TagSet>${TAG}</TagSet></Tagging>`;
    const other = await s3.send('PUT', '/plain/strict?tagging', {}, body, body.replace('v', 'w'));
    expect(other.body).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    const checksum = await s3.send('PUT', '/plain/strict?tagging', { 'x-amz-checksum-crc32': 'AAAAAA==' }, body);
    expect(checksum.body).toContain('<Code>BadDigest</Code>');
    expect(await tagsOf('strict')).toEqual([]);
  });

  test('as a header of an upload, because the emulator does not support it', async () => {
    const upload = new PutObjectCommand({ Bucket: PLAIN.name, Key: 'header', Body: 'x', Tagging: 'link-id=x' });
    expect(await failureOf(owner.send(upload))).toMatchObject({ name: 'NotImplemented' });
  });
});

describe('permissions', () => {
  beforeAll(async () => {
    await put('shared/ada/report.pdf');
    await setTags('shared/ada/report.pdf', LINK_ID);
    await put('private/report.pdf');
  });

  function list(input: { readonly Prefix?: string }) {
    return remover.send(new ListObjectsV2Command({ Bucket: PLAIN.name, ...input }));
  }

  test('to read and write objects do not allow reading and writing tags', async () => {
    const writer = s3.client(WRITER);
    const write = new PutObjectTaggingCommand({ Bucket: 'plain', Key: 'private/report.pdf', Tagging: { TagSet: [] } });
    expect(String(await failureOf(writer.send(write)))).toContain('s3:PutObjectTagging on resource');
    const read = failureOf(tagsOf('private/report.pdf', PLAIN.name, writer));
    expect(String(await read)).toContain('s3:GetObjectTagging on resource');
  });

  test('to list one folder are limited by s3:prefix', async () => {
    const { Contents } = await list({ Prefix: 'shared/' });
    expect(Contents?.map(({ Key }) => Key)).toEqual(['shared/ada/report.pdf']);
    expect((await list({ Prefix: 'shared/ada/' })).KeyCount).toBe(1);
    for (const input of [{}, { Prefix: '' }, { Prefix: 'shared' }, { Prefix: 'private/' }]) {
      expect(await failureOf(list(input))).toMatchObject({ name: 'AccessDenied' });
    }
  });

  test('for one folder allow reading the tags of its objects, but hide which are missing', async () => {
    expect(await tagsOf('shared/ada/report.pdf', PLAIN.name, remover)).toEqual(LINK_ID);
    for (const key of ['shared/absent', 'private/report.pdf']) {
      expect(await failureOf(tagsOf(key, PLAIN.name, remover))).toMatchObject({ name: 'AccessDenied' });
    }
  });
});
