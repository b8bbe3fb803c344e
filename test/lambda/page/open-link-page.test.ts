import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handler } from '../../../lambda/open-link';
import { openLinkPage } from '../../../lambda/page/open-link-page';

const { html, contentSecurityPolicy } = openLinkPage();

const KIB = 1024;

describe('the click-through page', () => {
  test('loads no other file, and has no inline style and no event handler', () => {
    expect(html).not.toMatch(/<link|<img|<iframe|<form|\ssrc=|\sstyle=|\son\w+=|url\(|@import|https?:\/\//);
  });

  test('is kept out of search engines and sends no referrer', () => {
    expect(html).toContain('<meta name="robots" content="noindex">');
    expect(html).toContain('<meta name="referrer" content="no-referrer">');
  });

  test('declares its language, its encoding and a viewport for phones', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    expect(html).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">');
  });

  test('is at most 20 KB, without comments and unfilled placeholders', () => {
    expect(Buffer.byteLength(html)).toBeLessThanOrEqual(20 * KIB);
    expect(html).not.toMatch(/<!--|\/\*|\/\/|\{\{/);
  });

  test('allows its own styles and script, requests to its own origin, no frame around it, and nothing else', () => {
    const [styles, scripts] = [textsIn('style'), textsIn('script')];
    expect([styles.length, scripts.length]).toEqual([2, 1]);
    expect(contentSecurityPolicy).toBe(
      `default-src 'none'; style-src ${styles.map(hashSource).join(' ')}; script-src ${scripts.map(hashSource)}; ` +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  test('stores nothing in the browser and writes no HTML', () => {
    expect(textsIn('script')[0]).not.toMatch(
      /Storage|indexedDB|cookie|caches|innerHTML|outerHTML|insertAdjacent|document\.write|eval/,
    );
  });

  test('redeems by a relative address, so that stages, base paths and custom domains work', () => {
    expect(html).toContain('data-exchange="access-object?format=json" data-parameter="nonce"');
  });

  test('shows a message if scripts are disabled, and otherwise only the section that its script selects', () => {
    const withoutSections = html.replace(/<section [^>]* hidden>[\s\S]*?<\/section>/g, '');
    expect(withoutSections.match(/<h1>.*<\/h1>/g)).toEqual(['<h1>This page needs JavaScript</h1>']);
    expect(/<noscript>(.*?)<\/noscript>/s.exec(withoutSections)?.[1]).toContain('<h1>This page needs JavaScript</h1>');
    expect(withoutSections).toMatch(/<button [^>]* hidden><\/button>/);
  });

  test('has a title that reveals nothing about the file or the sender in a link preview', () => {
    expect(html).toContain('<title>This file can be opened once</title>');
  });
});

test('the function returns the page with these headers', async () => {
  expect(await handler()).toEqual({
    statusCode: 200,
    headers: {
      'Cache-Control': 'no-store',
      'Content-Security-Policy': contentSecurityPolicy,
      'Content-Type': 'text/html; charset=utf-8',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'Strict-Transport-Security': 'max-age=31536000',
      'X-Content-Type-Options': 'nosniff',
      'X-Robots-Tag': 'noindex',
    },
    body: html,
  });
});

// WCAG 2.2, 1.4.3 (text, 4.5:1) and 1.4.11 (graphics, 3:1).
test.each([
  ['light', 0],
  ['dark', 1],
])('the colors of the %s scheme have enough contrast', (_, index) => {
  const css = readFileSync(join(__dirname, '../../../lambda/page/page.css'), 'utf8');
  const color = (name: string): string => [...css.matchAll(RegExp(`--${name}: rgb\\((.*)\\)`, 'g'))][index]?.[1] ?? '';
  expect(contrast(color('ink'), color('page'))).toBeGreaterThanOrEqual(4.5);
  expect(contrast(color('soft'), color('page'))).toBeGreaterThanOrEqual(4.5);
  expect(contrast(color('accent'), color('page'))).toBeGreaterThanOrEqual(3);
});

function textsIn(element: string): readonly string[] {
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
