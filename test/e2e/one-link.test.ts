import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { curl, testWithCurl } from '../support/curl';
import {
  askForLink,
  describeLink,
  type HttpResponse,
  issueLink,
  linkTo,
  nonceOf,
  send,
  sendSigned,
} from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { unthrottled } from '../support/unthrottled';

const PICTURE = readFileSync(join(__dirname, '..', '..', 'assets', 'S3.png'));
const INTERN = { ...LOCAL_CALLER, accessKeyId: 'INTERN', arn: 'arn:aws:iam::123456789012:user/intern', statements: [] };

let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({ callers: [LOCAL_CALLER, INTERN], change: unthrottled });
});

afterAll(() => emulator.close());

/** Follows the redirect of a redeemed link. */
async function downloadFrom(redeemed: HttpResponse) {
  const response = await fetch(String(redeemed.headers['location']));
  const { status, headers } = response;
  return { status, headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

describe.each(LINK_KINDS)('a link with presign %s', (presign) => {
  test('redirects the first reader to the object, and refuses the second; caches, referrers and search engines are kept out', async () => {
    const link = await linkTo(emulator, { presign });

    const first = await send(link);
    const second = await send(link);

    expect(first).toMatchObject({ status: 302, body: '' });
    expect(first.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      location: expect.stringContaining(`${emulator.s3Endpoint}/${emulator.bucketName}/S3.png?`),
    });
    const file = await downloadFrom(first);
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(file.bytes.equals(PICTURE)).toBe(true);
    expect(second.status).toBe(403);
    expect(second.headers['location']).toBeUndefined();
  });

  test('redirects a POST with 303, so that the browser continues with GET; scripts, which cannot read a redirect, get JSON', async () => {
    const redirected = await send(await linkTo(emulator, { presign }), { method: 'POST' });
    const json = { method: 'POST', headers: { Accept: 'application/json' } };
    const responded = await send(await linkTo(emulator, { presign }), json);

    expect(redirected.status).toBe(303);
    expect((await fetch(String(redirected.headers['location']))).status).toBe(200);
    expect(responded).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect((await fetch(JSON.parse(responded.body).url)).status).toBe(200);
  });

  test('is not redeemed by HEAD, OPTIONS, PUT, DELETE and PATCH', async () => {
    const link = await linkTo(emulator, { presign });

    const head = await send(link, { method: 'HEAD' });
    const others = await Promise.all(['OPTIONS', 'PUT', 'DELETE', 'PATCH'].map((method) => send(link, { method })));

    expect(head).toMatchObject({ status: 200, body: '', headers: { 'cache-control': 'no-store' } });
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await send(link)).status).toBe(302);
  });

  test('is not redeemed by a request that repeats its nonce', async () => {
    const link = await linkTo(emulator, { presign });

    expect((await send(`${link}&nonce=${new URL(link).searchParams.get('nonce')}`)).status).toBe(403);
    expect((await send(link)).status).toBe(302);
  });

  test('is redeemed once by 500 simultaneous requests', async () => {
    const link = await linkTo(emulator, { presign });

    const responses = await Promise.all(Array.from({ length: 500 }, () => send(link)));

    expect(responses.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(responses.filter(({ status }) => status === 403)).toHaveLength(499);
  });
});

describe('a click-through link', () => {
  test('is the response if the caller asks for it, and has the nonce in the fragment', async () => {
    const { pathname, search, hash } = new URL(await linkTo(emulator, { click_through: true }));

    expect([pathname, search]).toEqual(['/prod/open-link', '']);
    expect(hash).toMatch(/^#[\w-]{43}$/);
  });

  test('is redeemed together with its direct link', async () => {
    const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png' };
    const { url, click_through_url } = await issueLink(emulator, fields);
    const nonce = new URL(click_through_url).hash.slice(1);

    expect(new URL(url).searchParams.get('nonce')).toBe(nonce);
    expect((await send(url)).status).toBe(302);
    const exchange = { method: 'POST', headers: { Accept: 'application/json' } };
    expect((await send(`${emulator.apiEndpoint}access-object?nonce=${nonce}`, exchange)).status).toBe(403);
  });

  test.each(['text/html,*/*;q=0.8', 'application/json', '*/*', 'image/png'])(
    'leads to the same page with Accept: %s, and the page is kept out of caches, frames and search engines',
    async (accept) => {
      const page = `${emulator.apiEndpoint}open-link`;
      const { status, headers, body } = await send(page, { headers: { Accept: accept } });

      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex',
        'x-content-type-options': 'nosniff',
        'content-security-policy': expect.stringMatching(/; frame-ancestors 'none'$/),
      });
      expect(body).toBe((await send(`${page}?fbclid=added-by-a-messenger`)).body);
    },
  );

  test('supports HEAD of the page, and no other method', async () => {
    const page = `${emulator.apiEndpoint}open-link`;

    const head = await send(page, { method: 'HEAD' });
    const others = await Promise.all(['POST', 'OPTIONS', 'PUT', 'DELETE'].map((method) => send(page, { method })));

    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });
});

