import { findLinkStates, type LinkTables, MAX_BATCH } from './aws/link-states';
import { listLinkIds } from './aws/receipt-table';
import { pageToken, parsePageToken } from './link/page-token';
import type { LinkState } from './link/receipt';

/** A page of a caller's links, newest first. */
export interface LinkPage {
  readonly states: readonly LinkState[];
  /** Token of the next page; `undefined` on the last page. */
  readonly next: string | undefined;
}

/**
 * Lists the links that a caller issued.
 *
 * @param createdBy ARN of the caller.
 * @param token of the page; `undefined` for the first page.
 * @returns `undefined` if the token is malformed.
 * @throws the SDK's error if a table gives no usable response.
 */
export async function listLinks(
  { links, receipts }: LinkTables,
  createdBy: string,
  token: string | undefined,
  nowSeconds: number,
): Promise<LinkPage | undefined> {
  if (receipts === undefined) {
    throw new Error('a deployment that keeps no receipts has no such route');
  }
  const start = token === undefined ? undefined : parsePageToken(token);
  if (token !== undefined && start === undefined) {
    return undefined;
  }
  const { linkIds, next } = await listLinkIds(receipts, createdBy, MAX_BATCH, start);
  const states = await findLinkStates(links, receipts, linkIds, nowSeconds);
  return { states, next: next && pageToken(next) };
}
