import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Branding, renderPage } from '../../lambda/page/render';
import { type PageText, TEXTS } from '../../lambda/page/texts';

/**
 * Renders the page that API Gateway returns to browsers for an error. It contains no script.
 *
 * @param mayRetry adds a link to the same address.
 */
export function errorPage(text: PageText, mayRetry: boolean, branding: Branding = {}): string {
  const html = readFileSync(join(__dirname, 'error.html'), 'utf8');
  const page = renderPage(html, sharedFiles(), { ...text, help: TEXTS.en.help }, branding);
  return mayRetry ? page : page.replace(/<a class="action".*<\/a>\n/, '');
}

/** The files that the error pages share with the click-through page. */
function sharedFiles(): Readonly<Record<string, string>> {
  const directory = join(__dirname, '..', '..', 'lambda', 'page');
  return Object.fromEntries(
    ['favicon.svg', 'key.svg', 'page.css'].map((name) => [name, readFileSync(join(directory, name), 'utf8')] as const),
  );
}
