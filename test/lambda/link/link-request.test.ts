import type { DownloadRequest } from '../../../lambda/link/download-request';
import { type LinkTerms, type ParsedLinkRequest, parseLinkRequest } from '../../../lambda/link/link-request';

const TERMS: LinkTerms = { maxLifetimeSeconds: 604_800, signsOnOpen: true, maxUploadBytes: 5_000_000_000 };
const MINIMAL = { bucket_name: 'shared', object_name: 'S3.png' };

function parse(fields: Readonly<Record<string, unknown>>, terms = TERMS): ParsedLinkRequest {
  return parseLinkRequest(JSON.stringify({ ...MINIMAL, ...fields }), terms);
}

/** Parses a body with one value as raw JSON, for values that `JSON.stringify` cannot write. */
function parseRaw(field: string, json: string): ParsedLinkRequest {
  const others = Object.entries(MINIMAL).filter(([name]) => name !== field);
  const members = others.map(([name, value]) => `"${name}": "${value}"`);
  return parseLinkRequest(`{${[...members, `"${field}": ${json}`].join(', ')}}`, TERMS);
}

function detailOf(parsed: ParsedLinkRequest): string {
  expect(parsed).toEqual({ ok: false, error: { code: 'InvalidRequest', detail: expect.any(String) } });
  return parsed.ok ? '' : parsed.error.detail;
}

test('only the bucket and the object are required; the link expires after one hour by default', () => {
  expect(parse({})).toEqual({
    ok: true,
    request: {
      operation: 'download',
      bucketName: 'shared',
      objectName: 'S3.png',
      expiresInSeconds: 3600,
      presign: 'now',
      clickThrough: false,
    },
  });
});

test.each<[string, keyof DownloadRequest, string, unknown]>([
  ['object_name', 'objectName', `"${'k'.repeat(1_024)}"`, 'k'.repeat(1_024)],
  ['object_name', 'objectName', `"${'€'.repeat(341)}x"`, `${'€'.repeat(341)}x`],
  ['object_name', 'objectName', '" "', ' '],
  ['object_name', 'objectName', '"/a//b/"', '/a//b/'],
  ['object_name', 'objectName', '".a/b./...//..c/d..e"', '.a/b./...//..c/d..e'],
  ['object_name', 'objectName', '"a%2e%2e/%2F"', 'a%2e%2e/%2F'],
  ['object_name', 'objectName', '"\\ud83d\\udce6"', '📦'],
  ['object_name', 'objectName', '"__proto__"', '__proto__'],
  ['expires_in', 'expiresInSeconds', '1', 1],
  ['expires_in', 'expiresInSeconds', '604800', 604_800],
  ['expires_in', 'expiresInSeconds', '60.0', 60],
  ['expires_in', 'expiresInSeconds', '6e1', 60],
  ['presign', 'presign', '"now"', 'now'],
  ['presign', 'presign', '"on_open"', 'on_open'],
  ['version_id', 'versionId', '"L4kqtJlcpXroDTDmpUMLUo"', 'L4kqtJlcpXroDTDmpUMLUo'],
  ['version_id', 'versionId', '"null"', 'null'], // S3's ID in unversioned buckets
  ['version_id', 'versionId', `"${'v'.repeat(1_024)}"`, 'v'.repeat(1_024)],
  ['download_as', 'downloadAs', `"${'文'.repeat(85)}"`, '文'.repeat(85)], // 255 bytes
  ['download_as', 'downloadAs', '"50% \\"off\\".txt"', '50% "off".txt'],
  ['click_through', 'clickThrough', 'true', true],
  ['click_through', 'clickThrough', 'false', false],
  ['from', 'from', '"A"', 'A'],
  ['from', 'from', '"  Ada Lovelace, Ph.D. <ada@example.com>  "', 'Ada Lovelace, Ph.D. <ada@example.com>'],
  ['from', 'from', '"Zoë O’Brien (株式会社)"', 'Zoë O’Brien (株式会社)'],
  ['from', 'from', `"${'文'.repeat(100)}"`, '文'.repeat(100)],
  ['from', 'from', `"${'📦'.repeat(100)}"`, '📦'.repeat(100)],
])('%s, property %s, may be %s', (field, property, json, expected) => {
  const parsed = parseRaw(field, json);

  expect(parsed).toMatchObject({ ok: true, request: { [property]: expected } });
});

