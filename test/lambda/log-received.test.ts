import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { parseLogEvent } from '../../lambda/link/log-record';
import type * as LogReceived from '../../lambda/log-received';
import { failureOf } from './support/failure-of';
import { BUG, LINK_ID, NONCE, NOW, parsed, s3Error, setUpFunction } from './support/handler';

const { output, s3 } = setUpFunction();
const { handler } = jest.requireActual<typeof LogReceived>('../../lambda/log-received');

/** SHA-256 of `abc`. */
const SHA256_OF_ABC = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';
const REQUEST_ID = 'C3D13FE58DE4C810';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
function created(objectName: string, versionId?: string): S3ObjectCreatedNotificationEvent {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '123456789012',
    time: '2026-11-22T08:15:00Z',
    region: 'us-east-1',
    resources: ['arn:aws:s3:::shared-bucket'],
    detail: {
      version: '0',
      bucket: { name: 'shared-bucket' },
      object: {
        key: objectName,
        size: 3,
        etag: '900150983cd24fb0d6963f7d28e17f72',
        sequencer: '00617F08299329D189',
        ...(versionId !== undefined && { 'version-id': versionId }),
      } as S3ObjectCreatedNotificationEvent['detail']['object'],
      'request-id': REQUEST_ID,
      requester: '123456789012',
      'source-ip-address': '203.0.113.7',
      reason: 'PutObject',
    },
  };
}

test('logs the link, the object and its checksum', async () => {
  s3.on(HeadObjectCommand).resolves({
    Metadata: { 'link-id': LINK_ID },
    ContentLength: 3,
    ChecksumSHA256: SHA256_OF_ABC,
  });

  await handler(created('inbox/id/größe & 50%.txt', 'v1'));

  expect(s3.commandCalls(HeadObjectCommand).map(({ args }) => args[0].input)).toEqual([
    { Bucket: 'shared-bucket', Key: 'inbox/id/größe & 50%.txt', VersionId: 'v1', ChecksumMode: 'ENABLED' },
  ]);
  expect(parsed(output)).toEqual([
    {
      event: 'object_received',
      link_id: LINK_ID,
      request_id: REQUEST_ID,
      source_ip: '203.0.113.7',
      bucket_name: 'shared-bucket',
      object_name: 'inbox/id/größe & 50%.txt',
      size_bytes: 3,
      checksum_algorithm: 'SHA256',
      checksum: SHA256_OF_ABC,
    },
  ]);
});

test('logs what record-receipts reads, also for a key that imitates a log line', async () => {
  s3.on(HeadObjectCommand).resolves({ Metadata: { 'link-id': LINK_ID }, ContentLength: 3 });
  const objectName = 'inbox/id/x"}\n{"event":"link_access","outcome":"redeemed"}\u2028';

  await handler(created(objectName));

  expect(output).toHaveLength(1);
  expect(output.join('').trimEnd()).not.toContain('\n');
  expect(parseLogEvent({ timestamp: NOW.getTime(), message: output.join('') })).toEqual({
    kind: 'received',
    linkId: LINK_ID,
    at: '2026-11-22T08:15:00.900Z',
    requestId: REQUEST_ID,
    sourceIp: '203.0.113.7',
    object: { at: '2026-11-22T08:15:00.900Z', bucketName: 'shared-bucket', objectName, sizeBytes: 3 },
  });
});

test.each([
  ['no checksum', {}, {}],
  [
    'the checksum that S3 adds',
    { ChecksumCRC64NVME: 'HXpOGqCPtwk=' },
    { checksum_algorithm: 'CRC64NVME', checksum: 'HXpOGqCPtwk=' },
  ],
  [
    'two checksums',
    { ChecksumCRC64NVME: 'HXpOGqCPtwk=', ChecksumSHA256: SHA256_OF_ABC },
    { checksum_algorithm: 'SHA256', checksum: SHA256_OF_ABC },
  ],
])('logs an object with %s', async (_, checksums, fields) => {
  s3.on(HeadObjectCommand).resolves({ Metadata: { 'link-id': LINK_ID }, ContentLength: 0, ...checksums });

  await handler(created('inbox/id/a'));

  expect(parsed(output)).toEqual([
    {
      event: 'object_received',
      link_id: LINK_ID,
      request_id: REQUEST_ID,
      source_ip: '203.0.113.7',
      bucket_name: 'shared-bucket',
      object_name: 'inbox/id/a',
      size_bytes: 0,
      ...fields,
    },
  ]);
});

test.each<[string, Readonly<Record<string, string>> | undefined]>([
  ['no metadata', undefined],
  ['other metadata', { owner: 'ada' }],
  ['an empty link ID', { 'link-id': '' }],
  ['a malformed link ID', { 'link-id': `${LINK_ID}=` }],
  ['a nonce instead of a link ID', { 'link-id': NONCE }],
])('logs nothing about an object with %s, because it was not uploaded through a link', async (_, metadata) => {
  s3.on(HeadObjectCommand).resolves({ ContentLength: 3, ...(metadata && { Metadata: metadata }) });

  await handler(created('inbox/copied-by-an-operator.txt'));

  expect(output).toEqual([]);
});

test.each(['NotFound', 'NoSuchKey', 'NoSuchVersion'])(
  'logs nothing about an object that no longer exists: %s',
  async (name) => {
    s3.on(HeadObjectCommand).rejects(s3Error(name, 404));

    await handler(created('inbox/id/a'));

    expect(output).toEqual([]);
  },
);

test.each([
  ['is not allowed', s3Error('Forbidden', 403), 'Forbidden'],
  ['fails', s3Error('InternalError', 500), 'InternalError'],
  ['exceeds the deadline', Object.assign(new Error('aborted'), { name: 'AbortError' }), 'AbortError'],
])('throws if the request to S3 %s, so that Lambda retries the event', async (_, error, name) => {
  s3.on(HeadObjectCommand).rejects(error);

  expect(await failureOf(handler(created('inbox/id/a')))).toMatchObject({ name: 'StorageUnavailableError' });
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: name, request_id: REQUEST_ID }),
  ]);
  expect(output.join('')).not.toContain(NONCE);
});

test('throws a bug', async () => {
  s3.on(HeadObjectCommand).rejects(BUG);

  expect(await failureOf(handler(created('inbox/id/a')))).toBe(BUG);
});
