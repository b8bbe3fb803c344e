import type { Brand } from './brand';

/** URL that S3 serves one object at until it expires. A secret: never logged, stored only sealed. */
export type PresignedUrl = Brand<string, 'PresignedUrl'>;

/** When the presigned URL behind a link is signed: when the link is issued, or when it is redeemed. */
export type PresignTime = 'now' | 'on_open';

/** Identifies an object in S3. Contains no secret. */
export interface ObjectReference {
  readonly bucketName: string;
  readonly objectName: string;
  /** Pins one version of the object. */
  readonly versionId?: string;
}

/** Everything that presigning a download needs, except credentials. */
export interface ObjectAddress extends ObjectReference {
  /** Region of the bucket: URLs are signed for it. */
  readonly region: string;
  /** File name for `Content-Disposition: attachment`. */
  readonly downloadAs?: string;
}

/** Validity of a presigned URL. */
export interface Validity {
  /** 1 to 604,800. */
  readonly expiresInSeconds: number;
  /** Start of the validity. */
  readonly now: Date;
}

/** What a link redirects to. */
export type Destination =
  /** A URL signed when the link was issued. It dies with the credentials that signed it. */
  | { readonly presign: 'now'; readonly url: PresignedUrl }
  /** An object whose URL is signed when the link is redeemed. */
  | { readonly presign: 'on_open'; readonly object: ObjectAddress };
