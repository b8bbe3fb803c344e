import { createHash } from 'node:crypto';

/**
 * Renders a page as one HTML text: inlines the style sheets, script and picture that it refers to, fills in its
 * placeholders, such as `{{title}}`, and removes comments and indentation.
 *
 * @param files content of each file that the page refers to, by name.
 * @param values text by placeholder. `{{styleHashes}}` is computed.
 * @throws Error if a file or a value is missing, or if a value contains markup.
 */
export function renderPage(
  html: string,
  files: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): string {
  const file = (name: string): string => lookUp(files, name);
  const inlined = html
    .replace(/<link rel="stylesheet" href="(.+)">/g, (_, name: string) => `<style>${file(name)}</style>`)
    .replace(/(<script type="module") src="(.+)">/g, (_, tag: string, name: string) => `${tag}>\n${file(name)}`)
    .replace(/<img src="(.+)" alt="">/g, (_, name: string) => file(name));
  const page = compact(inlined);
  const texts: Readonly<Record<string, string>> = { ...values, styleHashes: hashSources(page, 'style') };
  return page.replace(/\{\{(\w+)\}\}/g, (_, name: string) => plain(lookUp(texts, name)));
}

/**
 * Returns the hashes that allow the inline elements of a page in a content security policy:
 * https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
export function hashSources(page: string, element: 'style' | 'script'): string {
  const texts = page.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'));
  const hashes = Array.from(texts, ([, text = '']) => createHash('sha256').update(text).digest('base64'));
  return hashes.map((hash) => `'sha256-${hash}'`).join(' ');
}

/** Removes comments and indentation. A comment in a script must have lines of its own. */
function compact(text: string): string {
  return text
    .replace(/<!--.*?-->|\/\*.*?\*\//gs, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/^\s+/gm, '');
}

function lookUp(texts: Readonly<Record<string, string>>, name: string): string {
  const text = texts[name];
  if (text === undefined) {
    throw new Error(`the page refers to ${name}, which is missing`);
  }
  return text;
}

function plain(text: string): string {
  if (/[&<>"]/.test(text)) {
    throw new Error(`not plain text: ${text}`);
  }
  return text;
}
