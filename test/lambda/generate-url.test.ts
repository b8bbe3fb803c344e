import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyResult } from 'aws-lambda';
import type * as GenerateUrl from '../../lambda/generate-url';
import type { DownloadDestination } from '../../lambda/link/destination';
import { linkIdOf, type Nonce, parseNonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import { CALLER_ARN, proxyEvent, REQUEST_ID, type Request } from './support/events';
import { failureOf } from './support/failure-of';
import { firstByte } from './support/first-byte';
import { BUG, dynamoDbError, ENVIRONMENT, NOW_SECONDS, parsed, s3Error, setUpFunction } from './support/handler';

const { dynamoDb, output, s3 } = setUpFunction();
const SUBJECT = { caller: CALLER_ARN, request_id: REQUEST_ID };
const { handler } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url');

beforeEach(() => {
  dynamoDb.on(PutCommand).resolves({});
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte() }));
});

function issue(fields = {}, request: Request = {}): Promise<APIGatewayProxyResult> {
  const body = JSON.stringify({ bucket_name: 'shared-bucket', object_name: 'folder/S3 logo.png', ...fields });
  return handler(proxyEvent({ body, ...request }));
}

function storedItem() {
  return dynamoDb.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {};
}

/** Issues a link. Returns its destination. */
async function destination(fields = {}): Promise<DownloadDestination> {
  const { body } = await issue(fields);
  return unsealDestination(parseNonce(body.slice(-43)) as Nonce, storedItem()['sealed'], 'download');
}

/** Issues a link. Returns the presigned URL that it redirects to. */
async function presignedUrl(fields = {}): Promise<URL> {
  const unsealed = await destination(fields);
  return new URL(unsealed.presign === 'now' ? unsealed.url : 'about:blank');
}

test('stores a destination that only the nonce can unseal, and returns a link with the nonce', async () => {
  const { statusCode, headers, body } = await issue({ expires_in: 60 });

  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  expect(body).toMatch(
    /^https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/prod\/access-object\?nonce=[\w-]{43}$/,
  );
  const linkId = linkIdOf(parseNonce(body.slice(-43)) as Nonce);
  expect(storedItem()).toEqual({
    nonce_id: linkId,
    sealed: expect.any(Uint8Array),
    expires_at: NOW_SECONDS + 60,
    purge_at: NOW_SECONDS + 60,
    record_format: 1,
    created_by: CALLER_ARN,
  });
  expect(dynamoDb.calls()).toHaveLength(1);
  expect(parsed(output)).toEqual([{ event: 'link_issued', link_id: linkId, ...SUBJECT }]);
});

test('presigns the object, its version and its file name', async () => {
  const url = await presignedUrl({ expires_in: 60, version_id: 'v1', download_as: 'résumé.pdf' });

  expect(`${url.origin}${url.pathname}`).toBe('https://shared-bucket.s3.us-east-1.amazonaws.com/folder/S3%20logo.png');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    'X-Amz-Date': '20261122T081500Z',
    'X-Amz-Expires': '120',
    'X-Amz-Security-Token': ENVIRONMENT.AWS_SESSION_TOKEN,
    'X-Amz-SignedHeaders': 'host',
    versionId: 'v1',
    'x-link-id': storedItem()['nonce_id'],
    'response-content-disposition': `attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`,
  });
  expect(s3.commandCalls(GetObjectCommand)[0]?.args[0].input).toMatchObject({ VersionId: 'v1' });
});

test('returns both links, the link ID and the expiry as JSON', async () => {
  const { body } = await issue({}, { headers: { accept: ['application/json'] } });
  const { url, click_through_url, link_id, expires_at } = JSON.parse(body);

  expect(link_id).toBe(storedItem()['nonce_id']);
  expect(new URL(click_through_url).hash).toBe(`#${new URL(url).searchParams.get('nonce')}`);
  expect(expires_at).toBe('2026-11-22T09:15:00Z');
  expect(storedItem()['expires_at']).toBe(NOW_SECONDS + 3_600);
});

