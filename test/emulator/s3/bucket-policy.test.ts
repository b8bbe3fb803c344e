import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { type LocalBucket, readBuckets } from '../../../emulator/s3/bucket-model';
import { Template } from '../../../emulator/template/template';
import { allow, byAccessKey, failureOf, principal, S3Fixture } from '../support';

const EVERYBODY = { AWS: '*' };
const INBOX = { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/inbox/*']] };
const PLAIN_HTTP = {
  Effect: 'Deny',
  Principal: EVERYBODY,
  Action: 's3:*',
  Resource: [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};
/** Example 1 of https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html, as a denial. */
const OVERWRITES = {
  Sid: 'NeverOverwrite',
  Effect: 'Deny',
  Principal: EVERYBODY,
  Action: 's3:PutObject',
  Resource: INBOX,
  Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
};
const OWNER = principal('OWNER', allow('*'));

function bucketsOf(...Statement: readonly object[]): readonly LocalBucket[] {
  const PolicyDocument = { Version: '2012-10-17', Statement };
  const Resources = {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: {} },
    Other: { Type: 'AWS::S3::Bucket', Properties: {} },
    Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: { Ref: 'Bucket' }, PolicyDocument } },
  };
  return readBuckets(new Template({ Resources }, 'Stack'));
}

describe('a policy that demands If-None-Match below a prefix', () => {
  const buckets = bucketsOf(PLAIN_HTTP, OVERWRITES);
  const [Bucket = '', other = ''] = buckets.map(({ name }) => name);
  const s3 = new S3Fixture({ buckets, principals: byAccessKey(OWNER) }, OWNER);
  const DENIED = {
    name: 'AccessDenied',
    message: `User: arn:OWNER is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::${Bucket}/inbox/a with an explicit deny in a resource-based policy`,
    $metadata: { httpStatusCode: 403 },
  };
  beforeAll(() => s3.start());
  afterAll(() => s3.close());

  async function put(Key: string, IfNoneMatch?: string, bucket = Bucket) {
    return await failureOf(
      s3.client(OWNER).send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x', IfNoneMatch })),
    );
  }

  test('refuses an upload without it, also from the owner', async () => {
    expect(await put('inbox/a')).toMatchObject(DENIED);
    expect(await put('inbox/a', '*')).toBeUndefined();
    expect(await put('inbox/a', '*')).toMatchObject({ name: 'PreconditionFailed' });
    expect(await put('inbox/a')).toMatchObject(DENIED);
  });

  test.each([
    ['another prefix', 'shared/a', Bucket],
    ['a longer prefix', 'inbox-2/a', Bucket],
    ['another bucket', 'inbox/a', other],
  ])('allows an upload without it to %s', async (_, key, bucket) => {
    expect(await put(key, undefined, bucket)).toBeUndefined();
  });

  test('allows a multipart upload to begin, but not to be completed without it', async () => {
    const client = s3.client(OWNER);
    const object = { Bucket, Key: 'inbox/parts' };
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
    const { ETag } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'x' }));
    const upload = { ...object, UploadId, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } };

    const refused = await failureOf(client.send(new CompleteMultipartUploadCommand(upload)));
    expect(refused).toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('resource-based policy') });
    await client.send(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*' }));
    const { Body } = await client.send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe('x');
  });
});

test.each<[string, object]>([
  [
    '.Principal: the local emulator supports only denials for everybody',
    { ...OVERWRITES, Principal: { AWS: 'arn:a' } },
  ],
  ['supports only the operators', { ...OVERWRITES, Condition: { BoolIfExists: { 's3:if-none-match': 'true' } } }],
  ['the condition key s3:if-match', { ...OVERWRITES, Condition: { Null: { 's3:if-match': 'true' } } }],
  ['does not support "yes"', { ...OVERWRITES, Condition: { Null: { 's3:if-none-match': 'yes' } } }],
  ['the policy element NotAction', { ...OVERWRITES, NotAction: 's3:GetObject' }],
  [
    '.Action: the local emulator supports only',
    { Effect: 'Allow', Principal: '*', Action: ['s3:Get*'], Resource: '*' },
  ],
])('a bucket policy is refused: %s', (message, statement) => {
  expect(() => bucketsOf(statement)).toThrow(message);
});
