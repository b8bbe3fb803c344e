import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import type * as AuthorizeAccess from '../../lambda/authorize-access';
import { sealDestination } from '../../lambda/link/sealed-destination';
import { authorizerEvent, METHOD_ARN, REQUEST_ID, type Request, SOURCE_IP } from './support/events';
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
  URL_OF_OBJECT,
} from './support/handler';
import { nonceNumber, storedUrl } from './support/samples';

const { dynamoDb, output } = setUpFunction();
const SEALED = sealDestination(NONCE, storedUrl(URL_OF_OBJECT));
dynamoDb.on(DeleteCommand).resolves({ Attributes: { sealed: SEALED } });
const { handler } = jest.requireActual<typeof AuthorizeAccess>('../../lambda/authorize-access');

function policy(effect: string): unknown {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: effect, Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
  };
}

test('redeems the link with one conditional delete, and allows the request', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: SEALED } });

  expect(await handler(authorizerEvent(NONCE))).toEqual({
    principalId: LINK_ID,
    policyDocument: policy('Allow'),
    context: { outcome: 'redeemed', sealed: Buffer.from(SEALED).toString('base64') },
  });
  expect(dynamoDb.calls()).toHaveLength(1);
  expect(dynamoDb.commandCalls(DeleteCommand)[0]?.args[0].input).toMatchObject({
    TableName: 'links',
    Key: { nonce_id: LINK_ID },
    ExpressionAttributeValues: { ':now': NOW_SECONDS, ':format0': 1, ':format1': 2 },
  });
  expect(parsed(output)).toEqual([
    { event: 'link_access', outcome: 'redeemed', link_id: LINK_ID, request_id: REQUEST_ID, source_ip: SOURCE_IP },
  ]);
});

test('logs the IP address and user agent of the reader, percent-encoded except for plain text', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: SEALED } });

  await handler(authorizerEvent(NONCE, { headers: { 'User-Agent': ['Mozilla/5.0 "Häck"'] } }));

  expect(parsed(output)).toEqual([
    expect.objectContaining({ source_ip: '203.0.113.7', user_agent: 'Mozilla/5.0 %22H%C3%A4ck%22' }),
  ]);
});

// Readers get the same error. Only the context, which is written to the access log, contains the reason.
test.each([
  ['not_active', conditionFailed(1, 'no item')],
  ['expired', conditionFailed(1, 'expired item')],
  ['outcome_unknown', conditionFailed(2, 'no item')],
])('denies and logs %s', async (outcome, error) => {
  dynamoDb.on(DeleteCommand).rejects(error);

  const result = await handler(authorizerEvent(NONCE));

  expect(result).toEqual({ principalId: LINK_ID, policyDocument: policy('Deny'), context: { outcome } });
  const subject = { link_id: LINK_ID, request_id: REQUEST_ID, source_ip: SOURCE_IP };
  expect(parsed(output)).toEqual([{ event: 'link_access', outcome, ...subject }]);
});

test.each<[string, Request, { outcome: string; userAgent?: string }]>([
  ['machine', { headers: { 'User-Agent': ['Slackbot 1.0'] } }, { outcome: 'machine', userAgent: 'Slackbot 1.0' }],
  ['prefetch', { headers: { 'sec-purpose': ['prefetch;prerender'] } }, { outcome: 'prefetch' }],
  ['prefetch', { headers: { 'Sec-Fetch-Dest': ['image'] } }, { outcome: 'prefetch' }],
])('denies an automated request, %s, before the table is called', async (outcome, request, context) => {
  const result = await handler(authorizerEvent(NONCE, request));

  expect(result).toEqual({ principalId: LINK_ID, policyDocument: policy('Deny'), context });
  expect(dynamoDb.calls()).toEqual([]);
  const subject = { link_id: LINK_ID, request_id: REQUEST_ID, source_ip: SOURCE_IP };
  expect(parsed(output)).toEqual([{ event: 'link_access', outcome, ...subject, user_agent: context.userAgent }]);
});

// The event that AWS documents has these maps only.
describe('without the multi-value maps of an event', () => {
  const event = (headers: Readonly<Record<string, string>>) => ({
    ...authorizerEvent(undefined),
    headers,
    multiValueHeaders: null,
    queryStringParameters: { nonce: NONCE },
    multiValueQueryStringParameters: null,
  });

  test('redeems the link', async () => {
    dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: SEALED } });

    expect((await handler(event({}))).context).toHaveProperty('outcome', 'redeemed');
  });

  test('recognizes an automated request', async () => {
    expect((await handler(event({ 'User-Agent': 'Slackbot 1.0' }))).context).toHaveProperty('outcome', 'machine');
  });
});

test('redeems the link for the POST of the click-through page, although a script sends it', async () => {
  dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: SEALED } });
  const headers = { 'Sec-Fetch-Dest': ['empty'], 'Sec-Fetch-Mode': ['cors'] };

  const result = await handler(authorizerEvent(NONCE, { method: 'POST', headers }));

  expect(result.context).toHaveProperty('outcome', 'redeemed');
});

