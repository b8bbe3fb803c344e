import fc from 'fast-check';
import {
  isAcceptable,
  isTypeRange,
  limitProblem,
  type ParsedDeclaration,
  parseDeclaration,
  rangeOf,
  type UploadDeclaration,
} from '../../../lambda/link/upload-declaration';
import { SCALE } from '../../support/scale';

/** SHA-256 of `abc`: https://csrc.nist.gov/pubs/fips/180-4/upd1/final */
const SHA256_OF_ABC = 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=';

function parse(query: Readonly<Record<string, string>>): ParsedDeclaration {
  const all: Readonly<Record<string, string>> = { file_name: 'photo.jpg', size_bytes: '1000', ...query };
  return parseDeclaration((name) => [all[name] ?? []].flat());
}

function problemOf(parsed: ParsedDeclaration): string {
  expect(parsed).toEqual({ ok: false, problem: expect.any(String) });
  return parsed.ok ? '' : parsed.problem;
}

test('only the name and the size are required; the type is application/octet-stream by default', () => {
  expect(parse({})).toEqual({
    ok: true,
    declaration: { fileName: 'photo.jpg', sizeBytes: 1_000, contentType: 'application/octet-stream' },
  });
});

test('all parameters together', () => {
  const query = { content_type: 'image/jpeg', checksum_sha256: SHA256_OF_ABC };

  expect(parse(query)).toEqual({
    ok: true,
    declaration: { fileName: 'photo.jpg', sizeBytes: 1_000, contentType: 'image/jpeg', checksum: SHA256_OF_ABC },
  });
});

test.each<[string, string, keyof UploadDeclaration, string | number]>([
  ['file_name', 'a', 'fileName', 'a'],
  ['file_name', '文'.repeat(341), 'fileName', '文'.repeat(341)], // 1,023 bytes
  ['file_name', '../../etc/passwd', 'fileName', '../../etc/passwd'], // The key gets a safe name.
  ['size_bytes', '0', 'sizeBytes', 0],
  ['size_bytes', '1', 'sizeBytes', 1],
  ['size_bytes', '5000000000', 'sizeBytes', 5_000_000_000],
  ['content_type', '', 'contentType', 'application/octet-stream'], // Browsers send no type that they do not know.
  ['content_type', 'IMAGE/JPEG', 'contentType', 'image/jpeg'],
  ['content_type', 'application/vnd.ms-excel', 'contentType', 'application/vnd.ms-excel'],
  ['content_type', 'image/svg+xml', 'contentType', 'image/svg+xml'],
  ['content_type', 'a!#$&^_.+-/0', 'contentType', 'a!#$&^_.+-/0'],
  ['content_type', `${'t'.repeat(127)}/${'s'.repeat(127)}`, 'contentType', `${'t'.repeat(127)}/${'s'.repeat(127)}`],
  [
    'checksum_sha256',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
    'checksum',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  ],
])('%s may be %j', (parameter, value, property, expected) => {
  expect(parse({ [parameter]: value })).toMatchObject({ ok: true, declaration: { [property]: expected } });
});

