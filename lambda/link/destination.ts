import type { Brand } from './brand';
import type { InlineType } from './inline-type';

/** URL that gives access to one object in S3 until it expires. A secret: never logged, and stored only sealed. */
export type PresignedUrl = Brand<string, 'PresignedUrl'>;

/** When the presigned URL is signed: `now` when the link is issued, `on_open` when it is redeemed. */
export type PresignTime = 'now' | 'on_open';

/** Identifies an object in S3. Contains no secret. */
export interface ObjectReference {
  readonly bucketName: string;
  readonly objectName: string;
  /** Version of the object. @default - the current version */
  readonly versionId?: string;
}

/** Everything that presigning a download needs, except credentials. */
export interface ObjectAddress extends ObjectReference {
  /** Region of the bucket, which URLs are signed for. */
  readonly region: string;
  /** File name to save the object under. @default - the last segment of its key */
  readonly downloadAs?: string;
  /** Content type to show the object with; `downloadAs` then has no effect. @default - the object is saved */
  readonly inlineAs?: InlineType;
}

/** Validity of a presigned URL. */
export interface Validity {
  /** 1 to 604,800. */
  readonly expiresInSeconds: number;
  /** Start of the validity. */
  readonly now: Date;
}

/** Description of an object, for the click-through page. */
export interface ObjectDescription {
  readonly fileName: string;
  readonly sizeBytes: number;
  /** Type that browsers display the object as. @default - browsers save the object */
  readonly contentType?: string;
  /** Name of the sender. Not verified. */
  readonly from?: string;
}

/** What a link leads to. */
export type Destination = DownloadDestination | UploadDestination;

/** What a download link redirects to. */
export type DownloadDestination = { readonly description: ObjectDescription } & (StoredUrl | SignedOnOpen);

/** A URL signed when the link was issued. It stops working when the credentials that signed it expire. */
interface StoredUrl {
  readonly presign: 'now';
  readonly url: PresignedUrl;
}

/** An object to sign a URL for when the link is redeemed. */
interface SignedOnOpen {
  readonly presign: 'on_open';
  readonly object: ObjectAddress;
}

/** Where the file of an upload link goes, and which files it accepts. */
export interface UploadDestination extends UploadLimits {
  readonly bucketName: string;
  readonly region: string;
  /** Key of the object; otherwise, the key is the prefix, the link ID and the name of the file. */
  readonly key: { readonly objectName: string } | { readonly prefix: string };
  /** What the uploader is asked for. */
  readonly label?: string;
  /** Name of the person who asks. Not verified. */
  readonly from?: string;
}

/** The files that an upload link accepts. */
export interface UploadLimits {
  readonly maxBytes: number;
  /** `type/subtype` or `type/*`, in lower case. @default - all types */
  readonly contentTypes?: readonly string[];
}