test.each<[string, Request]>([
  ['no nonce', { query: {} }],
  ['a wrong nonce', { query: { nonce: ['guess'] } }],
  ['an altered nonce', { query: { nonce: [`${NONCE}=`] } }],
  ['two nonces', { query: { nonce: [NONCE, nonceNumber(1)] } }],
  ['the same nonce twice', { query: { nonce: [NONCE, NONCE] } }],
])('denies a request with %s, before the table is called', async (_, request) => {
  const result = await handler(authorizerEvent(undefined, request));

  const context = { outcome: 'malformed' };
  expect(result).toEqual({ principalId: 'none', policyDocument: policy('Deny'), context });
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([
    { event: 'link_access', outcome: 'malformed', request_id: REQUEST_ID, source_ip: SOURCE_IP },
  ]);
});

test.each([
  ['fails', dynamoDbError('InternalServerError', 500), 'InternalServerError'],
  ['throttles', dynamoDbError('ThrottlingException', 400), 'ThrottlingException'],
  ['refuses connections', Object.assign(new Error(`ECONNREFUSED ${NONCE}`), { $metadata: {} }), 'Error'],
  ['exceeds the deadline', Object.assign(new Error('Request aborted'), { name: 'AbortError' }), 'AbortError'],
])('throws an error without details if the table %s', async (_, error, name) => {
  dynamoDb.on(DeleteCommand).rejects(error);

  const thrown = await failureOf(handler(authorizerEvent(NONCE)));

  expect(thrown).toMatchObject({ message: 'an AWS service that the link depends on did not respond' });
  expect(thrown).not.toHaveProperty('cause');
  expect({ ...(thrown as Error) }).toEqual({ name: 'StorageUnavailableError' });
  expect(parsed(output)).toEqual([
    expect.objectContaining({ event: 'storage_failed', error: name, link_id: LINK_ID, request_id: REQUEST_ID }),
  ]);
});

test('throws an error, and logs the format, if the link has a format that the deployment cannot serve', async () => {
  const item = { expires_at: { N: String(NOW_SECONDS + 1) }, record_format: { N: '4' } };
  const error = new ConditionalCheckFailedException({ message: 'no', $metadata: { attempts: 1 }, Item: item });
  dynamoDb.on(DeleteCommand).rejects(error);

  expect(await failureOf(handler(authorizerEvent(NONCE)))).toMatchObject({ name: 'UnsupportedFormatError' });
  expect(parsed(output)).toEqual([
    { event: 'format_unsupported', format: 4, link_id: LINK_ID, request_id: REQUEST_ID },
  ]);
});

