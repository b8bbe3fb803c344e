import { type LinkTerms, type ParsedLinkRequest, parseLinkRequest } from '../../../lambda/link/link-request';

const TERMS: LinkTerms = { maxLifetimeSeconds: 604_800, signsOnOpen: true, maxUploadBytes: 5_000_000_000 };
const MINIMAL = { operation: 'upload', bucket_name: 'shared', max_bytes: 1_000 };

function parse(fields: Readonly<Record<string, unknown>>, terms = TERMS): ParsedLinkRequest {
  return parseLinkRequest(JSON.stringify({ ...MINIMAL, ...fields }), terms);
}

function detailOf(parsed: ParsedLinkRequest): string {
  expect(parsed).toEqual({ ok: false, error: { code: 'InvalidRequest', detail: expect.any(String) } });
  return parsed.ok ? '' : parsed.error.detail;
}

test('only the bucket and the limit are required; the link expires after one hour by default', () => {
  expect(parse({})).toEqual({
    ok: true,
    request: {
      operation: 'upload',
      bucketName: 'shared',
      maxBytes: 1_000,
      expiresInSeconds: 3_600,
      clickThrough: false,
    },
  });
});

test('all fields together', () => {
  const fields = {
    prefix: 'inbox/acme/',
    content_types: ['image/*', 'application/pdf'],
    label: 'Logs for case 4711',
    from: 'Ada Lovelace',
    expires_in: 86_400,
    click_through: true,
  };

  expect(parse(fields)).toEqual({
    ok: true,
    request: {
      operation: 'upload',
      bucketName: 'shared',
      key: { prefix: 'inbox/acme/' },
      maxBytes: 1_000,
      contentTypes: ['image/*', 'application/pdf'],
      label: 'Logs for case 4711',
      from: 'Ada Lovelace',
      expiresInSeconds: 86_400,
      clickThrough: true,
    },
  });
});

test.each<[string, unknown, object]>([
  ['object_name', 'inbox/a.pdf', { key: { objectName: 'inbox/a.pdf' } }],
  ['object_name', 'k'.repeat(1_024), { key: { objectName: 'k'.repeat(1_024) } }],
  ['prefix', 'inbox/acme', { key: { prefix: 'inbox/acme' } }],
  ['prefix', 'p'.repeat(700), { key: { prefix: 'p'.repeat(700) } }],
  ['max_bytes', 1, { maxBytes: 1 }],
  ['max_bytes', 5_000_000_000, { maxBytes: 5_000_000_000 }],
  ['content_types', ['text/plain'], { contentTypes: ['text/plain'] }],
  ['content_types', ['image/*', 'image/*', 'a/b'], { contentTypes: ['image/*', 'a/b'] }],
  ['label', '  Your report, as PDF  ', { label: 'Your report, as PDF' }],
  ['label', '文'.repeat(200), { label: '文'.repeat(200) }],
  ['from', 'Zoë O’Brien (株式会社)', { from: 'Zoë O’Brien (株式会社)' }],
  ['expires_in', 604_800, { expiresInSeconds: 604_800 }], // An upload is signed when the link is redeemed.
  ['click_through', true, { clickThrough: true }],
])('%s may be %j', (field, value, expected) => {
  expect(parse({ [field]: value })).toMatchObject({ ok: true, request: expected });
});

test('20 different content types are accepted', () => {
  const types = Array.from({ length: 20 }, (_, number) => `application/x-${number}`);

  expect(parse({ content_types: types })).toMatchObject({ ok: true, request: { contentTypes: types } });
});

