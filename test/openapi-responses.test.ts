import { LOCAL_CALLER } from '../emulator/iam/credentials';
import { type MutableResources, resourceNamed } from './support/assembly';
import { type Behavior, type FaultyProxy, startFaultyProxy } from './support/faulty-proxy';
import {
  askForLink,
  describeLink,
  type HttpResponse,
  issueLink,
  linkTo,
  nonceOf,
  type Send,
  send,
  sendSigned,
} from './support/http';
import { OPERATIONS, responseName, responseNames } from './support/openapi';
import { type RunningEmulator, runEmulator } from './support/running-emulator';
import { type Declaration, declareFile, grantedUpload, putFile, uploadLink } from './support/uploads';

/** Responses that the emulator never sends, because its credentials do not expire. */
const NOT_ON_THE_EMULATOR = [
  'POST /generate-url 403 ExpiredToken',
  'GET /my-links 403 ExpiredToken',
  'GET /my-links/{link_id} 403 ExpiredToken',
  'DELETE /my-links/{link_id} 403 ExpiredToken',
  'GET /links/{link_id} 403 ExpiredToken',
  'DELETE /links/{link_id} 403 ExpiredToken',
];

const INTERN = { ...LOCAL_CALLER, accessKeyId: 'INTERN', arn: 'arn:aws:iam::123456789012:user/intern', statements: [] };
/** May issue links, and issues so many upload links that no more are possible on this day. */
const COLLECTOR = { ...LOCAL_CALLER, accessKeyId: 'COLLECTOR', arn: 'arn:aws:iam::123456789012:user/collector' };
const FORGER = { ...LOCAL_CALLER, secretAccessKey: 'guessed' };
const JSON_TYPE = { 'Content-Type': 'application/json' };
const HTML = { Accept: 'text/html' };
const XML_BODY = { 'Content-Type': 'application/xml' };
const NOTE: Declaration = { file_name: 'note.txt', size_bytes: 5, content_type: 'text/plain' };
const IMAGE: Declaration = { file_name: 'photo.jpg', size_bytes: 5, content_type: 'image/jpeg' };
const UNKNOWN_NONCE = 'A'.repeat(43);
const UNKNOWN_LINK_ID = 'A'.repeat(22);
const NOT_APPLIED = { kind: 'fail' } as const;
const RESPONSE_LOST = { kind: 'reset', applied: true } as const;

let emulator: RunningEmulator;
let dynamoDb: FaultyProxy;
/** Allows no request. */
let throttled: RunningEmulator;
/** Its API may not invoke the functions. */
let broken: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({
    callers: [LOCAL_CALLER, INTERN, COLLECTOR],
    async between(service, endpoint) {
      if (service === 's3') {
        return endpoint;
      }
      dynamoDb = await startFaultyProxy(service, endpoint);
      return dynamoDb.endpoint;
    },
  });
  throttled = await runEmulator({ change: throttleAll });
  broken = await runEmulator({ change: withoutPermissions });
});

afterAll(async () => {
  await dynamoDb.close();
  await emulator.close();
  await throttled.close();
  await broken.close();
});

function throttleAll(resources: MutableResources): void {
  for (const settings of resourceNamed(resources, 'AWS::ApiGateway::Stage', '').Properties.MethodSettings) {
    settings.ThrottlingRateLimit = 0;
    settings.ThrottlingBurstLimit = 0;
  }
}

function withoutPermissions(resources: MutableResources): void {
  for (const { Type, Properties } of Object.values(resources)) {
    if (Type === 'AWS::Lambda::Permission' && Properties.Principal === 'apigateway.amazonaws.com') {
      Properties.SourceArn = 'arn:aws:execute-api:elsewhere';
    }
  }
}

/** Sends a request while DynamoDB is faulty. @param requests number of requests to DynamoDB that the fault affects */
async function during<T>(fault: Behavior, requests: number | undefined, request: () => Promise<T>): Promise<T> {
  await dynamoDb.behave(fault, requests);
  const response = await request();
  await dynamoDb.behave({ kind: 'pass' });
  return response;
}

