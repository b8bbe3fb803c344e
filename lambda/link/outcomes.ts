import type { LinkAddresses } from './link-address';
import type { InvalidRequest } from './link-request';
import type { LinkId } from './nonce';
import type { SealedDestination } from './sealed-destination';

/** What became of a request to open a link. All but `opened` look the same outside; the log tells them apart. */
export type OpenOutcome =
  | { readonly outcome: 'opened'; readonly sealed: SealedDestination }
  /** No such link: never made, already opened, revoked, or purged after it expired. */
  | { readonly outcome: 'unknown_or_spent' }
  | { readonly outcome: 'expired' }
  /** A retry found the link gone: an earlier try may have been applied and its answer lost. Fails closed. */
  | { readonly outcome: 'lost_reply' }
  /** Not a nonce at all; the store was not asked. */
  | { readonly outcome: 'malformed' }
  /** A machine that looks ahead; the store was not asked. */
  | { readonly outcome: 'prefetch' | 'unfurler' };

/** What a look at a link came to. */
export type LookOutcome =
  | { readonly outcome: 'open'; readonly link: OpenLink }
  | { readonly outcome: 'unknown_or_spent' | 'expired' };

/** A link that can still be opened, as far as those who manage links may know it. */
export interface OpenLink {
  readonly linkId: LinkId;
  /** From this second on the link does not open. */
  readonly expiresAtSeconds: number;
  /** ARN of the caller who asked for the link. */
  readonly createdBy: string;
}

/** What became of a request to revoke a link. */
export type RevokeOutcome =
  /** It was open, and nobody has opened it or can. */
  | { readonly outcome: 'revoked' }
  | { readonly outcome: 'unknown_or_spent' | 'expired' }
  /** A retry found the link gone: an earlier try may have revoked it, or somebody opened it in between. */
  | { readonly outcome: 'lost_reply' };

/** What became of a request for a link. */
export type IssueOutcome =
  | { readonly outcome: 'issued'; readonly link: IssuedLink }
  | { readonly outcome: 'refused'; readonly refusal: IssueRefusal };

/** A link that was just made. Its addresses are to hand out; they hold the nonce. */
export interface IssuedLink extends LinkAddresses {
  /** Which of the addresses a bare answer is. */
  readonly bare: keyof LinkAddresses;
  readonly linkId: LinkId;
  /** From this second on the link does not open. */
  readonly expiresAtSeconds: number;
}

/** Why no link was made. `detail` says what to change, to a person. */
export type IssueRefusal =
  | InvalidRequest
  | { readonly code: 'BucketNotAllowed'; readonly detail: string }
  | { readonly code: 'ObjectNotFound'; readonly detail: string };
