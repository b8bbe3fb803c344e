import type { Nonce } from './nonce';

/** Where a request for a link came in. */
export interface IncomingAddress {
  /** `X-Forwarded-Proto`; API Gateway sets it. */
  readonly scheme: string | undefined;
  /** `requestContext.domainName`. */
  readonly domainName: string | undefined;
  /** `requestContext.path`: with the stage on the default endpoint, with the base path on a custom domain. */
  readonly path: string;
}

/** Routes that an address is built from, without slashes, and the parameter that carries the nonce. */
export interface LinkRoutes {
  readonly generateUrl: string;
  readonly accessObject: string;
  readonly openLink: string;
  readonly nonceParameter: string;
}

/** The two addresses of one link. Either spends it for both. */
export interface LinkAddresses {
  /** Opens the link when it is asked for; the nonce is in the query. */
  readonly url: string;
  /** Opens the link when its reader presses the button of a page; the nonce is in the fragment, which browsers keep to themselves. */
  readonly clickThroughUrl: string;
}

/**
 * Builds the addresses that a link is handed out as, on the same host and below the same path as the request for it.
 *
 * @param publicBaseUrl replaces scheme, host and path where the deployment is reached by another address, as behind a CDN.
 * @throws Error if the request carries no host: API Gateway always names one.
 */
export function linkAddresses(
  nonce: Nonce,
  from: IncomingAddress,
  routes: LinkRoutes,
  publicBaseUrl?: string,
): LinkAddresses {
  const base = publicBaseUrl ?? baseUrl(from, routes);
  return {
    url: `${base}/${routes.accessObject}?${routes.nonceParameter}=${nonce}`,
    clickThroughUrl: `${base}/${routes.openLink}#${nonce}`,
  };
}

function baseUrl(from: IncomingAddress, routes: LinkRoutes): string {
  if (!from.domainName) {
    throw new Error('the request has no domain name');
  }
  const base = from.path.replace(new RegExp(`/${routes.generateUrl}/?$`), '');
  return `${from.scheme === 'http' ? 'http' : 'https'}://${from.domainName}${base}`;
}
