import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import fc from 'fast-check';
import type * as AccessObject from '../../lambda/access-object';
import type * as AuthorizeAccess from '../../lambda/authorize-access';
import type * as GenerateUrl from '../../lambda/generate-url';
import { preferredMediaType } from '../../lambda/http/media-type';
import { automatedOpener } from '../../lambda/link/automated-opener';
import { attachmentNamed } from '../../lambda/link/content-disposition';
import { linkAddresses } from '../../lambda/link/link-address';
import { type LinkTerms, type ParsedLinkRequest, parseLinkRequest } from '../../lambda/link/link-request';
import { nonceFromBytes, parseNonce } from '../../lambda/link/nonce';
import type * as ManageLink from '../../lambda/manage-link';
import { authorizerEvent, METHOD_ARN, openingEvent, proxyEvent } from '../lambda/support/events';
import { askForLink, linkTo, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { EFFORT } from '../support/scale';
import { unthrottled } from '../support/unthrottled';

/** What a run tries at least, whatever is moved between the properties. */
const LEAST_CASES = 100_000;

/** Requests that are under way at once. */
const AT_ONCE = 20;

/** A failure prints its seed; `SEED=… npx jest test/properties/hostile-input.test.ts` tries the same again. */
const SEED = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };

jest.setTimeout(120_000 * EFFORT);

let tried = 0;

function always<T>(runs: number, arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void {
  const property = fc.property(arbitrary, (value) => {
    tried += 1;
    holds(value);
  });
  fc.assert(property, { numRuns: runs * EFFORT, ...SEED });
}

async function alwaysAwaited<T>(
  runs: number,
  arbitrary: fc.Arbitrary<T>,
  holds: (value: T) => Promise<void>,
): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async (value) => {
    tried += 1;
    await holds(value);
  });
  await fc.assert(property, { numRuns: runs * EFFORT, ...SEED });
}

/** As {@link alwaysAwaited}, {@link AT_ONCE} cases a time. A failing case is told as it was found: here it is short enough. */
async function alwaysTogether<T>(
  runs: number,
  arbitrary: fc.Arbitrary<T>,
  holds: (values: readonly T[]) => Promise<void>,
): Promise<void> {
  const batches = fc.array(arbitrary, { minLength: AT_ONCE, maxLength: AT_ONCE });
  const property = fc.asyncProperty(batches, async (values) => {
    tried += values.length;
    await holds(values);
  });
  await fc.assert(property, { numRuns: Math.ceil((runs * EFFORT) / AT_ONCE), endOnFailure: true, ...SEED });
}

/** Checks each at the same time, and names the one that fails. */
async function forEach<T>(values: readonly T[], holds: (value: T) => Promise<void>): Promise<void> {
  await Promise.all(
    values.map((value) =>
      holds(value).catch((error: unknown) => {
        throw new Error(`with ${fc.stringify(value)}: ${error instanceof Error ? error.message : error}`);
      }),
    ),
  );
}

/** Marks what a caller sent: where it comes back, a value was echoed. */
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
/** Anything that can be in a string, lone surrogates too. */
const anyText = fc.string({ unit: anyUnit, maxLength: 24, size: 'max' });
/** Three-byte characters, about as many as a key can have. */
const longText = fc
  .tuple(fc.integer({ min: 336, max: 343 }), fc.constantFrom('語', '\u0800', '\ufffd', '한'), anyText)
  .map(([length, character, end]) => character.repeat(length) + end.slice(0, 3));
/** What a header can bring to Lambda: bytes, as Latin-1, without the ones that end a line. */
const headerText = anyText.map((text) =>
  Buffer.from(text)
    .toString('latin1')
    .replace(/[\r\n\0]/g, ' '),
);
const nonces = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => nonceFromBytes(bytes));

/** Whether UTF-8 can say it. */
function isWellFormed(text: string): boolean {
  return Buffer.from(text).toString() === text;
}

function isKey(text: string): boolean {
  const bytes = Buffer.byteLength(text);
  return isWellFormed(text) && bytes >= 1 && bytes <= 1024 && !/(?:^|\/)\.{1,2}(?:\/|$)/.test(text);
}

/** Spelled out, character by character. */
function isFileName(text: string): boolean {
  const forbidden = (code: number): boolean =>
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    code === 0x2f ||
    code === 0x5c ||
    code === 0x2028 ||
    code === 0x2029 ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069);
  const bytes = Buffer.byteLength(text);
  const fits = bytes >= 1 && bytes <= 255 && text !== '.' && text !== '..';
  return fits && isWellFormed(text) && ![...text].some((character) => forbidden(character.codePointAt(0) ?? 0));
}

const keys = fc.oneof({ weight: 9, arbitrary: anyText }, { weight: 1, arbitrary: longText });
const fileNames = fc.oneof(
  { weight: 9, arbitrary: anyText },
  { weight: 1, arbitrary: longText },
  { weight: 1, arbitrary: fc.tuple(anyText, anyText).map(([a, b]) => `${a}${'é'.repeat(120)}${b}`) },
);
/** Takes the characters out that have to be refused, so that most of what is left can pass. */
const goodKeys = keys
  .map((text) =>
    Buffer.from(text.replace(/\p{Surrogate}/gu, ''))
      .subarray(0, 1024)
      .toString()
      .replaceAll('\ufffd', 'x'),
  )
  .filter(isKey);
