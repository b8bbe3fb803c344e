import { renderPage } from './render';

/** Text of a page, without markup. */
export interface PageText {
  /** The heading, and the title of the browser's tab. */
  readonly title: string;
  /** What happened. Must not tell a stranger whether the link ever worked. */
  readonly explanation: string;
  /** What the reader can do now. */
  readonly advice: string;
}

/** The page that a browser gets instead of the object. */
export interface RefusalPage extends PageText {
  /** `gone`: the link will not open. `retry`: it may, so the page has a link to try again. */
  readonly tone: 'gone' | 'retry';
}

/** A link that does not open: unknown, redeemed, expired, revoked or altered. */
export const LINK_GONE: PageText = {
  title: 'This link can’t be opened',
  explanation:
    'A link works once, and for a limited time. This one may have been opened already, may have expired, or may be incomplete.',
  advice:
    'Ask the person who sent it to you for a new one. If you have not opened it yourself and nobody else should have, tell them that too.',
};

/** An address without a well-formed nonce. */
export const LINK_INCOMPLETE: PageText = {
  title: 'This link is incomplete',
  explanation:
    'Its last part is missing or damaged. That happens when a link is copied by hand or broken across two lines.',
  advice: 'Copy the whole link and open it again, or ask the person who sent it to you for a new one.',
};

/** Renders the page that API Gateway returns to a browser when it refuses a request. It has no script. */
export function refusalPage({ tone, ...text }: RefusalPage): string {
  const page = renderPage('refusal.html', { ...text, icon: tone === 'gone' ? 'dust' : 'key' });
  return tone === 'gone' ? page.replace(/<a .*<\/a>\n/, '') : page;
}
