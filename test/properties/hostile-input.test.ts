import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { MAX_FILE_NAME_BYTES } from '../../lambda/contract';
import { preferredMediaType } from '../../lambda/http/media-type';
import { automatedClient } from '../../lambda/link/automated-client';
import { attachmentNamed } from '../../lambda/link/content-disposition';
import { fitDownloadName, nameOfKey } from '../../lambda/link/download-name';
import type { DownloadRequest } from '../../lambda/link/download-request';
import { type LinkTerms, type ParsedLinkRequest, parseLinkRequest } from '../../lambda/link/link-request';
import { nonceFromBytes, parseNonce } from '../../lambda/link/nonce';
import { askForLink, type IssuedLink, issueLink, linkTo, nonceOf, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SCALE } from '../support/scale';
import { unthrottled } from '../support/unthrottled';
import { declareFile, grantedUpload, uploadLink } from '../support/uploads';

/** Simultaneous requests in one batch. */
const BATCH = 20;

/** A failure prints its seed; `SEED=… npx jest test/properties/hostile-input.test.ts` repeats it. */
const SEED = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };

jest.setTimeout(300_000 * SCALE);

function always<T>(runs: number, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, holds), { numRuns: runs * SCALE, ...SEED });
}

/** Checks batches of {@link BATCH} requests. A failing batch is not shrunk; the error names the request. */
async function alwaysTogether<T>(
  batches: number,
  arbitrary: fc.Arbitrary<T>,
  holds: (values: readonly T[]) => Promise<void>,
): Promise<void> {
  const batch = fc.array(arbitrary, { minLength: BATCH, maxLength: BATCH });
  await fc.assert(fc.asyncProperty(batch, holds), { numRuns: batches * SCALE, endOnFailure: true, ...SEED });
}

async function forEach<T>(values: readonly T[], holds: (value: T) => Promise<void>): Promise<void> {
  const named = async (value: T): Promise<void> => {
    try {
      await holds(value);
    } catch (error) {
      throw new Error(`with ${fc.stringify(value)}: ${error instanceof Error ? error.message : error}`);
    }
  };
  await Promise.all(values.map(named));
}

/** Part of a caller's input. Responses and log lines must not contain it. */
const MARK = 'q9Zz7Kq';

const NASTY = [
  ...['\r', '\n', '\r\n', '\0', '\t', '\v', '\x1b[31m', '\x7f', '\x85', '\r\nX-Injected: yes\r\n\r\n'],
  ...['"', "'", '\\', '\\"', '/', '//', './', '../', '.', '..', '%', '%2e%2e%2f', '%0d%0a', '%00', '%zz', '+', ' '],
  ...[';', '=', '*', '&', '#', '?', ':', '|', '<script>', '=?UTF-8?Q?a=2Eexe?=', "UTF-8''", 'filename=x', '; a=b'],
  ...['\u200e', '\u200f', '\u061c', '\u202a', '\u202e', '\u2066', '\u2069', '\u2028', '\u2029', '\ufeff', '\u00a0'],
  ...['\ud800', '\udbff', '\udc00', '\udfff', '\ufffd', '\uffff', '\u{10ffff}', '語', 'é', 'e\u0301', '🏳️‍🌈', 'ß', 'İ'],
  ...['__proto__', 'constructor', 'toString', '$context.requestId', '#set', '{{', '{}', '[]', 'null', '-1', '1e999'],
] as const;

const anyUnit = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 3 }) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }) },
);
/** Any string, including lone surrogates. */
const anyText = fc.string({ unit: anyUnit, maxLength: 24, size: 'max' });
const marked = anyText.map((text) => MARK + text);
/** Three-byte characters, about as many as a key can hold. */
const longText = fc
  .tuple(fc.integer({ min: 336, max: 343 }), fc.constantFrom('語', '\u0800', '\ufffd', '한'), anyText)
  .map(([length, character, end]) => character.repeat(length) + end.slice(0, 3));
/** A header value as in a Lambda event: bytes decoded as Latin-1, without line breaks. */
const headerText = anyText.map((text) =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[\r\n\0]/g, ' '),
);
const nonces = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => nonceFromBytes(bytes));
const nastyText = fc.oneof({ weight: 9, arbitrary: anyText }, { weight: 1, arbitrary: longText });

function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function isKey(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return isWellFormed(text) && bytes >= 1 && bytes <= 1024 && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text);
}

