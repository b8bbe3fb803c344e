import { BatchGetCommand, DeleteCommand, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { linkIdOf } from '../../lambda/link/nonce';
import type * as ManageLink from '../../lambda/manage-link';
import { CALLER_ARN, proxyEvent, REQUEST_ID } from './support/events';
import { failureOf } from './support/failure-of';
import {
  BUG,
  conditionFailed,
  dynamoDbError,
  LINK_ID,
  NONCE,
  NOW_SECONDS,
  parsed,
  setUpFunction,
  WITH_RECEIPTS,
} from './support/handler';
import { nonceNumber } from './support/samples';

const { dynamoDb, output } = setUpFunction(WITH_RECEIPTS);
const SUBJECT = { caller: CALLER_ARN, request_id: REQUEST_ID };
const JOE_ARN = 'arn:aws:iam::123456789012:user/joe';
const { handler } = jest.requireActual<typeof ManageLink>('../../lambda/manage-link');

const EVERY = '/links/{link_id}';
const OWN = '/my-links/{link_id}';

function manage(method: string, resource: string, linkId: string | null = LINK_ID): Promise<APIGatewayProxyResult> {
  return handler(proxyEvent({ method, resource, pathParameters: linkId === null ? {} : { link_id: linkId } }));
}

function list(query: Readonly<Record<string, readonly string[]>> = {}): Promise<APIGatewayProxyResult> {
  return handler(proxyEvent({ method: 'GET', resource: '/my-links', query }));
}

const ACTIVE = { nonce_id: LINK_ID, expires_at: NOW_SECONDS + 1, purge_at: NOW_SECONDS + 60, created_by: CALLER_ARN };
const EXPIRED = { ...ACTIVE, expires_at: NOW_SECONDS };
const UNUSED = {
  link_id: LINK_ID,
  created_by: CALLER_ARN,
  created_at: '2026-11-22T08:00:00.123Z',
  expires_at: NOW_SECONDS + 1,
  purge_at: NOW_SECONDS + 60,
};
const REDEEMED = {
  ...UNUSED,
  redeemed: { at: '2026-11-22T08:10:00.456Z', source_ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
  refused: new Set(['2026-11-22T08:11:00.000Z 198.51.100.9 b=', '2026-11-22T08:10:30.000Z 198.51.100.8 a=']),
};
const REVOKED = { ...UNUSED, revoked: { at: '2026-11-22T08:10:00.456Z', by: JOE_ARN } };

/** Sets the items in the two tables. */
function store(link: object | undefined, receipt: object | undefined): void {
  dynamoDb.on(GetCommand, { TableName: 'links' }).resolves(link === undefined ? {} : { Item: { ...link } });
  dynamoDb.on(GetCommand, { TableName: 'receipts' }).resolves(receipt === undefined ? {} : { Item: { ...receipt } });
}

describe.each([EVERY, OWN])('GET %s', (resource) => {
  const STATE = { link_id: LINK_ID, created_by: CALLER_ARN, expires_at: '2026-11-22T08:15:01Z' };
  const CREATED = { operation: 'download', created_at: '2026-11-22T08:00:00Z' };

  test.each([
    ['active', ACTIVE, UNUSED, { ...STATE, ...CREATED }],
    ['active', ACTIVE, undefined, STATE],
    ['expired', EXPIRED, UNUSED, { ...STATE, ...CREATED, expires_at: '2026-11-22T08:15:00Z' }],
    ['ended', undefined, UNUSED, { ...STATE, ...CREATED }],
    [
      'redeemed',
      undefined,
      REDEEMED,
      {
        ...STATE,
        ...CREATED,
        redeemed: { at: '2026-11-22T08:10:00Z', source_ip: '203.0.113.7', user_agent: 'Mozilla/5.0' },
        refused_after: { count: 2, last_at: '2026-11-22T08:11:00Z', last_source_ip: '198.51.100.9' },
      },
    ],
    ['revoked', undefined, REVOKED, { ...STATE, ...CREATED, revoked: { at: '2026-11-22T08:10:00Z', by: JOE_ARN } }],
  ])('returns the state of a link that is %s', async (status, link, receipt, expected) => {
    store(link, receipt);

    const { statusCode, body } = await manage('GET', resource);

    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toEqual({ ...expected, status });
    expect(parsed(output)).toEqual([{ event: 'link_lookup', outcome: status, link_id: LINK_ID, ...SUBJECT }]);
  });

  test.each([
    ['was never issued', undefined, undefined],
    ['is due to be purged', { ...EXPIRED, purge_at: NOW_SECONDS }, { ...UNUSED, purge_at: NOW_SECONDS }],
  ])('returns 404 for a link that %s', async (_, link, receipt) => {
    store(link, receipt);

    const { statusCode, body } = await manage('GET', resource);

    expect(statusCode).toBe(404);
    expect(JSON.parse(body)).toMatchObject({
      code: 'LinkNotFound',
      detail: 'No link has this ID, or the link and its receipt have been deleted.',
    });
    expect(parsed(output)).toEqual([{ event: 'link_lookup', outcome: 'not_found', link_id: LINK_ID, ...SUBJECT }]);
  });
});

test.each([
  ['an active link', { ...ACTIVE, created_by: JOE_ARN }, { ...UNUSED, created_by: JOE_ARN }],
  ['an active link without a receipt', { ...ACTIVE, created_by: JOE_ARN }, undefined],
  ['a redeemed link', undefined, { ...REDEEMED, created_by: JOE_ARN }],
])(
  'GET of %s of another creator returns the same as for an unknown link, except to a manager',
  async (_, link, receipt) => {
    store(undefined, undefined);
    const unknown = await manage('GET', OWN);
    store(link, receipt);

    expect(await manage('GET', OWN)).toEqual(unknown);
    expect(unknown.statusCode).toBe(404);
    expect(parsed(output)).toMatchObject([{ outcome: 'not_found' }, { outcome: 'not_found' }]);
    expect(await manage('GET', EVERY)).toMatchObject({ statusCode: 200 });
  },
);

test.each([
  [EVERY, 'attribute_exists(nonce_id) AND expires_at > :now', { ':now': NOW_SECONDS }],
  [
    OWN,
    'attribute_exists(nonce_id) AND expires_at > :now AND created_by = :created_by',
    { ':now': NOW_SECONDS, ':created_by': CALLER_ARN },
  ],
])('DELETE %s revokes the link with one conditional delete, and records it', async (resource, condition, values) => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID } });
  dynamoDb.on(UpdateCommand).resolves({ Attributes: { ...REVOKED } });

  expect(await manage('DELETE', resource)).toMatchObject({ statusCode: 204, body: '' });

  expect(dynamoDb.calls()).toHaveLength(2);
  expect(dynamoDb.commandCalls(DeleteCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'links',
    Key: { nonce_id: LINK_ID },
    ConditionExpression: condition,
    ExpressionAttributeValues: values,
  });
  expect(dynamoDb.commandCalls(UpdateCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'receipts',
    Key: { link_id: LINK_ID },
    ExpressionAttributeValues: { ':revoked': { at: '2026-11-22T08:15:00.900Z', by: CALLER_ARN } },
  });
  expect(parsed(output)).toEqual([{ event: 'link_revocation', outcome: 'revoked', link_id: LINK_ID, ...SUBJECT }]);
});

