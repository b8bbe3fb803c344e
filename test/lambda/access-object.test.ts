import type * as AccessObject from '../../lambda/access-object';
import type { Destination } from '../../lambda/link/destination';
import { sealDestination } from '../../lambda/link/sealed-destination';
import { openingEvent, type Request } from './support/events';
import { failureOf } from './support/failure-of';
import { ENVIRONMENT, endTest, LINK_ID, NONCE, startTest, URL_OF_OBJECT } from './support/handler';
import { DESCRIPTION, nonceNumber, storedUrl } from './support/samples';

Object.assign(process.env, ENVIRONMENT);
beforeEach(() => {
  startTest();
});
afterEach(endTest);

/** Loads the function as in a cold start. */
function load(): typeof AccessObject.handler {
  let loaded: typeof AccessObject | undefined;
  jest.isolateModules(() => {
    loaded = jest.requireActual<typeof AccessObject>('../../lambda/access-object');
  });
  return (loaded as typeof AccessObject).handler;
}
const accessObject = load();

function contextOf(destination: Destination, nonce = NONCE) {
  return { sealed: Buffer.from(sealDestination(nonce, destination)).toString('base64') };
}
const STORED_URL = contextOf(storedUrl(URL_OF_OBJECT));
const ADDRESS = contextOf({
  presign: 'on_open',
  object: { bucketName: 'shared-bucket', region: 'eu-west-1', objectName: 'folder/S3 logo.png' },
  description: DESCRIPTION,
});
const NOT_JSON = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

test.each<[string, readonly string[], readonly string[], number]>([
  ['GET', [], [], 302],
  ['GET', ['application/json'], [], 302],
  ['GET', [], ['json'], 302],
  ['POST', [], [], 303],
  ['POST', ['*/*'], [], 303],
  ['POST', [NOT_JSON], [], 303],
  ['POST', [], ['html'], 303],
  ['POST', [], ['json', 'json'], 303],
  ['POST', ['application/json'], [], 200],
  ['POST', ['application/json'], [''], 200],
  ['POST', [], ['json'], 200],
  ['POST', ['text/html'], ['json'], 200],
])('%s with Accept %j and format %j gets %i', async (method, accept, format, status) => {
  const request: Request = { method, headers: { Accept: accept }, query: { nonce: [NONCE], format } };

  const { statusCode, headers, body } = await accessObject(openingEvent(NONCE, STORED_URL, request));

  expect(statusCode).toBe(status);
  expect(headers?.['Location']).toBe(status === 200 ? undefined : URL_OF_OBJECT);
  expect(body).toBe(status === 200 ? JSON.stringify({ url: URL_OF_OBJECT }) : '');
});

test('a URL that is signed on redemption is valid from then on, for the configured time', async () => {
  const { statusCode, headers } = await accessObject(openingEvent(NONCE, ADDRESS));

  expect(statusCode).toBe(302);
  const { origin, pathname, searchParams } = new URL(String(headers?.['Location']));
  expect(`${origin}${pathname}`).toBe('https://shared-bucket.s3.eu-west-1.amazonaws.com/folder/S3%20logo.png');
  expect(Object.fromEntries(searchParams)).toMatchObject({
    'X-Amz-Credential': 'ASIAROLE/20261122/eu-west-1/s3/aws4_request',
    'X-Amz-Date': '20261122T081500Z',
    'X-Amz-Expires': '60',
    'X-Amz-Security-Token': ENVIRONMENT.AWS_SESSION_TOKEN,
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
    'response-content-disposition': 'attachment; filename="S3 logo.png"',
    'x-link-id': LINK_ID,
  });
});

test('a stored URL does not load the presigner', async () => {
  let loaded = false;
  await jest.isolateModulesAsync(async () => {
    jest.doMock('@aws-sdk/s3-request-presigner', () => {
      loaded = true;
      return jest.requireActual('@aws-sdk/s3-request-presigner');
    });
    const { handler } = jest.requireActual<typeof AccessObject>('../../lambda/access-object');

    expect(await handler(openingEvent(NONCE, STORED_URL))).toMatchObject({ statusCode: 302 });
    expect(loaded).toBe(false);
    expect(await handler(openingEvent(NONCE, ADDRESS))).toMatchObject({ statusCode: 302 });
    expect(loaded).toBe(true);
  });
});

test('throws if signing on redemption was turned off after the link was issued', async () => {
  delete process.env['OPENED_URL_LIFETIME_SECONDS'];
  const handler = load();
  Object.assign(process.env, ENVIRONMENT);

  expect(await handler(openingEvent(NONCE, STORED_URL))).toMatchObject({ statusCode: 302 });
  expect(await failureOf(handler(openingEvent(NONCE, ADDRESS)))).toMatchObject({
    message: 'the link needs its URL signed on redemption, which this deployment has switched off',
  });
});

test.each([
  ['the authorizer was bypassed', NONCE, undefined],
  ['the context is null', NONCE, null],
  ['the context has no record', NONCE, { principalId: LINK_ID }],
  ['there is no nonce', undefined, STORED_URL],
  ['the nonce is malformed', 'guess', STORED_URL],
])('403 if %s', async (_, nonce, context) => {
  const { statusCode, headers, body } = await accessObject(openingEvent(nonce, context));

  expect(statusCode).toBe(403);
  expect(headers).not.toHaveProperty('Location');
  expect(JSON.parse(body)).toMatchObject({ code: 'AccessDenied' });
});

test.each([
  [
    'sealed with another nonce',
    contextOf(storedUrl(URL_OF_OBJECT), nonceNumber(1)).sealed,
    'the sealed record was altered, or sealed with another nonce',
  ],
  ['empty', '', 'the sealed record has an unknown format'],
  ['garbage', 'garbage', 'the sealed record has an unknown format'],
])('throws if the record is %s', async (_, sealed, message) => {
  expect(String(await failureOf(accessObject(openingEvent(NONCE, { sealed }))))).toContain(message);
});
