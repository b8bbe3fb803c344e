import { createHash, createHmac } from 'node:crypto';
import aws4 from 'aws4';
import {
  canonicalRequest,
  groupHeaders,
  parseQuery,
  signingKey,
  stringToSign,
} from '../../../emulator/iam/canonical-request';
import type { Principal } from '../../../emulator/iam/principal';
import {
  type SignatureVerdict,
  type SignedRequest,
  verifyPresignedUrl,
  verifySignature,
} from '../../../emulator/iam/sigv4';
import { byAccessKey, principal } from '../support';

const EMPTY_HASH = sha256('');
const NOW = new Date('2026-01-02T03:04:05Z');
const CALLER = principal('CALLER');
const ROLE = { ...principal('ROLE'), sessionToken: 'the-token' };
const PRINCIPALS = byAccessKey(CALLER, ROLE);

function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

function options(service: string, now: Date = NOW) {
  return { service, region: 'us-east-1', now, principals: PRINCIPALS };
}

interface Unsigned {
  readonly service: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly signQuery?: boolean;
}

/** Signs with aws4. */
function sign(unsigned: Unsigned, { accessKeyId, secretAccessKey, sessionToken }: Principal = CALLER): SignedRequest {
  const { method = 'GET', path = '/prod/generate-url', headers, ...rest } = unsigned;
  const timestamp = NOW.toISOString().replace(/[-:]|\.\d+/g, '');
  const dated = rest.signQuery
    ? { ...rest, path: `${path}&X-Amz-Date=${timestamp}`, headers: { ...headers } }
    : { ...rest, path, headers: { 'X-Amz-Date': timestamp, ...headers } };
  const signed = aws4.sign(
    { ...dated, host: 'api.local', method, region: 'us-east-1' },
    { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
  );
  const [rawPath = '', rawQuery = ''] = (signed.path ?? '').split('?');
  const rawHeaders = Object.entries(signed.headers ?? {}).flatMap(([name, value]) => [name, String(value)]);
  return { method, rawPath, rawQuery, rawHeaders, payloadHash: sha256(unsigned.body ?? '') };
}

function withHeader(request: SignedRequest, name: string, change: (value: string) => string): SignedRequest {
  const headers = [...request.rawHeaders];
  const index = headers.findIndex((header, position) => position % 2 === 0 && header.toLowerCase() === name);
  if (index < 0) {
    throw new Error(`no header ${name}`);
  }
  headers[index + 1] = change(headers[index + 1] ?? '');
  return { ...request, rawHeaders: headers };
}

function upperCaseSignature(text: string): string {
  return text.replace(/(?<=Signature=)\w+/, (hex) => hex.toUpperCase());
}

function reasonOf(verdict: SignatureVerdict): string {
  return verdict.ok ? 'ok' : verdict.reason;
}

describe('the published examples', () => {
  const key = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

  test('get-vanilla: canonical request, string to sign and signature', () => {
    const headers = ['Host', 'example.amazonaws.com', 'X-Amz-Date', '20150830T123600Z'];
    const canonical = canonicalRequest({
      service: 'service',
      method: 'GET',
      rawPath: '/',
      query: [],
      headers: groupHeaders(headers),
      signedHeaders: ['host', 'x-amz-date'],
      payloadHash: EMPTY_HASH,
    });
    expect(canonical).toBe(
      `GET\n/\n\nhost:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n${EMPTY_HASH}`,
    );
    const scope = '20150830/us-east-1/service/aws4_request';
    expect(stringToSign('20150830T123600Z', scope, canonical)).toBe(
      `AWS4-HMAC-SHA256\n20150830T123600Z\n${scope}\nbb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63`,
    );
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31';
    const request = {
      method: 'GET',
      rawPath: '/',
      rawQuery: '',
      rawHeaders: [...headers, 'Authorization', authorization],
      payloadHash: EMPTY_HASH,
    };
    const caller = { ...CALLER, accessKeyId: 'AKIDEXAMPLE', secretAccessKey: key };
    const expected = { ...options('service', new Date('2015-08-30T12:36:00Z')), principals: byAccessKey(caller) };
    expect(verifySignature(request, expected)).toEqual({ ok: true, principal: caller });
  });

  test('the signing key in the IAM example', () => {
    expect(signingKey(key, '20150830', 'us-east-1', 'iam').toString('hex')).toBe(
      'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9',
    );
  });

  test('the canonical request in the IAM example', () => {
    const canonical = canonicalRequest({
      service: 'iam',
      method: 'GET',
      rawPath: '/',
      query: parseQuery('Version=2010-05-08&Action=ListUsers') ?? [],
      headers: groupHeaders([
        'Content-Type',
        ' application/x-www-form-urlencoded;   charset=utf-8 ',
        'Host',
        'iam.amazonaws.com',
        'X-Amz-Date',
        '20150830T123600Z',
      ]),
      signedHeaders: ['content-type', 'host', 'x-amz-date'],
      payloadHash: EMPTY_HASH,
    });
    expect(sha256(canonical)).toBe('f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59');
  });

  test('the presigned URL in the S3 documentation', () => {
    const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const caller = { ...CALLER, accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey };
    const request = {
      method: 'GET',
      rawPath: '/test.txt',
      rawQuery:
        'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      rawHeaders: ['Host', 'examplebucket.s3.amazonaws.com'],
    };
    const within = { ...options('s3', new Date('2013-05-24T23:59:59Z')), principals: byAccessKey(caller) };
    expect(verifyPresignedUrl(request, within)).toEqual({ ok: true, principal: caller });
    const after = { ...within, now: new Date('2013-05-25T00:00:01Z') };
    expect(reasonOf(verifyPresignedUrl(request, after))).toBe('expired');
  });
});

describe('canonical form', () => {
  function canonicalLines(service: string, rawPath: string, rawQuery = ''): readonly string[] {
    const parts = { service, method: 'GET', rawPath, query: parseQuery(rawQuery) ?? [], payloadHash: EMPTY_HASH };
    return canonicalRequest({ ...parts, headers: new Map(), signedHeaders: [] })
      .split('\n')
      .slice(1, 3);
  }

  test.each([
    ['s3', '/b/a%20b', '/b/a%20b'],
    ['s3', '/b/a+b', '/b/a%20b'],
    ['s3', '/b//a/../(x)%2fy', '/b//a/../%28x%29/y'],
    ['execute-api', '/prod/a%20b', '/prod/a%2520b'],
    ['execute-api', '/', '/'],
    ['execute-api', '', '/'],
    ['execute-api', '/./', '/'],
    ['execute-api', '/a/b/../../', '/'],
    ['execute-api', '//a//./b/', '/a/b/'],
    ['execute-api', '/../../a', '/a'],
  ])('%s signs the path %s as %s', (service, path, expected) => {
    expect(canonicalLines(service, path)[0]).toBe(expected);
  });

  test.each([
    ['b=2&a=1', 'a=1&b=2'],
    ['a=2&a=1&a=10', 'a=1&a=10&a=2'],
    ['a-b=1&a=1', 'a=1&a-b=1'],
    ['a', 'a='],
    ['a=b=c', 'a=b%3Dc'],
    ['a=%7e%2f+%2B', 'a=~%2F%20%2B'],
    ['&&a=1&', 'a=1'],
    ['é=%C3%A9', '%E9=%C3%A9'],
  ])('the query %s is signed as %s', (query, expected) => {
    expect(canonicalLines('execute-api', '/', query)[1]).toBe(expected);
  });
});

describe('verifySignature', () => {
  test.each<[string, Unsigned]>([
    ['a GET', { service: 'execute-api' }],
    ['a POST with a body', { service: 'execute-api', method: 'POST', body: '{"bucket_name":"b"}' }],
    ['a query with duplicates', { service: 'execute-api', path: '/prod/x?b=%26&a=2&a=1&c=%E2%82%AC' }],
    ['an encoded path', { service: 'execute-api', path: '/prod/a%20b/%E2%82%AC' }],
    ['header values with spaces', { service: 'execute-api', headers: { 'X-Note': '  a   b  ' } }],
    ['an S3 path', { service: 's3', path: '/bucket/a%20%28b%29' }],
  ])('accepts %s signed by aws4, with and without a session token', (_, unsigned) => {
    for (const principal of [CALLER, ROLE]) {
      expect(verifySignature(sign(unsigned, principal), options(unsigned.service))).toEqual({ ok: true, principal });
    }
  });

  const post = sign({ service: 'execute-api', method: 'POST', body: '{"a":1}', path: '/prod/x?q=1' }, ROLE);
  const signedAs = (from: string | RegExp, to: string): SignedRequest =>
    withHeader(post, 'authorization', (value) => value.replace(from, to));

  test.each<[string, SignedRequest, string]>([
    ['another method', { ...post, method: 'PUT' }, 'mismatch'],
    ['another path', { ...post, rawPath: '/prod/y' }, 'mismatch'],
    ['another query', { ...post, rawQuery: 'q=2' }, 'mismatch'],
    ['an added parameter', { ...post, rawQuery: 'q=1&r=' }, 'mismatch'],
    ['another body', { ...post, payloadHash: sha256('{"a":2}') }, 'mismatch'],
    ['another host', withHeader(post, 'host', () => 'evil.local'), 'mismatch'],
    ['a changed signed header', withHeader(post, 'content-type', () => 'text/plain'), 'mismatch'],
    ['another token', withHeader(post, 'x-amz-security-token', (token) => `${token}x`), 'bad-token'],
    ['another time', withHeader(post, 'x-amz-date', (date) => date.replace('05Z', '06Z')), 'mismatch'],
    ['a malformed time', withHeader(post, 'x-amz-date', () => 'now'), 'malformed'],
    ['upper-case hex', withHeader(post, 'authorization', upperCaseSignature), 'mismatch'],
    ['a truncated signature', signedAs(/.$/, ''), 'mismatch'],
    ['another region in the scope', signedAs('us-east-1', 'us-east-2'), 'malformed'],
    ['another service in the scope', signedAs('execute-api', 's3'), 'malformed'],
    ['another day in the scope', signedAs('20260102', '20260101'), 'malformed'],
    ['another terminator', signedAs('aws4_request', 'aws3_request'), 'malformed'],
    ['an unknown key', signedAs('ROLE', 'NOBODY'), 'unknown-key'],
    ['another scheme', signedAs(/.*/, 'Bearer x'), 'malformed'],
    ['a missing field', signedAs(/, Signature.*/, ''), 'malformed'],
    ['an unsigned host', signedAs('host;', ''), 'malformed'],
    ['an unsigned x-amz header', { ...post, rawHeaders: [...post.rawHeaders, 'X-Amz-Meta', '1'] }, 'unsigned-header'],
    ['a second host', { ...post, rawHeaders: [...post.rawHeaders, 'Host', 'api.local'] }, 'malformed'],
    ['a second authorization', { ...post, rawHeaders: [...post.rawHeaders, 'Authorization', 'x'] }, 'malformed'],
    ['no authorization', { ...post, rawHeaders: [] }, 'missing'],
    ['a malformed path', { ...post, rawPath: '/prod/%zz' }, 'malformed'],
    ['a malformed query', { ...post, rawQuery: 'q=%' }, 'malformed'],
  ])('refuses %s', (_, request, reason) => {
    expect(reasonOf(verifySignature(post, options('execute-api')))).toBe('ok');
    expect(reasonOf(verifySignature(request, options('execute-api')))).toBe(reason);
  });

  test('refuses a role without its session token, and a user with one', () => {
    const bare = sign({ service: 'dynamodb' }, principal('ROLE'));
    expect(reasonOf(verifySignature(bare, options('dynamodb')))).toBe('no-token');
    const withToken = sign({ service: 'dynamodb' }, { ...CALLER, sessionToken: 'the-token' });
    expect(reasonOf(verifySignature(withToken, options('dynamodb')))).toBe('bad-token');
  });

  test('refuses a signed hash that is not the hash of the body', () => {
    const headers = { 'X-Amz-Content-Sha256': sha256('other') };
    const lying = sign({ service: 'execute-api', method: 'POST', body: 'body', headers });
    expect(reasonOf(verifySignature(lying, options('execute-api')))).toBe('mismatch');
  });

  test('refuses a declared hash that is not the hash of the body, although the signature covers the right one', () => {
    const date = '20260102';
    const headers = ['Host', 'api.local', 'X-Amz-Content-Sha256', sha256('other'), 'X-Amz-Date', `${date}T030405Z`];
    const request = { method: 'GET', rawPath: '/', rawQuery: '', payloadHash: EMPTY_HASH };
    const signedHeaders = ['host', 'x-amz-content-sha256', 'x-amz-date'];
    const parts = { ...request, service: 'execute-api', query: [], headers: groupHeaders(headers), signedHeaders };
    const scope = `${date}/us-east-1/execute-api/aws4_request`;
    const key = signingKey(CALLER.secretAccessKey, date, 'us-east-1', 'execute-api');
    const toSign = stringToSign(`${date}T030405Z`, scope, canonicalRequest(parts));
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    const authorization = `AWS4-HMAC-SHA256 Credential=CALLER/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
    const rawHeaders = [...headers, 'Authorization', authorization];
    expect(verifySignature({ ...request, rawHeaders }, options('execute-api'))).toMatchObject({
      reason: 'mismatch',
      message: expect.stringContaining('x-amz-content-sha256'),
    });
  });

  test('accepts an unsigned payload for S3 only', () => {
    const headers = { 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' };
    const verdict = (service: string): string =>
      reasonOf(verifySignature(sign({ service, headers, method: 'PUT', body: 'x' }), options(service)));
    expect(verdict('s3')).toBe('ok');
    expect(verdict('dynamodb')).toBe('mismatch');
  });

  test.each([
    ['execute-api', 300],
    ['dynamodb', 300],
    ['s3', 900],
  ])('for %s, accepts a clock skew of %d seconds', (service, seconds) => {
    const verdictAt = (offset: number): string =>
      reasonOf(verifySignature(sign({ service }), options(service, new Date(NOW.getTime() + offset * 1000))));
    expect([-seconds, seconds].map(verdictAt)).toEqual(['ok', 'ok']);
    expect([-seconds - 1, seconds + 1].map(verdictAt)).toEqual(['expired', 'expired']);
  });

  test('returns messages without secrets, tokens and signatures', () => {
    const wrong = [signedAs(/[0-9a-f]+$/, '0'.repeat(64)), withHeader(post, 'x-amz-security-token', () => 'guess')];
    const words = wrong.map((request) => JSON.stringify(verifySignature(request, options('execute-api')))).join();
    expect(words).not.toMatch(/ROLE-secret|the-token|guess|[0-9a-f]{64}/);
  });
});

describe('verifyPresignedUrl', () => {
  const path = '/bucket/key?X-Amz-Expires=60';
  const url = sign({ service: 's3', path, signQuery: true }, ROLE);
  const verdict = (rawQuery: string, change: Partial<SignedRequest> = {}, now = NOW): string =>
    reasonOf(verifyPresignedUrl({ ...url, ...change, rawQuery }, options('s3', now)));

  test('accepts what aws4 presigns', () => {
    expect(verdict(url.rawQuery)).toBe('ok');
  });

  test.each<[string, (query: string) => string, string]>([
    ['a longer lifetime', (query) => query.replace('Expires=60', 'Expires=61'), 'mismatch'],
    ['another signature', (query) => query.replace(/Signature=./, 'Signature=x'), 'mismatch'],
    ['upper-case hex', upperCaseSignature, 'mismatch'],
    ['another token', (query) => query.replace('the-token', 'a-token'), 'bad-token'],
    ['no token', (query) => query.replace(/X-Amz-Security-Token=[^&]*&/, ''), 'no-token'],
    ['two tokens', (query) => `${query}&X-Amz-Security-Token=the-token`, 'malformed'],
    ['an added parameter', (query) => `${query}&response-content-type=text/html`, 'mismatch'],
    ['a repeated parameter', (query) => `${query}&X-Amz-Expires=60`, 'malformed'],
    ['no signature', (query) => query.replace(/X-Amz-Signature=\w+/, ''), 'missing'],
    ['no time', (query) => query.replace(/X-Amz-Date=\w+/, ''), 'malformed'],
    ['a lifetime of 0', (query) => query.replace('Expires=60', 'Expires=0'), 'malformed'],
    ['a lifetime of more than a week', (query) => query.replace('Expires=60', 'Expires=604801'), 'malformed'],
    ['another algorithm', (query) => query.replace('HMAC-SHA256', 'HMAC-SHA1'), 'malformed'],
    ['a signed payload', (query) => `${query}&X-Amz-Content-Sha256=${EMPTY_HASH}`, 'malformed'],
    ['a malformed encoding', (query) => `${query}&a=%f`, 'malformed'],
  ])('refuses %s', (_, change, reason) => {
    expect(change(url.rawQuery)).not.toBe(url.rawQuery);
    expect(verdict(change(url.rawQuery))).toBe(reason);
  });

  test('refuses another method, path, host or x-amz-* header', () => {
    expect(verdict(url.rawQuery, { method: 'HEAD' })).toBe('mismatch');
    expect(verdict(url.rawQuery, { method: 'PUT' })).toBe('mismatch');
    expect(verdict(url.rawQuery, { rawPath: '/bucket/other' })).toBe('mismatch');
    expect(verdict(url.rawQuery, { rawHeaders: ['Host', 'evil.local'] })).toBe('mismatch');
    expect(verdict(url.rawQuery, { rawHeaders: [...url.rawHeaders, 'x-amz-meta-a', '1'] })).toBe('unsigned-header');
  });

  test('accepts the URL from its date, minus the clock skew, until it expires', () => {
    const at = (seconds: number): string => verdict(url.rawQuery, {}, new Date(NOW.getTime() + seconds * 1000));
    expect([-901, -900, 0, 60, 61].map(at)).toEqual(['expired', 'ok', 'ok', 'ok', 'expired']);
  });
});
