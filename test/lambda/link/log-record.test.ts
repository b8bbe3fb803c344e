import { type LogRecord, parseLogEvent } from '../../../lambda/link/log-record';
import { linkIdOf } from '../../../lambda/link/nonce';
import { nonceNumber } from '../support/samples';

const LINK_ID = linkIdOf(nonceNumber(0));
const CALLER = 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com';
const TIME = Date.UTC(2026, 10, 22, 8, 15, 0, 900);
const AT = '2026-11-22T08:15:00.900Z';
const REQUEST_ID = 'Xy0pWq1tIAMEVtA=';

const ACCESS = {
  event: 'link_access',
  outcome: 'redeemed',
  link_id: LINK_ID,
  request_id: REQUEST_ID,
  source_ip: '203.0.113.7',
  user_agent: 'Mozilla/5.0 (X11; Linux x86_64)',
};
const DESCRIBED = { ...ACCESS, event: 'link_description', outcome: 'active' };
const REVOCATION = {
  event: 'link_revocation',
  outcome: 'revoked',
  link_id: LINK_ID,
  caller: CALLER,
  request_id: REQUEST_ID,
};
const ISSUED = { event: 'link_issued', link_id: LINK_ID, caller: CALLER, request_id: REQUEST_ID };

function parse(line: unknown): LogRecord | undefined {
  return parseLogEvent({ timestamp: TIME, message: typeof line === 'string' ? line : JSON.stringify(line) });
}

const RECEIVED = {
  event: 'object_received',
  link_id: LINK_ID,
  request_id: 'C3D13FE58DE4C810',
  source_ip: '203.0.113.7',
  bucket_name: 'shared-bucket',
  object_name: 'inbox/id/photo.jpg',
  size_bytes: 1_000,
  checksum_algorithm: 'SHA256',
  checksum: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
};

const COMMON = { linkId: LINK_ID, at: AT, requestId: REQUEST_ID };
const ATTEMPT = { at: AT, sourceIp: '203.0.113.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' };

test.each<[string, object, object]>([
  ['a new link', ISSUED, { kind: 'issued' }],
  ['a revocation', REVOCATION, { kind: 'revoked', by: CALLER }],
  ['a redemption', ACCESS, { kind: 'redeemed', attempt: ATTEMPT }],
  ['an attempt after the end', { ...ACCESS, outcome: 'not_active' }, { kind: 'refused', attempt: ATTEMPT }],
  ['a description after the end', { ...DESCRIBED, outcome: 'not_active' }, { kind: 'refused', attempt: ATTEMPT }],
  ['a description after the expiry', { ...DESCRIBED, outcome: 'expired' }, { kind: 'refused', attempt: ATTEMPT }],
  ['an attempt after the expiry', { ...ACCESS, outcome: 'expired' }, { kind: 'refused', attempt: ATTEMPT }],
])('%s is read, with its time and request', (_, line, expected) => {
  expect(parse(line)).toEqual({ ...COMMON, ...expected });
  // As the functions write it, and with a field of a later version.
  expect(parse(`${JSON.stringify({ ...line, later: { field: 1 } })}\n`)).toEqual({ ...COMMON, ...expected });
});

