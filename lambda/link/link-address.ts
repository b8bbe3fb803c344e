import { NONCE_PARAMETER, ROUTE } from '../contract';
import type { Nonce } from './nonce';

/** Address that a request for a link was sent to. */
export interface IncomingAddress {
  /** `X-Forwarded-Proto`, set by API Gateway. */
  readonly scheme: string | undefined;
  /** `requestContext.domainName`. */
  readonly domainName: string | undefined;
  /** `requestContext.path`: includes the stage on the default endpoint, the base path on a custom domain. */
  readonly path: string;
}

/** The two addresses of one link. Redeeming either redeems both. */
export interface LinkAddresses {
  /** Direct link: redeemed by the request itself. The nonce is in the query. */
  readonly url: string;
  /** Click-through link: redeemed when the reader presses a button. The nonce is in the fragment, which is never sent. */
  readonly clickThroughUrl: string;
}

/**
 * Builds the addresses of a link, on the host and base path that the request for it came in on.
 *
 * @param publicBaseUrl replaces scheme, host and path, for a deployment behind a CDN or proxy.
 * @throws Error if the request has no host; API Gateway always sends one.
 */
export function linkAddresses(nonce: Nonce, from: IncomingAddress, publicBaseUrl?: string): LinkAddresses {
  const base = publicBaseUrl ?? baseUrl(from);
  return {
    url: `${base}/${ROUTE.accessObject}?${NONCE_PARAMETER}=${nonce}`,
    clickThroughUrl: `${base}/${ROUTE.openLink}#${nonce}`,
  };
}

const ISSUE_PATH = new RegExp(`/${ROUTE.generateUrl}/?$`);

function baseUrl({ scheme, domainName, path }: IncomingAddress): string {
  if (!domainName) {
    throw new Error('the request has no domain name');
  }
  return `${scheme === 'http' ? 'http' : 'https'}://${domainName}${path.replace(ISSUE_PATH, '')}`;
}
