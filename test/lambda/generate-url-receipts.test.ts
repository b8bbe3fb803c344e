import { GetObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as GenerateUrl from '../../lambda/generate-url';
import { linkIdOf, type Nonce, parseNonce } from '../../lambda/link/nonce';
import { CALLER_ARN, proxyEvent, REQUEST_ID } from './support/events';
import { firstByte } from './support/first-byte';
import { conditionFailed, dynamoDbError, NOW_SECONDS, parsed, setUpFunction, WITH_RECEIPTS } from './support/handler';

const { dynamoDb, output, s3 } = setUpFunction({ ...WITH_RECEIPTS, RECEIPT_FILE_NAMES: 'true' });
const SUBJECT = { caller: CALLER_ARN, request_id: REQUEST_ID };
const { handler } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url');

beforeEach(() => {
  dynamoDb.on(PutCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
});

function issue(): Promise<APIGatewayProxyResult> {
  const request = { bucket_name: 'shared-bucket', object_name: 'folder/report.pdf', expires_in: 60 };
  return handler(proxyEvent({ body: JSON.stringify(request) }));
}

test('stores the receipt after the link, and keeps both for 30 days after the expiry', async () => {
  const { statusCode, body } = await issue();

  expect(statusCode).toBe(200);
  const linkId = linkIdOf(parseNonce(body.slice(-43)) as Nonce);
  const times = { expires_at: NOW_SECONDS + 60, purge_at: NOW_SECONDS + 60 + 2_592_000 };
  expect(dynamoDb.commandCalls(PutCommand).map(({ args }) => args[0].input)).toMatchObject([
    { TableName: 'links', Item: { nonce_id: linkId, ...times } },
    {
      TableName: 'receipts',
      Item: {
        link_id: linkId,
        operation: 'download',
        created_by: CALLER_ARN,
        created_at: '2026-11-22T08:15:00.900Z',
        ...times,
        file_name: 'report.pdf',
      },
    },
  ]);
  expect(parsed(output)).toEqual([{ event: 'link_issued', link_id: linkId, ...SUBJECT }]);
});

test('returns the link if a retry finds the receipt of an earlier attempt', async () => {
  dynamoDb.on(PutCommand, { TableName: 'receipts' }).rejects(conditionFailed(2, 'no item'));

  expect(await issue()).toMatchObject({ statusCode: 200 });
});

test('returns 503 and no link if the receipt cannot be stored', async () => {
  dynamoDb.on(PutCommand, { TableName: 'receipts' }).rejects(dynamoDbError('InternalServerError', 500));

  const { statusCode, body } = await issue();

  expect(statusCode).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ code: 'StorageUnavailable' });
  expect(body).not.toMatch(/access-object|nonce=/);
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', ...SUBJECT }),
  ]);
});