test('DELETE of a link without a receipt succeeds', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID } });
  dynamoDb.on(UpdateCommand).rejects(conditionFailed(1, 'no item'));

  expect(await manage('DELETE', EVERY)).toMatchObject({ statusCode: 204 });
});

test('DELETE returns 204 and logs the failure if a revocation cannot be recorded, because the link is revoked', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID } });
  dynamoDb.on(UpdateCommand).rejects(dynamoDbError('InternalServerError', 500));

  expect(await manage('DELETE', EVERY)).toMatchObject({ statusCode: 204 });
  expect(parsed(output)).toEqual([
    { event: 'link_revocation', outcome: 'revoked', link_id: LINK_ID, ...SUBJECT },
    expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', link_id: LINK_ID, ...SUBJECT }),
  ]);
});

test('DELETE throws a bug in recording a revocation', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID } });
  dynamoDb.on(UpdateCommand).rejects(BUG);

  expect(await failureOf(manage('DELETE', EVERY))).toBe(BUG);
});

const NO_ACTIVE_LINK = 'No active link has this ID: it was redeemed or revoked, has expired, or was never issued.';

test.each([
  ['not_active', conditionFailed(1, 'no item'), 'LinkNotFound', NO_ACTIVE_LINK],
  ['expired', conditionFailed(1, 'expired item'), 'LinkNotFound', NO_ACTIVE_LINK],
  ['outcome_unknown', conditionFailed(2, 'no item'), 'RevocationUnknown', /outcome is unknown/],
])('DELETE of a link that is %s returns 404, and records nothing', async (outcome, error, code, detail) => {
  dynamoDb.on(DeleteCommand).rejects(error);

  const { statusCode, body } = await manage('DELETE', EVERY);

  expect(statusCode).toBe(404);
  expect(JSON.parse(body)).toMatchObject({ code, detail: expect.stringMatching(detail) });
  expect(dynamoDb.commandCalls(UpdateCommand)).toEqual([]);
  expect(parsed(output)).toEqual([{ event: 'link_revocation', outcome, link_id: LINK_ID, ...SUBJECT }]);
});

