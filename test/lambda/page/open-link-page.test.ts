import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DECLARATION,
  LINK_ID_METADATA,
  MAX_LABEL_CHARACTERS,
  MAX_TEXT_BYTES,
  NONCE_PARAMETER,
} from '../../../lambda/contract';
import { handler } from '../../../lambda/open-link';
import { openLinkPage } from '../../../lambda/page/open-link-page';
import type { PageSettings } from '../../../lambda/page/protected-page';
import { sendFilePage } from '../../../lambda/page/send-file-page';
import { LANGUAGES } from '../../../lambda/page/texts';
import { proxyEvent } from '../support/events';

const NO_SETTINGS: PageSettings = { s3Origins: [] };
/** The longest settings that a deployment can have. */
const LONGEST_SETTINGS: PageSettings = {
  organizationName: '&'.repeat(60),
  supportContact: `https://${'a'.repeat(200)}.example.com`,
  s3Origins: [],
};

const { html, contentSecurityPolicy } = openLinkPage('en', NO_SETTINGS);

const KIB = 1024;

describe('the click-through page', () => {
  test('loads no other file, and has no inline style and no event handler', () => {
    expect(html).not.toMatch(
      /<link rel="stylesheet|<img|<iframe|<form|\ssrc=|\sstyle=|\son\w+=|url\(|@import|https?:\/\//,
    );
    expect(html.match(/<link .*?>/g)).toEqual([
      expect.stringMatching(/^<link rel="icon" href="data:image\/svg\+xml,%3Csvg/),
    ]);
  });

  test('displays every text that the command line shares without a name', () => {
    const script = readFileSync(join(__dirname, '../../../lambda/page/open-link.client.js'), 'utf8');
    expect(script).toContain(`const MAX_TEXT_BYTES = ${MAX_TEXT_BYTES};`);
  });

  test('is kept out of search engines and sends no referrer', () => {
    expect(html).toContain('<meta name="robots" content="noindex">');
    expect(html).toContain('<meta name="referrer" content="no-referrer">');
  });

  test.each(LANGUAGES)('in %s declares its language, its encoding and a viewport for phones', (language) => {
    const page = openLinkPage(language, NO_SETTINGS).html;
    expect(page.split('\n').slice(0, 5)).toEqual([
      '<!doctype html>',
      `<html lang="${language}" dir="ltr">`,
      '<head>',
      '<meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width,initial-scale=1">',
    ]);
  });

  test.each(LANGUAGES)('in %s is at most 24 KB, without comments and unfilled placeholders', (language) => {
    const page = openLinkPage(language, LONGEST_SETTINGS).html;
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(24 * KIB);
    expect(page).not.toMatch(/<!--|\/\*|(?<!https:)\/\/|\{\{/);
  });

  test('allows its own styles, script and icon, requests to its own origin and S3, no frame around it, and nothing else', () => {
    const [styles, scripts] = [textsIn('style'), textsIn('script')];
    expect([styles.length, scripts.length]).toEqual([3, 1]);
    const page = openLinkPage('en', { s3Origins: ['https://*.s3.eu-west-1.amazonaws.com', 'http://127.0.0.1:4580'] });
    expect(page.contentSecurityPolicy).toBe(
      `default-src 'none'; style-src ${styles.map(hashSource).join(' ')}; script-src ${scripts.map(hashSource)}; ` +
        "img-src data:; connect-src 'self' https://*.s3.eu-west-1.amazonaws.com http://127.0.0.1:4580; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
  });

  test.each([
    '*',
    'https://*',
    'https://a.*',
    'https://a.example.com; script-src *',
    "'unsafe-inline'",
    'https://a.example.com/path',
    '',
  ])('is not rendered if %j is among the origins of S3', (origin) => {
    expect(() => openLinkPage('en', { s3Origins: [origin] })).toThrow(`not an origin: ${origin}`);
  });

  test('writes no HTML', () => {
    expect(textsIn('script')[0]).not.toMatch(
      /indexedDB|cookie|caches|innerHTML|outerHTML|insertAdjacent|document\.write|eval/,
    );
  });

  test('sends requests to relative addresses, so that stages, base paths and custom domains work', () => {
    expect(html).toContain('data-describe="describe-link" data-exchange="access-object?format=json&#38;nonce="');
  });

  test('shows a message if scripts are disabled, and otherwise only what its script selects', () => {
    const visible = html.replace(
      /<(section|div id="card"|pre|button)( [^>]*)? hidden>[\s\S]*?<\/(section|div|pre|button)>/g,
      '',
    );
    expect(visible.match(/<h1>.*<\/h1>/g)).toEqual(['<h1>This page needs JavaScript</h1>']);
    expect(/<noscript>(.*?)<\/noscript>/s.exec(visible)?.[1]).toContain('<h1>This page needs JavaScript</h1>');
    expect(visible).not.toMatch(/<section|<button|<pre|id="card"/);
  });

  test('has a link preview that is the same for every link', () => {
    expect(html).toContain('<title>A file for you</title>');
    expect(html).toContain('<meta property="og:title" content="A file for you">');
    expect(html).toContain('<meta property="og:description" content="This link works only once.');
  });

  test('shows the name of the organization, escaped', () => {
    const page = openLinkPage('en', { ...NO_SETTINGS, organizationName: '<b>"R&D"</b>' }).html;
    expect(page).toContain('<span>&#60;b&#62;&#34;R&#38;D&#34;&#60;/b&#62;</span>');
    expect(html).toContain('<span></span>');
  });

  test.each([
    ['help@example.com', '<footer>Help: <a href="mailto:help@example.com">help@example.com</a></footer>'],
    ['https:help@a.example', '<footer>Help: <a href="mailto:https:help@a.example">https:help@a.example</a></footer>'],
    [
      'javascript:alert(1)//@a',
      '<footer>Help: <a href="mailto:javascript:alert(1)//@a">javascript:alert(1)//@a</a></footer>',
    ],
    [
      'https://example.com/"help',
      '<footer>Help: <a href="https://example.com/&#34;help">https://example.com/&#34;help</a></footer>',
    ],
  ])('shows the support contact %s', (supportContact, footer) => {
    expect(openLinkPage('en', { ...NO_SETTINGS, supportContact }).html).toContain(footer);
  });

  test('has no footer without a support contact', () => {
    expect(html).not.toContain('<footer>');
  });
});

describe('the function', () => {
  test('returns the page with these headers', async () => {
    expect(await handler(proxyEvent())).toEqual({
      statusCode: 200,
      headers: {
        'Cache-Control': 'no-store',
        'Content-Language': 'en',
        'Content-Security-Policy': contentSecurityPolicy,
        'Content-Type': 'text/html; charset=utf-8',
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Referrer-Policy': 'no-referrer',
        'Strict-Transport-Security': 'max-age=31536000',
        Vary: 'Accept-Language',
        'X-Content-Type-Options': 'nosniff',
        'X-Robots-Tag': 'noindex',
      },
      body: html,
    });
  });

  test('returns the page for uploaders at its own route, with its own policy', async () => {
    const page = sendFilePage('de', NO_SETTINGS);
    const event = proxyEvent({ resource: '/send-file', headers: { 'Accept-Language': ['de'] } });
    const { headers, body } = await handler(event);
    expect(body).toBe(page.html);
    expect(headers?.['Content-Security-Policy']).toBe(page.contentSecurityPolicy);
    expect(page.contentSecurityPolicy).not.toBe(contentSecurityPolicy);
  });

  test('returns the page in the language that the reader prefers', async () => {
    const event = proxyEvent({ headers: { 'Accept-Language': ['fr-CA,fr;q=0.9,en;q=0.8'] } });
    const { headers, body } = await handler(event);
    expect(headers?.['Content-Language']).toBe('fr');
    expect(body).toContain('<title>Un fichier pour vous</title>');
    expect(headers?.['Content-Security-Policy']).toBe(contentSecurityPolicy);
  });
});

describe('the page for uploaders', () => {
  const { html: page, contentSecurityPolicy: policy } = sendFilePage('en', NO_SETTINGS);

  test('loads no other file, writes no HTML, and has no inline style and no event handler', () => {
    expect(page).not.toMatch(
      /<link rel="stylesheet|<img|<iframe|<form|\ssrc=|\sstyle=|\son\w+="|url\(|@import|https?:\/\/|indexedDB|cookie|caches|innerHTML|outerHTML|insertAdjacent|document\.write|eval/,
    );
    expect(policy).toContain("default-src 'none'; style-src 'sha256-");
    expect(policy).toContain("connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  });

  test.each(LANGUAGES)('in %s is at most 25 KB, without comments and unfilled placeholders', (language) => {
    const longest = sendFilePage(language, LONGEST_SETTINGS).html;
    expect(Buffer.byteLength(longest)).toBeLessThanOrEqual(25 * KIB);
    expect(longest).not.toMatch(/<!--|\/\*|(?<!https:)\/\/|\{\{/);
  });

  test('has a link preview that is the same for every link', () => {
    expect(page).toContain('<title>A request for a file</title>');
    expect(page).toContain('<meta property="og:title" content="A request for a file">');
    expect(page).toContain(
      '<meta property="og:description" content="Someone is asking you for a file. Nothing is sent',
    );
  });

  test('sends requests to relative addresses, so that stages, base paths and custom domains work', () => {
    expect(page).toContain('data-other-page="open-link" data-describe="describe-link" data-exchange="upload-object"');
  });

  test('declares files with the names of the API, and shows labels as long as it accepts', () => {
    const source = readFileSync(join(__dirname, '../../../lambda/page/send-file.client.js'), 'utf8');
    for (const name of [NONCE_PARAMETER, DECLARATION.fileName, DECLARATION.sizeBytes, DECLARATION.contentType]) {
      expect(source).toMatch(RegExp(`^ {4}${name}[:,]`, 'm'));
    }
    expect(source).toContain(`headers['${LINK_ID_METADATA}']`);
    expect(source).toContain(`const MAX_LABEL_CHARACTERS = ${MAX_LABEL_CHARACTERS};`);
  });

  test('shows a message if scripts are disabled', () => {
    expect(/<noscript>(.*?)<\/noscript>/s.exec(page)?.[1]).toContain('<h1>This page needs JavaScript</h1>');
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
  expect(contrast(color('soft'), color('card'))).toBeGreaterThanOrEqual(4.5);
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