describe('an error', () => {
  test('is the same for unknown, redeemed, expired, altered and malformed links', async () => {
    const expired = await linkTo(emulator, { expires_in: 1 });
    // The link expires at most one second from now.
    await new Promise((resolve) => setTimeout(resolve, 1010));
    const redeemed = await linkTo(emulator);
    await send(redeemed);
    const active = await linkTo(emulator);
    const altered = `${active.slice(0, -1)}${active.endsWith('A') ? 'Q' : 'A'}`;
    const unknown = `${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`;
    const malformed = `${emulator.apiEndpoint}access-object?nonce=nonsense`;

    for (const request of [
      (link: string) => send(link, { headers: { Accept: 'application/json' } }),
      (link: string) => send(link, { headers: { Accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' } }),
      (link: string) => send(link, { headers: { Accept: '*/*' } }),
      (link: string) => describeLink(emulator, nonceOf(link), { Accept: 'application/json' }),
    ]) {
      const [first, ...others] = await Promise.all(
        [redeemed, expired, altered, unknown, malformed].map(async (link) => {
          const { headers, ...response } = await request(link);
          const { date: _, 'x-amzn-requestid': __, ...stable } = headers;
          return { ...response, headers: stable };
        }),
      );
      expect(first?.status).toBe(403);
      for (const other of others) {
        expect(other).toEqual(first);
      }
    }
    await emulator.logged('AuthorizeAccess', '"outcome":"expired"');
  });

  test('is a problem for programs and a page for browsers', async () => {
    const unknown = `${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`;

    const problem = await send(unknown);
    const page = await send(unknown, { headers: { Accept: 'text/html,*/*;q=0.8' } });

    expect(problem.headers['content-type']).toBe('application/json');
    expect(JSON.parse(problem.body)).toMatchObject({ type: 'about:blank', status: 403, code: 'AccessDenied' });
    expect(page.headers['content-type']).toBe('text/html');
    expect(page.body).toContain(`<bdi>${new URL(emulator.apiEndpoint).host}</bdi>`);
  });

  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/problem+json', 'application/problem+json'],
    ['text/html,application/xhtml+xml;q=0.9', 'text/html'],
    ['application/xhtml+xml,text/html', 'application/json'],
  ])('with Accept: %s has the media type %s', async (accept, mediaType) => {
    const headers = accept === undefined ? {} : { Accept: accept };
    const response = await send(`${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`, { headers });

    expect(response.headers['content-type']).toBe(mediaType);
  });

  test.each(['', '?nonce=', '?Nonce=abc'])('is 401 for the query "%s", which has no nonce', async (query) => {
    const { status, body } = await send(`${emulator.apiEndpoint}access-object${query}`);

    expect(status).toBe(401);
    expect(JSON.parse(body)).toMatchObject({ status: 401, code: 'NonceMissing' });
  });

  test.each(['/prod/generate-url', '/prod/nothing-here', '/prod/', '/', '/prod/%zz', '/prod/../../etc/passwd'])(
    'is a problem for GET %s',
    async (path) => {
      const { status, headers, body } = await send(`${new URL(emulator.apiEndpoint).origin}${path}`);

      expect(status).toBe(403);
      expect(headers['content-type']).toBe('application/json');
      expect(JSON.parse(body)).toMatchObject({ code: 'MissingAuthenticationToken' });
    },
  );
});

describe('issuing a link', () => {
  test('returns JSON to callers that accept it, and only the link to others', async () => {
    const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png', expires_in: 60 };
    const before = Math.floor(Date.now() / 1000);

    const text = await askForLink(emulator, fields);
    const issued = await issueLink(emulator, fields);

    expect(text).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(text.body).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/prod\/access-object\?nonce=[\w-]{43}$/);
    expect(issued).toEqual({
      url: expect.any(String),
      click_through_url: expect.any(String),
      link_id: expect.stringMatching(/^[\w-]{22}$/),
      expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    const expiresAt = Date.parse(issued.expires_at) / 1000;
    expect(expiresAt).toBeGreaterThanOrEqual(before + 60);
    expect(expiresAt).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 60);
    expect((await send(issued.url)).status).toBe(302);
  });

  describe.each(LINK_KINDS)('with presign %s', (presign) => {
    test.each([
      'plain.txt',
      'a folder/with spaces & more.txt',
      'percent%20sign+plus.txt',
      'ünïcode/日本語/🗝️.bin',
      'quotes\'"`.txt',
      'hash#question?semi;colon:.txt',
      '/leading and trailing/',
      '語'.repeat(341),
    ])('works for the key %.40s', async (key) => {
      await emulator.s3.send(new PutObjectCommand({ Bucket: emulator.bucketName, Key: key, Body: `bytes of ${key}` }));

      const file = await downloadFrom(
        await send(await linkTo(emulator, { object_name: key, presign, download_as: 'größe "1".txt' })),
      );

      expect(file.bytes.toString()).toBe(`bytes of ${key}`);
      expect(file.headers.get('content-disposition')).toBe(
        `attachment; filename="gr__e \\"1\\".txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.txt`,
      );
    });
  });

  test.each([
    [{ bucket_name: 'someone-elses-bucket' }, 403, 'BucketNotAllowed'],
    [{ object_name: 'missing.png' }, 404, 'ObjectNotFound'],
    [{ expires_in: 604_801 }, 400, 'InvalidRequest'],
    [{ version_id: 'no-such-version' }, 400, 'InvalidRequest'],
    [{ color: 'red' }, 400, 'InvalidRequest'],
  ])('is refused for %.60j: %i %s', async (fields, status, code) => {
    const response = await askForLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields });

    expect(response.status).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(response.body)).toMatchObject({ type: 'about:blank', status, code, detail: expect.any(String) });
  });

  test.each(['', 'null', '[]', '{', '"text"', '{"bucket_name": "b"}', '['.repeat(50), '\u0000'])(
    'is refused for the body %j',
    async (body) => {
      for (const contentType of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
        const headers = { 'Content-Type': contentType };
        const response = await sendSigned(`${emulator.apiEndpoint}generate-url`, { headers, body });
        expect(response.status).toBe(400);
        expect(JSON.parse(response.body)).toMatchObject({ code: 'InvalidRequest' });
      }
    },
  );

  test('is refused for a body larger than ten megabytes', async () => {
    const response = await sendSigned(`${emulator.apiEndpoint}generate-url`, {
      body: 'x'.repeat(10 * 1024 * 1024 + 1),
    });

    expect(response.status).toBe(413);
  });
});

