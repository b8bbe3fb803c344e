import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as GenerateUrl from '../../lambda/generate-url';
import { linkIdOf, type Nonce, parseNonce } from '../../lambda/link/nonce';
import { CALLER_ARN, proxyEvent, REQUEST_ID } from './support/events';
import { failureOf } from './support/failure-of';
import { firstByte } from './support/first-byte';
import { dynamoDbError, NOW_SECONDS, parsed, s3Error, setUpFunction, WITH_RECEIPTS } from './support/handler';

const { dynamoDb, output, s3 } = setUpFunction({
  ...WITH_RECEIPTS,
  ALLOWED_BUCKETS: JSON.stringify([{ name: 'shared-bucket', uploadPrefix: 'inbox/' }, { name: 'photos' }]),
  MAX_UPLOAD_BYTES: '2000000000',
  DAILY_UPLOAD_BYTES: '10000000000',
});
const SUBJECT = { caller: CALLER_ARN, request_id: REQUEST_ID };
const { handler } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url');

beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  dynamoDb.on(PutCommand).resolves({});
  dynamoDb.on(UpdateCommand).resolves({});
});

function issue(fields = {}, accept = 'application/json'): Promise<APIGatewayProxyResult> {
  const request = { operation: 'upload', bucket_name: 'shared-bucket', max_bytes: 1_000, ...fields };
  return handler(proxyEvent({ body: JSON.stringify(request), headers: { Accept: [accept] } }));
}

test('returns both addresses of an upload link', async () => {
  const { statusCode, body } = await issue({ expires_in: 60 });

  expect(statusCode).toBe(200);
  const { url, click_through_url, link_id, ...rest } = JSON.parse(body);
  const nonce = parseNonce(url.slice(-43)) as Nonce;
  const base = 'https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod';
  expect([url, click_through_url]).toEqual([`${base}/upload-object?nonce=${nonce}`, `${base}/send-file#${nonce}`]);
  expect(link_id).toBe(linkIdOf(nonce));
  expect(rest).toEqual({ expires_at: '2026-11-22T08:16:00Z' });
  expect(parsed(output)).toEqual([{ event: 'link_issued', link_id, ...SUBJECT }]);
});

test('returns one address as text', async () => {
  expect((await issue({}, 'text/plain')).body).toMatch(/\/upload-object\?nonce=[\w-]{43}$/);
  expect((await issue({ click_through: true }, 'text/plain')).body).toMatch(/\/send-file#[\w-]{43}$/);
});

test('reserves the quota, then stores the link with its limits, then the receipt, and does not call S3', async () => {
  await issue({ expires_in: 60, content_types: ['image/*'], label: 'Logs for case 4711', from: 'Ada Lovelace' });

  const [quota, link, receipt] = dynamoDb.calls().map(({ args: [command] }) => command.input);
  const times = { expires_at: NOW_SECONDS + 60, purge_at: NOW_SECONDS + 60 + 2_592_000 };
  expect(quota).toMatchObject({
    TableName: 'links',
    Key: { nonce_id: expect.stringMatching(/^upload-quota\/2026-11-22\//) },
    ExpressionAttributeValues: { ':bytes': 1_000, ':room': 9_999_999_000 },
  });
  expect(link).toEqual({
    TableName: 'links',
    Item: {
      nonce_id: expect.any(String),
      sealed: expect.any(Uint8Array),
      ...times,
      created_by: CALLER_ARN,
      record_format: 3,
      max_bytes: 1_000,
      content_types: new Set(['image/*']),
    },
  });
  expect(receipt).toMatchObject({ TableName: 'receipts', Item: { operation: 'upload', ...times } });
  expect(dynamoDb.calls()).toHaveLength(3);
  expect(s3.calls()).toEqual([]);
  expect(JSON.stringify([quota, link, receipt, output])).not.toMatch(/4711|Lovelace|inbox/);
});

test.each<[string, object, number, string, RegExp]>([
  ['a field of downloads', { presign: 'now' }, 400, 'InvalidRequest', /^presign is only for/],
  ['more than the deployment accepts', { max_bytes: 2_000_000_001 }, 400, 'InvalidRequest', /from 1 to 2000000000\.$/],
  ['a bucket without an upload prefix', { bucket_name: 'photos' }, 403, 'BucketNotAllowed', /accepts no uploads/],
  ['another prefix', { prefix: 'outbox/' }, 403, 'BucketNotAllowed', /not below its upload prefix/],
  ['an existing object', { object_name: 'inbox/a.pdf' }, 409, 'ObjectExists', /^There is an object/],
])('refuses %s, and stores nothing', async (_, fields, status, code, detail) => {
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));

  const { statusCode, headers, body } = await issue(fields);

  expect(statusCode).toBe(status);
  expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Problem-Code': code });
  expect(JSON.parse(body)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([{ event: 'link_refused', code, ...SUBJECT }]);
});

test('refuses a link that exceeds the daily quota, and stores nothing', async () => {
  dynamoDb.on(UpdateCommand).rejects(new ConditionalCheckFailedException({ message: 'no', $metadata: {} }));

  const { statusCode, body } = await issue();

  expect(statusCode).toBe(403);
  expect(JSON.parse(body)).toMatchObject({
    code: 'UploadQuotaExceeded',
    detail: expect.stringContaining('10000000000'),
  });
  expect(dynamoDb.commandCalls(PutCommand)).toEqual([]);
  expect(parsed(output)).toEqual([{ event: 'link_refused', code: 'UploadQuotaExceeded', ...SUBJECT }]);
});

test('issues a link for a whole key that has no object', async () => {
  s3.on(GetObjectCommand).rejects(s3Error('NoSuchKey', 404));

  expect(await issue({ object_name: 'inbox/a.pdf' })).toMatchObject({ statusCode: 200 });
  expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toMatchObject({ Key: 'inbox/a.pdf' });
});

test.each([
  ['the quota', UpdateCommand],
  ['the link', PutCommand],
])('returns 503 and no link if %s cannot be written', async (_, command) => {
  dynamoDb.on(command as typeof PutCommand).rejects(dynamoDbError('InternalServerError', 500));

  const { statusCode, body } = await issue();

  expect(statusCode).toBe(503);
  expect(body).not.toMatch(/upload-object|nonce=/);
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', ...SUBJECT }),
  ]);
});

test('throws a bug', async () => {
  const bug = new TypeError('x is not a function');
  dynamoDb.on(UpdateCommand).rejects(bug);

  expect(await failureOf(issue())).toBe(bug);
});
