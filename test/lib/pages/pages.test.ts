import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorPage, LINK_GONE, openLinkPage } from '../../../lib/pages/pages';

const CLICK_THROUGH = openLinkPage();
const GONE = errorPage(LINK_GONE, false);
const RETRY = errorPage({ title: 'Please wait', explanation: 'It did not respond.', advice: 'Try again.' }, true);

const KIB = 1024;

describe.each([
  ['click-through page', CLICK_THROUGH, 11 * KIB],
  ['error page for a link that is not active', GONE, 3 * KIB],
  ['error page for a service that failed', RETRY, 3 * KIB],
])('the %s', (_, html, maxBytes) => {
  test('contains neither $ nor #, which API Gateway and Velocity would substitute', () => {
    expect(html).not.toMatch(/[$#]/);
  });

  test('loads no other file, and has no inline style and no event handler', () => {
    expect(html).not.toMatch(/<link|<img|<iframe|<form|\ssrc=|\sstyle=|\son\w+=|url\(|@import|https?:\/\//);
  });

  test('sets its policy before anything that the policy governs', () => {
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
  });

  test('is kept out of search engines and sends no referrer', () => {
    expect(html).toContain('<meta name="robots" content="noindex">');
    expect(html).toContain('<meta name="referrer" content="no-referrer">');
  });

  test('declares its language, its encoding and a viewport for phones', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    expect(html).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">');
  });

  test('is small, and contains no comments or unfilled placeholders', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(maxBytes);
    expect(html).not.toMatch(/<!--|\/\*|\/\/|\{\{/);
  });
});

describe('the click-through page', () => {
  const script = textsIn(CLICK_THROUGH, 'script')[0] ?? '';

  test('allows its own styles and script, requests to its own origin, and nothing else', () => {
    const [styles, scripts] = [textsIn(CLICK_THROUGH, 'style'), textsIn(CLICK_THROUGH, 'script')];
    expect([styles.length, scripts.length]).toEqual([2, 1]);
    expect(CLICK_THROUGH).toContain(
      `content="default-src 'none'; style-src ${styles.map(hashSource).join(' ')}; script-src ${hashSource(script)}; ` +
        `connect-src 'self'; base-uri 'none'; form-action 'none'"`,
    );
  });

  test('stores nothing in the browser and writes no HTML', () => {
    expect(script).not.toMatch(
      /Storage|indexedDB|cookie|caches|innerHTML|outerHTML|insertAdjacent|document\.write|eval/,
    );
  });

  test('redeems through a relative URL, so that stages, base paths and custom domains work', () => {
    expect(CLICK_THROUGH).toContain('data-exchange="access-object?format=json" data-parameter="nonce"');
  });

  test('shows a message if scripts are disabled, and otherwise only the section that its script selects', () => {
    const withoutSections = CLICK_THROUGH.replace(/<section [^>]* hidden>[\s\S]*?<\/section>/g, '');
    expect(withoutSections.match(/<h1>.*<\/h1>/g)).toEqual(['<h1>This page needs JavaScript</h1>']);
    expect(textsIn(withoutSections, 'noscript')[0]).toContain('<h1>This page needs JavaScript</h1>');
    expect(withoutSections).toMatch(/<button [^>]* hidden><\/button>/);
  });

  test('has a title that reveals nothing about the file or the sender in a link preview', () => {
    expect(CLICK_THROUGH).toContain('<title>This file can be opened once</title>');
  });
});

describe('an error page', () => {
  test('allows its own style, and no script or request', () => {
    const [style = '', ...others] = textsIn(GONE, 'style');
    expect(others).toEqual([]);
    expect(GONE).toContain(
      `content="default-src 'none'; style-src ${hashSource(style)}; base-uri 'none'; form-action 'none'"`,
    );
    expect(GONE).not.toContain('<script');
  });

  test('says what happened and what to do, under one heading that is also the title', () => {
    expect(GONE).toContain('<title>This link can’t be opened</title>');
    expect(GONE.match(/<h1>.*<\/h1>/g)).toEqual(['<h1>This link can’t be opened</h1>']);
    expect(GONE).toContain(LINK_GONE.explanation);
    expect(GONE).toContain(LINK_GONE.advice);
  });

  test('offers the same address again only if trying again may help', () => {
    expect(RETRY).toContain('<a class="action" href="">Try again</a>');
    expect(GONE).not.toContain('<a ');
  });

  test.each(['<b>', '5 > 4', 'R&D', '"quoted"', '$context.error.message', '#set', undefined])(
    'fails at synthesis if its text is %j, which needs escaping or is missing',
    (explanation) => {
      const text = { ...LINK_GONE, explanation: explanation as string };
      expect(() => errorPage(text, false)).toThrow(/no plain text for \{\{explanation\}\}|contains a "\$" or a "#"/);
    },
  );
});

// WCAG 2.2, 1.4.3 (text, 4.5:1) and 1.4.11 (graphics, 3:1).
test.each([
  ['light', 0],
  ['dark', 1],
])('the colors of the %s scheme have enough contrast', (_, index) => {
  const css = readFileSync(join(__dirname, '../../../lib/pages/page.css'), 'utf8');
  const color = (name: string): string => [...css.matchAll(RegExp(`--${name}: rgb\\((.*)\\)`, 'g'))][index]?.[1] ?? '';
  expect(contrast(color('ink'), color('page'))).toBeGreaterThanOrEqual(4.5);
  expect(contrast(color('soft'), color('page'))).toBeGreaterThanOrEqual(4.5);
  expect(contrast(color('accent'), color('page'))).toBeGreaterThanOrEqual(3);
});

function textsIn(html: string, element: string): readonly string[] {
  return Array.from(html.matchAll(RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs')), ([, text = '']) => text);
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
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
