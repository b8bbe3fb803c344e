import { JSON_FORMAT, NONCE_PARAMETER, PROBLEM_CODE_HEADER, ROUTE } from '../contract';
import icon from './key.svg';
import script from './open-link.client.js';
import openLinkStyles from './open-link.css';
import html from './open-link.html';
import pageStyles from './page.css';
import { hashSources, renderPage } from './render';
import { LINK_GONE, LINK_INCOMPLETE } from './texts';

/** A page and the policy that it must be served with. */
export interface ProtectedPage {
  readonly html: string;
  /** Value of the header `Content-Security-Policy`. */
  readonly contentSecurityPolicy: string;
}

/**
 * Renders the click-through page. It is the same for every link: the nonce is in the fragment of the URL, which is not
 * sent until the reader presses the button.
 */
export function openLinkPage(): ProtectedPage {
  const files = {
    'key.svg': icon,
    'open-link.client.js': script,
    'open-link.css': openLinkStyles,
    'page.css': pageStyles,
  };
  const page = renderPage(html, files, {
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
  return { html: page, contentSecurityPolicy: policyFor(page) };
}

/** Allows the page's own styles and script, requests to its own origin, and nothing else. */
function policyFor(page: string): string {
  return [
    "default-src 'none'",
    `style-src ${hashSources(page, 'style')}`,
    `script-src ${hashSources(page, 'script')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