const issue = (fields: object = {}, headers = {}, caller = LOCAL_CALLER, api = emulator) =>
  askForLink(api, { bucket_name: api.bucketName, object_name: 'S3.png', ...fields }, headers, caller);
const issueRaw = (what: Send) => sendSigned(`${emulator.apiEndpoint}generate-url`, what);
const issueUnsigned = () => send(`${emulator.apiEndpoint}generate-url`, { method: 'POST', headers: JSON_TYPE });
const redeem = (method: string, nonce: string, headers = {}, api = emulator) =>
  send(`${api.apiEndpoint}access-object${nonce && `?nonce=${nonce}`}`, { method, headers });
const redeemNew = async (method: string, headers = {}) => send(await linkTo(emulator), { method, headers });
const page = (method: string, headers = {}, api = emulator) => send(`${api.apiEndpoint}open-link`, { method, headers });
const uploadPage = (method: string, headers = {}, api = emulator) =>
  send(`${api.apiEndpoint}send-file`, { method, headers });
const issueUpload = (fields: object = {}, caller = LOCAL_CALLER) =>
  askForLink(emulator, { operation: 'upload', bucket_name: emulator.bucketName, max_bytes: 1, ...fields }, {}, caller);
const issueUploadForExistingKey = async () => {
  const key = { object_name: 'inbox/existing.txt', max_bytes: 5 };
  const { url } = await uploadLink(emulator, key);
  expect((await putFile(await grantedUpload(url, NOTE), 'hello')).status).toBe(200);
  return await issueUpload(key);
};
const issueUploadsOverTheDailyLimit = async () => {
  const largest = { max_bytes: 5_000_000_000 };
  for (let count = 0; count < 20; count++) {
    expect((await issueUpload(largest, COLLECTOR)).status).toBe(200);
  }
  return await issueUpload(largest, COLLECTOR);
};
const redeemUpload = (nonce: string, headers = {}, api = emulator) =>
  declareFile(`${api.apiEndpoint}upload-object${nonce && `?nonce=${nonce}`}`, NOTE, headers);
const declareNew = async (declaration: Partial<Declaration> = {}) => {
  const fields = { max_bytes: 500_000_000, content_types: ['image/*', 'application/pdf'] };
  return declareFile((await uploadLink(emulator, fields)).url, { ...IMAGE, ...declaration });
};
const describeUnknown = (headers = {}, api = emulator) => describeLink(api, UNKNOWN_NONCE, headers);
const describeNew = async (fields = {}) => describeLink(emulator, nonceOf(await linkTo(emulator, fields)));
const manage = (method: string, linkId: string, headers = {}, caller = LOCAL_CALLER, api = emulator) =>
  sendSigned(`${api.apiEndpoint}links/${linkId}`, { method, headers }, caller);
const list = (query = '', headers = {}, caller = LOCAL_CALLER, api = emulator) =>
  sendSigned(`${api.apiEndpoint}my-links${query}`, { method: 'GET', headers }, caller);
const listUnsigned = () => send(`${emulator.apiEndpoint}my-links`, { method: 'GET' });
const own = (method: string, linkId: string, headers = {}, caller = LOCAL_CALLER, api = emulator) =>
  sendSigned(`${api.apiEndpoint}my-links/${linkId}`, { method, headers }, caller);
