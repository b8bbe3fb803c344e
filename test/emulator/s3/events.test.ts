import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { BusEvent } from '../../../emulator/events/event';
import { readBuckets } from '../../../emulator/s3/bucket-model';
import { Template } from '../../../emulator/template/template';
import { addFunction, type RunningDeliveries, runDeliveries } from '../delivery-fixture';
import { allow, byAccessKey, failureOf, principal, S3Fixture } from '../support';

const OWNER = { ...principal('OWNER', allow('s3:*')), arn: 'arn:aws:iam::123456789012:user/ada' };
const INBOX = { name: 'bucket', arn: 'arn:aws:s3:::bucket', versioned: false, sendsEvents: true };
const s3 = new S3Fixture(
  {
    buckets: [
      INBOX,
      { ...INBOX, name: 'versioned', arn: 'arn:aws:s3:::versioned', versioned: true },
      { ...INBOX, name: 'silent', sendsEvents: false },
      { ...INBOX, name: 'in-ireland', region: 'eu-west-1' },
      { ...INBOX, name: 'of-others', account: '210987654321' },
    ],
    principals: byAccessKey(OWNER),
  },
  OWNER,
);
const events: BusEvent[] = [];
let running: RunningDeliveries;

beforeAll(async () => {
  running = await runDeliveries((stack) => {
    new Rule(stack, 'OnReceived', {
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: ['bucket'] }, object: { key: [{ prefix: 'inbox/' }] } },
      },
      targets: [new LambdaFunction(addFunction(stack, 'Receiver', 'receiver').fn)],
    });
  });
  await s3.start({
    onEvent(event) {
      events.push(event);
      running.publish(event);
    },
  });
});
beforeEach(() => {
  events.length = 0;
});
afterAll(async () => {
  await s3.close();
  await running.close();
});

async function put(Bucket: string, Key: string, region = 'us-east-1') {
  const IfNoneMatch = '*';
  return await s3.client(OWNER, { region }).send(new PutObjectCommand({ Bucket, Key, Body: 'four', IfNoneMatch }));
}

test('a new object causes an event', async () => {
  const { $metadata } = await put('bucket', 'a b/ü.txt');

  expect(events).toEqual([
    {
      version: '0',
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      'detail-type': 'Object Created',
      source: 'aws.s3',
      account: '123456789012',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      region: 'us-east-1',
      resources: ['arn:aws:s3:::bucket'],
      detail: {
        version: '0',
        bucket: { name: 'bucket' },
        object: {
          key: 'a b/ü.txt',
          size: 4,
          etag: '8cbad96aced40b3838dd9f07f6ef5772',
          sequencer: expect.stringMatching(/^[0-9A-F]{16}$/),
        },
        'request-id': $metadata.requestId,
        requester: '123456789012',
        'source-ip-address': '127.0.0.1',
        reason: 'PutObject',
      },
    },
  ]);
});

test('in a versioned bucket, the event contains the version, and sequencers increase', async () => {
  const versions = [await put('versioned', 'a'), await put('versioned', 'b')].map(({ VersionId }) => VersionId);

  const objects = events.map(({ detail }) => detail['object'] as Readonly<Record<string, string>>);
  expect(objects.map((object) => object['version-id'])).toEqual(versions);
  expect(objects.map(({ sequencer }) => sequencer)).toEqual(objects.map(({ sequencer }) => sequencer).sort());
  expect(new Set(objects.map(({ sequencer }) => sequencer)).size).toBe(2);
});

test('a multipart upload causes one event when it is complete', async () => {
  const client = s3.client(OWNER);
  const object = { Bucket: 'bucket', Key: 'parts' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  const { ETag } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'x' }));
  expect(events).toEqual([]);
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
  const completed = await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload }));

  expect(events.map(({ detail }) => detail)).toEqual([
    expect.objectContaining({
      object: expect.objectContaining({ key: 'parts', size: 1, etag: completed.ETag?.replaceAll('"', '') }),
      reason: 'CompleteMultipartUpload',
    }),
  ]);
});

test('a refused upload causes no event', async () => {
  await put('bucket', 'once');
  expect(await failureOf(put('bucket', 'once'))).toMatchObject({ name: 'PreconditionFailed' });
  expect(events).toHaveLength(1);
});

test.each([
  ['a bucket that does not send events', 'silent', 'us-east-1'],
  ['a bucket in another Region', 'in-ireland', 'eu-west-1'],
  ['a bucket of another account', 'of-others', 'us-east-1'],
])('%s causes no event on this bus', async (_, bucket, region) => {
  await put(bucket, 'a', region);
  expect(events).toEqual([]);
});

test('a rule with the name of the bucket and a prefix invokes its function, before `delivered` resolves', async () => {
  await put('bucket', 'inbox/1/a.txt');
  await put('bucket', 'shared/a.txt');
  await put('versioned', 'inbox/1/a.txt');
  await running.delivered();

  expect(running.received().map(({ detail }) => [detail.bucket.name, detail.object.key])).toEqual([
    ['bucket', 'inbox/1/a.txt'],
  ]);
});

describe('the template', () => {
  const sends = (NotificationConfiguration?: object) => {
    const Bucket = {
      Type: 'AWS::S3::Bucket',
      Properties: { ...(NotificationConfiguration && { NotificationConfiguration }) },
    };
    return readBuckets(new Template({ Resources: { Bucket } }, 'Stack')).map(({ sendsEvents }) => sendsEvents);
  };

  test('decides whether a bucket sends events', () => {
    expect(sends()).toEqual([false]);
    expect(sends({ EventBridgeConfiguration: { EventBridgeEnabled: true } })).toEqual([true]);
    expect(sends({ EventBridgeConfiguration: { EventBridgeEnabled: false } })).toEqual([false]);
  });

  test('may not contain other notifications', () => {
    expect(() => sends({ LambdaConfigurations: [] })).toThrow(
      'NotificationConfiguration.LambdaConfigurations: the local emulator does not support this field',
    );
  });
});
