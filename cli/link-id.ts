import { linkIdOf, parseLinkId, parseNonce } from '../lambda/link/nonce';

/** A direct link has its nonce in the query, a click-through link behind the `#`. */
const NONCE_IN_LINK = /^https?:\/\/[^?#]+(?:\?nonce=|#)([\w-]+)$/;

/** Reads the ID of a link, from the link or from the ID itself. @returns `undefined` for anything else. */
export function readLinkId(text: string): string | undefined {
  const [, candidate] = NONCE_IN_LINK.exec(text) ?? [];
  const nonce = parseNonce(candidate);
  return nonce === undefined ? parseLinkId(text) : linkIdOf(nonce);
}
