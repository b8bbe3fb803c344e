import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Sha256 } from '@aws-crypto/sha256-js';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { type Answer, askForLink, linkTo, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

const PICTURE = readFileSync(join(__dirname, '..', '..', 'assets', 'S3.png'));
const CURL = spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const CURL_SIGNS = /^curl (?:7\.(?:7[5-9]|[89]\d)|[89]\.)/.test(CURL);

let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator();
});

afterAll(async () => {
  await emulator.close();
});

/** Opens a link and follows where it leads. */
async function download(link: string): Promise<Answer & { readonly sha256: string }> {
  const opened = await send(link);
  const response = await fetch(String(opened.headers['location']));
  const bytes = Buffer.from(await response.arrayBuffer());
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: bytes.toString('latin1'),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Waits until a link that was just made to live for so many seconds is over. */
async function untilExpired(seconds: number): Promise<void> {
  const expiresAt = (Math.floor(Date.now() / 1000) + seconds) * 1000;
  while (Date.now() < expiresAt) {
    await new Promise((resolve) => setTimeout(resolve, expiresAt - Date.now()));
  }
}

describe.each(LINK_KINDS)('a link with presign %s', (presign) => {
  test('gives its first opener the object, byte for byte, and nobody after', async () => {
    const link = await linkTo(emulator, { presign });

    const first = await download(link);
    const second = await send(link);

    expect(first.status).toBe(200);
    expect(first.headers['content-type']).toBe('image/png');
    expect(first.sha256).toBe(createHash('sha256').update(PICTURE).digest('hex'));
    expect(second.status).toBe(403);
    expect(second.headers['location']).toBeUndefined();
  });

  test('redirects with 302 and tells every cache, referrer and search engine to forget it', async () => {
    const opened = await send(await linkTo(emulator, { presign }));

    expect(opened).toMatchObject({
      status: 302,
      body: '',
      headers: {
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex',
        location: expect.stringContaining(`${emulator.s3Endpoint}/${emulator.bucketName}/S3.png?`),
      },
    });
  });

  test('is answered with 303 when it is opened by POST, so that the object is asked for by GET', async () => {
    const link = await linkTo(emulator, { presign });

    const opened = await send(link, { method: 'POST' });

    expect(opened.status).toBe(303);
    expect((await fetch(String(opened.headers['location']))).status).toBe(200);
    expect((await send(link, { method: 'POST' })).status).toBe(403);
  });

  test('gives a script the address itself, since a script cannot read a redirect', async () => {
    const opened = await send(await linkTo(emulator, { presign }), {
      method: 'POST',
      headers: { Accept: 'application/json' },
    });

    expect(opened.status).toBe(200);
    expect(opened.headers['cache-control']).toBe('no-store');
    expect((await fetch(JSON.parse(opened.body).url)).status).toBe(200);
  });

  test('still opens after HEAD, OPTIONS, PUT, DELETE and PATCH were tried on it', async () => {
    const link = await linkTo(emulator, { presign });

    const head = await send(link, { method: 'HEAD' });
    const others = await Promise.all(['OPTIONS', 'PUT', 'DELETE', 'PATCH'].map((method) => send(link, { method })));

    expect(head).toMatchObject({ status: 200, body: '', headers: { 'cache-control': 'no-store' } });
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await send(link)).status).toBe(302);
  });

  test.each([
    ['Sec-Purpose', 'prefetch;prerender'],
    ['Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'],
    ['X-Purpose', 'preview'],
    ['User-Agent', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'],
    ['User-Agent', 'WhatsApp/2.23.20.0'],
  ])('is not spent by a machine that says %s: %s', async (name, value) => {
    const link = await linkTo(emulator, { presign });

    const machine = await send(link, { headers: { [name]: value } });

    expect(machine.status).toBe(403);
    expect((await send(link)).status).toBe(302);
  });

  test('does not open with its nonce doubled, and is not spent by it', async () => {
    const link = await linkTo(emulator, { presign });
    const nonce = new URL(link).searchParams.get('nonce');

    const doubled = await send(`${link}&nonce=${nonce}`);

    expect(doubled.status).toBe(403);
    expect((await send(link)).status).toBe(302);
  });

  test('opens once for 500 people who press at the same moment', async () => {
    const link = await linkTo(emulator, { presign });

    const answers = await Promise.all(Array.from({ length: 500 }, () => send(link)));

    expect(answers.filter(({ status }) => status === 302)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(499);
  });

  test('does not open once its time is up', async () => {
    const link = await linkTo(emulator, { presign, expires_in: 1 });
    await untilExpired(1);

    expect((await send(link)).status).toBe(403);
    await emulator.logged('AuthorizeAccess', '"outcome":"expired"');
  });
});

describe('a click-through link', () => {
  const askForBoth = async (): Promise<{ readonly url: string; readonly click_through_url: string }> => {
    const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png' };
    return JSON.parse((await askForLink(emulator, fields, { Accept: 'application/json' })).body);
  };

  test('is the bare answer where it is asked for, and holds the nonce where no server sees it', async () => {
    const { pathname, search, hash } = new URL(await linkTo(emulator, { click_through: true }));

    expect([pathname, search]).toEqual(['/prod/open-link', '']);
    expect(hash).toMatch(/^#[\w-]{43}$/);
  });

  test('is the other address of the same link: either spends it', async () => {
    const { url, click_through_url: clickThroughUrl } = await askForBoth();
    const { hash } = new URL(clickThroughUrl);

    expect(new URL(url).searchParams.get('nonce')).toBe(hash.slice(1));
    expect((await send(url)).status).toBe(302);
    const exchanged = await send(`${emulator.apiEndpoint}access-object?nonce=${hash.slice(1)}`, {
      method: 'POST',
      headers: { Accept: 'application/json' },
    });
    expect(exchanged.status).toBe(403);
  });

  test('leads everybody to one and the same page, whatever they accept, which no cache, frame or search engine keeps', async () => {
    const page = `${emulator.apiEndpoint}open-link`;

    const answers = await Promise.all(
      ['text/html,*/*;q=0.8', 'application/json', '*/*', 'image/png'].map((accept) =>
        send(page, { headers: { Accept: accept } }),
      ),
    );
    const plain = await send(`${page}?fbclid=added-by-a-messenger`);

    for (const { status, headers, body } of [...answers, plain]) {
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
      expect(body).toBe(answers[0]?.body);
    }
    expect(plain.body).toContain('<h1>This file can be opened once</h1>');
  });

  test('answers HEAD with the headers of the page and nothing else, and no other method at all', async () => {
    const page = `${emulator.apiEndpoint}open-link`;

    const { headers } = await send(page);
    const head = await send(page, { method: 'HEAD' });
    const others = await Promise.all(['POST', 'OPTIONS', 'PUT', 'DELETE'].map((method) => send(page, { method })));

    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-type']).toBe(headers['content-type']);
    expect(others.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });
});

describe('a refusal', () => {
  test('is the same for a link that is unknown, spent, expired or altered, to programs and to browsers', async () => {
    const expired = await linkTo(emulator, { expires_in: 1 });
    await untilExpired(1);
    const spent = await linkTo(emulator);
    await send(spent);
    const open = await linkTo(emulator);
    const altered = `${open.slice(0, -1)}${open.endsWith('A') ? 'Q' : 'A'}`;
    const unknown = `${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`;
    const malformed = `${emulator.apiEndpoint}access-object?nonce=nonsense`;

    for (const accept of ['application/json', 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8', '*/*']) {
      const answers = await Promise.all(
        [spent, expired, altered, unknown, malformed].map((link) => send(link, { headers: { Accept: accept } })),
      );
      const [first, ...others] = answers.map(({ status, headers, body }) => {
        const { date: _, 'x-amzn-requestid': __, ...stable } = headers;
        return { status, headers: stable, body };
      });
      expect(first?.status).toBe(403);
      for (const other of others) {
        expect(other).toEqual(first);
      }
    }
  });

  test('is a problem to programs and a page to browsers', async () => {
    const unknown = `${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`;

    const problem = await send(unknown);
    const page = await send(unknown, { headers: { Accept: 'text/html,*/*;q=0.8' } });

    expect(problem.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(problem.body)).toMatchObject({ type: 'about:blank', status: 403, code: 'AccessDenied' });
    expect(page.headers['content-type']).toBe('text/html');
    expect(page.body).toContain('<h1>This link can’t be opened</h1>');
  });

  test('says 401 where the nonce is missing or empty', async () => {
    for (const query of ['', '?nonce=', '?Nonce=abc']) {
      const answer = await send(`${emulator.apiEndpoint}access-object${query}`);
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.body)).toMatchObject({ status: 401, code: 'NonceMissing' });
    }
  });

  test('meets every other path and method with a problem that names no secret', async () => {
    const answers = await Promise.all([
      send(`${emulator.apiEndpoint}generate-url`),
      send(`${emulator.apiEndpoint}nothing-here`),
      send(emulator.apiEndpoint),
      send(`${new URL(emulator.apiEndpoint).origin}/`),
      send(`${emulator.apiEndpoint}%zz`),
      send(`${emulator.apiEndpoint}../../etc/passwd`),
    ]);
    for (const { status, headers, body } of answers) {
      expect(status).toBe(403);
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(body)).toMatchObject({ code: 'MissingAuthenticationToken' });
    }
  });
});

describe('asking for a link', () => {
  test('answers JSON to callers who accept it, and the bare link to others', async () => {
    const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png', expires_in: 60 };
    const before = Math.floor(Date.now() / 1000);

    const text = await askForLink(emulator, fields);
    const json = await askForLink(emulator, fields, { Accept: 'application/json' });

    expect(text).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    expect(text.body).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/prod\/access-object\?nonce=[\w-]{43}$/);
    const answer = JSON.parse(json.body);
    expect(Object.keys(answer).sort()).toEqual(['click_through_url', 'expires_at', 'link_id', 'url']);
    expect(answer.link_id).toMatch(/^[\w-]{22}$/);
    expect(answer.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Date.parse(answer.expires_at) / 1000 - before).toBeGreaterThanOrEqual(60);
    expect(Date.parse(answer.expires_at) / 1000 - before).toBeLessThanOrEqual(70);
    expect((await send(answer.url)).status).toBe(302);
  });

  const KEYS = [
    ['a plain key', 'plain.txt'],
    ['spaces and folders', 'a folder/with spaces & more.txt'],
    ['what looks like an encoding', 'percent%20sign+plus.txt'],
    ['other scripts', 'ünïcode/日本語/🗝️.bin'],
    ['quotes', 'quotes\'"`.txt'],
    ['delimiters of URLs', 'hash#question?semi;colon:.txt'],
    ['slashes at both ends', '/leading and trailing/'],
    ['1,023 bytes of three-byte characters', '語'.repeat(341)],
  ] as const;
  test.each(KEYS.flatMap(([what, key]) => LINK_KINDS.map((presign) => [what, presign, key] as const)))(
    'works for a key of %s, with presign %s',
    async (_, presign, key) => {
      await emulator.s3.send(new PutObjectCommand({ Bucket: emulator.bucketName, Key: key, Body: `bytes of ${key}` }));

      const link = await linkTo(emulator, { object_name: key, presign, download_as: 'größe "1".txt' });
      const file = await download(link);

      expect(Buffer.from(file.body, 'latin1').toString('utf8')).toBe(`bytes of ${key}`);
      expect(file.headers['content-disposition']).toBe(
        `attachment; filename="gr__e \\"1\\".txt"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.txt`,
      );
    },
  );

  const tooLong = '語'.repeat(342);
  test.each([
    [{ bucket_name: 'someone-elses-bucket' }, 403, 'BucketNotAllowed'],
    [{ object_name: 'missing.png' }, 404, 'ObjectNotFound'],
    [{ object_name: 'folder/../S3.png' }, 400, 'InvalidRequest'],
    [{ object_name: tooLong }, 400, 'InvalidRequest'],
    [{ expires_in: 0 }, 400, 'InvalidRequest'],
    [{ expires_in: 604_801 }, 400, 'InvalidRequest'],
    [{ expires_in: 3601, presign: 'now' }, 400, 'InvalidRequest'],
    [{ expires_in: '60' }, 400, 'InvalidRequest'],
    [{ presign: 'later' }, 400, 'InvalidRequest'],
    [{ version_id: 'no-such-version' }, 400, 'InvalidRequest'],
    [{ download_as: 'a/b' }, 400, 'InvalidRequest'],
    [{ download_as: 'a\r\nSet-Cookie: x=1' }, 400, 'InvalidRequest'],
    [{ click_through: 'yes' }, 400, 'InvalidRequest'],
    [{ colour: 'red' }, 400, 'InvalidRequest'],
    [{ bucket_name: 7 }, 400, 'InvalidRequest'],
  ])('is refused with %.60j: %i %s', async (fields, status, code) => {
    const answer = await askForLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields });

    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(answer.body)).toMatchObject({ type: 'about:blank', status, code, detail: expect.any(String) });
  });

  test.each(['', 'null', '[]', '{', '"text"', '{"bucket_name": "b"}', '['.repeat(50), '\u0000'])(
    'is refused with the body %j',
    async (body) => {
      for (const contentType of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
        const answer = await sendSigned(`${emulator.apiEndpoint}generate-url`, {
          headers: { 'Content-Type': contentType },
          body,
        });
        expect(answer.status).toBe(400);
        expect(JSON.parse(answer.body)).toMatchObject({ code: 'InvalidRequest' });
      }
    },
  );

  test('is refused above ten megabytes', async () => {
    const answer = await sendSigned(`${emulator.apiEndpoint}generate-url`, { body: 'x'.repeat(10 * 1024 * 1024 + 1) });

    expect(answer.status).toBe(413);
  });
});

