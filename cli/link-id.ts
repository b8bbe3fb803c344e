import { hkdfSync } from 'node:crypto';

const LINK_ID = /^[\w-]{21}[AQgw]$/;
/** The nonce of either kind of link: in the query, or behind the `#`. */
const NONCE_IN_LINK = /^https?:\/\/[^?#]+(?:\?nonce=|#)([\w-]{43})$/;

/**
 * The id of a link, from the link or from the id itself. It is derived from the nonce as the deployment derives it
 * (HKDF-SHA256, RFC 5869), so that nobody is shown the nonce again.
 *
 * @returns `undefined` for what is neither.
 */
export function parseLinkId(text: string): string | undefined {
  const [, nonce] = NONCE_IN_LINK.exec(text) ?? [];
  if (nonce !== undefined) {
    const id = hkdfSync('sha256', Buffer.from(nonce, 'base64url'), '', 'one-time-link/v1/link-id', 16);
    return Buffer.from(id).toString('base64url');
  }
  return LINK_ID.test(text) ? text : undefined;
}
