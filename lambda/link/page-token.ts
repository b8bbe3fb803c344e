import { type LinkId, parseLinkId } from './nonce';

/** Where a page of links starts: the last link of the page before. */
export interface PageStart {
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
  readonly linkId: LinkId;
}

const TOKEN = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([\w-]{22})$/;

/** Writes a page start for the query parameter `next`. It does not contain the caller, so it gives access to nothing. */
export function pageToken({ createdAt, linkId }: PageStart): string {
  return `${createdAt}_${linkId}`;
}

/** Reads the query parameter `next`. @returns `undefined` if it is not from {@link pageToken}. */
export function parsePageToken(text: string): PageStart | undefined {
  const [, createdAt, id] = TOKEN.exec(text) ?? [];
  const linkId = parseLinkId(id);
  return createdAt === undefined || linkId === undefined ? undefined : { createdAt, linkId };
}
