import type { PresignTime } from '../../lambda/link/destination';

/**
 * Both kinds of link: the presigned URL is signed when the link is issued, or when it is redeemed. They have the same
 * guarantees.
 */
export const LINK_KINDS = ['now', 'on_open'] as const satisfies readonly PresignTime[];

/** A kind of link. */
export type LinkKind = (typeof LINK_KINDS)[number];
