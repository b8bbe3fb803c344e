import { createHash } from 'node:crypto';
import { TEXTS } from '../../../lambda/page/texts';
import { errorPage } from '../../../lib/pages/error-page';

const GONE = errorPage(TEXTS.en.unavailable, false);
const RETRY = errorPage(
  { title: 'Please wait', explanation: 'It did not respond.', advice: 'Try again.' },
  true,
  // The longest settings that a deployment can have.
  { organizationName: '$'.repeat(60), supportContact: `${'a'.repeat(64)}@${'b'.repeat(190)}` },
);

const KIB = 1024;

describe.each([
  ['a link that is gone', GONE],
  ['a service that failed', RETRY],
])('the error page of %s', (_, html) => {
  test('contains no $ other than for the host name, because API Gateway would substitute it', () => {
    expect(html.replace('$context.domainName', '')).not.toContain('$');
  });

  test('loads no other file, and has no inline style and no event handler', () => {
    expect(html).not.toMatch(
      /<link rel="stylesheet|<img|<iframe|<form|\ssrc=|\sstyle=|\son\w+=|url\(|@import|https?:\/\//,
    );
  });

  test('is kept out of search engines and sends no referrer', () => {
    expect(html).toContain('<meta name="robots" content="noindex">');
    expect(html).toContain('<meta name="referrer" content="no-referrer">');
  });

  test('declares its language, its encoding and a viewport for phones', () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">/);
    expect(html).toContain('<meta name="viewport" content="width=device-width,initial-scale=1">');
  });

  test('sets its policy before anything that the policy governs', () => {
    expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
  });

  test('is small, without comments and unfilled placeholders', () => {
    expect(Buffer.byteLength(html)).toBeLessThan(5 * KIB);
    expect(html).not.toMatch(/<!--|\/\*|\/\/|\{\{/);
  });
});

describe('an error page', () => {
  test('allows its own style, and no script or request', () => {
    const [style = '', ...others] = textsIn(GONE, 'style');
    expect(others).toEqual([]);
    expect(GONE).toContain(
      `content="default-src 'none'; style-src ${hashSource(style)}; img-src data:; base-uri 'none'; form-action 'none'"`,
    );
    expect(GONE).not.toContain('<script');
  });

  test('says what happened and what to do, under one heading that is also the title', () => {
    expect(GONE).toContain('<title>This link can’t be opened</title>');
    expect(GONE.match(/<h1>.*<\/h1>/g)).toEqual(['<h1>This link can’t be opened</h1>']);
    expect(GONE).toContain(TEXTS.en.unavailable.explanation);
    expect(GONE).toContain(TEXTS.en.unavailable.advice);
  });

  test('offers the same address again only if trying again may help', () => {
    expect(RETRY).toContain('<a class="action" href="">Try again</a>');
    expect(GONE).not.toContain('<a ');
    expect(errorPage(TEXTS.en.unavailable, false, { supportContact: 'help@example.com' })).not.toContain('Try again');
  });

  test('escapes its text', () => {
    expect(errorPage({ ...TEXTS.en.unavailable, explanation: '<b>"R&D"</b>' }, false)).toContain(
      '<p class="explanation">&#60;b&#62;&#34;R&#38;D&#34;&#60;/b&#62;</p>',
    );
  });
});

function textsIn(html: string, element: string): readonly string[] {
  return Array.from(html.matchAll(RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs')), ([, text = '']) => text);
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
