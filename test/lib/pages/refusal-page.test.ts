import { createHash } from 'node:crypto';
import { type RefusalPage, refusalPage } from '../../../lib/pages/refusal-page';

const GONE: RefusalPage = {
  title: 'This link cannot be opened',
  explanation:
    'It works only once, and only for a limited time. It may have been opened already, it may have expired, ' +
    'or part of the address may be missing.',
  advice:
    'Ask the person who sent it to you for a new one. If you have not opened it yourself, and nobody else should have, ' +
    'tell them that too.',
  tone: 'gone',
};

const RETRY: RefusalPage = {
  title: 'Please try again in a moment',
  explanation: 'The service could not answer just now. As far as we know, your link has not been used up.',
  advice: 'If it still does not open later, ask the person who sent it to you for a new one.',
  tone: 'retry',
};

const HOSTILE: RefusalPage = {
  title: '</title><script>alert(1)</script>',
  explanation: `<img src=x onerror='alert("2")'>`,
  advice: `$context.error.message #set($a = 1) &dollar;`,
  tone: 'gone',
};

const MAX_PAGE_BYTES = 4 * 1024;

describe('the page for a link that is gone', () => {
  const html = refusalPage(GONE);

  test('says what happened and what to do, under one heading in the main landmark', () => {
    const main = html.slice(html.indexOf('<main>'), html.indexOf('</main>'));
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(main).toContain(`<h1>${GONE.title}</h1>`);
    expect(main).toContain(GONE.explanation);
    expect(main).toContain(GONE.advice);
    expect(html).toContain(`<title>${GONE.title}</title>`);
  });

  test('does not invite to open the link again', () => {
    expect(html).not.toContain('<a ');
  });
});

describe('the page for a service that could not answer', () => {
  test('offers the same address again', () => {
    expect(refusalPage(RETRY)).toContain('<a href="">Try again</a>');
  });
});

describe.each([
  ['gone', GONE],
  ['retry', RETRY],
  ['hostile', HOSTILE],
])('every page (%s)', (_name, page) => {
  const html = refusalPage(page);

  test('holds no character that API Gateway or Velocity would substitute', () => {
    expect(html).not.toMatch(/[$#]/);
  });

  test('allows its own style sheet and nothing else', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(style).not.toBe('');
    expect(html).toContain(
      `content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'"`,
    );
  });

  test('declares its policy before anything that the policy governs', () => {
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
  });

  test('runs nothing and loads nothing', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|url\(|@import|https?:/);
  });

  test('keeps away from search engines and sends no referrer', () => {
    expect(html).toContain('<meta name="robots" content="noindex">');
    expect(html).toContain('<meta name="referrer" content="no-referrer">');
  });

  test('states its language, its encoding and that it fits a phone', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    expect(html).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">');
  });

  test('stays small', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(MAX_PAGE_BYTES);
  });
});

test('text is shown, never interpreted', () => {
  const html = refusalPage(HOSTILE);
  expect(html).toContain('<h1>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</h1>');
  expect(html).toContain('&lt;img src=x onerror=&apos;alert(&quot;2&quot;)&apos;&gt;');
  expect(html).toContain('&dollar;context.error.message &num;set(&dollar;a = 1) &amp;dollar;');
});

// The pages must be readable in both colour schemes: WCAG 2.2, 1.4.3 (text, 4.5:1) and 1.4.11 (graphics, 3:1).
test.each([
  ['light', 0],
  ['dark', 1],
])('colours contrast enough in the %s scheme', (_scheme, index) => {
  const colour = (name: string): string => {
    const values = [...refusalPage(GONE).matchAll(new RegExp(`--${name}:rgb\\(([^)]*)\\)`, 'g'))];
    return values[index]?.[1] ?? '';
  };
  const page = colour('page');
  expect(contrast(colour('ink'), page)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(colour('soft'), page)).toBeGreaterThanOrEqual(4.5);
  expect(contrast(colour('accent'), page)).toBeGreaterThanOrEqual(3);
});

/** @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrast(first: string, second: string): number {
  const luminances = [relativeLuminance(first), relativeLuminance(second)];
  return (Math.max(...luminances) + 0.05) / (Math.min(...luminances) + 0.05);
}

function relativeLuminance(rgb: string): number {
  const [red = Number.NaN, green = Number.NaN, blue = Number.NaN] = rgb.split(' ').map((channel) => {
    const value = Number(channel) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
