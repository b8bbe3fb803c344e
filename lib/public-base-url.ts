import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ROUTE } from '../lambda/contract';

export const DOMAIN_NAME = /^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$/;

const ROUTE_AT_END = new RegExp(
  `/(?:${ROUTE.generateUrl}|${ROUTE.accessObject}|${ROUTE.openLink}|${ROUTE.describeLink})$`,
);

export const PUBLIC_BASE_URL =
  'an https URL with a public host name, without query, fragment, user, trailing slash and route; links start with the ' +
  'address of API Gateway without it';

/** Whether a URL is a valid base URL in canonical form, so that routes can be appended to it. */
export function isPublicBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, origin, hostname, pathname } = new URL(text);
  const isCanonical = `${origin}${pathname}`.replace(/\/$/, '') === text;
  const isPublic = DOMAIN_NAME.test(hostname) && !hostname.includes('.execute-api.');
  return protocol === 'https:' && isCanonical && isPublic && !ROUTE_AT_END.test(pathname);
}

/**
 * Warns if links are below a path of their host name. The other paths are the same origin: a service worker or a script of
 * an application there can read nonces. Acknowledge `one-time-s3-links:sharedHostName` if those applications are trusted.
 */
export function warnOfSharedHostName(scope: Construct, publicBaseUrl?: string, basePath?: string): void {
  // Links start with `publicBaseUrl`, whatever the base path is.
  const [option, path] =
    publicBaseUrl === undefined ? ['basePath', basePath ?? ''] : ['publicBaseUrl', pathOf(publicBaseUrl)];
  if (path !== '') {
    Annotations.of(scope).addWarningV2(
      'one-time-s3-links:sharedHostName',
      `${option} puts links below a path. Other applications on the host name can read their nonces, for example by a service worker. Give the links a host name of their own`,
    );
  }
}

/** @returns an empty text also for a URL that is known at deployment only */
function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname.slice(1) : '';
}
