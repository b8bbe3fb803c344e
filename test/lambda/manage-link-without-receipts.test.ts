import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as ManageLink from '../../lambda/manage-link';
import { CALLER_ARN, proxyEvent, REQUEST_ID } from './support/events';
import { failureOf } from './support/failure-of';
import { LINK_ID, NOW_SECONDS, parsed, setUpFunction } from './support/handler';

const { dynamoDb, output } = setUpFunction();
const SUBJECT = { link_id: LINK_ID, caller: CALLER_ARN, request_id: REQUEST_ID };
const { handler } = jest.requireActual<typeof ManageLink>('../../lambda/manage-link');

function manage(method: string): Promise<APIGatewayProxyResult> {
  return handler(proxyEvent({ method, resource: '/links/{link_id}', pathParameters: { link_id: LINK_ID } }));
}

test('GET returns the state of an active link, and reads no receipt', async () => {
  const item = { expires_at: NOW_SECONDS + 1, purge_at: NOW_SECONDS + 1, created_by: CALLER_ARN };
  dynamoDb.on(GetCommand).resolves({ Item: item });

  const { statusCode, body } = await manage('GET');

  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toEqual({
    link_id: LINK_ID,
    status: 'active',
    created_by: CALLER_ARN,
    expires_at: '2026-11-22T08:15:01Z',
  });
  expect(dynamoDb.calls()).toHaveLength(1);
  expect(parsed(output)).toEqual([{ event: 'link_lookup', outcome: 'active', ...SUBJECT }]);
});

// The last one was issued while the deployment kept receipts.
test.each([
  ['unknown', {}],
  ['expired', { Item: { expires_at: NOW_SECONDS, purge_at: NOW_SECONDS, created_by: CALLER_ARN } }],
  ['expired but kept', { Item: { expires_at: NOW_SECONDS, purge_at: NOW_SECONDS + 9, created_by: CALLER_ARN } }],
])('GET of a link that is %s returns 404', async (_, response) => {
  dynamoDb.on(GetCommand).resolves(response);

  const { statusCode, body } = await manage('GET');

  expect(statusCode).toBe(404);
  expect(JSON.parse(body)).toMatchObject({
    code: 'LinkNotFound',
    detail: 'No active link has this ID: it was redeemed or revoked, has expired, or was never issued.',
  });
  expect(parsed(output)).toEqual([{ event: 'link_lookup', outcome: 'not_found', ...SUBJECT }]);
});

test('DELETE revokes the link, and records nothing', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID } });

  expect(await manage('DELETE')).toMatchObject({ statusCode: 204 });
  expect(dynamoDb.calls()).toHaveLength(1);
  expect(parsed(output)).toEqual([{ event: 'link_revocation', outcome: 'revoked', ...SUBJECT }]);
});

test('throws for the list of links, because the API has no such route', async () => {
  expect(await failureOf(handler(proxyEvent({ method: 'GET', resource: '/my-links' })))).toMatchObject({
    message: 'a deployment that keeps no receipts has no such route',
  });
});