test('DELETE /my-links of a link of another caller returns the same as for an unknown link', async () => {
  dynamoDb.on(DeleteCommand).rejects(conditionFailed(1, 'no item'));
  const unknown = await manage('DELETE', OWN);
  // The creator in the item is not the caller.
  dynamoDb.on(DeleteCommand).rejects(conditionFailed(1, 'expired item'));

  expect(await manage('DELETE', OWN)).toEqual(unknown);
  expect(unknown.statusCode).toBe(404);
  expect(parsed(output)).toMatchObject([{ outcome: 'not_active' }, { outcome: 'not_active' }]);
});

describe.each([
  ['GET', EVERY, 'link_lookup'],
  ['GET', OWN, 'link_lookup'],
  ['DELETE', EVERY, 'link_revocation'],
  ['DELETE', OWN, 'link_revocation'],
])('%s %s', (method, resource, event) => {
  test.each([null, '', 'guess', NONCE, `${LINK_ID}==`, '{link_id}'])(
    'refuses %p as a link ID before the tables are called, and does not repeat it',
    async (linkId) => {
      const { statusCode, body } = await manage(method, resource, linkId);

      expect(statusCode).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ code: 'InvalidRequest', detail: expect.stringMatching(/^link_id/) });
      expect(body + output.join()).not.toContain(linkId || 'undefined');
      expect(dynamoDb.calls()).toEqual([]);
      expect(parsed(output)).toEqual([{ event, outcome: 'malformed', ...SUBJECT }]);
    },
  );

  test('returns 503 if a table fails', async () => {
    dynamoDb.rejects(dynamoDbError('InternalServerError', 500));

    const { statusCode, body } = await manage(method, resource);

    expect(statusCode).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ code: 'StorageUnavailable' });
    expect(parsed(output)).toEqual([
      expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', link_id: LINK_ID, ...SUBJECT }),
    ]);
  });

  test('throws a bug', async () => {
    dynamoDb.rejects(BUG);

    expect(await failureOf(manage(method, resource))).toBe(BUG);
  });
});

