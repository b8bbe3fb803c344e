import type { Lookup } from './aws/object-store';
import type { AllowedBucket } from './link/allowed-buckets';
import type { ObjectAddress, PresignedUrl, Validity } from './link/destination';
import type { IssueError, LinkTerms } from './link/link-request';
import type { LinkId } from './link/nonce';
import type { NewLink, StoreAdapters } from './store-link';

/** Deployment settings for issuing links. */
export interface IssueSettings extends LinkTerms {
  readonly allowedBuckets: readonly AllowedBucket[];
  /** Validity of a URL that is signed on redemption; `undefined` if the deployment signs none on redemption. */
  readonly openedUrlSeconds: number | undefined;
  /** Maximum sum of `max_bytes` of the upload links that a caller issues on one UTC day. */
  readonly dailyUploadBytes: number;
  /** Replaces the host and path of the request in links. */
  readonly publicBaseUrl: string | undefined;
  /** `undefined` if the deployment keeps no receipts. */
  readonly receipts: ReceiptSettings | undefined;
}

/** Deployment settings for receipts. */
export interface ReceiptSettings {
  /** How long links and receipts are kept after the link expires. */
  readonly retentionSeconds: number;
  readonly withFileNames: boolean;
}

/** The AWS calls needed to issue a link. */
export interface IssueAdapters extends StoreAdapters {
  readonly findObject: (object: ObjectAddress) => Promise<Lookup>;
  readonly signDownload: (object: ObjectAddress, linkId: LinkId, validity: Validity) => Promise<PresignedUrl>;
  /** Adds to the total of the upload links that a caller issues on a UTC day. @returns `false` if it would exceed the limit */
  readonly reserveUpload: (caller: string, bytes: number, maxBytes: number, now: Date) => Promise<boolean>;
}

/** The parts of a new link that depend on its operation. */
export type LinkDraft = Pick<NewLink, 'destinationOf' | 'limits'> & {
  /** Recorded in the receipt if the deployment records file names. */
  readonly fileName?: string;
  /** Why the link is refused if its URL or its sealed destination is too long. */
  readonly tooLong: IssueError;
};

/** A draft, or why no link is issued. */
export type Drafted =
  | { readonly ok: true; readonly draft: LinkDraft }
  | { readonly ok: false; readonly error: IssueError };

export function refused(error: IssueError): Drafted {
  return { ok: false, error };
}
