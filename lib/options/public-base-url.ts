import { ROUTE } from '../../lambda/contract';
import { OptionError } from './context';
import type { OwnAddress } from './custom-domain';
import { isDomainName } from './domain-name';

const OPTION = 'publicBaseUrl';

/** Far beyond any that people use; the environment of a function has room for no longer one. */
const MAX_LENGTH = 512;

/** Ends with the name of a route, which is appended to the base address. */
const ENDS_WITH_ROUTE = new RegExp(`/(?:${[ROUTE.generateUrl, ROUTE.accessObject, ROUTE.openLink].join('|')})$`);

/**
 * Reads what links start with.
 *
 * @throws OptionError that says what to write instead; also for an address by which no link could be opened.
 */
export function parsePublicBaseUrl(value: unknown, ownAddress: OwnAddress | undefined): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  const spelledOut = url && `${url.origin}${url.pathname}`.replace(/\/$/, '');
  if (spelledOut !== undefined && spelledOut.length > MAX_LENGTH) {
    throw new OptionError(OPTION, `must be at most ${MAX_LENGTH} characters: it is in every link`);
  }
  if (url?.protocol !== 'https:' || spelledOut !== value) {
    throw new OptionError(
      OPTION,
      'must be an https URL without query and trailing slash, for example: -c publicBaseUrl=https://links.example.com/share',
    );
  }
  refuseWhereNoLinkOpens(url, ownAddress);
  return spelledOut;
}

function refuseWhereNoLinkOpens({ hostname, href, pathname }: URL, ownAddress: OwnAddress | undefined): void {
  if (hostname === ownAddress?.domainName) {
    const own = `https://${hostname}${ownAddress.basePath === undefined ? '' : `/${ownAddress.basePath}`}`;
    if (href.replace(/\/$/, '') !== own) {
      throw new OptionError(OPTION, `leads to ${hostname}, where the API is at ${own}: write that, or leave it out`);
    }
    return;
  }
  if (!isDomainName(hostname)) {
    throw new OptionError(OPTION, `must have the name of a host that readers reach, and not ${hostname}`);
  }
  if (hostname.includes('.execute-api.')) {
    throw new OptionError(OPTION, 'is an address of API Gateway, with which links start by themselves: leave it out');
  }
  if (ENDS_WITH_ROUTE.test(pathname)) {
    throw new OptionError(OPTION, 'must end before the name of a route, which is put behind it');
  }
}
