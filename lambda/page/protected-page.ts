import { PROBLEM_CODE_HEADER, ROUTE } from '../contract';
import favicon from './favicon.svg';
import icon from './key.svg';
import linkStyles from './link.css';
import pageStyles from './page.css';
import { type Branding, hashSources } from './render';

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

/** Files that both pages refer to. */
export const COMMON_FILES = {
  'favicon.svg': favicon,
  'key.svg': icon,
  'link.css': linkStyles,
  'page.css': pageStyles,
};

/** Values of both pages. Addresses are relative, so that stages, base paths and custom domains work. */
export const COMMON_VALUES = { describe: ROUTE.describeLink, codeHeader: PROBLEM_CODE_HEADER };

/** Matches a host source of a content security policy: https://www.w3.org/TR/CSP3/#grammardef-host-source */
const HOST_SOURCE = /^https?:\/\/(?:\*\.)?[\w-]+(?:\.[\w-]+)*(?::\d+)?$/;

/**
 * Adds the policy that allows the page's own styles, script and icon, requests to its own origin and to S3, and nothing
 * else.
 *
 * @throws Error if an origin is malformed.
 */
export function protect(page: string, s3Origins: readonly string[]): ProtectedPage {
  const malformed = s3Origins.find((origin) => !HOST_SOURCE.test(origin));
  if (malformed !== undefined) {
    throw new Error(`not an origin: ${malformed}`);
  }
  const contentSecurityPolicy = [
    "default-src 'none'",
    `style-src ${hashSources(page, 'style')}`,
    `script-src ${hashSources(page, 'script')}`,
    'img-src data:',
    `connect-src ${["'self'", ...s3Origins].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html: page, contentSecurityPolicy };
}
