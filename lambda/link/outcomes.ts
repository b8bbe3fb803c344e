import type { LinkAddresses } from './link-address';
import type { IssueError } from './link-request';
import type { LinkId } from './nonce';
import type { SealedDestination } from './sealed-destination';

/** Why a link was not redeemed or revoked. */
export type Inactive =
  /** Never issued, redeemed, revoked, or purged after it expired. */
  | { readonly outcome: 'not_active' }
  | { readonly outcome: 'expired' }
  /** A retry found no link. An earlier attempt may have deleted it without its response arriving. */
  | { readonly outcome: 'outcome_unknown' };

/** Outcome of a redemption, as reported to the reader. */
type FinalOutcome = { readonly outcome: 'redeemed'; readonly sealed: SealedDestination } | Inactive;

/** Outcome of a redemption, as decided by the table. */
export type RedeemOutcome =
  | FinalOutcome
  | InvalidUpload
  /** Not redeemed, and still active, because a deployment that knows its format can redeem it. */
  | { readonly outcome: 'unsupported_format'; readonly format: number };

/** A declared file that the link does not accept, or that is not valid. The link was not redeemed. */
export interface InvalidUpload {
  readonly outcome: 'invalid_upload';
  /** A sentence for the uploader that names the parameter. */
  readonly problem: string;
}

/**
 * Outcome of a request to redeem a link. Readers see the same error for all except `redeemed` and `invalid_upload`; the log
 * distinguishes them.
 */
export type AccessOutcome =
  | FinalOutcome
  | InvalidUpload
  /** Refused before the table is called: a malformed nonce, or an automated client. */
  | { readonly outcome: 'malformed' | 'prefetch' | 'machine' };

/** Outcome of revoking a link. */
export type RevokeOutcome = { readonly outcome: 'revoked' } | Inactive;

/** Outcome of issuing a link. */
export type IssueOutcome =
  | { readonly outcome: 'issued'; readonly link: IssuedLink }
  | { readonly outcome: 'refused'; readonly error: IssueError };

/** A link that was just issued. Its addresses contain the nonce. */
export interface IssuedLink extends LinkAddresses {
  /** Which address a `text/plain` response contains. */
  readonly bare: keyof LinkAddresses;
  readonly linkId: LinkId;
  /** The link is expired from this second on. */
  readonly expiresAtSeconds: number;
}
