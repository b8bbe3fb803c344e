import {
  type LinkRequest,
  type LinkTerms,
  type ParsedLinkRequest,
  parseLinkRequest,
} from '../../../lambda/link/link-request';

const TERMS: LinkTerms = { maxLifetimeSeconds: 604_800, signsOnOpen: true };
const MINIMAL = { bucket_name: 'shared', object_name: 'S3.png' };

function parse(fields: Readonly<Record<string, unknown>>): ParsedLinkRequest {
  return parseLinkRequest(JSON.stringify({ ...MINIMAL, ...fields }), TERMS);
}

/** Parses a body with one value as raw JSON, for values that `JSON.stringify` cannot write. */
function parseRaw(field: string, json: string): ParsedLinkRequest {
  const others = Object.entries(MINIMAL).filter(([name]) => name !== field);
  const members = others.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return parseLinkRequest(`{${[...members, `"${field}": ${json}`].join(', ')}}`, TERMS);
}

function refusalOf(parsed: ParsedLinkRequest): string {
  if (parsed.ok) {
    throw new Error(`was accepted: ${JSON.stringify(parsed.request)}`);
  }
  expect(parsed.refusal).toEqual({ code: 'InvalidRequest', detail: expect.any(String) });
  return parsed.refusal.detail;
}

