import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { readCors } from '../../../emulator/s3/cors';
import { Fields } from '../../../emulator/template/fields';
import { type HttpResponse, send } from '../../support/http';
import { allow, byAccessKey, principal, S3Fixture } from '../support';

const ANY_ORIGIN = {
  AllowedMethods: ['GET'],
  AllowedOrigins: ['*'],
  AllowedHeaders: ['range'],
  ExposedHeaders: ['etag', 'x-amz-request-id'],
  MaxAge: 3600,
};
const APPS = {
  AllowedMethods: ['GET', 'PUT'],
  AllowedOrigins: ['https://app.example', 'https://*.apps.example'],
  AllowedHeaders: ['x-amz-meta-*'],
};
const UPLOADS = {
  AllowedMethods: ['PUT'],
  AllowedOrigins: ['https://links.example'],
  AllowedHeaders: ['content-type', 'if-none-match', 'x-amz-meta-link-id', 'x-amz-checksum-sha256'],
};
const ADMIN = { Id: 'admin', AllowedMethods: ['DELETE'], AllowedOrigins: ['https://admin.example'] };

const OWNER = principal('OWNER', allow('s3:*'));
const s3 = new S3Fixture(
  {
    buckets: [
      { ...bucket('public'), cors: rules(ANY_ORIGIN) },
      { ...bucket('apps'), cors: rules(APPS, ADMIN) },
      { ...bucket('inbox'), cors: rules(UPLOADS) },
      bucket('without'),
    ],
    principals: byAccessKey(OWNER),
  },
  OWNER,
);

beforeAll(async () => {
  await s3.start();
  for (const Bucket of ['public', 'apps', 'without']) {
    await s3.client(OWNER).send(new PutObjectCommand({ Bucket, Key: 'a.txt', Body: 'content' }));
  }
});
afterAll(() => s3.close());

function bucket(name: string) {
  return { name, arn: `arn:aws:s3:::${name}`, versioned: false };
}

function rules(...rules: readonly object[]) {
  return readCors(new Fields('Bucket.CorsConfiguration', { CorsRules: rules }));
}

/** The part of a response that CORS adds. */
function corsOf({ headers }: HttpResponse) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  );
}

async function presign(Bucket: string, Key = 'a.txt'): Promise<string> {
  return await getSignedUrl(s3.client(OWNER), new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 });
}

const VARY = { vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method' };
const FROM_ANYWHERE = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET',
  'access-control-expose-headers': 'etag, x-amz-request-id',
  'access-control-max-age': '3600',
  ...VARY,
};
const FROM_APP = {
  'access-control-allow-origin': 'https://app.example',
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': 'GET, PUT',
  ...VARY,
};
const FROM_TEAM = { ...FROM_APP, 'access-control-allow-origin': 'https://team.apps.example' };
const FROM_LINKS = {
  'access-control-allow-origin': 'https://links.example',
  'access-control-allow-credentials': 'true',
  'access-control-allow-methods': 'PUT',
  ...VARY,
};
const RANGE = { 'access-control-allow-headers': 'range' };
const METADATA = { 'access-control-allow-headers': 'x-amz-meta-color, x-amz-meta-size' };

// Headers and errors are those that LocalStack's tests recorded from S3:
// https://github.com/localstack/localstack/blob/main/tests/aws/services/s3/test_s3_cors.snapshot.json
describe('a preflight request is allowed, unsigned:', () => {
  test.each<[string, string, Record<string, string>, object]>([
    ['any origin', 'public', preflight('https://a.example', 'GET'), FROM_ANYWHERE],
    ['an allowed header', 'public', preflight('null', 'GET', 'range'), { ...FROM_ANYWHERE, ...RANGE }],
    ['a header in capitals', 'public', preflight('null', 'GET', 'RANGE'), { ...FROM_ANYWHERE, ...RANGE }],
    ['one origin', 'apps', preflight('https://app.example', 'PUT'), FROM_APP],
    ['an origin that matches a pattern', 'apps', preflight('https://team.apps.example', 'GET'), FROM_TEAM],
    [
      'headers that match a pattern',
      'apps',
      preflight('https://app.example', 'PUT', 'x-amz-meta-color,x-amz-meta-size'),
      { ...FROM_APP, ...METADATA },
    ],
    [
      'the headers of an upload',
      'inbox',
      preflight('https://links.example', 'PUT', 'content-type,if-none-match,x-amz-checksum-sha256,x-amz-meta-link-id'),
      {
        ...FROM_LINKS,
        'access-control-allow-headers': 'content-type, if-none-match, x-amz-checksum-sha256, x-amz-meta-link-id',
      },
    ],
    [
      'by the second rule',
      'apps',
      preflight('https://admin.example', 'DELETE'),
      {
        'access-control-allow-origin': 'https://admin.example',
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'DELETE',
        ...VARY,
      },
    ],
  ])('%s', async (_, name, headers, expected) => {
    const response = await send(`${s3.endpoint}/${name}/a.txt`, { method: 'OPTIONS', headers });

    expect([response.status, response.body]).toEqual([200, '']);
    expect(corsOf(response)).toEqual(expected);
  });

  test('for a presigned URL', async () => {
    const headers = preflight('https://a.example', 'GET', 'range');

    expect((await send(await presign('public'), { method: 'OPTIONS', headers })).status).toBe(200);
  });
});

