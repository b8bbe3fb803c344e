import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type * as GenerateUrl from '../../lambda/generate-url';
import type { Destination } from '../../lambda/link/destination';
import { linkIdOf, parseNonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import { CALLER_ARN, proxyEvent, REQUEST_ID, type Request } from './support/events';
import { failureOf } from './support/failure-of';
import { firstByte } from './support/first-byte';
import { dynamoDbError, ENVIRONMENT, endTest, NOW_SECONDS, parsed, s3Error, startTest } from './support/handler';

Object.assign(process.env, ENVIRONMENT);
const SUBJECT = { caller: CALLER_ARN, request_id: REQUEST_ID };
const FIELDS = { bucket_name: 'shared-bucket', object_name: 'folder/S3 logo.png' };
const dynamoDb = mockClient(DynamoDBDocumentClient);
const s3 = mockClient(S3Client);
const { handler } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url');

let output: string[];
beforeEach(() => {
  output = startTest();
  dynamoDb.reset();
  s3.reset();
  dynamoDb.on(PutCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
});
afterEach(endTest);

function issue(fields: Readonly<Record<string, unknown>> = {}, request: Request = {}): Promise<APIGatewayProxyResult> {
  return handler(proxyEvent({ body: JSON.stringify({ ...FIELDS, ...fields }), ...request }));
}

function storedItem() {
  const [put, ...more] = dynamoDb.commandCalls(PutCommand);
  expect(more).toEqual([]);
  return put?.args[0].input.Item ?? {};
}

/** Destination of the link that was just issued. */
function destinationOf(link: string): Destination {
  const nonce = parseNonce(/[\w-]{43}$/.exec(link)?.[0]);
  if (nonce === undefined) {
    throw new Error('the link has no nonce');
  }
  return unsealDestination(nonce, storedItem()['sealed']);
}

/** The presigned URL that the link redirects to. */
function urlOf(link: string): URL {
  const destination = destinationOf(link);
  return new URL(destination.presign === 'now' ? destination.url : 'about:blank');
}

test('returns a link, and stores its destination so that only its nonce unseals it', async () => {
  const { statusCode, headers, body } = await issue({ expires_in: 60 });

  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  expect(body).toMatch(
    /^https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/prod\/access-object\?nonce=[\w-]{43}$/,
  );
  const nonce = parseNonce(body.slice(-43));
  const linkId = nonce && linkIdOf(nonce);
  expect(storedItem()).toEqual({
    nonce_id: linkId,
    sealed: expect.any(Uint8Array),
    expires_at: NOW_SECONDS + 60,
    created_by: CALLER_ARN,
  });
  const url = urlOf(body);
  expect(`${url.origin}${url.pathname}`).toBe('https://shared-bucket.s3.us-east-1.amazonaws.com/folder/S3%20logo.png');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    'X-Amz-Date': '20261122T081500Z',
    'X-Amz-Expires': '60',
    'X-Amz-Security-Token': ENVIRONMENT.AWS_SESSION_TOKEN,
    'X-Amz-SignedHeaders': 'host',
  });
  expect(parsed(output)).toEqual([{ event: 'link_issued', link_id: linkId, ...SUBJECT }]);
});

test('returns both links, the link ID and the expiry as JSON', async () => {
  const { body } = await issue({}, { headers: { accept: ['application/json'] } });
  const { url, click_through_url, link_id, expires_at } = JSON.parse(body);

  expect(link_id).toBe(storedItem()['nonce_id']);
  expect(new URL(click_through_url).hash).toBe(`#${new URL(url).searchParams.get('nonce')}`);
  expect(expires_at).toBe('2026-11-22T09:15:00Z');
  expect(storedItem()['expires_at']).toBe(NOW_SECONDS + 3_600);
});

