import { ROUTE } from '../lambda/contract';

export const DOMAIN_NAME = /^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$/;

const ROUTE_AT_END = new RegExp(`/(?:${ROUTE.generateUrl}|${ROUTE.accessObject}|${ROUTE.openLink})$`);

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