test.each<[string, string, ...string[]]>([
  ['bucket_name', 'of another type', 'null', '4711', '["shared"]', '{"toString": "shared"}'],
  ['bucket_name', 'empty or malformed', '""', '"sha\\ud83dred"'],
  ['object_name', 'of another type', 'null', 'false', '["S3.png"]'],
  ['object_name', 'empty or malformed', '""', '"secretkey\\ud83d"', '"\\udce6secretkey"'],
  ['object_name', 'longer than 1,024 bytes', `"${'k'.repeat(1_025)}"`, `"${'€'.repeat(342)}"`],
  ['object_name', 'with dot segments', '"."', '".."', '"./secretkey"', '"secretkey/../b"', '"secretkey/.."'],
  ['object_name', 'with escaped dot segments', '"secretkey/\\u002e\\u002e/b"'],
  ['expires_in', 'of another type', '"1234"', 'true', 'null', '[1234]'],
  ['expires_in', 'out of range', '0', '-0', '-1234', '604801', '1e400', '9007199254740993', '1'.repeat(10_000)],
  ['expires_in', 'with a fraction', '59.75', '5e-324'],
  ['presign', 'of another type', 'null', 'true', '["now"]'],
  ['presign', 'another word', '"secretword"', '"NOW"'],
  ['version_id', 'of another type', 'null', '4711'],
  ['version_id', 'empty, or longer than 1,024 bytes', '""', `"${'v'.repeat(1_025)}"`],
  ['version_id', 'not printable ASCII', '"secret version"', '"secretversion\\n"', '"secretversiön"'],
  ['download_as', 'of another type', 'null', '["secret.txt"]'],
  ['download_as', 'empty, or longer than 255 bytes', '""', `"${'文'.repeat(85)}x"`],
  ['download_as', 'a path', '"secret/name.txt"', '"secret\\\\name.txt"', '"."', '".."'],
  ['download_as', 'with control characters', '"secret\\u0000.txt"', '"secret\\t.txt"', '"secret\\u007f.txt"'],
  ['download_as', 'with line breaks', '"secret\\r\\nSet-Cookie: a=b"', '"secret\\u0085.txt"', '"secret\\u2028.txt"'],
  ['download_as', 'with direction overrides', '"secret\\u202egpj.exe"', '"secret\\u2067gpj.exe"'],
  ['download_as', 'malformed', '"secret\\udce6.txt"'],
  ['click_through', 'of another type', 'null', '"true"', '1', '["secret"]'],
  ['from', 'of another type', 'null', '4711', '["secret"]', '{"name": "secret"}'],
  ['from', 'empty', '""', '" "', '"\\u00a0\\u2003"'],
  ['from', 'invisible', '"\\u200b\\u200b"', '"\\u200e"', '"\\u3164"', '"\\u0301"', '"\\udb40\\udc41"'],
  ['from', 'longer than 100 characters', `"${'s'.repeat(101)}"`, `"${'文'.repeat(101)}"`, `"${'📦'.repeat(101)}"`],
  ['from', 'with control characters', '"secret\\u0000name"', '"secret\\tname"', '"secret\\u007fname"'],
  ['from', 'with line breaks', '"secret\\nname"', '"secret\\r\\nname"', '"secret\\u0085name"', '"secret\\u2028name"'],
  ['from', 'with direction overrides', '"secret\\u202ename"', '"secret\\u2067name"'],
  ['from', 'malformed', '"secret\\udce6name"'],
])('%s must not be %s; the error names the field and repeats no value', (field, _, ...values) => {
  for (const json of values) {
    const detail = detailOf(parseRaw(field, json));

    expect(detail).toMatch(new RegExp(`^${field} must `));
    expect(detail).not.toMatch(/secret|4711|1234|Cookie|\p{Surrogate}|[^\x20-\x7e]/u);
    expect(detail.length).toBeLessThan(200);
  }
});

test.each(['bucket_name', 'object_name'])('%s is required', (field) => {
  expect(detailOf(parse({ [field]: undefined }))).toMatch(new RegExp(`^${field} must `));
});