const ownUnsigned = (method: string) => send(`${emulator.apiEndpoint}my-links/${UNKNOWN_LINK_ID}`, { method });
const manageUnsigned = (method: string) => send(`${emulator.apiEndpoint}links/${UNKNOWN_LINK_ID}`, { method });
const newLinkId = async () =>
  (await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' })).link_id;

type Row = readonly [operation: string, response: string, request: () => Promise<HttpResponse>];

const ROWS: readonly Row[] = [
  ['POST /generate-url', '200 text/plain', () => issue()],
  ['POST /generate-url', '200 application/json', () => issue({}, { Accept: 'application/json' })],
  ['POST /generate-url', '400 InvalidField', () => issue({ expires_in: 604_801 })],
  ['POST /generate-url', '400 InvalidBody', () => issueRaw({ headers: JSON_TYPE, body: '[]' })],
  ['POST /generate-url', '400 text/html', () => issueRaw({ headers: { ...JSON_TYPE, ...HTML }, body: '[]' })],
  ['POST /generate-url', '403 BucketNotAllowed', () => issue({ bucket_name: 'not-shared' })],
  ['POST /generate-url', '403 UploadNotAllowed', () => issueUpload({ prefix: 'shared/' })],
  ['POST /generate-url', '403 UploadQuotaExceeded', issueUploadsOverTheDailyLimit],
  ['POST /generate-url', '403 AccessDenied', () => issue({}, {}, INTERN)],
  ['POST /generate-url', '403 MissingAuthenticationToken', issueUnsigned],
  ['POST /generate-url', '403 InvalidSignature', () => issue({}, {}, FORGER)],
  ['POST /generate-url', '403 text/html', () => issue({}, HTML, INTERN)],
  ['POST /generate-url', '404 ObjectNotFound', () => issue({ object_name: 'missing.png' })],
  ['POST /generate-url', '409 ObjectExists', issueUploadForExistingKey],
  ['POST /generate-url', '413 RequestRefused', () => issueRaw({ body: 'x'.repeat(10 * 1024 * 1024 + 1) })],
  ['POST /generate-url', '429 Throttled', () => issue({}, {}, LOCAL_CALLER, throttled)],
  ['POST /generate-url', '429 text/html', () => issue({}, HTML, LOCAL_CALLER, throttled)],
  ['POST /generate-url', '503 StorageUnavailable', () => during(NOT_APPLIED, undefined, () => issue())],
  ['POST /generate-url', '503 ServiceUnavailable', () => issue({}, {}, LOCAL_CALLER, broken)],
  ['POST /generate-url', '503 text/html', () => issue({}, HTML, LOCAL_CALLER, broken)],

  ['GET /access-object', '302', () => redeemNew('GET')],
  ['GET /access-object', '401 NonceMissing', () => redeem('GET', '')],
  ['GET /access-object', '401 text/html', () => redeem('GET', '', HTML)],
  ['GET /access-object', '403 AccessDenied', () => redeem('GET', UNKNOWN_NONCE)],
  ['GET /access-object', '403 text/html', () => redeem('GET', UNKNOWN_NONCE, HTML)],
  ['GET /access-object', '429 Throttled', () => redeem('GET', UNKNOWN_NONCE, {}, throttled)],
  ['GET /access-object', '429 text/html', () => redeem('GET', UNKNOWN_NONCE, HTML, throttled)],
  ['GET /access-object', '503 ServiceUnavailable', () => redeem('GET', UNKNOWN_NONCE, {}, broken)],
  ['GET /access-object', '503 text/html', () => redeem('GET', UNKNOWN_NONCE, HTML, broken)],

  ['POST /access-object', '200 application/json', () => redeemNew('POST', { Accept: 'application/json' })],
  ['POST /access-object', '303', () => redeemNew('POST')],
  ['POST /access-object', '401 NonceMissing', () => redeem('POST', '')],
  ['POST /access-object', '401 text/html', () => redeem('POST', '', HTML)],
  ['POST /access-object', '403 AccessDenied', () => redeem('POST', UNKNOWN_NONCE)],
  ['POST /access-object', '403 text/html', () => redeem('POST', UNKNOWN_NONCE, HTML)],
  ['POST /access-object', '429 Throttled', () => redeem('POST', UNKNOWN_NONCE, {}, throttled)],
  ['POST /access-object', '429 text/html', () => redeem('POST', UNKNOWN_NONCE, HTML, throttled)],
  ['POST /access-object', '503 ServiceUnavailable', () => redeem('POST', UNKNOWN_NONCE, {}, broken)],
  ['POST /access-object', '503 text/html', () => redeem('POST', UNKNOWN_NONCE, HTML, broken)],

  ['HEAD /access-object', '200', () => redeem('HEAD', UNKNOWN_NONCE)],
  ['HEAD /access-object', '415', () => redeem('HEAD', UNKNOWN_NONCE, XML_BODY)],
  ['HEAD /access-object', '429', () => redeem('HEAD', UNKNOWN_NONCE, {}, throttled)],

  ['GET /open-link', '200 text/html', () => page('GET')],
  ['GET /open-link', '429 Throttled', () => page('GET', {}, throttled)],
  ['GET /open-link', '429 text/html', () => page('GET', HTML, throttled)],
  ['GET /open-link', '503 ServiceUnavailable', () => page('GET', {}, broken)],
  ['GET /open-link', '503 text/html', () => page('GET', HTML, broken)],

  ['HEAD /open-link', '200', () => page('HEAD')],
  ['HEAD /open-link', '415', () => page('HEAD', XML_BODY)],
  ['HEAD /open-link', '429', () => page('HEAD', {}, throttled)],

  ['POST /upload-object', '200 application/json', () => declareNew()],
  ['POST /upload-object', '400 InvalidDeclaration', () => declareNew({ size_bytes: '5 bytes' })],
  ['POST /upload-object', '400 UnacceptableSize', () => declareNew({ size_bytes: 500_000_001 })],
  ['POST /upload-object', '400 UnacceptableType', () => declareNew({ content_type: 'text/html' })],
  ['POST /upload-object', '401 NonceMissing', () => redeemUpload('')],
  ['POST /upload-object', '401 text/html', () => redeemUpload('', HTML)],
  ['POST /upload-object', '403 AccessDenied', () => redeemUpload(UNKNOWN_NONCE)],
  ['POST /upload-object', '403 text/html', () => redeemUpload(UNKNOWN_NONCE, HTML)],
  ['POST /upload-object', '429 Throttled', () => redeemUpload(UNKNOWN_NONCE, {}, throttled)],
  ['POST /upload-object', '429 text/html', () => redeemUpload(UNKNOWN_NONCE, HTML, throttled)],
  ['POST /upload-object', '503 ServiceUnavailable', () => redeemUpload(UNKNOWN_NONCE, {}, broken)],
  ['POST /upload-object', '503 text/html', () => redeemUpload(UNKNOWN_NONCE, HTML, broken)],

  ['GET /send-file', '200 text/html', () => uploadPage('GET')],
  ['GET /send-file', '429 Throttled', () => uploadPage('GET', {}, throttled)],
  ['GET /send-file', '429 text/html', () => uploadPage('GET', HTML, throttled)],
  ['GET /send-file', '503 ServiceUnavailable', () => uploadPage('GET', {}, broken)],
  ['GET /send-file', '503 text/html', () => uploadPage('GET', HTML, broken)],

  ['HEAD /send-file', '200', () => uploadPage('HEAD')],
  ['HEAD /send-file', '415', () => uploadPage('HEAD', XML_BODY)],
  ['HEAD /send-file', '429', () => uploadPage('HEAD', {}, throttled)],

  ['POST /describe-link', '200 application/json', () => describeNew({ from: 'Ada Lovelace' })],
  ['POST /describe-link', '403 AccessDenied', () => describeUnknown()],
  ['POST /describe-link', '429 Throttled', () => describeUnknown({}, throttled)],
  ['POST /describe-link', '429 text/html', () => describeUnknown(HTML, throttled)],
  ['POST /describe-link', '503 StorageUnavailable', () => during(NOT_APPLIED, undefined, () => describeUnknown())],
  ['POST /describe-link', '503 ServiceUnavailable', () => describeUnknown({}, broken)],
  ['POST /describe-link', '503 text/html', () => describeUnknown(HTML, broken)],

  ['GET /my-links', '200 application/json', () => list()],
  ['GET /my-links', '400 InvalidNext', () => list('?next=guess')],
  ['GET /my-links', '403 AccessDenied', () => list('', {}, INTERN)],
  ['GET /my-links', '403 MissingAuthenticationToken', listUnsigned],
  ['GET /my-links', '403 InvalidSignature', () => list('', {}, FORGER)],
  ['GET /my-links', '403 text/html', () => list('', HTML, INTERN)],
  ['GET /my-links', '429 Throttled', () => list('', {}, LOCAL_CALLER, throttled)],
  ['GET /my-links', '429 text/html', () => list('', HTML, LOCAL_CALLER, throttled)],
  ['GET /my-links', '503 StorageUnavailable', () => during(NOT_APPLIED, undefined, () => list())],
  ['GET /my-links', '503 ServiceUnavailable', () => list('', {}, LOCAL_CALLER, broken)],
  ['GET /my-links', '503 text/html', () => list('', HTML, LOCAL_CALLER, broken)],

  ['GET /my-links/{link_id}', '200 application/json', async () => own('GET', await newLinkId())],
  ['GET /my-links/{link_id}', '400 InvalidLinkId', () => own('GET', 'guess')],
  ['GET /my-links/{link_id}', '403 AccessDenied', () => own('GET', UNKNOWN_LINK_ID, {}, INTERN)],
  ['GET /my-links/{link_id}', '403 MissingAuthenticationToken', () => ownUnsigned('GET')],
  ['GET /my-links/{link_id}', '403 InvalidSignature', () => own('GET', UNKNOWN_LINK_ID, {}, FORGER)],
  ['GET /my-links/{link_id}', '403 text/html', () => own('GET', UNKNOWN_LINK_ID, HTML, INTERN)],
  ['GET /my-links/{link_id}', '404 LinkNotFound', () => own('GET', UNKNOWN_LINK_ID)],
  ['GET /my-links/{link_id}', '429 Throttled', () => own('GET', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, throttled)],
  ['GET /my-links/{link_id}', '429 text/html', () => own('GET', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, throttled)],
  [
    'GET /my-links/{link_id}',
    '503 StorageUnavailable',
    () => during(NOT_APPLIED, undefined, () => own('GET', UNKNOWN_LINK_ID)),
  ],
  ['GET /my-links/{link_id}', '503 ServiceUnavailable', () => own('GET', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, broken)],
  ['GET /my-links/{link_id}', '503 text/html', () => own('GET', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, broken)],

  ['DELETE /my-links/{link_id}', '204', async () => own('DELETE', await newLinkId())],
  ['DELETE /my-links/{link_id}', '400 InvalidLinkId', () => own('DELETE', 'guess')],
  ['DELETE /my-links/{link_id}', '403 AccessDenied', () => own('DELETE', UNKNOWN_LINK_ID, {}, INTERN)],
  ['DELETE /my-links/{link_id}', '403 MissingAuthenticationToken', () => ownUnsigned('DELETE')],
  ['DELETE /my-links/{link_id}', '403 InvalidSignature', () => own('DELETE', UNKNOWN_LINK_ID, {}, FORGER)],
  ['DELETE /my-links/{link_id}', '403 text/html', () => own('DELETE', UNKNOWN_LINK_ID, HTML, INTERN)],
  ['DELETE /my-links/{link_id}', '404 LinkNotActive', () => own('DELETE', UNKNOWN_LINK_ID)],
  [
    'DELETE /my-links/{link_id}',
    '404 RevocationUnknown',
    async () => {
      const linkId = await newLinkId();
      return await during(RESPONSE_LOST, 1, () => own('DELETE', linkId));
    },
  ],
  ['DELETE /my-links/{link_id}', '429 Throttled', () => own('DELETE', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, throttled)],
  ['DELETE /my-links/{link_id}', '429 text/html', () => own('DELETE', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, throttled)],
  [
    'DELETE /my-links/{link_id}',
    '503 StorageUnavailable',
    () => during(NOT_APPLIED, undefined, () => own('DELETE', UNKNOWN_LINK_ID)),
  ],
  [
    'DELETE /my-links/{link_id}',
    '503 ServiceUnavailable',
    () => own('DELETE', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, broken),
  ],
  ['DELETE /my-links/{link_id}', '503 text/html', () => own('DELETE', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, broken)],

  ['GET /links/{link_id}', '200 application/json', async () => manage('GET', await newLinkId())],
  ['GET /links/{link_id}', '400 InvalidLinkId', () => manage('GET', 'guess')],
  ['GET /links/{link_id}', '403 AccessDenied', () => manage('GET', UNKNOWN_LINK_ID, {}, INTERN)],
  ['GET /links/{link_id}', '403 MissingAuthenticationToken', () => manageUnsigned('GET')],
  ['GET /links/{link_id}', '403 InvalidSignature', () => manage('GET', UNKNOWN_LINK_ID, {}, FORGER)],
  ['GET /links/{link_id}', '403 text/html', () => manage('GET', UNKNOWN_LINK_ID, HTML, INTERN)],
  ['GET /links/{link_id}', '404 LinkNotFound', () => manage('GET', UNKNOWN_LINK_ID)],
  ['GET /links/{link_id}', '429 Throttled', () => manage('GET', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, throttled)],
  ['GET /links/{link_id}', '429 text/html', () => manage('GET', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, throttled)],
  [
    'GET /links/{link_id}',
    '503 StorageUnavailable',
    () => during(NOT_APPLIED, undefined, () => manage('GET', UNKNOWN_LINK_ID)),
  ],
  ['GET /links/{link_id}', '503 ServiceUnavailable', () => manage('GET', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, broken)],
  ['GET /links/{link_id}', '503 text/html', () => manage('GET', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, broken)],

  ['DELETE /links/{link_id}', '204', async () => manage('DELETE', await newLinkId())],
  ['DELETE /links/{link_id}', '400 InvalidLinkId', () => manage('DELETE', 'guess')],
  ['DELETE /links/{link_id}', '403 AccessDenied', () => manage('DELETE', UNKNOWN_LINK_ID, {}, INTERN)],
  ['DELETE /links/{link_id}', '403 MissingAuthenticationToken', () => manageUnsigned('DELETE')],
  ['DELETE /links/{link_id}', '403 InvalidSignature', () => manage('DELETE', UNKNOWN_LINK_ID, {}, FORGER)],
  ['DELETE /links/{link_id}', '403 text/html', () => manage('DELETE', UNKNOWN_LINK_ID, HTML, INTERN)],
  ['DELETE /links/{link_id}', '404 LinkNotActive', () => manage('DELETE', UNKNOWN_LINK_ID)],
  [
    'DELETE /links/{link_id}',
    '404 RevocationUnknown',
    async () => {
      const linkId = await newLinkId();
      return await during(RESPONSE_LOST, 1, () => manage('DELETE', linkId));
    },
  ],
  ['DELETE /links/{link_id}', '429 Throttled', () => manage('DELETE', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, throttled)],
  ['DELETE /links/{link_id}', '429 text/html', () => manage('DELETE', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, throttled)],
  [
    'DELETE /links/{link_id}',
    '503 StorageUnavailable',
    () => during(NOT_APPLIED, undefined, () => manage('DELETE', UNKNOWN_LINK_ID)),
  ],
  [
    'DELETE /links/{link_id}',
    '503 ServiceUnavailable',
    () => manage('DELETE', UNKNOWN_LINK_ID, {}, LOCAL_CALLER, broken),
  ],
  ['DELETE /links/{link_id}', '503 text/html', () => manage('DELETE', UNKNOWN_LINK_ID, HTML, LOCAL_CALLER, broken)],
];

// `send` checks status, headers, code, media type and body against openapi.yaml.
test.each(ROWS)('%s responds with %s as documented', async (operation, response, request) => {
  expect(responseName(operation, await request())).toBe(response);
});

test('every response in openapi.yaml is in this list', () => {
  const documented = OPERATIONS.flatMap(([name]) => responseNames(name).map((response) => `${name} ${response}`));
  const listed = ROWS.map(([operation, response]) => `${operation} ${response}`);

  expect([...listed, ...NOT_ON_THE_EMULATOR].sort()).toEqual(documented.sort());
});