function isFileName(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  const fits = bytes >= 1 && bytes <= MAX_FILE_NAME_BYTES && text !== '.' && text !== '..';
  return fits && isWellFormed(text) && !/[\p{Cc}/\\\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(text);
}

/** Mostly keys that pass, because they lack the characters that are refused. */
const goodKeys = nastyText
  .map((text) => Buffer.from(text.replace(/\p{Surrogate}/gu, '')).subarray(0, 1024))
  .map((bytes) => bytes.toString().replaceAll('\ufffd', 'x'))
  .filter(isKey);
const goodFileNames = nastyText
  .map((text) => [...text].filter((character) => isFileName(`a${character}`)))
  .map((characters) => characters.slice(0, 60).join(''))
  .filter(isFileName);

/**
 * The name under which a browser saves a file, by a strict reading of RFC 6266 and RFC 8187.
 *
 * @throws Error if the header does not match the grammar, or browsers could read it differently
 */
function savedAs(header: string): string {
  const parameter = /; ([a-z]+\*?)=(?:"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*)"|([\w!#$&+.^`|~%'-]+))/y;
  const values = new Map<string, string>();
  parameter.lastIndex = 'attachment'.length;
  for (let end = parameter.lastIndex; end < header.length; end = parameter.lastIndex) {
    const [, name = '', quoted, token] = parameter.exec(header) ?? [];
    if (name === '' || values.has(name)) {
      throw new Error(`not a Content-Disposition: ${header}`);
    }
    values.set(name, quoted?.replace(/\\(.)/g, '$1') ?? token ?? '');
  }
  const plain = values.get('filename');
  const [, extended] = /^UTF-8''((?:%[0-9A-F]{2}|[A-Za-z0-9!#$&+.^_`|~-])+)$/.exec(values.get('filename*') ?? '') ?? [];
  if (extended !== undefined) {
    return decodeURIComponent(extended);
  }
  // Chromium also decodes percent-encoding and RFC 2047 in a plain name.
  if (plain === undefined || values.has('filename*') || /%[0-9a-f]{2}|=\?/i.test(plain)) {
    throw new Error(`no unambiguous name in ${header}`);
  }
  return plain;
}

const A_FIELD =
  /^(?:The body|operation|bucket_name|object_name|expires_in|presign|version_id|download_as|click_through|from) /;
const FIELDS = { bucket_name: 'shared-bucket', object_name: 'S3.png' };
const TERMS: LinkTerms = { maxLifetimeSeconds: 604_800, signsOnOpen: true, maxUploadBytes: 5_000_000_000 };

function parse(body: unknown): ParsedLinkRequest {
  return parseLinkRequest(typeof body === 'string' ? body : JSON.stringify(body), TERMS);
}

/** The request for a download link in a body that is valid. */
function downloadIn(parsed: ParsedLinkRequest): DownloadRequest {
  if (!parsed.ok || parsed.request.operation !== 'download') {
    throw new Error('the body is not a request for a download link');
  }
  return parsed.request;
}

/** An error names the field that is wrong, and never its value. */
function expectError(parsed: ParsedLinkRequest, field: string | RegExp): void {
  if (parsed.ok) {
    throw new Error('the request was not refused');
  }
  const { code, detail } = parsed.error;
  expect([code, detail]).toEqual(['InvalidRequest', expect.stringMatching(field)]);
  expect(detail).not.toContain(MARK);
}

describe('the body of a request for a link', () => {
  test('is either refused without an echo, or parsed into well-formed fields', () => {
    const fieldNames = fc.constantFrom(...['bucket_name', 'object_name', 'expires_in', 'presign', 'version_id']);
    const moreNames = fc.oneof(
      fieldNames,
      fc.constantFrom('operation', 'download_as', 'click_through', 'from', '__proto__'),
      marked,
    );
    const values = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      marked,
      fc.constantFrom(
        null,
        true,
        [],
        {},
        1e308,
        -0,
        0.5,
        'now',
        'on_open',
        'download',
        1,
        3600,
        3601,
        604_800,
        604_801,
      ),
    );
    const bodies = fc.dictionary(moreNames, values, { maxKeys: 5 }).map((more) => ({ ...FIELDS, ...more }));
    always(1_500, bodies, (body: Readonly<Record<string, unknown>>) => {
      const parsed = parse(body);
      if (!parsed.ok) {
        expectError(parsed, A_FIELD);
        return;
      }
      const request = downloadIn(parsed);
      const { objectName, expiresInSeconds, presign, versionId } = request;
      expect(request).toEqual({
        operation: 'download',
        bucketName: body['bucket_name'],
        objectName: body['object_name'],
        expiresInSeconds: body['expires_in'] ?? 3600,
        presign: body['presign'] ?? (expiresInSeconds > 3600 ? 'on_open' : 'now'),
        clickThrough: body['click_through'] ?? false,
        ...('version_id' in body ? { versionId: body['version_id'] } : {}),
        ...('download_as' in body ? { downloadAs: body['download_as'] } : {}),
        ...('from' in body ? { from: String(body['from']).trim() } : {}),
      });
      expect(isKey(objectName) && Number.isInteger(expiresInSeconds)).toBe(true);
      expect(expiresInSeconds >= 1 && expiresInSeconds <= (presign === 'now' ? 3600 : 604_800)).toBe(true);
      expect(versionId ?? '').toMatch(/^[\x21-\x7e]*$/);
    });
  });

  test('is either refused without an echo, or parsed into a request for an upload link', () => {
    const names = fc.constantFrom(
      ...['object_name', 'prefix', 'max_bytes', 'content_types', 'label', 'from', 'expires_in', 'click_through'],
    );
    const types = fc.oneof(marked, fc.constantFrom('image/*', 'text/plain', '*/*', 'Image/PNG', ''));
    const values = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      marked,
      fc.array(types, { maxLength: 22 }),
      fc.constantFrom(null, true, [], {}, 1e308, -0, 0.5, 1, 3600, 604_801, 5_000_000_000, 5_000_000_001),
    );
    const required = { operation: 'upload', bucket_name: 'shared-bucket', max_bytes: 1_000 };
    const bodies = fc
      .dictionary(fc.oneof({ weight: 9, arbitrary: names }, { weight: 1, arbitrary: marked }), values, { maxKeys: 4 })
      .map((more) => ({ ...required, ...more }));
    always(1_500, bodies, (body: Readonly<Record<string, unknown>>) => {
      const parsed = parse(body);
      if (!parsed.ok) {
        expectError(
          parsed,
          /^(?:The body|object_name|prefix|max_bytes|content_types|label|from|expires_in|click_through) /,
        );
        return;
      }
      expect(parsed.request).toEqual({
        operation: 'upload',
        bucketName: 'shared-bucket',
        maxBytes: body['max_bytes'],
        expiresInSeconds: body['expires_in'] ?? 3600,
        clickThrough: body['click_through'] ?? false,
        ...('object_name' in body ? { key: { objectName: body['object_name'] } } : {}),
        ...('prefix' in body ? { key: { prefix: body['prefix'] } } : {}),
        ...('content_types' in body ? { contentTypes: [...new Set(body['content_types'] as string[])] } : {}),
        ...('label' in body ? { label: String(body['label']).trim() } : {}),
        ...('from' in body ? { from: String(body['from']).trim() } : {}),
      });
      for (const key of [body['object_name'], body['prefix']]) {
        expect(key === undefined || isKey(String(key))).toBe(true);
      }
    });
  });

  test('is refused without an echo if it is not JSON, or deeply nested', () => {
    const openings = fc.constantFrom('{', '[', '"', '{"bucket_name":', '[[{"b":');
    const texts = fc.oneof(
      marked,
      fc.tuple(openings, fc.integer({ min: 1, max: 20_000 })).map(([opening, depth]) => opening.repeat(depth)),
      fc.tuple(fc.json(), fc.nat({ max: 40 }), marked).map(([json, at, text]) => json.slice(0, at) + text),
    );
    always(1_000, texts, (text) => expectError(parse(text), A_FIELD));
  });

  test('is refused with the name of the one field that is wrong', () => {
    const wrong = fc.oneof(
      fc.tuple(
        fc.constantFrom('bucket_name', 'object_name', 'version_id', 'download_as', 'from'),
        fc.constantFrom(null, 7, true, '', [MARK], { [MARK]: 1 }, `${MARK}\ud800`),
      ),
      fc.tuple(
        fc.constant('object_name'),
        marked.map((text) => `${text}/../x`),
      ),
      fc.tuple(fc.constant('expires_in'), fc.oneof(marked, fc.constantFrom(0, -1, 0.5, 604_801, 1e308, '60', null))),
      fc.tuple(fc.constantFrom('presign', 'operation'), marked),
      fc.tuple(fc.constant('click_through'), fc.oneof(marked, fc.constantFrom(null, 0, 1, 'true', [true]))),
      fc.tuple(
        fc.constant('version_id'),
        anyText.map((text) => `${MARK} ${text}`),
      ),
      fc.tuple(
        fc.constant('from'),
        fc.tuple(marked, fc.constantFrom('\r', '\n', '\0', '\u202e', '\u2066')).map(([text, bad]) => `${text}${bad}.`),
      ),
      fc.tuple(
        fc.constant('download_as'),
        fc
          .tuple(fc.constantFrom('\r', '\n', '\0', '\u202e', '\u2066', '/', '\\'), marked)
          .map(([bad, text]) => bad + text),
      ),
    );
    always(1_000, wrong, ([field, value]) => expectError(parse({ ...FIELDS, [field]: value }), `^${field} `));
    always(100, marked, (name) => expectError(parse({ ...FIELDS, [name]: 1 }), /^The body has an unknown field\./));
  });

  test('passes with exactly the keys that S3 accepts and browsers leave unchanged', () => {
    always(1_500, fc.oneof(nastyText, goodKeys), (key) => {
      const parsed = parse({ ...FIELDS, object_name: key });
      if (!isKey(key)) {
        expectError(parsed, /^object_name /);
        return;
      }
      expect(parsed).toMatchObject({ ok: true, request: { objectName: key } });
    });
  });

  test('passes with exactly the file names that are safe, and browsers save the file under that name', () => {
    always(2_500, fc.oneof(nastyText, goodFileNames), (name) => {
      const parsed = parse({ ...FIELDS, download_as: name });
      if (!isFileName(name)) {
        expectError(parsed, /^download_as /);
        return;
      }
      const header = attachmentNamed(downloadIn(parsed).downloadAs ?? '');
      expect(header).toMatch(/^attachment; [\x20-\x7e]+$/);
      expect(savedAs(header)).toBe(name);
    });
  });
});

describe('another part of a request', () => {
  test('is a nonce only in its canonical encoding', () => {
    const at = fc.nat({ max: 42 });
    const inserted = fc.tuple(nonces, at, anyUnit).map(([nonce, i, unit]) => nonce.slice(0, i) + unit + nonce.slice(i));
    const character = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 });
    const replaced = fc.tuple(nonces, at, character).map(([nonce, i, c]) => nonce.slice(0, i) + c + nonce.slice(i + 1));
    always(2_500, fc.oneof(nonces, inserted, replaced, anyText), (text) => {
      // 32 bytes are 42 characters and two thirds of one, whose last two bits are zero.
      const canonical = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);
      expect([text, parseNonce(text)]).toEqual([text, canonical ? text : undefined]);
    });
  });

  test('is an Accept header, which selects one of our media types, and respects its preference', () => {
    const offered = ['text/plain', 'application/json'] as const;
    always(800, fc.array(headerText, { maxLength: 3 }), (values) => {
      expect(offered).toContain(preferredMediaType(() => values, offered));
    });
    always(
      400,
      fc.tuple(fc.constantFrom(...offered), fc.constantFrom('', ' ', '\t'), headerText),
      ([best, blank, noise]) => {
        const worse = offered.find((type) => type !== best);
        const accept = [`${worse};q=0.499`, `${best}${blank};${blank}q=0.5`, noise.replace(/[",;/*]/g, '')];
        expect(preferredMediaType(() => [accept.join(`,${blank}`)], offered)).toBe(best);
      },
    );
  });

  test('is an automated client only if it identifies itself as one', () => {
    const revealing = /bot|scan|preview|prefetch|prerender|viber|-ai|@|https?:/i;
    const quiet = headerText.filter((text) => !revealing.test(text));
    const names = fc.constantFrom('user-agent', 'sec-purpose', 'purpose', 'x-moz', 'x-purpose', 'accept', 'referer');
    const noise = fc.dictionary(names, fc.array(quiet, { maxLength: 2 }));
    const kind = (headers: Readonly<Record<string, readonly string[]>>) =>
      automatedClient('GET', (name) => headers[name] ?? []);
    always(500, noise, (headers) => expect(kind(headers)).toBeUndefined());
    always(500, fc.tuple(noise, quiet, quiet), ([headers, before, after]) => {
      expect(kind({ ...headers, 'user-agent': [`${before} Discordbot/2.0 ${after}`] })).toBe('machine');
      expect(kind({ ...headers, 'x-moz': [before, `prefetch ${after}`] })).toBe('prefetch');
      expect(kind({ ...headers, 'sec-purpose': [`prefetch;prerender ${after}`] })).toBe('prefetch');
    });
  });
});

describe('over HTTP,', () => {
  let emulator: RunningEmulator;

  beforeAll(async () => {
    emulator = await runEmulator({ change: unthrottled });
  });

  afterAll(async () => {
    await emulator.close();
  });

  /**
   * Checks that no request made a function fail or broke a log line, that no function's log line echoes one except its
   * encoded user agent, and that all of them could be recorded.
   */
  afterEach(async () => {
    await emulator.delivered();
    expect(emulator.deadLetters).toEqual([]);
    for (const line of emulator.logs) {
      const { user_agent: userAgent = '-', ...fields } = JSON.parse(line.slice(line.indexOf(' ')));
      expect(userAgent).toMatch(/^[ !#&-[\]-~%]{1,200}$/);
      expect(Object.keys(fields)).toContain('request_id');
      expect(line).not.toMatch(/storage_failed|"status":"?5/);
      expect(line.startsWith('access ') ? '' : JSON.stringify(fields)).not.toContain(MARK);
    }
  });

  /** Every header that a response may have, at most once. */
  const KNOWN_HEADERS = [
    ...['cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive', 'location'],
    ...['referrer-policy', 'retry-after', 'transfer-encoding', 'x-amzn-requestid', 'x-content-type-options'],
    ...['problem-code', 'x-frame-options', 'x-robots-tag', 'content-language', 'vary'],
    ...['content-security-policy', 'cross-origin-opener-policy', 'strict-transport-security'],
  ];

  /** Sends bytes that every HTTP client would refuse or repair. Checks that the response does not echo them. */
  async function sendRaw(lines: readonly string[], body: string, statuses: readonly number[]): Promise<void> {
    const { hostname, port } = new URL(emulator.apiEndpoint);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    const received = Buffer.concat(chunks).toString('latin1');
    const response = received.replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '');
    const [statusLine = '', ...headers] = response.slice(0, response.indexOf('\r\n\r\n')).split('\r\n');
    const names = headers.map((line) => line.split(':')[0]?.toLowerCase() ?? '');
    if (!statuses.includes(Number(statusLine.split(' ')[1])) || response.includes(MARK)) {
      throw new Error(`wrong status, or an echo: ${response.slice(0, 300)}`);
    }
    expect(names.filter((name) => !KNOWN_HEADERS.includes(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  }

  const percentEncoded = (text: string): string => Buffer.from(text).toString('hex').replace(/../g, '%$&');
  const pathOf = (route: string): string => `${new URL(emulator.apiEndpoint).pathname}${route}`;
  const asLatin1 = (text: string): string => Buffer.from(text).toString('latin1');
  const queryText = anyText.chain((text) =>
    fc.constantFrom(percentEncoded(text), asLatin1(text).replace(/[\s\0]/g, '')),
  );

  /**
   * Queries that do not contain exactly one complete nonce. `<nonce>` is replaced with the nonce, `<start>` and `<end>`
   * with its halves.
   */
  const badQueries = fc.oneof(
    queryText.map((text) => `nonce=<nonce>&nonce=${text}`),
    queryText.map((text) => `nonce=${text}&nonce=<nonce>`),
    queryText.map((text) => `x=<nonce>&${text}`),
    queryText.map((text) => `nonce=<start>.${text}<end>`),
    fc.constantFrom('nonce=<nonce>&nonce=<nonce>', 'nonce=<nonce>&%6eonce=<nonce>'),
    fc.constantFrom('x=1;nonce=<nonce>', 'nonce=<start>'),
    fc
      .constantFrom('Nonce', 'NONCE', 'nonce[]', 'nonce%5B0%5D', 'nonce%00', '%20nonce', 'nonce+', '', '%EF%BB%BFnonce')
      .map((name) => `${name}=<nonce>`),
    fc
      .constantFrom('=', '==', '%3D', '+', '%20', '%00', '%0d%0a', '%', '%zz', 'A', ';', ',', '/', '%ff', '%23')
      .map((end) => `nonce=<nonce>${end}`),
    fc
      .constantFrom('=', '+', '%20', '%00', '%0d%0a', '%zz', 'A', '%EF%BB%BF', '%25', '%C0%80')
      .map((start) => `nonce=${start}<nonce>`),
  );

  test.each(LINK_KINDS)('a link with presign %s is redeemed only by its own query, and only once', async (presign) => {
    const routes = fc.constantFrom(
      ['GET', 'access-object'],
      ['POST', 'access-object'],
      ['POST', 'upload-object'],
      ['POST', 'describe-link'],
    );
    await alwaysTogether(15, fc.tuple(badQueries, routes), async (attempts) => {
      const link = await linkTo(emulator, { presign });
      const nonce = nonceOf(link);
      await forEach(attempts, async ([template, [method, route = '']]) => {
        const query = template
          .replaceAll('<nonce>', nonce)
          .replace('<start>', nonce.slice(0, 20))
          .replace('<end>', nonce.slice(20));
        const request = `${method} ${pathOf(route)}?${query} HTTP/1.1`;
        await sendRaw([request, 'Host: 127.0.0.1', 'Connection: close'], '', [400, 401, 403]);
      });
      const machine = { Purpose: 'prefetch', 'User-Agent': `${MARK}"\\` };
      expect((await send(link, { headers: machine })).status).toBe(403);
      // Percent-encoding, even of unreserved characters, does not change the meaning of a query.
      const spelling = nonce.replace(/[a-m]/g, percentEncoded);
      expect((await send(`${emulator.apiEndpoint}access-object?nonce=${spelling}`)).status).toBe(302);
      expect((await send(link)).status).toBe(403);
    });
  });

  test('no request header breaks a response or appears in it', async () => {
    const names = fc.constantFrom(
      ...['Accept', 'User-Agent', 'Content-Type', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'Cookie', 'Range', 'Host'],
      ...['Forwarded', 'X-HTTP-Method-Override', 'Authorization', 'X-Amz-Date', 'X-Amz-Security-Token', 'If-Match'],
    );
    const values = fc.oneof(
      headerText,
      anyText.map((text) => Buffer.from(text).toString('latin1')),
    );
    const headerLines = fc.oneof(
      fc.tuple(names, values).map(([name, value]) => `${name}: ${MARK}${value}`),
      fc.tuple(headerText, headerText).map(([name, value]) => `${name.slice(0, 20)}: ${MARK}${value}`),
      fc.constantFrom('X: y'.repeat(9_000), `X-Long: ${'y'.repeat(12_000)}`, ' folded'),
      fc.constantFrom('Content-Length: 5', 'Content-Length: -1', 'Content-Length: 1e9', 'Content-Length: 5, 5'),
      fc.constantFrom(
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: chunked, identity',
        'Transfer-Encoding: \x0bchunked',
      ),
      fc.constantFrom('Expect: 100-continue', 'Expect: 200-ok', 'Upgrade: h2c', 'TE: trailers', 'Trailer: Host'),
      fc.constantFrom(
        'Authorization: AWS4-HMAC-SHA256 Credential=LOCALCALLER',
        'Authorization: AWS4-HMAC-SHA256 Credential=//us-east-1//aws4_request, SignedHeaders=, Signature=',
        'Authorization: Basic x',
      ),
    );
    const targets = fc.constantFrom(
      ...['access-object?nonce=', 'access-object', 'generate-url', 'nothing', '', '%2e%2e/', '%', '/', '?'],
      ...[`links/${'A'.repeat(22)}`, 'links/', 'links/%00', 'links/..', 'links/{link_id}'],
      ...['my-links', 'my-links?next=%00', `my-links/${'A'.repeat(22)}`, 'my-links/..%2flinks', 'my-links/{link_id}'],
      `access-object?nonce=${'A'.repeat(43)}`,
      ...['send-file', 'upload-object', `upload-object?nonce=${'A'.repeat(43)}`],
      `upload-object?nonce=${'A'.repeat(43)}&file_name=a&size_bytes=1`,
      'generate-url?X-Amz-Signature=1&X-Amz-Credential=%2F&X-Amz-Algorithm=AWS4-HMAC-SHA256',
    );
    const methods = fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND');
    const requests = fc.tuple(methods, targets, fc.array(headerLines, { maxLength: 5 }));
    await alwaysTogether(15, requests, async (batch) => {
      await forEach(batch, async ([method, target, lines]) => {
        const head = [`${method} ${pathOf(target)} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...lines];
        // Both an empty chunk and a body of five bytes.
        const body = lines.some((line) => /^Content-Length: 5$|^Transfer-Encoding/.test(line)) ? '0\r\n\r\n' : '';
        await sendRaw(head, body, [200, 400, 401, 403, 413, 415, 421, 431]);
      });
    });
  });

  test('a declared file that is not valid is not echoed, and does not redeem its link', async () => {
    const valid = { file_name: 'a.txt', size_bytes: '5', content_type: 'text/plain' };
    const changed = fc.oneof(
      fc.tuple(fc.constant('size_bytes'), anyText),
      // The link accepts only text.
      fc.tuple(fc.constant('content_type'), anyText),
      fc.tuple(fc.constant('checksum_sha256'), anyText),
      fc.tuple(
        fc.constant('file_name'),
        longText.map((text) => text + text),
      ),
    );
    const queries = fc.oneof(
      changed.map(([name, text]) => {
        const query = { ...valid, [name]: percentEncoded(MARK + text) };
        return Object.entries(query).map(([key, value]) => `${key}=${value}`);
      }),
      queryText.map((text) => ['file_name=a.txt', 'size_bytes=5', `file_name=${text}`]),
      queryText.map((text) => ['file_name=a.txt', `size_bytes=5&size_bytes=${text}`]),
      queryText.map((text) => ['file_name=', 'size_bytes=5', text]),
      fc.constantFrom(['File_Name=a.txt', 'size_bytes=5'], ['file_name=a.txt', 'size_bytes[]=5'], ['file_name=a.txt']),
    );
    await alwaysTogether(10, queries, async (batch) => {
      const fields = { operation: 'upload', bucket_name: emulator.bucketName, max_bytes: 5, content_types: ['text/*'] };
      const { url } = await issueLink(emulator, fields);
      await forEach(batch, async (query) => {
        const request = `POST ${pathOf('upload-object')}?nonce=${nonceOf(url)}&${query.join('&')} HTTP/1.1`;
        await sendRaw([request, 'Host: 127.0.0.1', 'Connection: close', 'Content-Length: 0'], '', [400]);
      });
      expect((await declareFile(url, valid)).status).toBe(200);
      expect((await declareFile(url, valid)).status).toBe(403);
    });
  });

  test('a file of any name is stored in the folder of its link', async () => {
    const names = fc.oneof(nastyText, goodFileNames).filter((name) => name !== '' && Buffer.byteLength(name) <= 1024);
    await alwaysTogether(4, names, async (batch) => {
      const files: { readonly name: string; readonly link: IssuedLink }[] = [];
      // One by one, because all of them count towards the quota of one caller.
      for (const name of batch) {
        files.push({ name, link: await uploadLink(emulator) });
      }
      await forEach(files, async ({ name, link: { url, link_id: linkId } }) => {
        const granted = await grantedUpload(url, { file_name: name, size_bytes: 22, content_type: 'text/html' });
        // Fetch normalizes the URL, as browsers do.
        const sent = await fetch(granted.url, { method: 'PUT', headers: granted.headers, body: linkId });
        expect(sent.status).toBe(200);
        const fileName = fitDownloadName(Buffer.from(name).toString());
        const object = { Bucket: emulator.bucketName, Key: `inbox/${linkId}/${fileName}` };
        const { Body: body } = await emulator.s3.send(new GetObjectCommand(object));
        expect(await body?.transformToString()).toBe(linkId);
      });
    });
  });

  test('a signed request with any body and type gets a link, or an error without an echo', async () => {
    const fields = fc.constantFrom(...Object.keys(FIELDS), 'download_as', 'version_id', 'expires_in', 'presign', MARK);
    const values = fc.oneof(marked, longText, fc.integer(), fc.constantFrom(null, true, [], {}));
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.json(), marked).map(([json, text]) => json + text),
      fc.nat({ max: 50_000 }).map((depth) => '{"a":'.repeat(depth)),
      fc.dictionary(fields, values, { maxKeys: 3 }),
    );
    const types = fc.constantFrom('application/json', 'text/plain', 'application/json; charset=utf-16', '', 'x');
    await alwaysTogether(10, fc.tuple(bodies, types, headerText), async (requests) => {
      await forEach(requests, async ([sent, type, accept]) => {
        const isRaw = typeof sent === 'string' || Buffer.isBuffer(sent);
        const named = { bucket_name: emulator.bucketName, object_name: 'S3.png' };
        const body = isRaw ? sent : JSON.stringify({ ...named, ...sent });
        const headers = { 'Content-Type': type, Accept: accept.replace(/[^\x20-\x7e]/g, '').trim() };
        const response = await sendSigned(`${emulator.apiEndpoint}generate-url`, { headers, body });
        expect([200, 400, 403, 404]).toContain(response.status);
        expect(Object.keys(response.headers).filter((name) => !KNOWN_HEADERS.includes(name))).toEqual([]);
        expect(response.body).not.toContain(MARK);
        if (response.status !== 200) {
          const code = { 400: 'InvalidRequest', 403: 'BucketNotAllowed', 404: 'ObjectNotFound' }[response.status];
          expect(JSON.parse(response.body)).toMatchObject({ status: response.status, code });
        }
      });
    });
  });

  test('a malformed link ID is refused without an echo', async () => {
    const short = fc.base64String({ minLength: 21, maxLength: 24 }).filter((text) => !/^[\w-]{21}[AQgw]$/.test(text));
    const routes = fc.constantFrom('links', 'my-links');
    const ids = fc.tuple(fc.oneof(marked, nonces, short), fc.constantFrom('GET', 'DELETE'), routes);
    await alwaysTogether(10, ids, async (batch) => {
      await forEach(batch, async ([id, method, route]) => {
        const response = await sendSigned(`${emulator.apiEndpoint}${route}/${percentEncoded(id)}`, { method });
        expect([response.status, JSON.parse(response.body).code]).toEqual([400, 'InvalidRequest']);
        expect(response.body).not.toContain(id);
      });
    });
  });

  test('a malformed `next` is refused and not echoed', async () => {
    const time = fc.constantFrom('2026-11-28T14:00:00.000Z', '9999-99-99T99:99:99.999Z', '2026-11-28', '');
    const tokens = fc.oneof(
      marked,
      fc.tuple(time, marked).map(([at, text]) => `${at}_${text}`),
      fc.tuple(time, nonces).map(([at, nonce]) => `${at}_${nonce}`),
    );
    await alwaysTogether(10, tokens, async (batch) => {
      await forEach(batch, async (token) => {
        const response = await sendSigned(`${emulator.apiEndpoint}my-links?next=${percentEncoded(token)}`, {
          method: 'GET',
        });
        expect([response.status, JSON.parse(response.body).code]).toEqual([400, 'InvalidRequest']);
        expect(response.body).not.toContain(MARK);
      });
    });
  });

  test('a `next` with an impossible time returns an empty or a complete list', async () => {
    for (const at of ['9999-99-99T99:99:99.999Z', '0000-00-00T00:00:00.000Z']) {
      const url = `${emulator.apiEndpoint}my-links?next=${at}_${'A'.repeat(22)}`;
      expect((await sendSigned(url, { method: 'GET' })).status).toBe(200);
    }
  });

  test.each(LINK_KINDS)(
    'a link with presign %s downloads exactly its object, under exactly its name',
    async (presign) => {
      const codes = fc.array(fc.integer({ min: 0x4e00, max: 0x9fff }), { minLength: 341, maxLength: 341 });
      const longest = codes.map((all) => `${String.fromCodePoint(...all)}x`);
      const objects = fc.record({
        key: fc.oneof({ weight: 7, arbitrary: goodKeys }, { weight: 1, arbitrary: longest }),
        name: fc.option(goodFileNames, { nil: undefined }),
        method: fc.constantFrom('GET', 'POST'),
      });
      await alwaysTogether(4, objects, async (batch) => {
        // No two requests of a batch write to one key.
        const distinct = new Map(batch.map((object) => [object.key, object]));
        await forEach([...distinct.values()], async ({ key, name, method }) => {
          const object = { Bucket: emulator.bucketName, Key: key };
          const Body = createHash('sha256').update(key).digest();
          await emulator.s3.send(new PutObjectCommand({ ...object, Body, ContentType: 'x/y' }));
          const fields = { bucket_name: emulator.bucketName, object_name: key, presign };
          const issued = await askForLink(emulator, name === undefined ? fields : { ...fields, download_as: name });
          expect([issued.status, issued.body]).toEqual([200, expect.stringMatching(/\?nonce=[\w-]{43}$/)]);
          const redeemed = await send(issued.body, { method });
          expect(redeemed.status).toBe(method === 'GET' ? 302 : 303);
          // Fetch normalizes the URL, as browsers do.
          const response = await fetch(String(redeemed.headers['location']));
          const disposition = response.headers.get('content-disposition');
          expect([response.status, response.headers.get('content-type')]).toEqual([200, 'x/y']);
          expect(Buffer.from(await response.arrayBuffer()).equals(Body)).toBe(true);
          expect(savedAs(disposition ?? '')).toBe(name ?? fitDownloadName(nameOfKey(key)));
          expect((await send(issued.body)).status).toBe(403);
        });
      });
    },
  );
});
