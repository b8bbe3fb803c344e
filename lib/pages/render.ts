import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Loader, transformSync } from 'esbuild';

/**
 * Renders a page for API Gateway to serve: removes comments and indentation, inlines the style sheets, script and
 * picture that the HTML file refers to, and fills in its placeholders, such as `{{title}}`.
 *
 * The result is an API Gateway response template, in which `$` and `#` start substitutions, so neither may occur:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
 *
 * @param values text by placeholder, except `styleHashes` and `scriptHashes`, which are computed here.
 * @throws Error if a placeholder has no value or its value contains markup, or if a file contains `$` or `#` outside
 * comments.
 */
export function renderPage(file: string, values: Readonly<Record<string, string>>): string {
  const html = read(file)
    .replace(/<!--.*?-->/gs, '')
    .replace(/<link rel="stylesheet" href="(.+)">/g, (_, name: string) => `<style>${minify(name, 'css')}</style>`)
    .replace(/(<script type="module") src="(.+)">/g, (_, tag: string, name: string) => `${tag}>${minify(name, 'js')}`)
    .replace(/<img src="(.+)" alt="">/g, (_, name: string) => read(name))
    .replace(/^\s+/gm, '');
  const styleHashes = hashSources(html, 'style');
  const scriptHashes = hashSources(html, 'script');
  const page = fill(html, { ...values, styleHashes, scriptHashes });
  if (/[$#]/.test(page)) {
    throw new Error(`${file}, or a file that it refers to, contains a "$" or a "#"`);
  }
  return page;
}

function read(file: string): string {
  return readFileSync(join(__dirname, file), 'utf8');
}

/**
 * Removes comments and white space only: shorter syntax turns `rgb()` into `#` colors, and shorter names contain `$`.
 */
function minify(file: string, loader: Loader): string {
  return transformSync(read(file), { loader, minifyWhitespace: true, charset: 'utf8' }).code.trim();
}

/**
 * Returns the hashes that allow inline elements in a content security policy:
 * https://www.w3.org/TR/CSP3/#grammardef-hash-source
 */
function hashSources(html: string, element: 'style' | 'script'): string {
  const texts = html.matchAll(new RegExp(`<${element}[^>]*>(.*?)</${element}>`, 'gs'));
  const hashes = Array.from(texts, ([, text = '']) => createHash('sha256').update(text).digest('base64'));
  return hashes.map((hash) => `'sha256-${hash}'`).join(' ');
}

function fill(html: string, values: Readonly<Record<string, string>>): string {
  return html.replace(/\{\{(\w+)\}\}/g, (placeholder, name: string) => {
    const value = values[name];
    if (value === undefined || /[&<>"]/.test(value)) {
      throw new Error(`no plain text for ${placeholder}`);
    }
    return value;
  });
}
