import { framePage, type Icon, type PageText, picture, words } from './page-frame';

/** What the page that a browser gets instead of the object says. */
export interface RefusalPage extends PageText {
  /** `gone`: this link will not open again. `retry`: it may, so the page offers to try once more. */
  readonly tone: 'gone' | 'retry';
}

const ICONS: Readonly<Record<RefusalPage['tone'], Icon>> = { gone: 'dust', retry: 'key' };

const RETRY_LINK = '<a href="">Try again</a>';

/** Renders the page that API Gateway answers to a browser where it refuses a request. It runs nothing. */
export function refusalPage(page: RefusalPage): string {
  const retry = page.tone === 'retry' ? [RETRY_LINK] : [];
  return framePage({ title: page.title, main: [picture(ICONS[page.tone]), words(page), ...retry].join('\n') });
}
