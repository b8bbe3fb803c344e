import { ROUTE } from '../../lambda/contract';
import { invalid, OptionError, type Parser, text } from './parsers';

const DOMAIN_NAME = /^(?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*$/;

/** A domain name in lower case. API Gateway would take a wildcard, by which no link can start. */
export const domainName = text(
  DOMAIN_NAME,
  'a domain name in lower case, without wildcard, scheme, port, path and final dot',
  'links.example.com',
);

/** `ping` and `sping` are the health checks of API Gateway; clients remove `.` and `..` from URLs. */
export const basePath = text(
  /^(?!\.{1,2}$|s?ping$)[\w.-]+$/,
  'one path segment of letters, digits, hyphens, dots and underscores, without slashes; ping, sping, . and .. are reserved',
  'share',
);

const ROUTE_AT_END = new RegExp(`/(?:${ROUTE.generateUrl}|${ROUTE.accessObject}|${ROUTE.openLink})$`);

/** An address that links can start with: in the canonical spelling, as routes are appended to it. */
export const publicBaseUrl: Parser<string> = (option, value) => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const canonical = url && `${url.origin}${url.pathname}`.replace(/\/$/, '');
  if (url?.protocol !== 'https:' || canonical === undefined || canonical !== value || !DOMAIN_NAME.test(url.hostname)) {
    const expected = 'an https URL with a public host name, without query, fragment, user and trailing slash';
    throw invalid(option, value, expected, 'https://links.example.com/share');
  }
  if (url.hostname.includes('.execute-api.')) {
    throw new OptionError(option, 'this is an address of API Gateway, which links start with by default. Leave it out');
  }
  if (ROUTE_AT_END.test(url.pathname)) {
    throw new OptionError(option, `${canonical} ends with a route, which is appended to it. Leave the route out`);
  }
  return canonical;
};
