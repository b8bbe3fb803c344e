import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import type * as DescribeLink from '../../lambda/describe-link';
import type { UploadDestination } from '../../lambda/link/destination';
import { sealDestination } from '../../lambda/link/sealed-destination';
import { proxyEvent, REQUEST_ID, type Request, SOURCE_IP } from './support/events';
import { failureOf } from './support/failure-of';
import {
  BUG,
  dynamoDbError,
  LINK_ID,
  NONCE,
  NOW_SECONDS,
  parsed,
  setUpFunction,
  URL_OF_OBJECT,
} from './support/handler';
import { nonceNumber, storedUrl } from './support/samples';

const { dynamoDb, output } = setUpFunction();
const { handler } = jest.requireActual<typeof DescribeLink>('../../lambda/describe-link');

/** The reader, in every line about a request. */
const READER = { source_ip: SOURCE_IP, user_agent: 'Firefox' };

function describeLink(nonce: string): Promise<APIGatewayProxyResult> {
  return handler(eventWith({ body: JSON.stringify({ nonce }) }));
}

function eventWith(request: Request): APIGatewayProxyEvent {
  return proxyEvent({ resource: '/describe-link', headers: { 'User-Agent': ['Firefox'] }, ...request });
}

function itemOf(expiresAtSeconds: number, description = storedUrl(URL_OF_OBJECT).description) {
  const sealed = sealDestination(NONCE, storedUrl(URL_OF_OBJECT, description));
  return { Item: { sealed, expires_at: expiresAtSeconds } };
}

test('returns the name, size and type of the file, the sender, and when the link expires', async () => {
  dynamoDb.on(GetCommand).resolves(itemOf(NOW_SECONDS + 60));

  const { statusCode, headers, body } = await describeLink(NONCE);

  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  expect(JSON.parse(body)).toEqual({
    operation: 'download',
    file_name: 'S3.png',
    size_bytes: 1_234_567,
    content_type: 'image/png',
    expires_at: '2026-11-22T08:16:00Z',
    from: 'Ada Lovelace',
  });
});

test('leaves out the type and the sender if they are unknown', async () => {
  dynamoDb.on(GetCommand).resolves(itemOf(NOW_SECONDS + 1, { fileName: 'S3.png', sizeBytes: 0 }));

  expect(JSON.parse((await describeLink(NONCE)).body)).toEqual({
    operation: 'download',
    file_name: 'S3.png',
    size_bytes: 0,
    expires_at: '2026-11-22T08:15:01Z',
  });
});