describe('a request for a link', () => {
  test('needs a bucket and an object, and defaults to one hour', () => {
    expect(parse({})).toEqual({
      ok: true,
      request: {
        bucketName: 'shared',
        objectName: 'S3.png',
        expiresInSeconds: 3600,
        presign: 'now',
        clickThrough: false,
      },
    });
  });

  test('may have every field', () => {
    const fields = {
      expires_in: 60,
      presign: 'now',
      version_id: 'L4kqtJlcpXroDTDmpUMLUo',
      download_as: 'Übersicht.pdf',
      click_through: true,
    };

    expect(parse(fields)).toEqual({
      ok: true,
      request: {
        bucketName: 'shared',
        objectName: 'S3.png',
        expiresInSeconds: 60,
        presign: 'now',
        versionId: 'L4kqtJlcpXroDTDmpUMLUo',
        downloadAs: 'Übersicht.pdf',
        clickThrough: true,
      },
    });
  });

  test.each<[string, string, string, keyof LinkRequest, unknown]>([
    ['object_name', '1,024 bytes', JSON.stringify('k'.repeat(1_024)), 'objectName', 'k'.repeat(1_024)],
    [
      'object_name',
      '1,024 bytes in 3-byte characters',
      JSON.stringify(`${'€'.repeat(341)}x`),
      'objectName',
      `${'€'.repeat(341)}x`,
    ],
    ['object_name', 'a single space', '" "', 'objectName', ' '],
    ['object_name', 'slashes at both ends and in a row', '"/a//b/"', 'objectName', '/a//b/'],
    ['object_name', 'dots that are not a segment', '".a/b./...//..c/d..e"', 'objectName', '.a/b./...//..c/d..e'],
    ['object_name', 'percent signs', '"a%2e%2e/%2F"', 'objectName', 'a%2e%2e/%2F'],
    ['object_name', 'an emoji, escaped', '"\\ud83d\\udce6"', 'objectName', '📦'],
    ['object_name', 'the name of a property of every object', '"__proto__"', 'objectName', '__proto__'],
    ['expires_in', '1', '1', 'expiresInSeconds', 1],
    ['expires_in', '3600', '3600', 'expiresInSeconds', 3600],
    ['expires_in', '604800', '604800', 'expiresInSeconds', 604_800],
    ['presign', '"now"', '"now"', 'presign', 'now'],
    ['presign', '"on_open"', '"on_open"', 'presign', 'on_open'],
    ['expires_in', '60.0, a whole number to JSON', '60.0', 'expiresInSeconds', 60],
    ['expires_in', '6e1, a whole number to JSON', '6e1', 'expiresInSeconds', 60],
    ['version_id', 'null, S3’s ID in unversioned buckets', '"null"', 'versionId', 'null'],
    ['version_id', '1,024 bytes', JSON.stringify('v'.repeat(1_024)), 'versionId', 'v'.repeat(1_024)],
    ['download_as', '255 bytes', JSON.stringify('文'.repeat(85)), 'downloadAs', '文'.repeat(85)],
    ['download_as', 'an emoji of several characters', '"🏳️‍🌈.png"', 'downloadAs', '🏳️‍🌈.png'],
    ['download_as', 'quotes and per cent', '"50% \\"off\\".txt"', 'downloadAs', '50% "off".txt'],
    ['download_as', 'a right-to-left script', '"תמונה.png"', 'downloadAs', 'תמונה.png'],
    ['download_as', 'three dots', '"..."', 'downloadAs', '...'],
    ['click_through', 'true', 'true', 'clickThrough', true],
    ['click_through', 'false', 'false', 'clickThrough', false],
  ])('accepts as %s: %s', (field, _, json, property, expected) => {
    const parsed = parseRaw(field, json);

    expect(parsed.ok && parsed.request[property]).toBe(expected);
  });

  test.each([
    ['bucket_name', 'nothing', '""'],
    ['bucket_name', 'null', 'null'],
    ['bucket_name', 'a number', '4711'],
    ['bucket_name', 'a list', '["shared"]'],
    ['bucket_name', 'an object', '{"toString": "shared"}'],
    ['bucket_name', 'half a surrogate pair', '"sha\\ud83dred"'],
    ['object_name', 'nothing', '""'],
    ['object_name', 'null', 'null'],
    ['object_name', 'false', 'false'],
    ['object_name', 'a list', '["S3.png"]'],
    ['object_name', '1,025 bytes', JSON.stringify('k'.repeat(1_025))],
    ['object_name', '1,026 bytes in 3-byte characters', JSON.stringify('€'.repeat(342))],
    ['object_name', 'one dot', '"."'],
    ['object_name', 'two dots', '".."'],
    ['object_name', 'a dot segment at the start', '"./secretkey"'],
    ['object_name', 'a dot segment inside', '"secretkey/../b"'],
    ['object_name', 'a dot segment at the end', '"secretkey/.."'],
    ['object_name', 'an escaped dot segment', '"secretkey/\\u002e\\u002e/b"'],
    ['object_name', 'half a surrogate pair at the end', '"secretkey\\ud83d"'],
    ['object_name', 'the wrong half of a surrogate pair', '"\\udce6secretkey"'],
    ['expires_in', 'zero', '0'],
    ['expires_in', 'minus zero', '-0'],
    ['expires_in', 'less than zero', '-1234'],
    ['expires_in', 'one too many', '604801'],
    ['expires_in', 'a fraction', '59.75'],
    ['expires_in', 'the smallest fraction', '5e-324'],
    ['expires_in', 'a number in quotes', '"1234"'],
    ['expires_in', 'true', 'true'],
    ['expires_in', 'null', 'null'],
    ['expires_in', 'a list', '[1234]'],
    ['expires_in', 'infinity', '1e400'],
    ['expires_in', 'an unsafe integer', '9007199254740993'],
    ['expires_in', 'a number with 10,000 digits', '1'.repeat(10_000)],
    ['presign', 'another word', '"secretword"'],
    ['presign', 'another case', '"NOW"'],
    ['presign', 'null', 'null'],
    ['presign', 'true', 'true'],
    ['presign', 'a list', '["now"]'],
    ['version_id', 'nothing', '""'],
    ['version_id', 'null', 'null'],
    ['version_id', 'a number', '4711'],
    ['version_id', '1,025 bytes', JSON.stringify('v'.repeat(1_025))],
    ['version_id', 'a space', '"secret version"'],
    ['version_id', 'a line break at the end', '"secretversion\\n"'],
    ['version_id', 'a character beyond ASCII', '"secretversiön"'],
    ['download_as', 'nothing', '""'],
    ['download_as', 'null', 'null'],
    ['download_as', 'a list', '["secret.txt"]'],
    ['download_as', '256 bytes', JSON.stringify(`${'文'.repeat(85)}x`)],
    ['download_as', 'a slash', '"secret/name.txt"'],
    ['download_as', 'a backslash', '"secret\\\\name.txt"'],
    ['download_as', 'one dot', '"."'],
    ['download_as', 'two dots', '".."'],
    ['download_as', 'a line break', '"secret\\r\\nSet-Cookie: a=b"'],
    ['download_as', 'a NUL', '"secret\\u0000.txt"'],
    ['download_as', 'a tab', '"secret\\t.txt"'],
    ['download_as', 'a delete character', '"secret\\u007f.txt"'],
    ['download_as', 'a control character beyond ASCII', '"secret\\u0085.txt"'],
    ['download_as', 'a line separator', '"secret\\u2028.txt"'],
    ['download_as', 'a direction override', '"secret\\u202egpj.exe"'],
    ['download_as', 'a direction isolate', '"secret\\u2067gpj.exe"'],
    ['download_as', 'half a surrogate pair', '"secret\\udce6.txt"'],
    ['click_through', 'null', 'null'],
    ['click_through', 'true in quotes', '"true"'],
    ['click_through', 'a number', '1'],
    ['click_through', 'a list', '["secret"]'],
  ])('refuses %s by name: %s', (field, _, json) => {
    const detail = refusalOf(parseRaw(field, json));

    expect(detail).toMatch(new RegExp(`^${field} must `));
    expect(detail).not.toMatch(/secret|4711|1234|Cookie|\p{Surrogate}|[^\x20-\x7e]/u);
    expect(detail.length).toBeLessThan(200);
  });

  test.each([
    ['bucket_name', { object_name: 'S3.png' }],
    ['object_name', { bucket_name: 'shared' }],
  ])('is refused without %s', (field, body) => {
    expect(refusalOf(parseLinkRequest(JSON.stringify(body), TERMS))).toMatch(new RegExp(`^${field} must `));
  });

  test.each([
    ['an unknown name', '{"bucket_name": "shared", "object_name": "S3.png", "secret": 1}'],
    ['a name in another case', '{"Bucket_Name": "shared", "bucket_name": "shared", "object_name": "S3.png"}'],
    ['the prototype', '{"__proto__": {"bucket_name": "secret", "object_name": "secret"}}'],
    ['the prototype beside good fields', '{"bucket_name": "shared", "object_name": "S3.png", "__proto__": null}'],
    ['a constructor', '{"bucket_name": "shared", "object_name": "S3.png", "constructor": {"prototype": {}}}'],
    ['an inherited method', '{"bucket_name": "shared", "object_name": "S3.png", "hasOwnProperty": 1}'],
    ['an empty name', '{"bucket_name": "shared", "object_name": "S3.png", "": 1}'],
    [
      'a deep tree',
      `{"bucket_name": "shared", "object_name": "S3.png", "a": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
    ],
  ])('refuses an unknown field and lists the known ones: %s', (_, body) => {
    const detail = refusalOf(parseLinkRequest(body, TERMS));

    expect(detail).toContain('unknown field');
    expect(detail).toMatch(/bucket_name, object_name, expires_in/);
    expect(detail).toMatch(/^The body has (?:an unknown field|the unknown field [a-z_]{1,40})\. /i);
  });

  test.each([
    ['nothing', ''],
    ['text', 'bucket_name=secret&object_name=secret'],
    ['truncated JSON', '{"bucket_name": "secret", "object_name": "secret"'],
    ['JSON followed by text', '{"bucket_name": "secret", "object_name": "secret"} secret'],
    ['JSON in single quotes', "{'bucket_name': 'secret'}"],
    ['a trailing comma', '{"bucket_name": "secret", "object_name": "secret",}'],
    ['NaN', '{"expires_in": NaN}'],
    ['a raw line break in a string', '{"object_name": "secret\n"}'],
  ])('refuses a body that is not JSON: %s', (_, body) => {
    const detail = refusalOf(parseLinkRequest(body, TERMS));

    expect(detail).toMatch(/^The body must be JSON, for example \{"bucket_name"/);
    expect(detail).not.toContain('secret');
  });

  test.each([
    ['null', 'null'],
    ['a text', '"secret"'],
    ['a number', '1e400'],
    ['a list', '[{"bucket_name": "secret", "object_name": "secret"}]'],
    ['100,000 lists in each other', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('refuses a body that is not an object: %s', (_, body) => {
    const detail = refusalOf(parseLinkRequest(body, TERMS));

    expect(detail).toMatch(/^The body must be a JSON object/);
    expect(detail).not.toContain('secret');
  });

  test.each([
    ['now', 1],
    ['now', 3600],
    ['on_open', 3601],
    ['on_open', 604_800],
  ])('defaults to presign %s for %i seconds', (presign, seconds) => {
    expect(parse({ expires_in: seconds })).toMatchObject({ ok: true, request: { presign } });
  });

  test('refuses a URL that would outlive the credentials that sign it now, and says what to do', () => {
    const detail = refusalOf(parse({ presign: 'now', expires_in: 3601 }));

    expect(detail).toMatch(/from 1 to 3600\. For more, leave presign out: .*credentials/);
    expect(refusalOf(parse({ presign: 'now', expires_in: 700_000 }))).toBe(detail);
  });

  describe('if the deployment signs no URLs on redemption', () => {
    const terms: LinkTerms = { maxLifetimeSeconds: 604_800, signsOnOpen: false };
    const parseThere = (fields: Readonly<Record<string, unknown>>): ParsedLinkRequest =>
      parseLinkRequest(JSON.stringify({ ...MINIMAL, ...fields }), terms);

    test('is limited to one hour, and the refusal says why', () => {
      expect(parseThere({ expires_in: 3600 })).toMatchObject({ ok: true, request: { presign: 'now' } });
      for (const seconds of [0, 3601, 604_801]) {
        expect(refusalOf(parseThere({ expires_in: seconds }))).toMatch(
          /^expires_in must be .* from 1 to 3600\. For more, this deployment would have to sign URLs on opening/,
        );
      }
    });

    test('must not ask for on_open', () => {
      expect(parseThere({ presign: 'now' })).toMatchObject({ ok: true });
      expect(refusalOf(parseThere({ presign: 'on_open' }))).toMatch(/^presign must be "now".*does not sign/);
    });
  });

  test.each([60, 3600, 2_592_000])('is limited to the %i seconds of the deployment', (maxLifetimeSeconds) => {
    const terms: LinkTerms = { maxLifetimeSeconds, signsOnOpen: true };
    const parseThere = (fields: Readonly<Record<string, unknown>>): ParsedLinkRequest =>
      parseLinkRequest(JSON.stringify({ ...MINIMAL, ...fields }), terms);

    expect(parseThere({})).toMatchObject({ request: { expiresInSeconds: Math.min(3600, maxLifetimeSeconds) } });
    expect(parseThere({ expires_in: maxLifetimeSeconds })).toMatchObject({ ok: true });
    expect(refusalOf(parseThere({ expires_in: maxLifetimeSeconds + 1 }))).toBe(
      `expires_in must be a whole number of seconds from 1 to ${maxLifetimeSeconds}.`,
    );
  });

  test('uses the last of two values of one field', () => {
    const twice = (first: string, last: string): ParsedLinkRequest =>
      parseLinkRequest(`{"bucket_name": "${first}", "bucket_name": "${last}", "object_name": "S3.png"}`, TERMS);

    expect(twice('other', 'shared')).toMatchObject({ ok: true, request: { bucketName: 'shared' } });
    expect(refusalOf(twice('shared', ''))).toMatch(/^bucket_name must /);
  });

  test('does not pollute the prototype of other objects', () => {
    parseLinkRequest('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}', TERMS);

    expect({}).not.toHaveProperty('polluted');
  });
});
