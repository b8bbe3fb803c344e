import type { S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { parseLogEvent } from '../../lambda/link/log-record';
import type * as LogReceived from '../../lambda/log-received';
import { failureOf } from './support/failure-of';
import { LINK_ID, NONCE, NOW, parsed, setUpFunction } from './support/handler';

const { output } = setUpFunction();
const { handler } = jest.requireActual<typeof LogReceived>('../../lambda/log-received');

/** SHA-256 of `abc`. */
const SHA256_OF_ABC = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';
const REQUEST_ID = 'C3D13FE58DE4C810';

/** Lets S3 respond to each HEAD, and returns the requests. */
function respond(status: number, headers: Readonly<Record<string, string>> = {}): jest.SpiedFunction<typeof fetch> {
  return jest.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(null, { status, headers }));
}

const OF_LINK = { 'x-amz-meta-link-id': LINK_ID };

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
  const requests = respond(200, { ...OF_LINK, 'content-length': '3', 'x-amz-checksum-sha256': SHA256_OF_ABC });

  await handler(created('inbox/id/größe & 50%.txt', 'v1'));

  expect(requests.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^https:\/\/shared-bucket\.s3\.us-east-1\.amazonaws\.com\/inbox\/id\/gr%C3%B6%C3%9Fe%20%26%2050%25\.txt\?/,
      ),
      expect.objectContaining({ method: 'HEAD', redirect: 'error', headers: { 'x-amz-checksum-mode': 'ENABLED' } }),
    ],
  ]);
  const { searchParams } = new URL(String(requests.mock.calls[0]?.[0]));
  expect(searchParams.get('versionId')).toBe('v1');
  expect(searchParams.get('X-Amz-SignedHeaders')).toBe('host;x-amz-checksum-mode');
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
  respond(200, { ...OF_LINK, 'content-length': '3' });
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

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
  ['no checksum', {}, {}],
  [
    'the checksum that S3 adds',
    { 'x-amz-checksum-crc64nvme': 'HXpOGqCPtwk=' },
    { checksum_algorithm: 'CRC64NVME', checksum: 'HXpOGqCPtwk=' },
  ],
  [
    'two checksums',
    { 'x-amz-checksum-crc64nvme': 'HXpOGqCPtwk=', 'x-amz-checksum-sha256': SHA256_OF_ABC },
    { checksum_algorithm: 'SHA256', checksum: SHA256_OF_ABC },
  ],
])('logs an object with %s', async (_, checksums, fields) => {
  respond(200, { ...OF_LINK, 'content-length': '0', ...checksums });

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

test.each<[string, Readonly<Record<string, string>>]>([
  ['no metadata', {}],
  ['other metadata', { 'x-amz-meta-owner': 'ada' }],
  ['an empty link ID', { 'x-amz-meta-link-id': '' }],
  ['a malformed link ID', { 'x-amz-meta-link-id': `${LINK_ID}=` }],
  ['a nonce instead of a link ID', { 'x-amz-meta-link-id': NONCE }],
])('logs nothing about an object with %s, because it was not uploaded through a link', async (_, headers) => {
  respond(200, { 'content-length': '3', ...headers });

  await handler(created('inbox/copied-by-an-operator.txt'));

  expect(output).toEqual([]);
});

test('logs nothing about an object that no longer exists', async () => {
  respond(404);

  await handler(created('inbox/id/a'));

  expect(output).toEqual([]);
});

test.each([403, 500, 503])('throws if S3 responds with %d, so that Lambda retries the event', async (status) => {
  respond(status);

  expect(await failureOf(handler(created('inbox/id/a')))).toMatchObject({ name: 'StorageUnavailableError' });
  expect(parsed(output)).toEqual([
    { event: 'storage_failed', error: 'S3Error', request_id: REQUEST_ID, http_status: status },
  ]);
});

test('throws if S3 does not respond, and logs nothing of the URL', async () => {
  const lost = Object.assign(new Error(`failed on ${NONCE}`), { name: 'TimeoutError' });
  jest.spyOn(globalThis, 'fetch').mockRejectedValue(lost);

  expect(await failureOf(handler(created('inbox/id/a')))).toMatchObject({ name: 'StorageUnavailableError' });
  expect(parsed(output)).toEqual([{ event: 'storage_failed', error: 'TimeoutError', request_id: REQUEST_ID }]);
});