const NOT_ALLOWED =
  'CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource&#39;s CORS spec.';
const NOT_ENABLED = 'CORSResponse: CORS is not enabled for this bucket.';
const NO_ORIGIN = 'Insufficient information. Origin request header needed.';

describe('a preflight request is refused:', () => {
  test.each<[string, string, Record<string, string>, number, string]>([
    [
      'a bucket without CORS',
      'without/a.txt',
      preflight('https://a.example', 'GET'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ENABLED}</Message><Method>GET</Method><ResourceType>BUCKET</ResourceType>`,
    ],
    [
      'no such bucket',
      'none/a.txt',
      preflight('https://a.example', 'GET'),
      403,
      '<Code>AccessForbidden</Code><Message>CORSResponse: Bucket not found</Message><Method>GET</Method><ResourceType>BUCKET</ResourceType>',
    ],
    [
      'an origin with another scheme',
      'apps/a.txt',
      preflight('http://app.example', 'GET'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ALLOWED}</Message><Method>GET</Method><ResourceType>OBJECT</ResourceType>`,
    ],
    [
      'a method of another rule',
      'apps/a.txt',
      preflight('https://app.example', 'DELETE'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ALLOWED}</Message><Method>DELETE</Method><ResourceType>OBJECT</ResourceType>`,
    ],
    [
      'HEAD, if only GET is allowed',
      'public/a.txt',
      preflight('https://a.example', 'HEAD'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ALLOWED}</Message><Method>HEAD</Method><ResourceType>OBJECT</ResourceType>`,
    ],
    [
      'one header of two',
      'public/',
      preflight('https://a.example', 'GET', 'range, if-range'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ALLOWED}</Message><Method>GET</Method><ResourceType>BUCKET</ResourceType>`,
    ],
    [
      'another header of an upload',
      'inbox/a.txt',
      preflight('https://links.example', 'PUT', 'content-type,x-amz-acl'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ALLOWED}</Message><Method>PUT</Method><ResourceType>OBJECT</ResourceType>`,
    ],
    [
      'a download, if only PUT is allowed',
      'inbox/a.txt',
      preflight('https://links.example', 'GET'),
      403,
      `<Code>AccessForbidden</Code><Message>${NOT_ALLOWED}</Message><Method>GET</Method><ResourceType>OBJECT</ResourceType>`,
    ],
    [
      'no origin',
      'public/a.txt',
      { 'Access-Control-Request-Method': 'GET' },
      400,
      `<Code>BadRequest</Code><Message>${NO_ORIGIN}</Message>`,
    ],
    [
      'no method',
      'public/a.txt',
      { Origin: 'https://a.example' },
      400,
      '<Code>BadRequest</Code><Message>Invalid Access-Control-Request-Method: null</Message>',
    ],
  ])('%s', async (_, path, headers, status, body) => {
    const response = await send(`${s3.endpoint}/${path}`, { method: 'OPTIONS', headers });

    expect([response.status, corsOf(response)]).toEqual([status, {}]);
    expect(response.body).toContain(`<Error>${body}<Resource>`);
  });
});

function preflight(origin: string, method: string, headers?: string): Record<string, string> {
  return {
    Origin: origin,
    'Access-Control-Request-Method': method,
    ...(headers !== undefined && { 'Access-Control-Request-Headers': headers }),
  };
}

