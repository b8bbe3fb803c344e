import { NEXT_PARAMETER, ROUTE } from '../lambda/contract';
import { type ApiRequest, type ApiResponse, callApi, errorOf } from './call-api';
import { OneTimeLinksError, type SearchedLinks } from './errors';
import {
  formatIssueRequest,
  formatIssueUploadRequest,
  type IssuedLink,
  type IssueRequest,
  type IssueUploadRequest,
  isLinkId,
  type LinkState,
  parseIssuedLink,
  parseLinkState,
} from './links';
import { type ApiAccess, type OneTimeLinksClientOptions, resolveOptions } from './options';

/** Options of one call. */
export interface CallOptions {
  /** Interrupts the call, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Issues, describes, revokes and lists one-time links.
 *
 * A call sends at most three requests to a route, each for at most 30 seconds, and waits up to 10 seconds in between. It throws
 * {@link OneTimeLinksError}.
 *
 * @example
 * ```ts
 * const client = new OneTimeLinksClient();
 * const { clickThroughUrl } = await client.issue({ bucket: 'invoices', key: '2026/0042.pdf', expiresInSeconds: 86_400 });
 * ```
 */
export class OneTimeLinksClient {
  // With `#`, because `console.log(client)` would print the credentials in a `private` field.
  readonly #api: ApiAccess;

  /** Throws `NoEndpoint` or `NoRegion` if an option and its default are missing or invalid. */
  constructor(options: OneTimeLinksClientOptions = {}) {
    this.#api = resolveOptions(options);
  }

  /**
   * Issues a link to an object. Needs `grantIssue`.
   *
   * A request that may have been processed is not sent again, because a second link could go unnoticed. Instead, the call throws
   * `OutcomeUnknown`. Call again for another link: the first one, if it exists, is unusable, because its URL was in the lost
   * response.
   *
   * @throws OneTimeLinksError `InvalidRequest`, `BucketNotAllowed` or `ObjectNotFound`, or another code
   */
  async issue(request: IssueRequest, options: CallOptions = {}): Promise<IssuedLink> {
    return await this.#issue(formatIssueRequest(request), options);
  }

  /**
   * Issues an upload link, through which one file can be sent to a bucket. Needs `grantIssue`.
   *
   * Like `issue`, it does not repeat a request that may have been processed.
   *
   * @throws OneTimeLinksError `InvalidRequest`, `BucketNotAllowed`, `UploadQuotaExceeded` or `ObjectExists`, or another code
   */
  async issueUpload(request: IssueUploadRequest, options: CallOptions = {}): Promise<IssuedLink> {
    return await this.#issue(formatIssueUploadRequest(request), options);
  }

  /**
   * Looks up the state of a link that the caller issued (`grantIssue`), or of any link (`grantManage`). Redeems nothing. If the
   * deployment keeps no receipts, `grantManage` is needed, and only active links are found.
   *
   * @throws OneTimeLinksError `LinkNotFound`, or another code
   */
  async describe(linkId: string, options: CallOptions = {}): Promise<LinkState> {
    const { request, response, searched } = await this.#callForLink('GET', linkId, options);
    const state = response.status === 200 ? parseLinkState(response.fields) : undefined;
    if (state === undefined) {
      throw errorOf(request, response, searched);
    }
    return state;
  }

  /**
   * Revokes an active link that the caller issued (`grantIssue`), or any active link (`grantManage`). Afterwards, it has not been
   * redeemed and can no longer be redeemed.
   *
   * @throws OneTimeLinksError `LinkNotFound` if the link is not active; `OutcomeUnknown` if it is no longer active because this call
   * revoked it or it was redeemed just before; after `NetworkError` and `ServiceUnavailable`, call again
   */
  async revoke(linkId: string, options: CallOptions = {}): Promise<void> {
    const { request, response, searched } = await this.#callForLink('DELETE', linkId, options);
    const { status, outcomeUnknown } = response;
    if (status === 204) {
      return;
    }
    const error = errorOf(request, response, searched);
    if (error.code === 'LinkNotFound' && outcomeUnknown) {
      const message = 'A response was lost. The link is no longer active: it was revoked, or redeemed just before.';
      throw new OneTimeLinksError('OutcomeUnknown', message, { status });
    }
    throw error;
  }