describe('GET /my-links', () => {
  const OTHER_ID = linkIdOf(nonceNumber(1));
  const keys = [
    { created_by: CALLER_ARN, created_at: '2026-11-22T08:00:00.123Z', link_id: LINK_ID },
    { created_by: CALLER_ARN, created_at: '2026-11-22T07:00:00.123Z', link_id: OTHER_ID },
  ];
  const TOKEN = `2026-11-22T07:00:00.123Z_${OTHER_ID}`;

  test('lists the caller’s links, newest first, and returns where the next page starts', async () => {
    dynamoDb.on(QueryCommand).resolves({ Items: [...keys], LastEvaluatedKey: { ...keys[1] } });
    dynamoDb.on(BatchGetCommand).resolves({
      Responses: { links: [ACTIVE], receipts: [{ ...REDEEMED, link_id: OTHER_ID }, UNUSED] },
    });

    const { statusCode, body } = await list();

    expect(statusCode).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      links: [
        { link_id: LINK_ID, status: 'active' },
        { link_id: OTHER_ID, status: 'redeemed' },
      ],
      next: TOKEN,
    });
    expect(dynamoDb.commandCalls(QueryCommand)[0]?.args[0].input).toEqual({
      TableName: 'receipts',
      IndexName: 'by_creator',
      KeyConditionExpression: 'created_by = :created_by',
      ExpressionAttributeValues: { ':created_by': CALLER_ARN },
      ScanIndexForward: false,
      Limit: 50,
    });
    expect(parsed(output)).toEqual([{ event: 'links_listed', ...SUBJECT }]);
  });

  test('continues after the link in next, among the links of the caller', async () => {
    dynamoDb.on(QueryCommand).resolves({ Items: [] });

    const { body } = await list({ next: [TOKEN] });

    expect(body).toBe('{"links":[]}');
    expect(dynamoDb.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      ExpressionAttributeValues: { ':created_by': CALLER_ARN },
      ExclusiveStartKey: { created_by: CALLER_ARN, created_at: '2026-11-22T07:00:00.123Z', link_id: OTHER_ID },
    });
  });

  test.each([
    ['malformed', ['secret']],
    ['empty', ['']],
    ['a link ID', [LINK_ID]],
  ])('refuses next if it is %s, before the table is called, and does not repeat it', async (_, next) => {
    const { statusCode, body } = await list({ next });

    expect(statusCode).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ code: 'InvalidRequest', detail: expect.stringMatching(/^next must/) });
    expect(body).not.toContain(next[0] || 'undefined');
    expect(dynamoDb.calls()).toEqual([]);
    expect(output).toEqual([]);
  });

  test.each([
    ['the index', () => dynamoDb.on(QueryCommand)],
    ['the batch', () => dynamoDb.on(BatchGetCommand)],
  ])('returns 503 if %s fails', async (_, request) => {
    dynamoDb.on(QueryCommand).resolves({ Items: [...keys] });
    request().rejects(dynamoDbError('InternalServerError', 500));

    expect(await list()).toMatchObject({ statusCode: 503 });
    expect(parsed(output)).toEqual([
      expect.objectContaining({ event: 'storage_failed', error: 'InternalServerError', ...SUBJECT }),
    ]);
  });
});

describe('a caller without an ARN', () => {
  const requestContext = { identity: { userArn: null } };
  const pathParameters = { link_id: LINK_ID };

  test.each([
    ['GET', '/my-links', null],
    ['GET', OWN, pathParameters],
    ['DELETE', OWN, pathParameters],
  ])('owns no links: %s %s fails without a call', async (method, resource, parameters) => {
    const event = proxyEvent({ method, resource, requestContext, ...(parameters && { pathParameters: parameters }) });

    expect(await failureOf(handler(event))).toMatchObject({ message: 'IAM authorization gives every caller an ARN' });
    expect(dynamoDb.calls()).toEqual([]);
  });
});

test('a route that is not the one of managers is limited to links of the caller', async () => {
  store({ ...ACTIVE, created_by: JOE_ARN }, { ...UNUSED, created_by: JOE_ARN });

  expect((await manage('GET', '/their-links/{link_id}')).statusCode).toBe(404);
});
