import type { Brand } from './brand';

/** Address that S3 serves one object at, to whoever holds it. A secret: never logged, stored only sealed. */
export type PresignedUrl = Brand<string, 'PresignedUrl'>;

/** When the URL that a link leads to is signed: as the link is made, or as it is opened. */
export type PresignTime = 'now' | 'on_open';

/** Where an object is, and what it is saved as: all that signing a download takes, and no secret. */
export interface ObjectAddress {
  readonly bucketName: string;
  /** Region of the bucket: URLs are signed for it. */
  readonly region: string;
  /** Key of the object. */
  readonly objectName: string;
  /** Pins one version of the object. */
  readonly versionId?: string;
  /** File name that the browser is told to save under. */
  readonly downloadAs?: string;
}

/** What a link leads to. */
export type Destination =
  /** A URL that was signed when the link was made. It dies with the credentials that signed it. */
  | { readonly presign: 'now'; readonly url: PresignedUrl }
  /** An object, whose URL is signed when the link is opened. */
  | { readonly presign: 'on_open'; readonly object: ObjectAddress };