test.each<[string, string, ...string[]]>([
  ['file_name', 'empty', ''],
  ['file_name', 'longer than 1,024 bytes', 's'.repeat(1_025), `${'文'.repeat(341)}xy`],
  ['size_bytes', 'empty', ''],
  ['size_bytes', 'negative or signed', '-1234', '-0', '+1234', ' 1234'],
  ['size_bytes', 'a fraction, or in another notation', '1234.0', '1.5', '1e3', '0x1234', '1_234', '1,234', '01234'],
  ['size_bytes', 'not a number', 'secret', 'NaN', 'Infinity', 'null', '1234 bytes', '1234\n', '１２３４'],
  ['size_bytes', 'larger than S3 accepts', '5000000001', '9007199254740993', '9'.repeat(16), '9'.repeat(10_000)],
  ['content_type', 'only a type', 'secret', 'secret/', '/secret', '/'],
  ['content_type', 'a range', 'secret/*', '*/*', '*'],
  ['content_type', 'with parameters', 'text/secret;charset=utf-8', 'text/secret; a=b', 'text/secret;'],
  ['content_type', 'more than one', 'text/secret,text/html', 'text/secret/html'],
  ['content_type', 'with spaces or line breaks', ' text/secret', 'text/ secret', 'text/secret\r\nX-Secret: 1', 'a/b\n'],
  [
    'content_type',
    'with other characters',
    'text/sécret',
    'text/"secret"',
    'text/(secret)',
    'text/secret\0',
    '.a/secret',
  ],
  ['content_type', 'longer than media types can be', `${'s'.repeat(128)}/a`, `a/${'s'.repeat(128)}`],
  ['checksum_sha256', 'empty', ''],
  ['checksum_sha256', 'in hexadecimal', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['checksum_sha256', 'of another length', 'qZk+NkcGgWq6PiVxeFDCbJzQ2J0=', `${SHA256_OF_ABC}${SHA256_OF_ABC}`],
  ['checksum_sha256', 'without padding', 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0'],
  [
    'checksum_sha256',
    'in base64url',
    'ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=',
    'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=',
  ],
  ['checksum_sha256', 'not canonical', 'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1='],
  ['checksum_sha256', 'with other characters', 'ungWv48Bz pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=', `${SHA256_OF_ABC}\n`],
])('%s must not be %s; the sentence names the parameter and repeats no value', (parameter, _, ...values) => {
  for (const value of values) {
    const problem = problemOf(parse({ [parameter]: value }));

    expect(problem).toMatch(new RegExp(`^${parameter} must [ -~]+\\.$`));
    expect(problem).not.toMatch(/secret|1234|9{5}|ungWv/i);
    expect(problem.length).toBeLessThan(120);
  }
});

test.each([['file_name'], ['size_bytes']])('%s is required', (missing) => {
  const query: Readonly<Record<string, string>> = { file_name: 'photo.jpg', size_bytes: '1000' };

  const problem = problemOf(parseDeclaration((name) => (name === missing ? [] : [query[name] ?? []].flat())));

  expect(problem).toMatch(new RegExp(`^${missing} must `));
});

test.each(['file_name', 'size_bytes', 'content_type', 'checksum_sha256'])('%s must not be repeated', (repeated) => {
  const query: Readonly<Record<string, readonly string[]>> = { file_name: ['photo.jpg'], size_bytes: ['1000'] };

  const parsed = parseDeclaration((name) => (name === repeated ? ['1', '1'] : (query[name] ?? [])));

  expect(problemOf(parsed)).toBe(`${repeated} must not be repeated.`);
});

test.each<[number, string, readonly string[] | undefined, boolean]>([
  [1_000, 'text/html', undefined, true],
  [1_001, 'text/html', undefined, false],
  [1_000, 'image/png', ['application/pdf', 'image/png'], true],
  [1_000, 'image/png', ['image/*'], true],
  [1_001, 'image/png', ['image/*'], false],
  [1_000, 'image/png', ['image/jpeg', 'text/*'], false],
])(
  'a file of %d bytes and type %s for up to 1000 bytes of %j: acceptable is %s',
  (sizeBytes, contentType, types, is) => {
    const limits = { maxBytes: 1_000, ...(types && { contentTypes: types }) };

    expect(isAcceptable({ fileName: 'a', sizeBytes, contentType }, limits)).toBe(is);
  },
);

test('the largest size is in the sentence about a larger one', () => {
  expect(problemOf(parse({ size_bytes: '5000000001' }))).toBe('size_bytes must be at most 5000000000.');
});

test('any query is parsed or refused without an echo, and never throws', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('1', 'image/png', SHA256_OF_ABC));
  const query = fc.record({ file_name: value, size_bytes: value, content_type: value, checksum_sha256: value });
  const property = fc.property(query, (sent) => {
    const parsed = parse(sent);

    if (parsed.ok) {
      expect(parsed.declaration.fileName).toBe(sent.file_name);
      expect(String(parsed.declaration.sizeBytes)).toBe(sent.size_bytes);
    } else {
      expect(parsed.problem).toMatch(/^(?:file_name|size_bytes|content_type|checksum_sha256) must [ -~]+\.$/);
    }
  });
  fc.assert(property, { numRuns: 300 * SCALE });
});

const PHOTO: UploadDeclaration = { fileName: 'photo.jpg', sizeBytes: 1_000, contentType: 'image/jpeg' };

test.each([
  [{ maxBytes: 999 }, 'size_bytes must be at most 999.'],
  [{ maxBytes: 999, contentTypes: ['application/pdf'] }, 'size_bytes must be at most 999.'],
  [{ maxBytes: 1_000, contentTypes: ['application/pdf'] }, 'content_type must be one of application/pdf.'],
  [{ maxBytes: 1_000, contentTypes: ['video/*', 'image/png'] }, 'content_type must be one of video/*, image/png.'],
])('a JPEG of 1,000 bytes is not accepted by a link with %j, because %s', (limits, problem) => {
  expect(limitProblem(PHOTO, limits)).toBe(problem);
});

test.each([
  ['image/png', 'image/*'],
  ['application/vnd.oasis.opendocument.text', 'application/*'],
])('%s is in the range %s', (contentType, range) => {
  expect(rangeOf(contentType)).toBe(range);
});

test.each([
  ['image/*', true],
  ['image/png', true],
  ['application/x-7z-compressed', true],
  ['*/*', false],
  ['*', false],
  ['*/png', false],
  ['image/p*', false],
  ['image/**', false],
  ['image', false],
  ['image/', false],
  ['image/png; q=1', false],
  ['Image/PNG', false],
  ['.png', false],
  ['', false],
])('%j is a type or a range: %p', (text, expected) => {
  expect(isTypeRange(text)).toBe(expected);
});
