import { createHash } from 'node:crypto';

/** Texts by placeholder. `{{ready.title}}` is the text `title` in the group `ready`. */
export type PageValues = Readonly<Record<string, string | Readonly<Record<string, string>>>>;

/** The organization that the page belongs to. */
export interface Branding {
  /** Shown at the top of the page, before the host name. @default - only the host name is shown */
  readonly organizationName?: string | undefined;
  /** Email address or https URL, shown at the bottom of the page. @default - none */
  readonly supportContact?: string | undefined;
}

/**
 * Renders a page as one HTML text: inlines the style sheets, script and pictures that it refers to, fills in its
 * placeholders, such as `{{title}}`, and removes comments and indentation.
 *
 * @param files content of each file that the page refers to, by name.
 * @param values plain text, which is escaped. `{{styleHashes}}` is computed.
 * @throws Error if a file or a value is missing.
 */
export function renderPage(
  html: string,
  files: Readonly<Record<string, string>>,
  values: PageValues,
  { organizationName = '', supportContact = '' }: Branding,
): string {
  const file = (name: string): string => required(name, files[name]);
  const inlined = (supportContact === '' ? html.replace(/<footer>.*<\/footer>/, '') : html)
    .replace(/<link rel="stylesheet" href="(.+)">/g, (_, name: string) => `<style>${compactStyle(file(name))}</style>`)
    .replace(/(<script type="module") src="(.+)">/g, (_, tag: string, name: string) => `${tag}>\n${file(name)}`)
    .replace(
      /(<link rel="icon") href="(.+)">/g,
      (_, tag: string, name: string) => `${tag} href="${svgUrl(file(name))}">`,
    )
    .replace(/<img src="(.+)" alt="">/g, (_, name: string) => file(name));
  const page = compact(inlined);
  const texts: PageValues = {
    ...values,
    organizationName,
    supportContact,
    supportAddress: supportContact.startsWith('https://') ? supportContact : `mailto:${supportContact}`,
    styleHashes: hashSources(page, 'style'),
  };
  return page.replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => escapeHtml(textNamed(texts, name)));
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

/** Removes line breaks and spaces that mean nothing in a style sheet. */
function compactStyle(css: string): string {
  return compact(css).replace(/\s*([{};])\s*|([:,])\s+/g, '$1$2');
}

function svgUrl(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(compact(svg).replaceAll('\n', '')).replace(/%20/g, ' ').replace(/%3D/g, '=')}`;
}

function textNamed(values: PageValues, name: string): string {
  const [group = '', member = ''] = name.split('.');
  const value = values[group];
  return required(name, typeof value === 'object' ? value[member] : value);
}

function required(name: string, text: string | undefined): string {
  if (text === undefined) {
    throw new Error(`the page refers to ${name}, which is missing`);
  }
  return text;
}

/** Escapes text for an element or a quoted attribute, and `$`, which API Gateway substitutes in its error pages. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"$]/g, (character) => `&#${character.charCodeAt(0)};`);
}