test.each([
  '"secret": 1',
  '"Bucket_Name": "shared"',
  '"__proto__": {"bucket_name": "secret"}',
  '"__proto__": null',
  '"constructor": {"prototype": {"polluted": true}}',
  '"hasOwnProperty": 1',
  '"": 1',
  `"a": ${'['.repeat(5_000)}${']'.repeat(5_000)}`,
])('an unknown field is refused, with a list of the known ones: %.40s', (member) => {
  const detail = detailOf(parseLinkRequest(`{"bucket_name": "shared", "object_name": "S3.png", ${member}}`, TERMS));

  expect(detail).toMatch(/^The body has (?:an unknown field|the unknown field [a-z_]{1,40})\. /i);
  expect(detail).toMatch(/operation, bucket_name, object_name, expires_in/);
  expect({}).not.toHaveProperty('polluted');
});

test.each([
  '',
  'bucket_name=secret&object_name=secret',
  '{"bucket_name": "secret", "object_name": "secret"',
  '{"bucket_name": "secret", "object_name": "secret"} secret',
  "{'bucket_name': 'secret'}",
  '{"bucket_name": "secret", "object_name": "secret",}',
  '{"expires_in": NaN}',
  '{"object_name": "secret\n"}',
])('a body that is not JSON is refused: %j', (body) => {
  const detail = detailOf(parseLinkRequest(body, TERMS));

  expect(detail).toMatch(/^The body must be JSON, for example \{"bucket_name"/);
  expect(detail).not.toContain('secret');
});

test.each(['null', '"secret"', '1e400', '[{"bucket_name": "secret"}]', `${'['.repeat(100_000)}${']'.repeat(100_000)}`])(
  'a body that is not a JSON object is refused: %.40s',
  (body) => {
    const detail = detailOf(parseLinkRequest(body, TERMS));

    expect(detail).toMatch(/^The body must be a JSON object/);
    expect(detail).not.toContain('secret');
  },
);

test('if a field is repeated, the last value is used', () => {
  const twice = (first: string, last: string) =>
    parseLinkRequest(`{"bucket_name": "${first}", "bucket_name": "${last}", "object_name": "S3.png"}`, TERMS);

  expect(twice('other', 'shared')).toMatchObject({ ok: true, request: { bucketName: 'shared' } });
  expect(detailOf(twice('shared', ''))).toMatch(/^bucket_name must /);
});

test.each([
  [1, 'now'],
  [3600, 'now'],
  [3601, 'on_open'],
  [604_800, 'on_open'],
])('a link for %i seconds has presign %s by default', (seconds, presign) => {
  expect(parse({ expires_in: seconds })).toMatchObject({ ok: true, request: { presign } });
});

test('presign now is limited to one hour, and the error says why', () => {
  const detail = detailOf(parse({ presign: 'now', expires_in: 3601 }));

  expect(detail).toMatch(/from 1 to 3600\. For a longer lifetime, omit presign: .*credentials/);
  expect(detailOf(parse({ presign: 'now', expires_in: 700_000 }))).toBe(detail);
});

test('a deployment that signs no URLs on redemption refuses on_open and links for more than one hour', () => {
  const terms = { ...TERMS, signsOnOpen: false };

  expect(parse({ presign: 'now', expires_in: 3600 }, terms)).toMatchObject({ ok: true, request: { presign: 'now' } });
  expect(detailOf(parse({ presign: 'on_open' }, terms))).toMatch(/^presign must be "now".*does not sign/);
  for (const seconds of [0, 3601, 604_801]) {
    expect(detailOf(parse({ expires_in: seconds }, terms))).toMatch(
      /^expires_in must be .* from 1 to 3600\. Longer links need signOnOpen/,
    );
  }
});

test.each([
  [60, '60', 60],
  [5_400, '5400', 3_600],
  [7_200, '7200 (2 hours)', 3_600],
  [2_592_000, '2592000 (30 days)', 3_600],
])('a deployment limits links to %i seconds, written %s', (maxLifetimeSeconds, limit, defaultSeconds) => {
  const terms = { ...TERMS, maxLifetimeSeconds };

  expect(parse({}, terms)).toMatchObject({ request: { expiresInSeconds: defaultSeconds } });
  expect(parse({ expires_in: maxLifetimeSeconds }, terms)).toMatchObject({ ok: true });
  expect(detailOf(parse({ expires_in: maxLifetimeSeconds + 1 }, terms))).toBe(
    `expires_in must be a whole number of seconds from 1 to ${limit}.`,
  );
});
