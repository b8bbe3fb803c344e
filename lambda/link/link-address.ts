import { NONCE_PARAMETER, ROUTE } from '../contract';
import type { Nonce } from './nonce';
import type { Operation } from './record-format';

/** Address that a request for a link was sent to. */
export interface IncomingAddress {
  /** `X-Forwarded-Proto`, set by API Gateway. */
  readonly scheme: string | undefined;
  /** `requestContext.domainName`. */
  readonly domainName: string | undefined;
  /** `requestContext.path`. Includes the stage on the default endpoint, and the base path on a custom domain. */
  readonly path: string;
}

/** The two addresses of one link. Redeeming either redeems both. */
export interface LinkAddresses {
  /** Direct link, redeemed by requesting it: with GET, or with POST for an upload. The nonce is in the query string. */
  readonly url: string;
  /**
   * Click-through link, redeemed when the reader presses a button. The nonce is in the fragment, which browsers do not
   * send.
   */
  readonly clickThroughUrl: string;
}

/**
 * Builds the addresses of a link, with the host and base path of the request that issues it.
 *
 * @param publicBaseUrl replaces the scheme, host and base path, for a deployment behind a CDN or proxy.
 * @throws Error if the request has no host; API Gateway always sends one.
 */
export function linkAddresses(
  nonce: Nonce,
  from: IncomingAddress,
  operation: Operation,
  publicBaseUrl?: string,
): LinkAddresses {
  const base = publicBaseUrl ?? baseUrl(from);
  const { direct, page } = ROUTES[operation];
  return {
    url: `${base}/${direct}?${NONCE_PARAMETER}=${nonce}`,
    clickThroughUrl: `${base}/${page}#${nonce}`,
  };
}

const ROUTES = {
  download: { direct: ROUTE.accessObject, page: ROUTE.openLink },
  upload: { direct: ROUTE.uploadObject, page: ROUTE.sendFile },
} as const;

const ISSUE_PATH = new RegExp(`/${ROUTE.generateUrl}/?$`);

function baseUrl({ scheme, domainName, path }: IncomingAddress): string {
  if (!domainName) {
    throw new Error('the request has no domain name');
  }
  return `${scheme === 'http' ? 'http' : 'https'}://${domainName}${path.replace(ISSUE_PATH, '')}`;
}
