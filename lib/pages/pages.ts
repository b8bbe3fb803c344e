import { JSON_FORMAT, NONCE_PARAMETER, ROUTE } from '../../lambda/contract';
import { renderPage } from './render';

/**
 * Header with the `code` of a gateway response. The script of the click-through page reads it, because the body can be
 * HTML if a CDN removes the `Accept` header.
 */
export const PROBLEM_CODE_HEADER = 'Problem-Code';

/** Text of a page, without markup. */
export interface PageText {
  /** The heading and the title of the browser tab. */
  readonly title: string;
  /** What happened. Must not reveal whether the link ever worked. */
  readonly explanation: string;
  /** What the reader can do next. */
  readonly advice: string;
}

/** For a link that cannot be redeemed: unknown, redeemed, expired, revoked or altered. */
export const LINK_GONE: PageText = {
  title: 'This link can’t be opened',
  explanation:
    'A link works once, and for a limited time. This one may have been opened already, may have expired, or may be incomplete.',
  advice:
    'Ask the person who sent it to you for a new one. If you have not opened it yourself and nobody else should have, tell them that too.',
};

/** For an address without a well-formed nonce. */
export const LINK_INCOMPLETE: PageText = {
  title: 'This link is incomplete',
  explanation:
    'Its last part is missing or damaged. That happens when a link is copied by hand or broken across two lines.',
  advice: 'Copy the whole link and open it again, or ask the person who sent it to you for a new one.',
};

/**
 * Renders the page that API Gateway returns to browsers for an error. It contains no script.
 *
 * @param mayRetry adds a link to the same address.
 */
export function errorPage(text: PageText, mayRetry: boolean): string {
  const page = renderPage('error.html', { ...text, icon: mayRetry ? 'key' : 'dust' });
  return mayRetry ? page : page.replace(/<a .*<\/a>\n/, '');
}

/**
 * Renders the click-through page. It is the same for every link: the nonce is in the fragment of the URL, which is not
 * sent until the reader presses the button.
 */
export function openLinkPage(): string {
  return renderPage('open-link.html', {
    goneTitle: LINK_GONE.title,
    goneExplanation: LINK_GONE.explanation,
    goneAdvice: LINK_GONE.advice,
    incompleteTitle: LINK_INCOMPLETE.title,
    incompleteExplanation: LINK_INCOMPLETE.explanation,
    incompleteAdvice: LINK_INCOMPLETE.advice,
    // Relative, so that stages, base paths and custom domains work.
    exchange: `${ROUTE.accessObject}?${JSON_FORMAT.parameter}=${JSON_FORMAT.value}`,
    nonceParameter: NONCE_PARAMETER,
    codeHeader: PROBLEM_CODE_HEADER,
  });
}