const OBJECT = {
  at: AT,
  bucketName: 'shared-bucket',
  objectName: 'inbox/id/photo.jpg',
  sizeBytes: 1_000,
  checksum: { algorithm: 'SHA256', value: 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=' },
};

test('a received object is read, with its time, the request to S3 and the address of the uploader', () => {
  expect(parse(RECEIVED)).toEqual({
    kind: 'received',
    linkId: LINK_ID,
    at: AT,
    requestId: 'C3D13FE58DE4C810',
    object: OBJECT,
    sourceIp: '203.0.113.7',
  });
});

test.each<[string, object]>([
  ['missing', { checksum_algorithm: undefined, checksum: undefined }],
  ['without its algorithm', { checksum_algorithm: undefined }],
  ['a number', { checksum: 1 }],
  ['with a line break', { checksum: 'a\nb' }],
])('a received object is read without its checksum if that is %s', (_, fields) => {
  const { checksum: __, ...object } = OBJECT;

  expect(parse({ ...RECEIVED, ...fields })).toMatchObject({ kind: 'received' });
  expect(parse({ ...RECEIVED, ...fields })).toHaveProperty('object', object);
});

test.each<[object, object]>([
  [{ size_bytes: 0 }, { sizeBytes: 0 }],
  [{ object_name: 'k'.repeat(1_024) }, { objectName: 'k'.repeat(1_024) }],
  [{ object_name: 'a\nb\u2028"\\' }, { objectName: 'a\nb\u2028"\\' }],
])('a received object with %j is read', (fields, expected) => {
  expect(parse({ ...RECEIVED, ...fields })).toMatchObject({ kind: 'received', object: expected });
});

test.each([
  ['missing', undefined],
  ['the name of an AWS service', 'lambda.amazonaws.com'],
  ['a number', 1],
])('a received object is read without the address of the uploader if that is %s', (_, sourceIp) => {
  expect(parse({ ...RECEIVED, source_ip: sourceIp })).toEqual({
    kind: 'received',
    linkId: LINK_ID,
    at: AT,
    requestId: 'C3D13FE58DE4C810',
    object: OBJECT,
  });
});

test.each(['203.0.113.7', '2001:db8::1', '::ffff:203.0.113.7', '2001:0DB8:0000:0000:0000:0000:0000:0001'])(
  '%s is an address',
  (address) => {
    expect(parse({ ...ACCESS, source_ip: address })).toMatchObject({ attempt: { sourceIp: address } });
  },
);

test.each([
  ['missing', undefined],
  ['null', null],
  ['a number', 1],
  ['a list', ['Mozilla/5.0']],
  ['empty', ''],
  ['longer than 200 characters', 'x'.repeat(201)],
  ['with a line break', 'Mozilla/5.0\r\nevil: 1'],
  ['with a control character', 'Mozilla/5.0\u001b[31m'],
  ['not ASCII', 'Mözilla'],
])('a redemption is read without its user agent if that is %s', (_, userAgent) => {
  expect(parse({ ...ACCESS, user_agent: userAgent })).toEqual({
    ...COMMON,
    kind: 'redeemed',
    attempt: { at: AT, sourceIp: '203.0.113.7' },
  });
});

test('a user agent that imitates a log line remains one value', () => {
  const hostile = 'x","outcome":"redeemed","link_id":"AAAAAAAAAAAAAAAAAAAAAA';

  expect(parse({ ...ACCESS, user_agent: hostile })).toEqual({
    ...COMMON,
    kind: 'redeemed',
    attempt: { ...ATTEMPT, userAgent: hostile },
  });
});

test.each<[string, unknown]>([
  ['an empty line', ''],
  ['text', 'START RequestId: 5f0c1a4e-0000-4000-8000-000000000000 Version: $LATEST'],
  ['the health check of CloudWatch Logs', 'CWL CONTROL MESSAGE: Checking health of destination Lambda.'],
  ['JSON that is cut off', JSON.stringify(ACCESS).slice(0, -1)],
  ['two objects', `${JSON.stringify(ACCESS)}\n${JSON.stringify(ACCESS)}`],
  ['null', null],
  ['true', true],
  ['a number', 42],
  ['a string', JSON.stringify('link_access')],
  ['an empty object', {}],
  ['a list of lines', [ACCESS]],
  ['a report of Lambda', { time: AT, type: 'platform.report', record: { requestId: REQUEST_ID, ...ACCESS } }],
  ['a line that Lambda wrapped', { timestamp: AT, level: 'INFO', message: ACCESS }],
  [
    'an error that Lambda logged',
    { level: 'ERROR', message: { errorType: 'TypeError', errorMessage: 'x', ...ACCESS } },
  ],
  ['fields below __proto__', `{"__proto__": ${JSON.stringify(ACCESS)}}`],
  ['fields below constructor', { constructor: { prototype: ACCESS } }],
  ['another event', { ...ACCESS, event: 'link_lookup' }],
  ['an event that was renamed', { ...ACCESS, event: 'link_managed' }],
  ['an event in capitals', { ...ACCESS, event: 'LINK_ACCESS' }],
  ['a description of an active link', DESCRIBED],
  ['a description that claims to redeem the link', { ...DESCRIBED, outcome: 'redeemed' }],
  ['a list of events', { ...ACCESS, event: ['link_access'] }],
  ['no event', { ...ACCESS, event: undefined }],
  ['an attempt with an unknown outcome', { ...ACCESS, outcome: 'outcome_unknown' }],
  ['a malformed attempt', { ...ACCESS, outcome: 'malformed' }],
  ['a prefetch', { ...ACCESS, outcome: 'prefetch' }],
  ['a machine', { ...ACCESS, outcome: 'machine' }],
  ['an attempt with the outcome of a revocation', { ...ACCESS, outcome: 'revoked' }],
  ['an attempt with a list of outcomes', { ...ACCESS, outcome: ['redeemed'] }],
  ['an attempt without an outcome', { ...ACCESS, outcome: undefined }],
  ['a revocation of no active link', { ...REVOCATION, outcome: 'not_active' }],
  ['a revocation of an expired link', { ...REVOCATION, outcome: 'expired' }],
  ['a revocation with an unknown outcome', { ...REVOCATION, outcome: 'outcome_unknown' }],
  ['a revocation with the outcome of an attempt', { ...REVOCATION, ...ACCESS, event: 'link_revocation' }],
  ['a revocation without a caller', { ...REVOCATION, caller: undefined }],
  ['a revocation by a number', { ...REVOCATION, caller: 1 }],
  ['a revocation by a caller with a line break', { ...REVOCATION, caller: `${CALLER}\nx` }],
  ['a revocation by a caller of more than 2,048 characters', { ...REVOCATION, caller: 'a'.repeat(2_049) }],
  ['an upload that was not valid', { ...ACCESS, outcome: 'invalid_upload' }],
  ['a received object without a bucket', { ...RECEIVED, bucket_name: undefined }],
  ['a received object in a bucket of another name', { ...RECEIVED, bucket_name: 'Not A Bucket' }],
  ['a received object without a key', { ...RECEIVED, object_name: '' }],
  ['a received object with a key of more than 1,024 characters', { ...RECEIVED, object_name: 'k'.repeat(1_025) }],
  ['a received object without a size', { ...RECEIVED, size_bytes: undefined }],
  ['a received object whose size is a text', { ...RECEIVED, size_bytes: '1000' }],
  ['a received object without a link', { ...RECEIVED, link_id: undefined }],
  ['no link ID', { ...ISSUED, link_id: undefined }],
  ['a link ID that is null', { ...ISSUED, link_id: null }],
  ['a link ID that is a number', { ...ISSUED, link_id: 1 }],
  ['a link ID that is a list', { ...ISSUED, link_id: [LINK_ID] }],
  ['a link ID with padding', { ...ISSUED, link_id: `${LINK_ID}==` }],
  ['a link ID with a space', { ...ISSUED, link_id: `${LINK_ID} ` }],
  ['a nonce instead of a link ID', { ...ISSUED, link_id: nonceNumber(0) }],
  ['no request ID', { ...ISSUED, request_id: undefined }],
  ['an empty request ID', { ...ISSUED, request_id: '' }],
  ['a request ID with a space', { ...ISSUED, request_id: 'a b' }],
  ['a request ID of more than 128 characters', { ...ISSUED, request_id: 'a'.repeat(129) }],
  ['a request ID that is a number', { ...ISSUED, request_id: 1 }],
  ['no address', { ...ACCESS, source_ip: undefined }],
  ['an address with a space', { ...ACCESS, source_ip: '203.0.113.7 198.51.100.9' }],
  ['an address with a line break', { ...ACCESS, source_ip: '203.0.113.7\n' }],
  ['an address of more than 45 characters', { ...ACCESS, source_ip: '1'.repeat(46) }],
  ['a host name instead of an address', { ...ACCESS, source_ip: 'test-invoke-source-ip' }],
  ['an address that is a list', { ...ACCESS, source_ip: ['203.0.113.7'] }],
])('%s is not a record', (_, line) => {
  expect(parse(line)).toBeUndefined();
});

test('a line without a valid time is not a record', () => {
  expect(parseLogEvent({ timestamp: Number.NaN, message: JSON.stringify(ISSUED) })).toBeUndefined();
  expect(parseLogEvent({ timestamp: 8.64e15 + 1, message: JSON.stringify(ISSUED) })).toBeUndefined();
});
