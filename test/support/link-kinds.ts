import type { PresignTime } from '../../lambda/link/destination';

/**
 * Both kinds of download link: the presigned URL is signed when the link is issued, or when it is redeemed. They have the
 * same guarantees.
 */
export const LINK_KINDS = ['now', 'on_open'] as const satisfies readonly PresignTime[];

/** A kind of download link. */
export type LinkKind = (typeof LINK_KINDS)[number];

/** All kinds of link, for guarantees that upload links have as well. */
export const ALL_LINK_KINDS = [...LINK_KINDS, 'upload'] as const;

/** A kind of link. */
export type AnyLinkKind = (typeof ALL_LINK_KINDS)[number];
