import type { APIGatewayProxyResult } from 'aws-lambda';
import type { Destination, UploadDestination } from '../../lambda/link/destination';
import { sealDestination, TamperedRecordError } from '../../lambda/link/sealed-destination';
import type * as UploadObject from '../../lambda/upload-object';
import { openingEvent } from './support/events';
import { failureOf } from './support/failure-of';
import { ENVIRONMENT, LINK_ID, NONCE, setUpFunction, URL_OF_OBJECT } from './support/handler';
import { nonceNumber, storedUrl } from './support/samples';

const { dynamoDb, output, s3 } = setUpFunction({ UPLOAD_URL_LIFETIME_SECONDS: '900' });
const { handler } = jest.requireActual<typeof UploadObject>('../../lambda/upload-object');

/** SHA-256 of `abc`. */
const SHA256_OF_ABC = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';
const PREFIX: UploadDestination = {
  bucketName: 'shared-bucket',
  region: 'eu-west-1',
  key: { prefix: 'inbox/acme/' },
  maxBytes: 1_000,
  label: 'Logs for case 4711',
  from: 'Ada Lovelace',
};
const WHOLE_KEY: UploadDestination = { ...PREFIX, key: { objectName: 'inbox/contract.pdf' } };
const PHOTO = { file_name: 'photo.jpg', size_bytes: '1000', content_type: 'image/jpeg' };

function contextOf(destination: Destination, nonce = NONCE) {
  return { outcome: 'redeemed', sealed: Buffer.from(sealDestination(nonce, destination)).toString('base64') };
}

function upload(
  query: Readonly<Record<string, string>>,
  context: unknown = contextOf(PREFIX),
  nonce: string | undefined = NONCE,
): Promise<APIGatewayProxyResult> {
  const parameters = { ...(nonce !== '' && { nonce }), ...query };
  const multiple = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
  return handler(openingEvent(undefined, context, { method: 'POST', resource: '/upload-object', query: multiple }));
}

test('returns a presigned PUT for the declared file, its headers, and when it expires', async () => {
  const { statusCode, headers, body } = await upload({ ...PHOTO, checksum_sha256: SHA256_OF_ABC });

  expect(statusCode).toBe(200);
  expect(headers).toEqual({
    'Cache-Control': 'no-store',
    'Content-Type': 'application/json',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Robots-Tag': 'noindex',
  });
  const response = JSON.parse(body);
  expect(response).toEqual({
    url: expect.any(String),
    headers: {
      'Content-Type': 'image/jpeg',
      'If-None-Match': '*',
      'x-amz-meta-link-id': LINK_ID,
      'x-amz-checksum-sha256': SHA256_OF_ABC,
    },
    expires_at: '2026-11-22T08:30:00Z',
  });
  const { origin, pathname, searchParams } = new URL(response.url);
  expect(`${origin}${pathname}`).toBe(
    `https://shared-bucket.s3.eu-west-1.amazonaws.com/inbox/acme/${LINK_ID}/photo.jpg`,
  );
  expect(Object.fromEntries(searchParams)).toMatchObject({
    'X-Amz-Credential': 'ASIAROLE/20261122/eu-west-1/s3/aws4_request',
    'X-Amz-Date': '20261122T081500Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': ENVIRONMENT.AWS_SESSION_TOKEN,
    'X-Amz-SignedHeaders': 'content-length;content-type;host;if-none-match;x-amz-checksum-sha256;x-amz-meta-link-id',
    'x-link-id': LINK_ID,
  });
});

test('calls no AWS service, and logs nothing', async () => {
  await upload(PHOTO);

  expect([...dynamoDb.calls(), ...s3.calls(), ...output]).toEqual([]);
});

test('reveals neither the limits, nor the label, nor the nonce', async () => {
  const { body } = await upload(PHOTO);

  expect(body).not.toMatch(/4711|Ada|max_bytes/);
  expect(body).not.toContain(NONCE);
});

test.each([
  [PREFIX, '../../secret.txt', `inbox/acme/${LINK_ID}/.._.._secret.txt`],
  [PREFIX, '..', `inbox/acme/${LINK_ID}/_`],
  [PREFIX, 'größe.txt', `inbox/acme/${LINK_ID}/größe.txt`],
  [WHOLE_KEY, 'photo.jpg', 'inbox/contract.pdf'],
])('to %j, the file %j is uploaded as %s', async (destination, fileName, key) => {
  const { body } = await upload({ ...PHOTO, file_name: fileName }, contextOf(destination));

  expect(decodeURIComponent(new URL(JSON.parse(body).url).pathname)).toBe(`/${key}`);
});

test('the type is application/octet-stream by default', async () => {
  const { body } = await upload({ file_name: 'a', size_bytes: '0' });

  expect(JSON.parse(body).headers['Content-Type']).toBe('application/octet-stream');
});

test('400 with the sentence of the authorizer for a file that it did not accept', async () => {
  const context = { outcome: 'invalid_upload', problem: 'size_bytes must be at most 1000.' };

  const { statusCode, headers, body } = await upload({ ...PHOTO, size_bytes: '1001' }, context);

  expect(statusCode).toBe(400);
  expect(headers).toMatchObject({ 'Content-Type': 'application/problem+json', 'Problem-Code': 'InvalidRequest' });
  expect(JSON.parse(body)).toEqual({
    type: 'about:blank',
    title: 'Bad Request',
    status: 400,
    detail: 'size_bytes must be at most 1000.',
    code: 'InvalidRequest',
  });
});

test.each<[string, Parameters<typeof upload>]>([
  ['the authorizer was bypassed', [PHOTO, null]],
  ['the context has no record', [PHOTO, { principalId: LINK_ID }]],
  ['the context has a problem that is no text', [PHOTO, { problem: 1 }]],
  ['there is no nonce', [PHOTO, contextOf(PREFIX), '']],
  ['the nonce is malformed', [PHOTO, contextOf(PREFIX), 'guess']],
  ['the file is not declared, although the authorizer allowed the request', [{}, contextOf(PREFIX)]],
])('403 if %s', async (_, request) => {
  const { statusCode, body } = await upload(...request);

  expect(statusCode).toBe(403);
  expect(JSON.parse(body)).toMatchObject({ code: 'AccessDenied' });
  expect(body).not.toContain('amazonaws');
});

test.each([
  ['sealed with another nonce', contextOf(PREFIX, nonceNumber(1)).sealed],
  ['altered', contextOf(PREFIX).sealed.replace(/.{4}$/, 'AAAA')],
  ['of a download link', contextOf(storedUrl(URL_OF_OBJECT)).sealed],
])('throws if the record is %s', async (_, sealed) => {
  expect(await failureOf(upload(PHOTO, { sealed }))).toBeInstanceOf(TamperedRecordError);
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['larger than the record allows', { ...PHOTO, size_bytes: '1001' }],
  ['of a type that the record does not allow', { ...PHOTO, content_type: 'text/html' }],
])('throws if the item was altered to accept a file that is %s', async (_, declaration) => {
  const context = contextOf({ ...PREFIX, contentTypes: ['image/*'] });

  expect(await failureOf(upload(declaration, context))).toBeInstanceOf(TamperedRecordError);
});

test.each([[''], ['garbage']])('throws if the record has no known format: %j', async (sealed) => {
  expect(String(await failureOf(upload(PHOTO, { sealed })))).toContain('the sealed record has an unknown format');
});