describe('a response can be read by other origins:', () => {
  test.each<[string, string, Record<string, string>, number, object]>([
    ['an object', 'public/a.txt', { Origin: 'https://a.example' }, 200, FROM_ANYWHERE],
    ['a part of an object', 'public/a.txt', { Origin: 'https://a.example', Range: 'bytes=0-0' }, 206, FROM_ANYWHERE],
    ['a missing object', 'public/none', { Origin: 'https://a.example' }, 404, FROM_ANYWHERE],
    ['a bad range', 'public/a.txt', { Origin: 'https://a.example', Range: 'bytes=9-' }, 416, FROM_ANYWHERE],
    ['from an allowed origin', 'apps/a.txt', { Origin: 'https://app.example' }, 200, FROM_APP],
    ['not from another origin', 'apps/a.txt', { Origin: 'https://a.example' }, 200, {}],
    ['not without an origin', 'public/a.txt', {}, 200, {}],
    ['not from a bucket without CORS', 'without/a.txt', { Origin: 'https://a.example' }, 200, {}],
  ])('%s', async (_, path, headers, status, expected) => {
    const [name = '', key = ''] = path.split('/');

    const response = await send(await presign(name, key), { headers });

    expect(response.status).toBe(status);
    expect(corsOf(response)).toEqual(expected);
  });

  test.each<[string, Record<string, string>, string, number, object]>([
    ['an upload', { Origin: 'https://links.example' }, 'one', 200, FROM_LINKS],
    ['an upload that exists', { Origin: 'https://links.example' }, 'two', 412, FROM_LINKS],
    ['an upload with an unsigned header', { Origin: 'https://links.example', 'x-amz-acl': 'x' }, 'a', 403, FROM_LINKS],
    ['an upload with a wrong MD5', { Origin: 'https://links.example', 'Content-MD5': 'AAAA' }, 'a', 400, FROM_LINKS],
    ['not an upload from another origin', { Origin: 'https://a.example' }, 'two', 412, {}],
  ])('%s', async (_, headers, Key, status, expected) => {
    const command = new PutObjectCommand({ Bucket: 'inbox', Key, IfNoneMatch: '*' });
    if (status === 412) {
      await s3.client(OWNER).send(new PutObjectCommand({ Bucket: 'inbox', Key, Body: 'first' }));
    }
    const signer = s3.client(OWNER, { requestChecksumCalculation: 'WHEN_REQUIRED' });
    const url = await getSignedUrl(signer, command, { signableHeaders: new Set(['host', 'if-none-match']) });

    const response = await send(url, { method: 'PUT', headers: { 'If-None-Match': '*', ...headers }, body: 'content' });

    expect(response.status).toBe(status);
    expect(corsOf(response)).toEqual(expected);
  });

  test('an expired URL', async () => {
    const url = await presign('public');
    s3.clock = new Date(Date.now() + 61_000);

    const response = await send(url, { headers: { Origin: 'https://a.example' } });

    s3.clock = undefined;
    expect(response.status).toBe(403);
    expect(corsOf(response)).toEqual(FROM_ANYWHERE);
  });
});

test.each<[string, object]>([
  ['.CorsRules: must have a rule', {}],
  ['.CorsRules[0].AllowedOrigins: must not be empty', { CorsRules: [{ AllowedMethods: ['GET'] }] }],
  ['.CorsRules[0].AllowedMethods: must not be empty', { CorsRules: [{ AllowedOrigins: ['*'] }] }],
  ['.AllowedMethods: S3 does not accept "PATCH"', { CorsRules: [{ ...ANY_ORIGIN, AllowedMethods: ['PATCH'] }] }],
  [
    '.AllowedOrigins: S3 does not accept "https://*.*.example"',
    { CorsRules: [{ ...ANY_ORIGIN, AllowedOrigins: ['https://*.*.example'] }] },
  ],
  ['.AllowedHeaders: S3 does not accept "*-*"', { CorsRules: [{ ...ANY_ORIGIN, AllowedHeaders: ['*-*'] }] }],
  ['.ExposedHeaders: S3 does not accept "*"', { CorsRules: [{ ...ANY_ORIGIN, ExposedHeaders: ['*'] }] }],
  ['.MaxAge: must be a number', { CorsRules: [{ ...ANY_ORIGIN, MaxAge: '3600' }] }],
  ['.CorsRules[0].Other: the local emulator does not support', { CorsRules: [{ ...ANY_ORIGIN, Other: 1 }] }],
])('a CORS configuration is refused: %s', (message, configuration) => {
  expect(() => readCors(new Fields('Bucket.CorsConfiguration', configuration))).toThrow(message);
});