test.each<[string, string, ...unknown[]]>([
  ['operation', 'another word', 'secret', '', 'Upload', 'DOWNLOAD'],
  ['operation', 'of another type', null, true, 4711, ['upload'], { operation: 'upload' }],
  ['bucket_name', 'of another type', null, 4711, ['shared']],
  ['bucket_name', 'empty or malformed', '', 'sha\ud83dred'],
  ['object_name', 'of another type', null, 4711, ['inbox/secret.pdf']],
  ['object_name', 'empty, or longer than 1,024 bytes', '', 'k'.repeat(1_025)],
  ['object_name', 'with dot segments', 'inbox/../secret.pdf', '../secret', 'inbox/.', 'inbox/./secret'],
  ['prefix', 'of another type', null, 4711, ['inbox/secret/']],
  ['prefix', 'empty, or longer than 700 bytes', '', 'p'.repeat(701), '文'.repeat(234)],
  ['prefix', 'with dot segments', 'inbox/../secret/', '../secret/', 'inbox/..', './secret/'],
  ['prefix', 'malformed', 'inbox/secret\ud83d/'],
  ['max_bytes', 'missing', undefined],
  ['max_bytes', 'of another type', null, '1234', true, [1234]],
  ['max_bytes', 'out of range', 0, -1234, 5_000_000_001, 1e300, Number.MAX_SAFE_INTEGER],
  ['max_bytes', 'a fraction', 1234.5, 5e-324],
  ['content_types', 'of another type', null, 'image/*', { 0: 'image/*' }, 4711],
  ['content_types', 'empty, or longer than 20 entries', [], Array.from({ length: 21 }, () => 'image/*')],
  ['content_types', 'with an entry of another type', [null], [4711], ['image/*', ['secret/*']]],
  ['content_types', 'with another range', ['*/*'], ['*'], ['secret'], ['secret/'], ['.secret'], ['']],
  ['content_types', 'in capitals, or with parameters', ['Secret/*'], ['text/secret; charset=utf-8'], [' text/secret']],
  ['label', 'of another type', null, 4711, ['secret']],
  ['label', 'empty, or invisible', '', ' ', '\u200b\u200b', '\u3164'],
  ['label', 'longer than 200 characters', 's'.repeat(201), '文'.repeat(201), '📦'.repeat(201)],
  ['label', 'with line breaks or control characters', 'secret\nlabel', 'secret\u2028label', 'secret\0label'],
  ['label', 'with direction overrides', 'secret\u202elabel', 'secret\u2067label'],
  ['label', 'malformed', 'secret\udce6label'],
  ['from', 'of another type', null, 4711],
  ['from', 'longer than 100 characters', 's'.repeat(101)],
  ['from', 'with line breaks', 'secret\nname'],
  ['expires_in', 'out of range', 0, -1234, 604_801],
  ['expires_in', 'of another type', '1234', null],
  ['click_through', 'of another type', null, 'true', 1],
])('%s must not be %s; the error names the field and repeats no value', (field, _, ...values) => {
  for (const value of values) {
    const detail = detailOf(parse({ [field]: value }));

    expect(detail).toMatch(new RegExp(`^${field} must [ -~]+\\.$`));
    expect(detail).not.toMatch(/secret|4711|1234/i);
    expect(detail.length).toBeLessThan(200);
  }
});

test('a file larger than S3 accepts in one request is refused, and the error says so', () => {
  expect(detailOf(parse({ max_bytes: 5_000_000_001 }))).toBe(
    'max_bytes must be a whole number of bytes from 1 to 5000000000. S3 accepts no larger file in one request.',
  );
});

test('a deployment can set a lower limit', () => {
  const terms = { ...TERMS, maxUploadBytes: 10_000_000 };

  expect(parse({ max_bytes: 10_000_000 }, terms)).toMatchObject({ ok: true });
  expect(detailOf(parse({ max_bytes: 10_000_001 }, terms))).toBe(
    'max_bytes must be a whole number of bytes from 1 to 10000000.',
  );
});

test('a deployment that signs no URLs on redemption issues upload links for its longest lifetime', () => {
  expect(parse({ expires_in: 604_800 }, { ...TERMS, signsOnOpen: false })).toMatchObject({ ok: true });
});

test('a whole key and a prefix together are refused', () => {
  expect(detailOf(parse({ object_name: 'inbox/secret.pdf', prefix: 'inbox/' }))).toBe(
    'The body must have object_name or prefix, not both.',
  );
});

test.each([
  ['presign', 'now'],
  ['version_id', 'v1'],
  ['download_as', 'secret.pdf'],
])('an upload link has no %s', (field, value) => {
  expect(detailOf(parse({ [field]: value }))).toBe(`${field} is only for links with operation "download".`);
});

test.each([
  ['prefix', 'inbox/'],
  ['max_bytes', 1_000],
  ['content_types', ['image/*']],
  ['label', 'secret'],
])('a download link has no %s, whether it names its operation or not', (field, value) => {
  const download = { bucket_name: 'shared', object_name: 'S3.png', [field]: value };

  for (const body of [download, { ...download, operation: 'download' }]) {
    expect(detailOf(parseLinkRequest(JSON.stringify(body), TERMS))).toBe(
      `${field} is only for links with operation "upload".`,
    );
  }
});

test('a body with the operation `download` is the same as one without it', () => {
  const download = { bucket_name: 'shared', object_name: 'S3.png', from: 'Ada' };

  expect(parseLinkRequest(JSON.stringify({ ...download, operation: 'download' }), TERMS)).toEqual(
    parseLinkRequest(JSON.stringify(download), TERMS),
  );
});

test.each([
  ['unknown', 'the unknown field unknown'],
  ['Max_Bytes', 'the unknown field Max_Bytes'],
  ['https://secret', 'an unknown field'],
])('the field %s is refused, with a list of the fields of upload links', (field, which) => {
  expect(detailOf(parse({ [field]: 'secret' }))).toBe(
    `The body has ${which}. Known fields: operation, bucket_name, object_name, prefix, max_bytes, content_types, label, from, expires_in, click_through.`,
  );
});
