import { DeleteCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type * as ManageLink from '../../lambda/manage-link';
import { CALLER_ARN, proxyEvent, REQUEST_ID } from './support/events';
import { failureOf } from './support/failure-of';
import {
  BUG,
  conditionFailed,
  dynamoDbError,
  ENVIRONMENT,
  endTest,
  LINK_ID,
  NONCE,
  NOW_SECONDS,
  parsed,
  startTest,
} from './support/handler';

Object.assign(process.env, ENVIRONMENT);
const SUBJECT = { caller: CALLER_ARN, request_id: REQUEST_ID };
const dynamoDb = mockClient(DynamoDBDocumentClient);
const { handler } = jest.requireActual<typeof ManageLink>('../../lambda/manage-link');

let output: string[];
beforeEach(() => {
  output = startTest();
});
afterEach(() => {
  endTest();
  dynamoDb.reset();
});

function manage(method: string, linkId = LINK_ID as string | null): Promise<APIGatewayProxyResult> {
  return handler(proxyEvent({ method, pathParameters: linkId === null ? {} : { link_id: linkId } }));
}

test('GET returns the state of an active link, without its destination', async () => {
  dynamoDb.on(GetCommand).resolves({ Item: { expires_at: NOW_SECONDS + 1, created_by: CALLER_ARN } });

  const { statusCode, body } = await manage('GET');

  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toEqual({
    link_id: LINK_ID,
    status: 'active',
    expires_at: '2026-11-22T08:15:01Z',
    created_by: CALLER_ARN,
  });
  expect(parsed(output)).toEqual([{ event: 'link_managed', outcome: 'active', link_id: LINK_ID, ...SUBJECT }]);
});

test('DELETE revokes the link with one conditional delete', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID } });

  expect(await manage('DELETE')).toMatchObject({ statusCode: 204, body: '' });

  expect(dynamoDb.calls()).toHaveLength(1);
  expect(dynamoDb.commandCalls(DeleteCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'links',
    Key: { nonce_id: LINK_ID },
    ExpressionAttributeValues: { ':now': NOW_SECONDS },
  });
  expect(parsed(output)).toEqual([{ event: 'link_managed', outcome: 'revoked', link_id: LINK_ID, ...SUBJECT }]);
});

const EXPIRED_ITEM = { expires_at: NOW_SECONDS, created_by: CALLER_ARN };
const NO_ACTIVE_LINK = 'No active link has this ID: it was redeemed or revoked, has expired, or was never issued.';

test.each<[string, string, string, string | RegExp, () => unknown]>([
  ['GET', 'not_active', 'LinkNotFound', NO_ACTIVE_LINK, () => dynamoDb.on(GetCommand).resolves({})],
  ['GET', 'expired', 'LinkNotFound', NO_ACTIVE_LINK, () => dynamoDb.on(GetCommand).resolves({ Item: EXPIRED_ITEM })],
  ['DELETE', 'not_active', 'LinkNotFound', NO_ACTIVE_LINK, () => dynamoDb.rejects(conditionFailed(1, 'no item'))],
  ['DELETE', 'expired', 'LinkNotFound', NO_ACTIVE_LINK, () => dynamoDb.rejects(conditionFailed(1, 'expired item'))],
  [
    'DELETE',
    'outcome_unknown',
    'RevocationUnknown',
    /outcome is unknown/,
    () => dynamoDb.rejects(conditionFailed(2, 'no item')),
  ],
])('%s of a link that is %s returns 404 %s', async (method, outcome, code, detail, arrange) => {
  arrange();

  const { statusCode, body } = await manage(method);

  expect(statusCode).toBe(404);
  expect(JSON.parse(body)).toMatchObject({ code, detail: expect.stringMatching(detail) });
  expect(parsed(output)).toEqual([{ event: 'link_managed', outcome, link_id: LINK_ID, ...SUBJECT }]);
});

test.each([null, '', 'guess', NONCE, `${LINK_ID}==`, '{link_id}'])(
  '%p is refused as a link ID before the table is called, and is not repeated',
  async (linkId) => {
    const { statusCode, body } = await manage('DELETE', linkId);

    expect(statusCode).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ code: 'InvalidRequest', detail: expect.stringMatching(/^link_id/) });
    expect(body + output.join()).not.toContain(linkId || 'undefined');
    expect(dynamoDb.calls()).toEqual([]);
    expect(parsed(output)).toEqual([{ event: 'link_managed', outcome: 'malformed', ...SUBJECT }]);
  },
);

test.each(['GET', 'DELETE'])('%s returns 503 if the table fails', async (method) => {
  dynamoDb.rejects(dynamoDbError('InternalServerError', 500));

  const { statusCode, body } = await manage(method);

  expect(statusCode).toBe(503);
  expect(JSON.parse(body)).toMatchObject({ code: 'StorageUnavailable' });
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', link_id: LINK_ID, ...SUBJECT }),
  ]);
});

test('throws a bug', async () => {
  dynamoDb.rejects(BUG);

  expect(await failureOf(manage('GET'))).toBe(BUG);
});
