import { createHash } from 'node:crypto';
import { openLinkPage } from '../../../lib/pages/open-link-page';

const MAX_PAGE_BYTES = 12 * 1024;

const html = openLinkPage();
const script = /<script type="module">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? '';

test('holds no character that API Gateway or Velocity would substitute: it is a mapping template', () => {
  expect(html).not.toMatch(/[$#]/);
});

test('allows its own style sheet and its own script, asks its own origin, and nothing else', () => {
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
  expect(script).not.toBe('');
  expect(style).not.toBe('');
  expect(html).toContain(
    `content="default-src 'none'; style-src 'sha256-${hash(style)}'; script-src 'sha256-${hash(script)}'; ` +
      `connect-src 'self'; base-uri 'none'; form-action 'none'"`,
  );
});

test('has one script and one style sheet, both below the policy, and nothing that a policy would have to forbid', () => {
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html.match(/<style/g)).toHaveLength(1);
  expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'));
  expect(html).not.toMatch(/<link|<img|<iframe|<form|\sstyle=|\son\w+=|url\(|@import|https?:\/\//);
});

test('keeps nothing, sets nothing and writes no HTML: its script has the history for its notes, and text', () => {
  expect(script).not.toMatch(/Storage|indexedDB|cookie|caches|innerHTML|outerHTML|insertAdjacent|document\.write|eval/);
});

test('does not ship the comments of its script', () => {
  expect(script).not.toContain('//');
});

test('asks for the file by a relative address, so that stages, base paths and other domains work', () => {
  expect(html).toContain('data-exchange="access-object?answer=json" data-parameter="nonce"');
});

test('shows nothing but what a script chooses, or that it needs one', () => {
  const outsideOfSections = html.replace(/<section [^>]* hidden>[\s\S]*?<\/section>/g, '');
  const withoutScript = /<noscript>([\s\S]*)<\/noscript>/.exec(html)?.[1] ?? '';
  expect(outsideOfSections.match(/<h1>/g)).toHaveLength(1);
  expect(withoutScript).toContain('<h1>This page needs JavaScript</h1>');
  expect(html).toMatch(/<button [^>]* hidden><\/button>/);
});

test('is called what a preview may show of it: no word of whose link it is', () => {
  expect(html).toContain('<title>This file can be opened once</title>');
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