test('returns the click-through link if asked to', async () => {
  const { body } = await issue({ click_through: true });

  expect(body).toMatch(/^https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/prod\/open-link#[\w-]{43}$/);
  expect(destinationOf(body).presign).toBe('now');
});

test('draws a nonce for every link', async () => {
  const links = await Promise.all(Array.from({ length: 20 }, () => issue()));

  expect(new Set(links.map(({ body }) => body)).size).toBe(20);
});

test('presigns the version and the file name of the request', async () => {
  const { body } = await issue({ version_id: 'v1', download_as: 'résumé.pdf' });

  expect(Object.fromEntries(urlOf(body).searchParams)).toMatchObject({
    versionId: 'v1',
    'response-content-disposition': `attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`,
  });
  expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toMatchObject({ VersionId: 'v1' });
});

test.each<[Readonly<Record<string, unknown>>, number]>([
  [{ presign: 'on_open' }, 3_600],
  [{ expires_in: 3_601 }, 3_601],
  [{ expires_in: 604_800, presign: 'on_open' }, 604_800],
])('stores the address of the object, and no URL, for %j', async (fields, seconds) => {
  const { body } = await issue({ version_id: 'v1', download_as: 'résumé.pdf', ...fields });

  expect(destinationOf(body)).toEqual({
    presign: 'on_open',
    object: {
      bucketName: 'shared-bucket',
      region: 'us-east-1',
      objectName: 'folder/S3 logo.png',
      versionId: 'v1',
      downloadAs: 'résumé.pdf',
    },
  });
  expect(storedItem()['expires_at']).toBe(NOW_SECONDS + seconds);
});

test('pins the version that it found, in a URL', async () => {
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte(), VersionId: 'found' }));

  expect(urlOf((await issue()).body).searchParams.get('versionId')).toBe('found');
});

test('pins the version that it found, in an address', async () => {
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte(), VersionId: 'found' }));

  expect(destinationOf((await issue({ presign: 'on_open' })).body)).toMatchObject({ object: { versionId: 'found' } });
});

test('reads a body in base64', async () => {
  const body = Buffer.from(JSON.stringify(FIELDS)).toString('base64');

  expect(await handler({ ...proxyEvent({ body }), isBase64Encoded: true })).toMatchObject({ statusCode: 200 });
});

test('issues to an unknown caller, as in a console test', async () => {
  await issue({}, { requestContext: { identity: { userArn: null } } });

  expect(storedItem()['created_by']).toBe('unknown');
});