describe('an upload link', () => {
  function uploadItem(destination: Partial<UploadDestination> = {}) {
    const sealed = sealDestination(NONCE, {
      bucketName: 'shared-bucket',
      region: 'us-east-1',
      key: { prefix: 'inbox/acme/' },
      maxBytes: 500_000_000,
      ...destination,
    });
    return { Item: { sealed, expires_at: NOW_SECONDS + 60 } };
  }

  test('is described by its limits, its label and who asks, but not by where the file goes', async () => {
    dynamoDb.on(GetCommand).resolves(
      uploadItem({
        contentTypes: ['image/*', 'application/pdf'],
        label: 'Logs for case 4711',
        from: 'Ada Lovelace',
      }),
    );

    const { statusCode, headers, body } = await describeLink(NONCE);

    expect(statusCode).toBe(200);
    expect(headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    expect(JSON.parse(body)).toEqual({
      operation: 'upload',
      max_bytes: 500_000_000,
      content_types: ['image/*', 'application/pdf'],
      label: 'Logs for case 4711',
      expires_at: '2026-11-22T08:16:00Z',
      from: 'Ada Lovelace',
    });
    expect(parsed(output)).toEqual([
      { event: 'link_description', outcome: 'active', link_id: LINK_ID, request_id: REQUEST_ID, ...READER },
    ]);
  });

  test('is described without what was not set', async () => {
    dynamoDb.on(GetCommand).resolves(uploadItem());

    expect(JSON.parse((await describeLink(NONCE)).body)).toEqual({
      operation: 'upload',
      max_bytes: 500_000_000,
      expires_at: '2026-11-22T08:16:00Z',
    });
  });

  test('whose record claims to be of a download link is refused and logged', async () => {
    const { Item: item } = uploadItem();
    const sealed = Uint8Array.from(item.sealed).fill(1, 0, 1);
    dynamoDb.on(GetCommand).resolves({ Item: { ...item, sealed } });

    expectRefused(await describeLink(NONCE));
    expect(parsed(output)).toContainEqual({ event: 'record_tampered', link_id: LINK_ID, request_id: REQUEST_ID });
  });
});

test('redeems nothing: it sends one consistent read, and logs neither the file nor the sender', async () => {
  dynamoDb.on(GetCommand).resolves(itemOf(NOW_SECONDS + 60));

  await describeLink(NONCE);

  expect(dynamoDb.calls().map(({ args: [command] }) => command.input)).toEqual([
    {
      TableName: 'links',
      Key: { nonce_id: LINK_ID },
      ProjectionExpression: 'sealed, expires_at',
      ConsistentRead: true,
    },
  ]);
  expect(parsed(output)).toEqual([
    { event: 'link_description', outcome: 'active', link_id: LINK_ID, request_id: REQUEST_ID, ...READER },
  ]);
});

test.each<[string, object, string]>([
  ['unknown, redeemed or revoked', {}, 'not_active'],
  // Kept for its receipt, or not yet deleted by TTL.
  ['expired', itemOf(NOW_SECONDS), 'expired'],
])('refuses a link that is %s, with one and the same response', async (_, found, outcome) => {
  dynamoDb.on(GetCommand).resolves(found);

  expectRefused(await describeLink(NONCE));
  expect(parsed(output)).toEqual([
    { event: 'link_description', outcome, link_id: LINK_ID, request_id: REQUEST_ID, ...READER },
  ]);
});

test.each<[string, Request]>([
  ['no body', {}],
  ['the nonce in the query', { query: { nonce: [NONCE] } }],
  ['the nonce in the query, and an empty object', { query: { nonce: [NONCE] }, body: '{}' }],
  ['an empty body', { body: '' }],
  ['a body that is not JSON', { body: `nonce=${NONCE}` }],
  ['the nonce alone', { body: `"${NONCE}"` }],
  ['null', { body: 'null' }],
  ['a list', { body: `["${NONCE}"]` }],
  ['a list of nonces', { body: `{"nonce":["${NONCE}"]}` }],
  ['a number', { body: '{"nonce":1}' }],
  ['a field of another name', { body: `{"Nonce":"${NONCE}"}` }],
  ['a field before the nonce', { body: `{"a":1,"nonce":"${NONCE}"}` }],
  ['a field after the nonce', { body: `{"nonce":"${NONCE}","a":1}` }],
  ['a malformed nonce', { body: '{"nonce":"guess"}' }],
  ['an altered nonce', { body: `{"nonce":"${NONCE}="}` }],
  ['more than 1 KB', { body: `{"nonce":"${NONCE}"}`.padEnd(1025) }],
])('refuses a request with %s with the same response, and does not call the table', async (_, request) => {
  dynamoDb.on(GetCommand).resolves(itemOf(NOW_SECONDS + 60));

  expectRefused(await handler(eventWith(request)));
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([
    { event: 'link_description', outcome: 'malformed', request_id: REQUEST_ID, ...READER },
  ]);
});

test('refuses a base64-encoded body with the same response, and does not call the table', async () => {
  dynamoDb.on(GetCommand).resolves(itemOf(NOW_SECONDS + 60));
  const body = Buffer.from(`{"nonce":"${NONCE}"}`).toString('base64');

  expectRefused(await handler({ ...eventWith({ body }), isBase64Encoded: true }));
  // Even if it is not encoded.
  expectRefused(await handler({ ...eventWith({ body: `{"nonce":"${NONCE}"}` }), isBase64Encoded: true }));
  expect(dynamoDb.calls()).toEqual([]);
});

test('accepts a body of 1 KB', async () => {
  dynamoDb.on(GetCommand).resolves(itemOf(NOW_SECONDS + 60));

  const { statusCode } = await handler(eventWith({ body: `{"nonce":"${NONCE}"}`.padEnd(1024) }));
  expect(statusCode).toBe(200);
});

test.each([
  ['sealed with another nonce', sealDestination(nonceNumber(1), storedUrl(URL_OF_OBJECT))],
  ['altered', withLastByteFlipped(sealDestination(NONCE, storedUrl(URL_OF_OBJECT)))],
  ['cut short', sealDestination(NONCE, storedUrl(URL_OF_OBJECT)).subarray(0, 17)],
])('refuses a link whose record was %s with the same response, and logs it for an alarm', async (_, sealed) => {
  dynamoDb.on(GetCommand).resolves({ Item: { sealed, expires_at: NOW_SECONDS + 60 } });

  expectRefused(await describeLink(NONCE));
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'link_description', outcome: 'active' }),
    { event: 'record_tampered', link_id: LINK_ID, request_id: REQUEST_ID },
  ]);
});

test('throws if a newer version issued the link, because it is still active', async () => {
  dynamoDb.on(GetCommand).resolves({ Item: { sealed: Uint8Array.of(9, 0), expires_at: NOW_SECONDS + 60 } });

  expect(String(await failureOf(describeLink(NONCE)))).toContain('unknown format');
});

test.each([
  ['fails', dynamoDbError('InternalServerError', 500), 'InternalServerError'],
  ['throttles', dynamoDbError('ThrottlingException', 400), 'ThrottlingException'],
  ['exceeds the deadline', Object.assign(new Error('Request aborted'), { name: 'AbortError' }), 'AbortError'],
])('503 if the table %s', async (_, error, name) => {
  dynamoDb.on(GetCommand).rejects(error);

  const { statusCode, headers, body } = await describeLink(NONCE);

  expect(statusCode).toBe(503);
  expect(headers).toMatchObject({ 'Problem-Code': 'StorageUnavailable', 'Retry-After': '2' });
  expect(JSON.parse(body)).toMatchObject({ code: 'StorageUnavailable' });
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: name, link_id: LINK_ID, request_id: REQUEST_ID }),
  ]);
});

test('throws a bug', async () => {
  dynamoDb.on(GetCommand).rejects(BUG);

  expect(await failureOf(describeLink(NONCE))).toBe(BUG);
});

function withLastByteFlipped(sealed: Uint8Array): Uint8Array {
  return sealed.map((byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte));
}

/** Checks that the response is the one for all links that cannot be redeemed. */
function expectRefused({ statusCode, headers, body }: APIGatewayProxyResult): void {
  expect(statusCode).toBe(403);
  expect(headers).toEqual({
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json',
    'Problem-Code': 'AccessDenied',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
  });
  expect(JSON.parse(body)).toEqual({
    type: 'about:blank',
    title: 'Forbidden',
    status: 403,
    // The gateway's text for a link that cannot be redeemed.
    detail:
      'The link is unknown, incomplete, expired or already redeemed: ask the sender for a new one. Or the caller has no permission for this route.',
    code: 'AccessDenied',
  });
}
