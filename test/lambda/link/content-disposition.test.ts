import { attachmentNamed, responseOverrides } from '../../../lambda/link/content-disposition';
import { inlineType } from '../../../lambda/link/inline-type';

/** The file name that a browser uses: `filename*` if present (RFC 6266, section 4.3), else `filename`. */
function savedAs(header: string): string {
  const [, extended] = /; filename\*=UTF-8''([^;]+)$/.exec(header) ?? [];
  const [, quoted = ''] = /; filename="((?:[^"\\]|\\.)*)"/.exec(header) ?? [];
  const [, token = ''] = /; filename=([^;"]+)/.exec(header) ?? [];
  return extended === undefined ? quoted.replace(/\\(.)/g, '$1') || token : decodeURIComponent(extended);
}

test.each([
  ['report.pdf', 'filename="report.pdf"'],
  ['annual report.pdf', 'filename="annual report.pdf"'],
  ['the "best".txt', 'filename="the \\"best\\".txt"'],
  ['a; filename=b.exe', 'filename="a; filename=b.exe"'],
  ['résumé.pdf', `filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`],
  ['📦.zip', `filename="_.zip"; filename*=UTF-8''%F0%9F%93%A6.zip`],
  ['文件.txt', `filename="__.txt"; filename*=UTF-8''%E6%96%87%E4%BB%B6.txt`],
  ['50%20off.pdf', `filename="50%20off.pdf"; filename*=UTF-8''50%2520off.pdf`],
  // encodeURIComponent leaves '(*) unencoded; RFC 8187 does not.
  ["é'(*).txt", `filename="_'(*).txt"; filename*=UTF-8''%C3%A9%27%28%2A%29.txt`],
])('%j is encoded as RFC 6266 and RFC 8187 require', (fileName, parameters) => {
  expect(attachmentNamed(fileName)).toBe(`attachment; ${parameters}`);
});

test.each(['100%.pdf', '%', '..hidden', 'a b', '"', "''", '文'.repeat(85), 'ÿ\u00a0 .txt', '🏳️‍🌈.png'])(
  '%p is preserved in a header of printable ASCII',
  (fileName) => {
    const header = attachmentNamed(fileName);

    expect(header).toMatch(/^attachment; [\x20-\x7e]+$/);
    expect(savedAs(header)).toBe(fileName);
  },
);

test.each(['a\r\nSet-Cookie: x=1', 'a\nb', 'a\0b', 'é\r\n\r\n<script>'])('%j stays on one line', (fileName) => {
  expect(attachmentNamed(fileName)).toMatch(/^[\x20-\x7e]+$/);
});

describe('S3 is instructed to serve', () => {
  const address = { bucketName: 'photos', region: 'eu-west-1' };

  test('a passive type inline, as that type', () => {
    const inlineAs = inlineType('text/plain; charset=utf-8');

    expect(responseOverrides({ ...address, objectName: 'notes.txt', ...(inlineAs && { inlineAs }) })).toEqual({
      'response-content-disposition': 'inline',
      'response-content-type': 'text/plain; charset=utf-8',
    });
  });

  test('an object under the file name of its link', () => {
    expect(responseOverrides({ ...address, objectName: 'a/b.html', downloadAs: 'été.html' })).toEqual({
      'response-content-disposition': `attachment; filename="_t_.html"; filename*=UTF-8''%C3%A9t%C3%A9.html`,
    });
  });

  test.each([
    ['page.html', 'page.html'],
    ['reports/2026/page.html', 'page.html'],
    ['folder/', 'folder'],
    ['a/b\\c\n.html', 'b_c_.html'],
    ['//', '__'],
  ])('the key %j as an attachment named %s', (objectName, fileName) => {
    expect(responseOverrides({ ...address, objectName })).toEqual({
      'response-content-disposition': `attachment; filename="${fileName}"`,
    });
  });
});