const goodFileNames = fileNames
  .map((text) =>
    [...text]
      .filter((character) => isFileName(`a${character}`))
      .slice(0, 60)
      .join(''),
  )
  .filter(isFileName);

/**
 * The name that a browser saves under, by the grammars of RFC 6266 and RFC 8187, read strictly.
 *
 * @throws Error if the header is not in the grammar, or has a parameter twice.
 */
function savedAs(header: string): string {
  const values = new Map<string, string>();
  let rest = header.replace(/^attachment/, '');
  while (rest !== '') {
    const parameter =
      /^; ([a-z]+\*?)=(?:"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*)"|([\w!#$&+.^`|~%'-]+))/.exec(rest);
    const [all, name = '', quoted, token] = parameter ?? [];
    if (all === undefined || values.has(name)) {
      throw new Error(`not a Content-Disposition: ${header}`);
    }
    values.set(name, quoted?.replace(/\\(.)/g, '$1') ?? token ?? '');
    rest = rest.slice(all.length);
  }
  const extended = /^UTF-8''((?:%[0-9A-F]{2}|[A-Za-z0-9!#$&+.^_`|~-])+)$/.exec(values.get('filename*') ?? '')?.[1];
  const plain = values.get('filename');
  if (extended === undefined && (plain === undefined || values.has('filename*'))) {
    throw new Error(`no name in ${header}`);
  }
  // Browsers decode more in a plain name than the RFC has: Chromium takes percent-encoding and RFC 2047 for encodings.
  if (extended === undefined && /%[0-9a-f]{2}|=\?/i.test(plain ?? '')) {
    throw new Error(`a browser may decode the plain name of ${header}`);
  }
  const bytes = extended?.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytes === undefined
    ? (plain ?? '')
    : new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'));
}

const details = new Set<string>();

/** A refusal says which field is wrong, and never what was sent. */
function expectRefusal(parsed: ParsedLinkRequest, field: string | RegExp): void {
  if (parsed.ok) {
    throw new Error('the request was not refused');
  }
  const { code, detail } = parsed.refusal;
  details.add(detail.replace(/the unknown field \w+/, 'an unknown field'));
  if (code !== 'InvalidRequest' || !(typeof field === 'string' ? detail.startsWith(`${field} `) : field.test(detail))) {
    throw new Error(`not a refusal of ${field}: ${detail}`);
  }
  if (detail.includes(MARK)) {
    throw new Error(`the refusal echoes a value: ${detail}`);
  }
}

const A_FIELD = /^(?:The body|bucket_name|object_name|expires_in|presign|version_id|download_as|click_through) /;
const FIELDS = { bucket_name: 'shared-bucket', object_name: 'S3.png' };
const TERMS: LinkTerms = { maxLifetimeSeconds: 604_800, signsOnOpen: true };

describe('the body of a request for a link', () => {
  const marked = anyText.map((text) => `${MARK}${text}`);
  const fieldNames = fc.oneof(
    fc.constantFrom(
      'bucket_name',
      'object_name',
      'expires_in',
      'presign',
      'version_id',
      'download_as',
      'click_through',
      '__proto__',
    ),
    marked,
  );
  const anyJson = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    marked,
    fc.double(),
    fc.constantFrom(null, true, [], {}, 1e308, -0, MARK, 'now', 'on_open', 1, 3600, 3601, 604_800, 604_801),
  );

  test('may be any text: it is refused in words of ours, or it asks for what it says', () => {
    const texts = fc.oneof(
      marked,
      fc.json(),
      fc
        .tuple(anyText, fc.constantFrom('{', '[', '"', '{"bucket_name":', '{"a":'))
        .map(([text, start]) => start.repeat(9) + text),
      fc
        .tuple(fc.json(), fc.nat(), anyText)
        .map(([json, at, text]) => json.slice(0, at % 40) + text + json.slice(at % 40)),
    );
    always(12_000, texts, (text) => {
      const parsed = parseLinkRequest(text, TERMS);
      if (!parsed.ok) {
        expectRefusal(parsed, A_FIELD);
      }
    });
  });

  test('may be nested or long without end', () => {
    always(
      40,
      fc.tuple(fc.constantFrom('[', '{"a":', '"', '[[{"b":'), fc.integer({ min: 1, max: 200_000 })),
      ([start, depth]) => {
        expectRefusal(parseLinkRequest(start.repeat(depth), TERMS), A_FIELD);
        expectRefusal(parseLinkRequest(`{"bucket_name":${start.repeat(depth)}`, TERMS), A_FIELD);
      },
    );
  });

  test('may have any fields with any values: whatever passes is well-formed in every field', () => {
    const bodies = fc.dictionary(fieldNames, anyJson, { maxKeys: 5 }).map((more) => ({ ...FIELDS, ...more }));
    always(15_000, bodies, (body) => {
      const parsed = parseLinkRequest(JSON.stringify(body), TERMS);
      if (!parsed.ok) {
        expectRefusal(parsed, A_FIELD);
        return;
      }
      const { bucketName, objectName, expiresInSeconds, presign, versionId, downloadAs, clickThrough } = parsed.request;
      const presignByDefault = expiresInSeconds > 3600 ? 'on_open' : 'now';
      const byDefault = { expires_in: 3600, presign: presignByDefault, click_through: false };
      const asked = { ...byDefault, ...body } as Readonly<Record<string, unknown>>;
      if (
        bucketName !== asked['bucket_name'] ||
        objectName !== asked['object_name'] ||
        expiresInSeconds !== asked['expires_in'] ||
        presign !== asked['presign'] ||
        versionId !== asked['version_id'] ||
        downloadAs !== asked['download_as'] ||
        clickThrough !== asked['click_through'] ||
        !isKey(objectName) ||
        !(expiresInSeconds >= 1 && expiresInSeconds <= (presign === 'now' ? 3600 : 604_800)) ||
        !Number.isInteger(expiresInSeconds) ||
        !/^[\x21-\x7e]*$/.test(versionId ?? '')
      ) {
        throw new Error(`passed: ${JSON.stringify(body)}`);
      }
    });
  });

  test('names the one field that is wrong', () => {
    const wrong = fc.oneof(
      fc.tuple(
        fc.constantFrom('bucket_name', 'object_name', 'version_id', 'download_as'),
        fc.constantFrom(null, 7, true, '', [MARK], { [MARK]: 1 }, `${MARK}\ud800`),
      ),
      fc.tuple(
        fc.constant('object_name'),
        anyText.map((text) => `${MARK}/${text}/../x`),
      ),
      fc.tuple(
        fc.constant('expires_in'),
        fc.oneof(
          marked,
          fc.double().filter((value) => !(Number.isInteger(value) && value >= 1 && value <= 604_800)),
        ),
      ),
      fc.tuple(fc.constant('presign'), marked),
      fc.tuple(fc.constant('click_through'), fc.oneof(marked, fc.constantFrom(null, 0, 1, 'true', [true]))),
      fc.tuple(
        fc.constant('version_id'),
        anyText.map((text) => `${MARK} ${text}`),
      ),
      fc.tuple(
        fc.constant('download_as'),
        fc
          .tuple(anyText, fc.constantFrom('\r', '\n', '\0', '\u202e', '\u2066', '/', '\\'))
          .map(([text, bad]) => `${MARK}${bad}${text}`),
      ),
    );
    always(8_000, wrong, ([field, value]) => {
      // JSON has no NaN and no infinity: they arrive as null.
      expectRefusal(parseLinkRequest(JSON.stringify({ ...FIELDS, [field]: value }), TERMS), field);
    });
    always(1_000, marked, (name) => {
      expectRefusal(
        parseLinkRequest(JSON.stringify({ ...FIELDS, [name]: 1 }), TERMS),
        'The body has an unknown field.',
      );
    });
  });

  test('passes with exactly the keys that S3 has and a browser leaves as they are', () => {
    always(12_000, fc.oneof(keys, goodKeys), (key) => {
      const parsed = parseLinkRequest(JSON.stringify({ ...FIELDS, object_name: key }), TERMS);
      if (!isKey(key)) {
        expectRefusal(parsed, 'object_name');
      } else if (!parsed.ok || parsed.request.objectName !== key) {
        throw new Error('a good key was refused or changed');
      }
    });
  });

  test('passes with exactly the file names that a person can read, and each comes out of the header as it went in', () => {
    always(20_000, fc.oneof(fileNames, goodFileNames), (name) => {
      const parsed = parseLinkRequest(JSON.stringify({ ...FIELDS, download_as: name }), TERMS);
      if (!isFileName(name)) {
        expectRefusal(parsed, 'download_as');
        return;
      }
      if (!parsed.ok || parsed.request.downloadAs === undefined) {
        throw new Error('a good name was refused');
      }
      const header = attachmentNamed(parsed.request.downloadAs);
      if (!/^attachment; [\x20-\x7e]+$/.test(header) || savedAs(header) !== name) {
        throw new Error(`the name became ${header}`);
      }
    });
  });

  test('is refused in one of a few sentences, whatever was wrong with it', () => {
    expect([...details].filter((detail) => !A_FIELD.test(detail))).toEqual([]);
    expect(details.size).toBeLessThan(25);
  });
});

describe('what else a request can carry', () => {
  test('is a nonce in its one canonical spelling, and otherwise none', () => {
    const spoilt = fc
      .tuple(nonces, fc.nat({ max: 43 }), anyUnit)
      .map(([nonce, at, unit]) => nonce.slice(0, at) + unit + nonce.slice(at));
    const replaced = fc
      .tuple(nonces, fc.nat({ max: 42 }), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }))
      .map(([nonce, at, character]) => nonce.slice(0, at) + character + nonce.slice(at + 1));
    always(15_000, fc.oneof(nonces, spoilt, replaced, anyText), (text) => {
      // 32 bytes are 42 characters and two thirds of one, whose last two bits are zero.
      const canonical = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/.test(text);
      if ((parseNonce(text) === text) !== canonical) {
        throw new Error(`${JSON.stringify(text)} is ${canonical ? 'a' : 'no'} nonce`);
      }
    });
  });

  test('is an Accept header of any kind: the answer is of a type that was offered, the best liked one where that is clear', () => {
    const offered = ['text/plain', 'application/json'] as const;
    always(8_000, fc.array(headerText, { maxLength: 3 }), (values) => {
      expect(offered).toContain(preferredMediaType(() => values, offered));
    });
    const liking = fc.tuple(
      fc.constantFrom(...offered),
      fc.integer({ min: 1, max: 499 }),
      fc.constantFrom('', ' ', '\t'),
      headerText,
    );
    always(2_000, liking, ([best, quality, blank, noise]) => {
      const worse = offered.filter((type) => type !== best).join();
      const junk = noise.replace(/[",;/*]/g, '');
      const accept = [`${worse};q=0.${String(quality).padStart(3, '0')}`, `${best}${blank};${blank}q=0.5`, junk];
      expect(preferredMediaType(() => [accept.join(`,${blank}`)], offered)).toBe(best);
    });
  });

  test('is a machine that says so amid any noise, and never one that does not', () => {
    const agents = [
      'Slackbot-LinkExpanding 1.0',
      'Twitterbot/1.0',
      'facebookexternalhit/1.1',
      'Discordbot/2.0',
      'SkypeUriPreview',
      'TelegramBot',
      'LinkedInBot/1.0',
    ];
    const quiet = headerText.filter(
      (text) =>
        !/bot|hit|preview|prefetch|prerender|embed|agent|renderer|share|proxy|whatsapp|mastodon|iframely|facebot/i.test(
          text,
        ),
    );
    const names = fc.constantFrom('user-agent', 'sec-purpose', 'purpose', 'x-moz', 'x-purpose', 'accept', 'referer');
    const noise = fc.dictionary(names, fc.array(quiet, { maxLength: 2 }));
    always(6_000, noise, (headers) => {
      expect(automatedOpener((name) => headers[name] ?? [])).toBeUndefined();
    });
    always(4_000, fc.tuple(noise, fc.constantFrom(...agents), quiet, quiet), ([headers, agent, before, after]) => {
      const said = { ...headers, 'user-agent': [...(headers['user-agent'] ?? []), `${before} ${agent} ${after}`] };
      expect(automatedOpener((name) => said[name as keyof typeof said] ?? [])).toBe('unfurler');
    });
    const speculation = fc.constantFrom('sec-purpose', 'purpose', 'x-moz', 'x-purpose');
    const purpose = fc.constantFrom('prefetch', 'PREFETCH', 'prefetch;prerender', 'prerender', 'preview');
    always(4_000, fc.tuple(noise, speculation, purpose, quiet), ([headers, name, value, after]) => {
      const said = { ...headers, [name]: [...(headers[name] ?? []), `${value} ${after}`] };
      expect(automatedOpener((asked) => said[asked] ?? [])).toBe('prefetch');
    });
  });

  test('is an address of any depth: the link is on the same host, below the same path', () => {
    const segment = fc.oneof(
      fc.stringMatching(/^[\w~-]{1,9}$/),
      fc.constantFrom('generate-url', 'access-object', 'prod'),
    );
    const address = fc.tuple(
      nonces,
      fc.domain(),
      fc.array(segment, { maxLength: 4 }),
      fc.constantFrom('', '/'),
      fc.option(headerText),
    );
    always(3_000, address, ([nonce, domainName, segments, end, scheme]) => {
      const base = segments.map((one) => `/${one}`).join('');
      const from = { scheme: scheme ?? undefined, domainName, path: `${base}/generate-url${end}` };
      const { url, clickThroughUrl } = linkAddresses(nonce, from);
      const link = new URL(url);
      expect([link.protocol, link.hostname, link.pathname, link.search, link.hash]).toEqual([
        scheme === 'http' ? 'http:' : 'https:',
        domainName.toLowerCase(),
        `${base}/access-object`,
        `?nonce=${nonce}`,
        '',
      ]);
      expect(clickThroughUrl).toBe(url.replace(/access-object\?nonce=(.*)$/, 'open-link#$1'));
    });
  });
});

describe('the functions, which can reach no storage here,', () => {
  let authorizeAccess: typeof AuthorizeAccess.handler;
  let accessObject: typeof AccessObject.handler;
  let generateUrl: typeof GenerateUrl.handler;
  let manageLink: typeof ManageLink.handler;
  const lines: string[] = [];

  beforeAll(() => {
    Object.assign(process.env, {
      NONCE_TABLE_NAME: 'links',
      MAX_LINK_LIFETIME_SECONDS: '604800',
      OPENED_URL_LIFETIME_SECONDS: '60',
      URL_SUFFIX: 'amazonaws.com',
      SHARED_BUCKETS: '[{"name":"shared-bucket"}]',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'ASIAROLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      // Nothing listens on port 1: whoever asks the storage all the same fails.
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    ({ handler: authorizeAccess } = jest.requireActual<typeof AuthorizeAccess>('../../lambda/authorize-access'));
    ({ handler: accessObject } = jest.requireActual<typeof AccessObject>('../../lambda/access-object'));
    ({ handler: generateUrl } = jest.requireActual<typeof GenerateUrl>('../../lambda/generate-url'));
    ({ handler: manageLink } = jest.requireActual<typeof ManageLink>('../../lambda/manage-link'));
  });

  afterAll(() => {
    delete process.env['AWS_ENDPOINT_URL'];
  });

  beforeEach(() => {
    lines.length = 0;
    jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  const spoiltNonces = fc.oneof(
    anyText.filter((text) => !/^[\w-]{43}$/.test(text)),
    nonces.map((nonce) => `${nonce}=`),
    nonces.map((nonce) => ` ${nonce}`),
    nonces.map((nonce) => nonce.slice(1)),
  );
  const headers = fc.dictionary(
    fc.oneof(headerText, fc.constantFrom('Accept', 'User-Agent', 'X-Forwarded-Proto', 'accept')),
    fc.array(headerText, { maxLength: 2 }),
  );
  const spoiltQueries = fc.oneof(
    fc.constant(undefined),
    fc.dictionary(
      fc.constantFrom('Nonce', 'nonce ', 'nonce[]', '__proto__', 'constructor'),
      fc.array(fc.oneof(nonces, anyText), { maxLength: 2 }),
    ),
    fc.array(spoiltNonces, { maxLength: 3 }).map((nonce) => ({ nonce })),
    fc.tuple(nonces, fc.oneof(nonces, spoiltNonces)).map((nonce) => ({ nonce: [...nonce] })),
  );

  test('refuse to open whatever is no single nonce, and whoever says to be a machine, without asking the table', async () => {
    const machine = fc.tuple(
      nonces,
      fc.constantFrom(
        { 'User-Agent': ['Twitterbot/1.0'] },
        { purpose: ['prefetch'] },
        { 'SEC-Purpose': ['', 'prefetch;prerender'] },
      ),
    );
    const requests = fc.oneof(
      fc.tuple(spoiltQueries, headers),
      fc.tuple(machine, headers).map(([[nonce, said], noise]) => [{ nonce: [nonce] }, { ...noise, ...said }] as const),
    );
    await alwaysAwaited(5_000, requests, async ([query, sent]) => {
      lines.length = 0;
      const result = await authorizeAccess(
        authorizerEvent(undefined, { headers: sent, ...(query === undefined ? {} : { query }) }),
      );
      expect(result).toEqual({
        principalId: expect.stringMatching(/^(?:none|[\w-]{22})$/),
        policyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Deny', Action: 'execute-api:Invoke', Resource: METHOD_ARN }],
        },
        context: { outcome: expect.stringMatching(/^(?:malformed|prefetch|unfurler)$/), ...loggedAgent(result) },
      });
      expect(lines).toEqual([
        expect.stringMatching(
          /^\{"event":"link_access","outcome":"(?:malformed|prefetch|unfurler)"(?:,"link_id":"[\w-]{22}")?,"request_id":"\S+"\}\n$/,
        ),
      ]);
    });
  });

  /** The user agent as the access log gets it, which puts it between quotes as it is. */
  function loggedAgent({ context }: APIGatewayAuthorizerResult): object {
    return context?.['userAgent'] === undefined ? {} : { userAgent: expect.stringMatching(/^[^"\\$\p{Cc}]{1,200}$/u) };
  }

  const SECRET_HEADERS = {
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Robots-Tag': 'noindex',
    'X-Content-Type-Options': 'nosniff',
    'Content-Type': 'application/problem+json',
  };

  test('answer a request that the authorizer did not see with the one refusal', async () => {
    const contexts = fc.constantFrom(undefined, null, {}, { sealed: null }, { sealed: 7 }, { principalId: MARK });
    await alwaysAwaited(2_000, fc.tuple(spoiltQueries, headers, contexts), async ([query, sent, context]) => {
      const answer = await accessObject(
        openingEvent(undefined, context, { headers: sent, ...(query === undefined ? {} : { query }) }),
      );
      expect(answer).toMatchObject({ statusCode: 403, headers: SECRET_HEADERS });
    });
  });

  test('refuse whatever is no link id before they ask the table', async () => {
    const ids = fc.oneof(
      anyText.map((text) => MARK + text),
      nonces,
      fc.base64String({ minLength: 21, maxLength: 24 }).filter((text) => !/^[\w-]{21}[AQgw]$/.test(text)),
    );
    await alwaysAwaited(5_000, fc.tuple(ids, fc.constantFrom('GET', 'DELETE'), headers), async ([id, method, sent]) => {
      lines.length = 0;
      const answer = await manageLink(proxyEvent({ method, headers: sent, pathParameters: { link_id: id } }));
      expect(answer).toMatchObject({ statusCode: 400, headers: SECRET_HEADERS });
      expect(answer.body).not.toContain(id || MARK);
      expect(lines).toEqual([expect.stringMatching(/^\{"event":"link_managed","outcome":"malformed","caller":/)]);
      expect(lines.join()).not.toContain(MARK);
    });
  });

  test('answer a request for a link that is no good with a problem in words of ours', async () => {
    const marked = anyText.map((text) => MARK + text);
    const bodies = fc.oneof(
      marked,
      fc.json(),
      fc
        .dictionary(
          fc.constantFrom('bucket_name', 'object_name', 'download_as', 'expires_in', 'presign', MARK),
          fc.oneof(marked, fc.integer()),
          { minKeys: 2 },
        )
        .map((fields) => JSON.stringify(fields)),
    );
    await alwaysAwaited(5_000, fc.tuple(bodies, headers, fc.boolean()), async ([body, sent, isBase64Encoded]) => {
      lines.length = 0;
      const text = isBase64Encoded ? Buffer.from(body).toString('base64') : body;
      const answer = await generateUrl({ ...proxyEvent({ body: text, headers: sent }), isBase64Encoded });
      expect([400, 403]).toContain(answer.statusCode);
      expect(answer.headers).toEqual(SECRET_HEADERS);
      expect(answer.body).not.toContain(MARK);
      expect(Object.keys(JSON.parse(answer.body))).toEqual(['type', 'title', 'status', 'detail', 'code']);
      expect(lines.join()).not.toContain(MARK);
    });
  });
});

describe('over http,', () => {
  let emulator: RunningEmulator;

  beforeAll(async () => {
    emulator = await runEmulator({ change: unthrottled });
  });

  afterAll(async () => {
    await emulator.close();
  });

  /** Every header that an answer of the API may have; each of them once. */
  const KNOWN_HEADERS = new Set([
    ...['cache-control', 'connection', 'content-length', 'content-type', 'date', 'keep-alive', 'location'],
    ...['referrer-policy', 'retry-after', 'transfer-encoding', 'x-amzn-requestid', 'x-content-type-options'],
    ...['problem-code', 'x-frame-options', 'x-robots-tag'],
  ]);

  interface RawAnswer {
    readonly status: number;
    readonly names: readonly string[];
    readonly text: string;
  }

  /** Sends bytes as they are, where every client would refuse or mend them. */
  async function sendRaw(bytes: string): Promise<RawAnswer> {
    const { hostname, port } = new URL(emulator.apiEndpoint);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.setTimeout(10_000, () => socket.destroy());
    socket.write(bytes, 'latin1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(socket, 'close');
    const text = Buffer.concat(chunks)
      .toString('latin1')
      .replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, '');
    const [status = '', ...lines] = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
    return {
      status: Number(status.split(' ')[1]),
      names: lines.map((line) => line.split(':')[0]?.toLowerCase() ?? ''),
      text,
    };
  }

  function expectClean({ status, names, text }: RawAnswer, statuses: readonly number[]): void {
    if (!statuses.includes(status)) {
      throw new Error(`answered ${text.slice(0, 300)}`);
    }
    if (names.some((name) => !KNOWN_HEADERS.has(name)) || new Set(names).size < names.length || text.includes(MARK)) {
      throw new Error(`a header was injected, or a value echoed: ${text}`);
    }
  }

  function pathOf(route: string): string {
    return `${new URL(emulator.apiEndpoint).pathname}${route}`;
  }

  function nonceOf(link: string): string {
    return new URL(link).searchParams.get('nonce') ?? '';
  }

  const encoded = (text: string): string =>
    [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const queryText = fc.oneof(
    anyText.map((text) => encoded(text)),
    anyText.map((text) =>
      Buffer.from(text)
        .toString('latin1')
        .replace(/[\s\0]/g, ''),
    ),
  );
  /** Queries that hold a live nonce, and yet do not say it once and exactly. */
  const spoiltQueries = fc.oneof(
    queryText.map((text) => spoilt((nonce) => `nonce=${nonce}&nonce=${text}`)),
    queryText.map((text) => spoilt((nonce) => `nonce=${text}&nonce=${nonce}`)),
    queryText.map((text) => spoilt((nonce) => `x=${nonce}&${text}`)),
    fc.constant(spoilt((nonce) => `nonce=${nonce}&nonce=${nonce}`)),
    fc.constant(spoilt((nonce) => `nonce=${nonce}&%6eonce=${nonce}`)),
    fc.constant(spoilt((nonce) => `x=1;nonce=${nonce}`)),
    fc.constant(spoilt((nonce) => `nonce=${encoded(encoded(nonce))}`)),
    fc.constant(spoilt((nonce) => `nonce=${nonce.slice(0, -1)}${nextInAlphabet(nonce.slice(-1))}`)),
    fc
      .constantFrom('Nonce', 'NONCE', 'nonce[]', 'nonce%5B0%5D', 'nonce%00', '%20nonce', 'nonce+', '', '%EF%BB%BFnonce')
      .map((name) => spoilt((nonce) => `${name}=${nonce}`)),
    fc
      .constantFrom('=', '==', '%3D', '+', '%20', '%00', '%0d%0a', '%', '%zz', 'A', ';', ',', '/', '%ff', '%23')
      .map((end) => spoilt((nonce) => `nonce=${nonce}${end}`)),
    fc
      .constantFrom('=', '+', '%20', '%00', '%0d%0a', '%zz', 'A', '%EF%BB%BF', '%25', '%C0%80')
      .map((start) => spoilt((nonce) => `nonce=${start}${nonce}`)),
    fc
      .nat({ max: 42 })
      .map((at) =>
        spoilt((nonce) => `nonce=${nonce.slice(0, at)}${nonce[at] === 'A' ? 'E' : 'A'}${nonce.slice(at + 1)}`),
      ),
    fc.nat({ max: 42 }).map((length) => spoilt((nonce) => `nonce=${nonce.slice(0, length)}`)),
    fc
      .tuple(queryText, fc.nat({ max: 42 }))
      .map(([text, at]) => spoilt((nonce) => `nonce=${nonce.slice(0, at)}.${text}${nonce.slice(at)}`)),
  );

  function spoilt(query: (nonce: string) => string): { readonly query: (nonce: string) => string } {
    // What a failure shows in place of the function.
    return { query, [fc.toStringMethod]: () => query('<nonce>') } as { query: (nonce: string) => string };
  }

  /** A character that differs in the spare bits of the last one only. */
  function nextInAlphabet(character: string): string {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return alphabet[alphabet.indexOf(character) + 1] ?? '';
  }

  test.each(LINK_KINDS)(
    'a link with presign %s is opened by none of the queries that come near it, and by its own once',
    async (presign) => {
      await alwaysTogether(2_000, fc.tuple(spoiltQueries, fc.constantFrom('GET', 'POST')), async (attempts) => {
        const link = await linkTo(emulator, { presign });
        await forEach(attempts, async ([{ query }, method]) => {
          const target = `${pathOf('access-object')}?${query(nonceOf(link))}`;
          const answer = await sendRaw(`${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
          expectClean(answer, [400, 401, 403]);
        });
        expect((await send(link)).status).toBe(302);
        expect((await send(link)).status).toBe(403);
      });
    },
  );

  test.each(LINK_KINDS)(
    'a link with presign %s opens whatever characters of its nonce are percent-encoded, since they say the same',
    async (presign) => {
      await alwaysTogether(100, fc.array(fc.boolean(), { minLength: 43, maxLength: 43 }), async (choices) => {
        await forEach(choices, async (choice) => {
          const link = await linkTo(emulator, { presign });
          const nonce = [...nonceOf(link)]
            .map((character, at) => (choice[at] ? encoded(character) : character))
            .join('');
          expect((await send(`${emulator.apiEndpoint}access-object?nonce=${nonce}`)).status).toBe(302);
          expect((await send(link)).status).toBe(403);
        });
      });
    },
  );

  const headerLines = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(
          ...[
            'Accept',
            'User-Agent',
            'Content-Type',
            'X-Forwarded-Proto',
            'X-Forwarded-Host',
            'Cookie',
            'Range',
            'Host',
          ],
          ...['Forwarded', 'X-HTTP-Method-Override', 'Authorization', 'X-Amz-Date', 'X-Amz-Security-Token', 'If-Match'],
        ),
        fc.oneof(
          headerText,
          anyText.map((text) => Buffer.from(text).toString('latin1')),
        ),
      )
      .map(([name, value]) => `${name}: ${MARK}${value}`),
    fc.tuple(headerText, headerText).map(([name, value]) => `${name.slice(0, 20)}: ${MARK}${value}`),
    fc.constantFrom(
      'X: y'.repeat(9_000),
      ...Array.from({ length: 3 }, (_, index) => `X-Long: ${'y'.repeat(index * 6_000)}`),
    ),
    fc.constantFrom('Content-Length: 5', 'Content-Length: -1', 'Content-Length: 1e9', 'Content-Length: 5, 5'),
    fc.constantFrom(
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: chunked, identity',
      'Transfer-Encoding: \x0bchunked',
    ),
    fc.constantFrom(
      'Expect: 100-continue',
      'Expect: 200-ok',
      'Upgrade: h2c',
      'TE: trailers',
      'Trailer: Host',
      ' folded',
    ),
    fc.constantFrom(
      ...[
        '',
        ' Credential=',
        ' Credential=LOCALCALLER',
        ' Credential=//us-east-1//aws4_request, SignedHeaders=, Signature=',
      ].map((rest) => `Authorization: AWS4-HMAC-SHA256${rest}`),
      'Authorization: AWS4-HMAC-SHA256 Credential=LOCALCALLER/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00',
      'Authorization: Basic x',
    ),
  );

  test('no header of a request comes back in an answer, breaks it or makes the API fail', async () => {
    const targets = fc.constantFrom(
      ...['access-object?nonce=', 'access-object', 'generate-url', 'nothing', '', '%2e%2e/', '%', '/', '?'],
      ...[`links/${'A'.repeat(22)}`, 'links/', 'links/%00', 'links/..', 'links/{link_id}'],
      `access-object?nonce=${'A'.repeat(43)}`,
      'generate-url?X-Amz-Signature=1&X-Amz-Credential=%2F&X-Amz-Algorithm=AWS4-HMAC-SHA256',
    );
    const methods = fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND');
    const requests = fc.tuple(methods, targets, fc.array(headerLines, { maxLength: 5 }));
    await alwaysTogether(2_000, requests, async (batch) => {
      await forEach(batch, async ([method, target, lines]) => {
        const head = [`${method} ${pathOf(target)} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...lines, '', ''];
        // An empty chunk, and five bytes.
        const body = lines.some((line) => /^Content-Length: 5$|^Transfer-Encoding/.test(line)) ? '0\r\n\r\n' : '';
        expectClean(await sendRaw(head.join('\r\n') + body), [200, 400, 401, 403, 413, 415, 421, 431]);
      });
    });
  });

  test('a signed request of any body and type is answered with a link or with a refusal that echoes nothing', async () => {
    const value = fc.oneof(
      anyText.map((text) => MARK + text),
      longText,
      fc.integer(),
      fc.constantFrom(null, true, [], {}),
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(anyText, fc.json()).map(([text, json]) => json + MARK + text),
      fc.constantFrom('[', '{"a":').chain((start) => fc.nat({ max: 50_000 }).map((depth) => start.repeat(depth))),
      fc.dictionary(
        fc.constantFrom('object_name', 'download_as', 'version_id', 'expires_in', 'presign', 'bucket_name', MARK),
        value,
        { maxKeys: 3 },
      ),
    );
    const types = fc.constantFrom(
      'application/json',
      'text/plain',
      'application/json; charset=utf-16',
      'APPLICATION/JSON',
      '',
      'x',
    );
    const accepts = headerText.map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    await alwaysTogether(1_500, fc.tuple(body, types, accepts), async (requests) => {
      await forEach(requests, async ([sent, type, accept]) => {
        const bytes =
          typeof sent === 'string' || Buffer.isBuffer(sent)
            ? sent
            : JSON.stringify({ bucket_name: emulator.bucketName, object_name: 'S3.png', ...sent });
        const headers = { 'Content-Type': type, Accept: accept.trim() };
        const answer = await sendSigned(`${emulator.apiEndpoint}generate-url`, { headers, body: bytes });
        expect([200, 400, 403, 404]).toContain(answer.status);
        expect(Object.keys(answer.headers).filter((name) => !KNOWN_HEADERS.has(name))).toEqual([]);
        expect(answer.body).not.toContain(MARK);
        if (answer.status !== 200) {
          const code = { 400: 'InvalidRequest', 403: 'BucketNotAllowed', 404: 'ObjectNotFound' }[answer.status];
          expect(JSON.parse(answer.body)).toMatchObject({ status: answer.status, code });
        }
      });
    });
  });

  test.each(LINK_KINDS)(
    'every link with presign %s downloads exactly the object that was asked for, under exactly the name that was asked for',
    async (presign) => {
      const longest = fc
        .array(fc.integer({ min: 0x4e00, max: 0x9fff }), { minLength: 341, maxLength: 341 })
        .map((codes) => `${String.fromCodePoint(...codes)}x`);
      const objects = fc.tuple(
        fc.oneof({ weight: 7, arbitrary: goodKeys }, { weight: 1, arbitrary: longest }),
        fc.option(goodFileNames, { nil: undefined }),
        fc.uint8Array({ maxLength: 64 }),
        fc.constantFrom('GET', 'POST'),
      );
      await alwaysTogether(600, objects, async (batch) => {
        // Two of a batch must not write to one key at a time.
        const distinct = new Map(batch.map((object) => [object[0], object]));
        await forEach([...distinct.values()], async ([key, name, content, method]) => {
          const body = Buffer.concat([createHash('sha256').update(key).digest(), content]);
          await emulator.s3.send(
            new PutObjectCommand({ Bucket: emulator.bucketName, Key: key, Body: body, ContentType: 'x/y' }),
          );
          const fields = {
            bucket_name: emulator.bucketName,
            object_name: key,
            presign,
            ...(name === undefined ? {} : { download_as: name }),
          };
          const issued = await askForLink(emulator, fields);
          expect([issued.status, issued.body]).toEqual([200, expect.stringMatching(/\?nonce=[\w-]{43}$/)]);
          const opened = await send(issued.body, { method });
          expect(opened.status).toBe(method === 'GET' ? 302 : 303);
          // Fetch resolves and normalises the address, as browsers do.
          const response = await fetch(String(opened.headers['location']));
          const disposition = response.headers.get('content-disposition');
          expect([response.status, response.headers.get('content-type')]).toEqual([200, 'x/y']);
          expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
          expect(disposition === null ? undefined : savedAs(disposition)).toBe(name);
          expect((await send(issued.body)).status).toBe(403);
        });
      });
    },
  );

  test('nothing that was sent made a function fail', () => {
    const failures = emulator.logs.filter((line) => !/^\S+ \{/.test(line) || /storage_failed|"status":"?5/.test(line));
    expect(failures.slice(0, 3)).toEqual([]);
  });
});

test(`at least ${LEAST_CASES} hostile inputs were tried`, () => {
  process.stdout.write(`hostile input: ${tried} cases\n`);
  expect(tried).toBeGreaterThanOrEqual(LEAST_CASES);
});
