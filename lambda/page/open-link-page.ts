import { JSON_FORMAT, NONCE_PARAMETER, PROBLEM_CODE_HEADER, ROUTE } from '../contract';
import favicon from './favicon.svg';
import icon from './key.svg';
import script from './open-link.client.js';
import openLinkStyles from './open-link.css';
import html from './open-link.html';
import pageStyles from './page.css';
import { type Branding, hashSources, renderPage } from './render';
import { type Language, TEXTS } from './texts';

/** Settings of the deployment that the page shows or uses. */
export interface PageSettings extends Branding {
  /** Possible origins of presigned URLs, for example `https://*.s3.eu-west-1.amazonaws.com`. */
  readonly s3Origins: readonly string[];
}

/** A page and the policy that it must be served with. */
export interface ProtectedPage {
  readonly html: string;
  /** Value of the header `Content-Security-Policy`. */
  readonly contentSecurityPolicy: string;
}

const FILES = {
  'favicon.svg': favicon,
  'key.svg': icon,
  'open-link.client.js': script,
  'open-link.css': openLinkStyles,
  'page.css': pageStyles,
};

/** Matches a host source of a content security policy: https://www.w3.org/TR/CSP3/#grammardef-host-source */
const HOST_SOURCE = /^https?:\/\/(?:\*\.)?[\w-]+(?:\.[\w-]+)*(?::\d+)?$/;

/**
 * Renders the click-through page. It is the same for every link: the nonce is in the fragment of the URL, which browsers
 * do not send with a request for the page.
 *
 * @throws Error if an origin in the settings is malformed.
 */
export function openLinkPage(language: Language, settings: PageSettings): ProtectedPage {
  const values = {
    ...TEXTS[language],
    language,
    // Relative, so that stages, base paths and custom domains work.
    describe: ROUTE.describeLink,
    exchange: `${ROUTE.accessObject}?${JSON_FORMAT.parameter}=${JSON_FORMAT.value}&${NONCE_PARAMETER}=`,
    codeHeader: PROBLEM_CODE_HEADER,
  };
  const page = renderPage(html, FILES, values, settings);
  return { html: page, contentSecurityPolicy: policyFor(page, settings.s3Origins) };
}

/** Allows the page's own styles, script and icon, requests to its own origin and to S3, and nothing else. */
function policyFor(page: string, s3Origins: readonly string[]): string {
  const malformed = s3Origins.find((origin) => !HOST_SOURCE.test(origin));
  if (malformed !== undefined) {
    throw new Error(`not an origin: ${malformed}`);
  }
  return [
    "default-src 'none'",
    `style-src ${hashSources(page, 'style')}`,
    `script-src ${hashSources(page, 'script')}`,
    'img-src data:',
    `connect-src ${["'self'", ...s3Origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
