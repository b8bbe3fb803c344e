import { type LinkId, parseLinkId } from './nonce';

/** Where a page of links starts: the last link of the previous page. */
export interface PageStart {
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
  readonly linkId: LinkId;
}

const TOKEN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([\w-]{22})$/;

/**
 * Formats a page start for the query parameter `next`. It grants no access, because it does not contain the caller.
 */
export function pageToken({ createdAt, linkId }: PageStart): string {
  return `${createdAt}_${linkId}`;
}

/** Parses the query parameter `next`. @returns `undefined` if it is malformed. */
export function parsePageToken(text: string): PageStart | undefined {
  const [, createdAt, id] = TOKEN.exec(text) ?? [];
  const linkId = parseLinkId(id);
  return createdAt === undefined || linkId === undefined ? undefined : { createdAt, linkId };
}