describe('a caller', () => {
  const body = (): string => JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png' });

  test('may sign with the signer of the SDK', async () => {
    const url = new URL(`${emulator.apiEndpoint}generate-url`);
    const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
    const signer = new SignatureV4({
      service: 'execute-api',
      region: 'us-east-1',
      sha256: Sha256,
      credentials: { accessKeyId, secretAccessKey },
    });
    const signed = await signer.sign({
      method: 'POST',
      protocol: 'http:',
      hostname: url.hostname,
      port: Number(url.port),
      path: url.pathname,
      headers: { host: url.host, 'content-type': 'application/json' },
      body: body(),
    });

    expect((await send(url.href, { method: 'POST', headers: signed.headers, body: body() })).status).toBe(200);
  });

  (CURL_SIGNS ? test : test.skip)('may sign with curl 7.75 or later', async () => {
    const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
    const { stdout } = await promisify(execFile)('curl', [
      ...['--silent', '--aws-sigv4', 'aws:amz:us-east-1:execute-api', '--user', `${accessKeyId}:${secretAccessKey}`],
      ...['--header', 'Content-Type: application/json', '--data', body(), `${emulator.apiEndpoint}generate-url`],
    ]);

    expect(stdout).toMatch(/access-object\?nonce=[\w-]{43}$/);
  });

  (CURL_SIGNS ? test : test.skip)('may upload a file with curl, as the README says, and share it', async () => {
    const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
    await promisify(execFile)('curl', [
      ...['--silent', '--fail', '--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', `${accessKeyId}:${secretAccessKey}`],
      ...['--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD', '--upload-file', __filename],
      `${emulator.s3Endpoint}/${emulator.bucketName}/report.pdf`,
    ]);

    const file = await download(await linkTo(emulator, { object_name: 'report.pdf' }));

    expect(Buffer.from(file.body, 'latin1')).toEqual(readFileSync(__filename));
  });

  test('who does not sign, signs with a wrong secret or changes the body afterwards is refused in the words of AWS', async () => {
    const url = `${emulator.apiEndpoint}generate-url`;
    const unsigned = await send(url, { method: 'POST', body: body() });
    const wrong = await sendSigned(url, { body: body() }, { ...LOCAL_CALLER, secretAccessKey: 'guessed' });
    const stranger = await sendSigned(url, { body: body() }, { accessKeyId: 'NOBODY', secretAccessKey: 'none' });

    expect([unsigned, wrong, stranger].map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(JSON.parse(unsigned.body)).toMatchObject({
      code: 'MissingAuthenticationToken',
      message: 'Missing Authentication Token',
    });
    expect(JSON.parse(wrong.body)).toMatchObject({ code: 'InvalidSignature' });
    expect(JSON.parse(stranger.body).message).toBe('The security token included in the request is invalid.');
  });

  test('whom IAM gives no permission is refused in the words of AWS', async () => {
    const intern = {
      ...LOCAL_CALLER,
      accessKeyId: 'INTERN',
      arn: 'arn:aws:iam::123456789012:user/intern',
      statements: [],
    };
    const guarded = await runEmulator({ callers: [LOCAL_CALLER, intern] });
    try {
      const answer = await sendSigned(`${guarded.apiEndpoint}generate-url`, { body: body() }, intern);

      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body).message).toContain(
        'User: arn:aws:iam::123456789012:user/intern is not authorized to perform: execute-api:Invoke on resource: ',
      );
    } finally {
      await guarded.close();
    }
  });
});