  /**
   * Lists the links that the caller issued, newest first (`grantIssue`). A link is listed until the end of its receipt retention. The
   * next page of 50 links is requested when it is needed.
   *
   * @throws OneTimeLinksError `MissingAuthenticationToken` if the deployment keeps no receipts, or another code
   */
  async *list(options: CallOptions = {}): AsyncGenerator<LinkState, void, undefined> {
    for (let next: string | undefined = ''; next !== undefined; ) {
      const request: ApiRequest = {
        method: 'GET',
        path: ROUTE.myLinks,
        ...(next && { query: { [NEXT_PARAMETER]: next } }),
      };
      const response = await callApi(this.#api, request, { retry: 'safe', signal: options.signal });
      const { links, [NEXT_PARAMETER]: following } = response.fields;
      if (response.status !== 200 || !Array.isArray(links)) {
        throw errorOf(request, response);
      }
      for (const link of links.map(parseLinkState)) {
        if (link === undefined) {
          throw errorOf(request, response);
        }
        yield link;
      }
      next = typeof following === 'string' ? following : undefined;
    }
  }

  async #issue(body: string, options: CallOptions): Promise<IssuedLink> {
    const post = { method: 'POST', path: ROUTE.generateUrl, body } as const;
    const response = await callApi(this.#api, post, { retry: 'unsent', signal: options.signal });
    const { status, fields, outcomeUnknown } = response;
    const link = status === 200 ? parseIssuedLink(fields, this.#api.endpoint) : undefined;
    if (link !== undefined) {
      return link;
    }
    const error = errorOf(post, response);
    if (!outcomeUnknown || error.code === 'StorageUnavailable') {
      throw error;
    }
    const message = 'The response was lost, so an unusable link may have been issued.';
    throw new OneTimeLinksError('OutcomeUnknown', message, { status: status || undefined });
  }

  /** Calls the API as the issuer of the link, and otherwise as a manager of all links. */
  async #callForLink(method: 'GET' | 'DELETE', linkId: string, { signal }: CallOptions): Promise<LinkExchange> {
    if (!isLinkId(linkId)) {
      // The message does not repeat the argument, because it may be a link.
      throw new OneTimeLinksError(
        'InvalidRequest',
        'linkId must be the 22-character ID that was returned with the link.',
      );
    }
    const call = (request: ApiRequest) => callApi(this.#api, request, { retry: 'safe', signal });
    const own = { method, path: `${ROUTE.myLinks}/${linkId}` } as const;
    const ownResponse = await call(own);
    const { code } = ownResponse.fields;
    // If an earlier attempt may have deleted the link, another DELETE would hide that the outcome is unknown.
    const mayBeDeleted = method === 'DELETE' && ownResponse.outcomeUnknown;
    const isOther = code === 'LinkNotFound' && !mayBeDeleted;
    const hasNoReceipts = code === 'MissingAuthenticationToken';
    if (!isOther && !hasNoReceipts && code !== 'AccessDenied') {
      return { request: own, response: ownResponse, searched: 'own' };
    }
    const managed = { method, path: `${ROUTE.links}/${linkId}` } as const;
    const response = await call(managed);
    if (hasNoReceipts) {
      return { request: managed, response, searched: 'active' };
    }
    return response.fields['code'] === 'AccessDenied'
      ? { request: own, response: ownResponse, searched: 'own' }
      : { request: managed, response, searched: 'all' };
  }
}

interface LinkExchange {
  readonly request: ApiRequest;
  readonly response: ApiResponse;
  readonly searched: SearchedLinks;
}
