import type { PresignTime } from '../../lambda/link/destination';

/** Both kinds of link, by when the URL that they lead to is signed. What is promised of one is promised of the other. */
export const LINK_KINDS = ['now', 'on_open'] as const satisfies readonly PresignTime[];

/** A kind of link. */
export type LinkKind = (typeof LINK_KINDS)[number];