describe('on the upload route,', () => {
  const UPLOAD = sealDestination(NONCE, {
    bucketName: 'shared-bucket',
    region: 'us-east-1',
    key: { prefix: 'inbox/' },
    maxBytes: 1_000,
  });
  const PHOTO = { nonce: [NONCE], file_name: ['photo.jpg'], size_bytes: ['1000'], content_type: ['image/jpeg'] };
  const SUBJECT = { link_id: LINK_ID, request_id: REQUEST_ID, source_ip: SOURCE_IP };

  function authorize(query: Request['query'] = PHOTO, request: Request = {}) {
    return handler(authorizerEvent(NONCE, { method: 'POST', resource: '/upload-object', query, ...request }));
  }

  function conditionFailedOn(item: Readonly<Record<string, AttributeValue>>): void {
    dynamoDb
      .on(DeleteCommand)
      .rejects(new ConditionalCheckFailedException({ message: 'no', $metadata: { attempts: 1 }, Item: item }));
  }

  test('redeems a link that accepts the declared file, with one conditional delete', async () => {
    dynamoDb.on(DeleteCommand).resolves({ Attributes: { nonce_id: LINK_ID, sealed: UPLOAD } });

    expect(await authorize()).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Allow'),
      context: { outcome: 'redeemed', sealed: Buffer.from(UPLOAD).toString('base64') },
    });
    expect(dynamoDb.commandCalls(DeleteCommand).map(({ args }) => args[0].input)).toMatchObject([
      {
        Key: { nonce_id: LINK_ID },
        ExpressionAttributeValues: {
          ':now': NOW_SECONDS,
          ':format0': 3,
          ':size_bytes': 1_000,
          ':type': 'image/jpeg',
          ':range': 'image/*',
        },
      },
    ]);
    expect(parsed(output)).toEqual([{ event: 'link_access', outcome: 'redeemed', ...SUBJECT }]);
  });

  test.each<[string, Request['query'], RegExp]>([
    ['no file', { nonce: [NONCE] }, /^file_name must /],
    ['no size', { ...PHOTO, size_bytes: [] }, /^size_bytes must /],
    ['a size that is not a number', { ...PHOTO, size_bytes: ['secret'] }, /^size_bytes must /],
    ['two sizes', { ...PHOTO, size_bytes: ['1', '1000'] }, /^size_bytes must /],
    ['two names', { ...PHOTO, file_name: ['a', 'b'] }, /^file_name must /],
    ['more than 5 GB', { ...PHOTO, size_bytes: ['5000000001'] }, /^size_bytes must be at most 5000000000\.$/],
    ['a type with parameters', { ...PHOTO, content_type: ['text/plain;charset=secret'] }, /^content_type must /],
    ['a malformed checksum', { ...PHOTO, checksum_sha256: ['secret'] }, /^checksum_sha256 must /],
  ])(
    'lets upload-object explain what is wrong with %s, before the table is called, so that the link stays active',
    async (_, query, problem) => {
      expect(await authorize(query)).toEqual({
        principalId: LINK_ID,
        policyDocument: policy('Allow'),
        context: { outcome: 'invalid_upload', problem: expect.stringMatching(problem) },
      });
      expect(dynamoDb.calls()).toEqual([]);
      expect(parsed(output)).toEqual([{ event: 'link_access', outcome: 'invalid_upload', ...SUBJECT }]);
      expect(output.join('')).not.toContain('secret');
    },
  );

  test('lets upload-object explain which files the link accepts, without its sealed destination', async () => {
    conditionFailedOn({
      expires_at: { N: String(NOW_SECONDS + 1) },
      record_format: { N: '3' },
      max_bytes: { N: '999' },
      sealed: { B: UPLOAD },
    });

    expect(await authorize()).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Allow'),
      context: { outcome: 'invalid_upload', problem: 'size_bytes must be at most 999.' },
    });
    expect(parsed(output)).toEqual([{ event: 'link_access', outcome: 'invalid_upload', ...SUBJECT }]);
  });

  test.each([
    ['a download link', { expires_at: { N: String(NOW_SECONDS + 1) }, record_format: { N: '1' } }, 'not_active'],
    ['a download link', { expires_at: { N: String(NOW_SECONDS + 1) }, record_format: { N: '2' } }, 'not_active'],
    ['an expired link', { expires_at: { N: String(NOW_SECONDS) }, record_format: { N: '3' } }, 'expired'],
  ])('denies %s with %j: %s', async (_, item, outcome) => {
    conditionFailedOn(item);

    expect(await authorize()).toEqual({
      principalId: LINK_ID,
      policyDocument: policy('Deny'),
      context: { outcome },
    });
  });

  test('denies a link that was already redeemed, even for a file that it would not have accepted', async () => {
    dynamoDb.on(DeleteCommand).rejects(conditionFailed(1, 'no item'));

    expect(await authorize({ ...PHOTO, size_bytes: ['4000000000'] })).toMatchObject({
      policyDocument: policy('Deny'),
      context: { outcome: 'not_active' },
    });
  });

  test.each<[string, Request]>([
    ['prefetch', { headers: { Purpose: ['prefetch'] } }],
    // A script of another site.
    ['prefetch', { headers: { 'Sec-Fetch-Dest': ['empty'], 'Sec-Fetch-Site': ['cross-site'] } }],
    ['malformed', { query: { ...PHOTO, nonce: ['guess'] } }],
    ['malformed', { query: { ...PHOTO, nonce: [NONCE, NONCE] } }],
  ])('denies %s before the table is called', async (outcome, request) => {
    expect(await authorize(PHOTO, request)).toMatchObject({ policyDocument: policy('Deny'), context: { outcome } });
    expect(dynamoDb.calls()).toEqual([]);
  });

  test('throws an error if the link has a newer format, because the next deployment can redeem it', async () => {
    conditionFailedOn({ expires_at: { N: String(NOW_SECONDS + 1) }, record_format: { N: '4' } });

    expect(await failureOf(authorize())).toMatchObject({ name: 'UnsupportedFormatError' });
  });
});

test('denies an upload link on the route for downloads, even with a declared file', async () => {
  const item = { expires_at: { N: String(NOW_SECONDS + 1) }, record_format: { N: '3' }, max_bytes: { N: '1000' } };
  const error = new ConditionalCheckFailedException({ message: 'no', $metadata: { attempts: 1 }, Item: item });
  dynamoDb.on(DeleteCommand).rejects(error);
  const query = { nonce: [NONCE], file_name: ['photo.jpg'], size_bytes: ['1000'] };

  const result = await handler(authorizerEvent(NONCE, { resource: '/access-object', query }));

  expect(result).toMatchObject({ policyDocument: policy('Deny'), context: { outcome: 'not_active' } });
  expect(dynamoDb.commandCalls(DeleteCommand)[0]?.args[0].input).toMatchObject({
    ExpressionAttributeValues: { ':now': NOW_SECONDS, ':format0': 1, ':format1': 2 },
  });
});

test('throws a bug', async () => {
  dynamoDb.on(DeleteCommand).rejects(BUG);

  expect(await failureOf(handler(authorizerEvent(NONCE)))).toBe(BUG);
});