describe('a caller', () => {
  const body = (): string => JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' });

  test('can sign with the SDK’s signer', async () => {
    const { href, hostname, port, host, pathname: path } = new URL(`${emulator.apiEndpoint}generate-url`);
    const credentials = LOCAL_CALLER;
    const signer = new SignatureV4({ service: 'execute-api', region: 'us-east-1', sha256: Sha256, credentials });
    const headers = { host, 'content-type': 'application/json' };
    const request = { method: 'POST', protocol: 'http:', hostname, port: Number(port), path, headers, body: body() };
    const signed = await signer.sign(request);

    expect((await send(href, { method: 'POST', headers: signed.headers, body: body() })).status).toBe(200);
  });

  testWithCurl('can issue a link with curl', async () => {
    const json = ['--header', 'Content-Type: application/json', '--data', body()];

    expect(await curl('execute-api', ...json, `${emulator.apiEndpoint}generate-url`)).toMatch(/\?nonce=[\w-]{43}$/);
  });

  testWithCurl('can upload a file with curl and share it', async () => {
    const upload = ['--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '--upload-file', __filename];
    await curl('s3', ...upload, `${emulator.s3Endpoint}/${emulator.bucketName}/report.pdf`);

    const file = await downloadFrom(await send(await linkTo(emulator, { object_name: 'report.pdf' })));

    expect(file.bytes).toEqual(readFileSync(__filename));
  });

  test('without a signature, with a wrong secret or an unknown key is refused with the same message as on AWS', async () => {
    const url = `${emulator.apiEndpoint}generate-url`;
    const unsigned = await send(url, { method: 'POST', body: body() });
    const wrong = await sendSigned(url, { body: body() }, { ...LOCAL_CALLER, secretAccessKey: 'guessed' });
    const stranger = await sendSigned(url, { body: body() }, { accessKeyId: 'NOBODY', secretAccessKey: 'none' });

    expect([unsigned, wrong, stranger].map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(JSON.parse(unsigned.body).message).toBe('Missing Authentication Token');
    expect(JSON.parse(wrong.body).code).toBe('InvalidSignature');
    expect(JSON.parse(stranger.body).message).toBe('The security token included in the request is invalid.');
  });

  test('without permission is refused with the same message as on AWS', async () => {
    const response = await sendSigned(`${emulator.apiEndpoint}generate-url`, { body: body() }, INTERN);

    expect(response.status).toBe(403);
    expect(JSON.parse(response.body).message).toContain(
      'User: arn:aws:iam::123456789012:user/intern is not authorized to perform: execute-api:Invoke on resource: ',
    );
  });
});
