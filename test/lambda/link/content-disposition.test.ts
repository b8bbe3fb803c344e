import { attachmentNamed } from '../../../lambda/link/content-disposition';

/** The file name that a browser uses: `filename*` if present (RFC 6266, section 4.3), else `filename`. */
function savedAs(header: string): string {
  const [, extended] = /; filename\*=UTF-8''([^;]+)$/.exec(header) ?? [];
  const [, quoted = ''] = /; filename="((?:[^"\\]|\\.)*)"/.exec(header) ?? [];
  const [, token = ''] = /; filename=([^;"]+)/.exec(header) ?? [];
  return extended === undefined ? quoted.replace(/\\(.)/g, '$1') || token : decodeURIComponent(extended);
}

describe('the Content-Disposition of a download', () => {
  test.each([
    ['an ASCII name', 'report.pdf', 'attachment; filename="report.pdf"'],
    ['spaces', 'annual report.pdf', 'attachment; filename="annual report.pdf"'],
    ['quotes', 'the "best".txt', 'attachment; filename="the \\"best\\".txt"'],
    ['a semicolon', 'a; filename=b.exe', 'attachment; filename="a; filename=b.exe"'],
    ['an accent', 'résumé.pdf', `attachment; filename="r_sum_.pdf"; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`],
    ['an emoji', '📦.zip', `attachment; filename="_.zip"; filename*=UTF-8''%F0%9F%93%A6.zip`],
    ['Chinese', '文件.txt', `attachment; filename="__.txt"; filename*=UTF-8''%E6%96%87%E4%BB%B6.txt`],
    ['percent signs', '50%20off.pdf', `attachment; filename="50%20off.pdf"; filename*=UTF-8''50%2520off.pdf`],
    [
      "the characters that encodeURIComponent leaves and RFC 8187 does not (')(*)",
      "é'(*).txt",
      `attachment; filename="_'(*).txt"; filename*=UTF-8''%C3%A9%27%28%2A%29.txt`,
    ],
  ])('encodes %s by RFC 6266 and RFC 8187', (_, fileName, expected) => {
    expect(attachmentNamed(fileName)).toBe(expected);
    expect(savedAs(expected)).toBe(fileName);
  });

  test.each(['100%.pdf', '%', '..hidden', 'a b', '"', "''", '文'.repeat(85), 'ÿ\u00a0 .txt', '🏳️‍🌈.png'])(
    'is printable ASCII and keeps the name %p',
    (fileName) => {
      const header = attachmentNamed(fileName);

      expect(header).toMatch(/^attachment; [\x20-\x7e]+$/);
      expect(savedAs(header)).toBe(fileName);
    },
  );

  test.each(['a\r\nSet-Cookie: x=1', 'a\nb', 'a\0b', 'é\r\n\r\n<script>'])(
    'is one line even for a name that validation refuses: %j',
    (fileName) => {
      expect(attachmentNamed(fileName)).toMatch(/^[\x20-\x7e]+$/);
    },
  );
});