test.each<[string, Readonly<Record<string, unknown>>, readonly [string, number] | undefined, number, string, RegExp]>([
  ['a wrong field', { expires_in: 0 }, undefined, 400, 'InvalidRequest', /expires_in/],
  ['another bucket', { bucket_name: 'other-bucket' }, undefined, 403, 'BucketNotAllowed', /bucket_name/],
  ['a bucket in capitals', { bucket_name: 'SHARED-BUCKET' }, undefined, 403, 'BucketNotAllowed', /bucket_name/],
  ['a missing object', {}, ['NoSuchKey', 404], 404, 'ObjectNotFound', /object/],
  ['an archived object', {}, ['InvalidObjectState', 403], 400, 'InvalidRequest', /^object_name.*restore/],
  ['a forbidden object', {}, ['AccessDenied', 403], 400, 'InvalidRequest', /^object_name.*forbids/],
  ['a malformed version', { version_id: 'x' }, ['InvalidArgument', 400], 400, 'InvalidRequest', /^version_id/],
  ['an object with SSE-C', {}, ['InvalidRequest', 400], 400, 'InvalidRequest', /SSE-C/],
  [
    'an object_name, version_id and download_as that are too long together',
    { object_name: '€'.repeat(341), version_id: '%'.repeat(1_024), download_as: '文'.repeat(85) },
    undefined,
    400,
    'InvalidRequest',
    /object_name, version_id and download_as/,
  ],
])('refuses %s, and stores nothing', async (_, fields, s3Says, status, code, detail) => {
  if (s3Says !== undefined) {
    s3.on(GetObjectCommand).rejects(s3Error(...s3Says));
  }

  const { statusCode, headers, body } = await issue(fields);

  expect(statusCode).toBe(status);
  expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json' });
  expect(headers).not.toHaveProperty('Retry-After');
  expect(JSON.parse(body)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([{ event: 'link_refused', code, ...SUBJECT }]);
});

test.each([
  { bucket_name: 'other-bucket' },
  { bucket_name: 'team-reports', object_name: 'salaries.csv' },
  { bucket_name: 'team-reports', object_name: 'quarterly' },
  { bucket_name: 'team-reports', object_name: '/quarterly/1.pdf' },
  { bucket_name: 'team-reports', object_name: 'Quarterly/1.pdf' },
])('refuses every object that is not shared alike, without asking S3: %j', async (fields) => {
  const response = await issue(fields);

  expect(response).toEqual(await issue({ bucket_name: 'no-such-bucket' }));
  expect(response.statusCode).toBe(403);
  expect(s3.calls()).toEqual([]);
});

test('shares the objects of a bucket below its prefix', async () => {
  const { body } = await issue({ bucket_name: 'team-reports', object_name: 'quarterly/1.pdf' });

  expect(urlOf(body).host).toBe('team-reports.s3.us-east-1.amazonaws.com');
});

test('asks and signs in the region of the bucket', async () => {
  const { body } = await issue({ bucket_name: 'scans', object_name: '1.png' });

  const [{ thisValue }] = s3.calls() as unknown as readonly [{ readonly thisValue: S3Client }];
  expect(await thisValue.config.region()).toBe('eu-west-1');
  expect(urlOf(body).host).toBe('scans.s3.eu-west-1.amazonaws.com');
  expect(urlOf(body).searchParams.get('X-Amz-Credential')).toContain('/eu-west-1/s3/');
});

test('stores the region of the bucket with an address', async () => {
  const { body } = await issue({ bucket_name: 'scans', object_name: '1.png', presign: 'on_open' });

  expect(destinationOf(body)).toMatchObject({ object: { bucketName: 'scans', region: 'eu-west-1' } });
});

test('does not tell a missing object from a forbidden one if only a prefix of the bucket is shared', async () => {
  s3.on(GetObjectCommand).rejects(s3Error('AccessDenied', 403));

  const { statusCode, body } = await issue({ bucket_name: 'team-reports', object_name: 'quarterly/9.pdf' });

  expect(statusCode).toBe(404);
  expect(JSON.parse(body)).toMatchObject({
    code: 'ObjectNotFound',
    detail: 'There is no such object, or a key or a policy forbids this deployment to read it.',
  });
});

const UNAVAILABLE = {
  statusCode: 503,
  headers: expect.objectContaining({ 'Retry-After': '2', 'Content-Type': 'application/problem+json' }),
  body: expect.stringContaining('"code":"StorageUnavailable"'),
};

test.each([
  ['fails', s3Error('InternalError', 500)],
  ['throttles', s3Error('SlowDown', 503)],
  ['refuses the credentials', s3Error('InvalidAccessKeyId', 403)],
  ['says that the credentials have expired', s3Error('ExpiredToken', 400)],
  ['refuses connections', Object.assign(new Error('connect ECONNREFUSED'), { $metadata: { attempts: 3 } })],
])('returns 503 and stores nothing if S3 %s', async (_, error) => {
  s3.on(GetObjectCommand).rejects(error);

  expect(await issue()).toMatchObject(UNAVAILABLE);
  expect(dynamoDb.calls()).toEqual([]);
});

test.each([
  ['NoSuchBucket', 404],
  ['PermanentRedirect', 301],
  ['AuthorizationHeaderMalformed', 400],
])('says that the deployment is misconfigured if S3 answers %s', async (name, status) => {
  s3.on(GetObjectCommand).rejects(s3Error(name, status));

  const response = await issue();

  expect(response).toMatchObject(UNAVAILABLE);
  expect(JSON.parse(response.body).detail).toMatch(/^bucket_name does not exist, or is in another region/);
  expect(parsed(output)).toEqual([expect.objectContaining({ event: 'storage_failed', error: name })]);
});

test('returns 503 and no link if the table fails, and logs the error without its message', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  dynamoDb.on(PutCommand).rejects(dynamoDbError('InternalServerError', 500));

  const response = await issue();

  expect(response).toMatchObject(UNAVAILABLE);
  expect(response.body).not.toMatch(/access-object|nonce=/);
  expect(parsed(output)).toEqual([
    {
      event: 'storage_failed',
      error: 'InternalServerError',
      http_status: 500,
      attempts: 3,
      aws_request_id: 'REQUESTID',
      ...SUBJECT,
    },
  ]);
});

test('a bug is thrown', async () => {
  const bug = new TypeError('x is not a function');
  s3.on(GetObjectCommand).rejects(bug);

  expect(await failureOf(issue())).toBe(bug);
});