test('returns the click-through link if the request asks for it', async () => {
  const { body } = await issue({ click_through: true });

  expect(body).toMatch(/^https:\/\/a1b2c3d4e5\.execute-api\.us-east-1\.amazonaws\.com\/prod\/open-link#[\w-]{43}$/);
});

test.each([
  [{ presign: 'on_open' }, 3_600],
  [{ expires_in: 3_601 }, 3_601],
  [{ expires_in: 604_800, presign: 'on_open' }, 604_800],
])('stores the address of the object, and no URL, for %j', async (fields, seconds) => {
  expect(await destination({ version_id: 'v1', download_as: 'résumé.pdf', ...fields })).toEqual({
    presign: 'on_open',
    object: {
      bucketName: 'shared-bucket',
      region: 'us-east-1',
      objectName: 'folder/S3 logo.png',
      versionId: 'v1',
      downloadAs: 'résumé.pdf',
    },
    // The mock of S3 returns no size.
    description: { fileName: 'résumé.pdf', sizeBytes: 0 },
  });
  expect(storedItem()['expires_at']).toBe(NOW_SECONDS + seconds);
});

test('pins the version that it found', async () => {
  s3.on(GetObjectCommand).callsFake(async () => ({ Body: firstByte(), VersionId: 'found' }));

  expect((await presignedUrl()).searchParams.get('versionId')).toBe('found');
  dynamoDb.resetHistory();
  expect(await destination({ presign: 'on_open' })).toMatchObject({ object: { versionId: 'found' } });
});

test('signs in the Region of the bucket', async () => {
  const url = await presignedUrl({ bucket_name: 'scans' });

  const [{ thisValue }] = s3.calls() as unknown as readonly [{ readonly thisValue: S3Client }];
  expect(await thisValue.config.region()).toBe('eu-west-1');
  expect(url.host).toBe('scans.s3.eu-west-1.amazonaws.com');
  expect(url.searchParams.get('X-Amz-Credential')).toContain('/eu-west-1/s3/');
  dynamoDb.resetHistory();
  expect(await destination({ bucket_name: 'scans', presign: 'on_open' })).toMatchObject({
    object: { region: 'eu-west-1' },
  });
});

const PART = { bucket_name: 'team-reports', object_name: 'quarterly/9.pdf' };
const TOO_LONG = { object_name: '€'.repeat(341), version_id: '%'.repeat(1_024), download_as: '文'.repeat(85) };

test.each<[string, object, Parameters<typeof s3Error> | undefined, number, string, RegExp]>([
  ['a wrong field', { expires_in: 0 }, undefined, 400, 'InvalidRequest', /expires_in/],
  ['another bucket', { bucket_name: 'other' }, undefined, 403, 'BucketNotAllowed', /bucket_name/],
  [
    'a URL that is too long',
    TOO_LONG,
    undefined,
    400,
    'InvalidRequest',
    /object_name, version_id, download_as and from/,
  ],
  ['a missing object', {}, ['NoSuchKey', 404], 404, 'ObjectNotFound', /no such object/],
  [
    'a missing or forbidden object',
    PART,
    ['AccessDenied', 403],
    404,
    'ObjectNotFound',
    /no such object, or .*does not allow/,
  ],
  ['a forbidden object', {}, ['AccessDenied', 403], 400, 'InvalidRequest', /^object_name cannot be read/],
  ['an archived object', {}, ['InvalidObjectState', 403], 400, 'InvalidRequest', /^object_name.*restore/],
  ['a malformed version', { version_id: 'x' }, ['InvalidArgument', 400], 400, 'InvalidRequest', /^version_id/],
  ['an object with SSE-C', {}, ['InvalidRequest', 400], 400, 'InvalidRequest', /SSE-C/],
])('refuses %s, and stores nothing', async (_, fields, failure, status, code, detail) => {
  if (failure !== undefined) {
    s3.on(GetObjectCommand).rejects(s3Error(...failure));
  }

  const { statusCode, headers, body } = await issue(fields);

  expect(statusCode).toBe(status);
  expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json' });
  expect(JSON.parse(body)).toMatchObject({ status, code, detail: expect.stringMatching(detail) });
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([{ event: 'link_refused', code, ...SUBJECT }]);
});

test.each([
  { bucket_name: 'SHARED-BUCKET' },
  { bucket_name: 'team-reports', object_name: 'salaries.csv' },
  { bucket_name: 'team-reports', object_name: 'quarterly' },
  { bucket_name: 'team-reports', object_name: 'Quarterly/1.pdf' },
])(
  'refuses an object outside the allowed prefix in the same way as an unknown bucket, without calling S3: %j',
  async (fields) => {
    const response = await issue(fields);

    expect(response).toEqual(await issue({ bucket_name: 'no-such-bucket' }));
    expect(response.statusCode).toBe(403);
    expect(s3.calls()).toEqual([]);
  },
);

test('issues links to objects with the allowed prefix', async () => {
  expect((await presignedUrl(PART)).host).toBe('team-reports.s3.us-east-1.amazonaws.com');
});

const UNAVAILABLE = {
  statusCode: 503,
  headers: expect.objectContaining({ 'Retry-After': '2', 'Content-Type': 'application/problem+json' }),
  body: expect.stringContaining('"code":"StorageUnavailable"'),
};

test.each([
  ['InternalError', 500, /did not respond/],
  ['SlowDown', 503, /did not respond/],
  ['InvalidAccessKeyId', 403, /did not respond/],
  ['ExpiredToken', 400, /did not respond/],
  // The deployment is misconfigured, so a retry does not help.
  ['NoSuchBucket', 404, /^bucket_name does not exist, or is not in the Region/],
  ['PermanentRedirect', 301, /^bucket_name does not exist, or is not in the Region/],
  ['AuthorizationHeaderMalformed', 400, /^bucket_name does not exist, or is not in the Region/],
])('returns 503 and stores nothing if S3 responds with %s', async (name, status, detail) => {
  s3.on(GetObjectCommand).rejects(s3Error(name, status));

  const response = await issue();

  expect(response).toMatchObject(UNAVAILABLE);
  expect(JSON.parse(response.body).detail).toMatch(detail);
  expect(dynamoDb.calls()).toEqual([]);
  expect(parsed(output)).toEqual([expect.objectContaining({ event: 'storage_failed', error: name })]);
});

test('returns 503 and no link if the table fails, and logs the error without its message', async () => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  dynamoDb.on(PutCommand).rejects(dynamoDbError('InternalServerError', 500));

  const response = await issue();

  expect(response).toMatchObject(UNAVAILABLE);
  expect(response.body).not.toMatch(/access-object|nonce=/);
  const failure = { error: 'InternalServerError', http_status: 500, attempts: 3, aws_request_id: 'REQUESTID' };
  expect(parsed(output)).toEqual([{ event: 'storage_failed', ...failure, ...SUBJECT }]);
});

test('throws a bug', async () => {
  s3.on(GetObjectCommand).rejects(BUG);

  expect(await failureOf(issue())).toBe(BUG);
});
