import { type Fields, isObject, parseTime } from './json';

/** A link to issue. */
export interface IssueRequest {
  /** A bucket that the deployment shares from. */
  readonly bucket: string;
  /** Key of the object, at most 1,024 bytes of UTF-8. */
  readonly key: string;
  /**
   * Lifetime of the link in seconds, from 1 to the maximum of the deployment (604,800, which is 7 days, unless it is changed).
   *
   * @defaultValue 3600
   */
  readonly expiresInSeconds?: number;
  /**
   * `on_open` signs the URL of the object when the link is redeemed. `now` signs it in advance, for links of at most an hour.
   *
   * @defaultValue `now` up to 3,600 seconds, `on_open` beyond
   */
  readonly presign?: 'now' | 'on_open';
  /**
   * A version of the object.
   *
   * @defaultValue the current version
   */
  readonly versionId?: string;
  /**
   * File name to save the object under, at most 255 bytes of UTF-8, without path separators and control characters.
   *
   * @defaultValue browsers display images, text, PDF, audio and video, and save everything else
   */
  readonly downloadAs?: string;
  /** Name of the sender, 1 to 100 characters, shown on the click-through page. */
  readonly from?: string;
}

/** A request for an upload link, through which one file can be sent. */
export interface IssueUploadRequest {
  /** A bucket of the deployment that accepts uploads. */
  readonly bucket: string;
  /** Key of the object, which must not exist yet. Cannot be combined with `prefix`. */
  readonly key?: string;
  /**
   * Start of the key, at most 700 bytes of UTF-8. The link ID, `/` and the file name follow.
   *
   * @defaultValue the upload prefix of the bucket, which is `inbox/` for the default bucket
   */
  readonly prefix?: string;
  /** Largest file that the link accepts, in bytes: 1 to the deployment's maximum (5,000,000,000 unless it is changed). */
  readonly maxBytes: number;
  /**
   * Up to 20 types in lower case, such as `application/pdf` or `image/*`. They are compared with the declared type of the file,
   * not with its content.
   *
   * @defaultValue all types
   */
  readonly contentTypes?: readonly string[];
  /** What the uploader is asked for, 1 to 200 characters in one line, shown on the upload page. */
  readonly label?: string;
  /** Name of the person who asks, 1 to 100 characters, shown on the upload page. */
  readonly from?: string;
  /**
   * Lifetime of the link in seconds, from 1 to the maximum of the deployment (604,800, which is 7 days, unless it is changed).
   *
   * @defaultValue 3600
   */
  readonly expiresInSeconds?: number;
}

/** A link that was issued. Do not log its URLs: each of them can redeem it. */
export interface IssuedLink {
  /** Direct link, for programs. A GET redeems a download link; a POST that declares a file redeems an upload link. */
  readonly url: string;
  /** Link to a page with a button that redeems it. For people, because messengers and mail filters open links in advance. */
  readonly clickThroughUrl: string;
  /** Public ID of the link, for `describe` and `revoke`. It cannot redeem the link. */
  readonly linkId: string;
  /** When the link expires. */
  readonly expiresAt: Date;
}

/** Facts about every link. */
export interface LinkFacts {
  /** Public ID of the link. */
  readonly linkId: string;
  /** ARN of the caller that issued the link. */
  readonly createdBy: string;
  /** What the link is for. Absent if the deployment kept no receipts when the link was issued. */
  readonly operation?: 'download' | 'upload';
  /** When the link was issued. Absent if the deployment kept no receipts then. */
  readonly createdAt?: Date;
  /** When the link expires. */
  readonly expiresAt: Date;
  /** `downloadAs`, or the last segment of the key. Only if the deployment records file names. */
  readonly fileName?: string;
  /** Attempts to redeem the link after it had ended. */
  readonly refusedAfter?: RefusedAttempts;
}

/** Attempts to redeem a link after it had ended. */
export interface RefusedAttempts {
  /** From 1 to 20. More are not recorded. */
  readonly count: number;
  /** Time of the last recorded one. */
  readonly lastAt: Date;
  /** IP address that the last recorded one came from. */
  readonly lastSourceIp: string;
}

/** The redemption of a link. */
export interface Redemption {
  /** When the link was redeemed. */
  readonly at: Date;
  /** IP address of the reader, or of the CDN in front. */
  readonly sourceIp: string;
  /** `User-Agent` of the reader, percent-encoded where necessary and truncated to 200 characters. Readers can send any value. */
  readonly userAgent?: string;
}

/** The object that an upload link has received. */
export interface ReceivedObject {
  /** When S3 had stored the object. */
  readonly at: Date;
  /** Bucket of the object. */
  readonly bucket: string;
  /** Key of the object. */
  readonly key: string;
  /** Size of the object. */
  readonly sizeBytes: number;
  /** Checksum of the object. Absent if S3 stores none. */
  readonly checksum?: ObjectChecksum;
}

/** Checksum of an object, as S3 stores it. */
export interface ObjectChecksum {
  /** `SHA256` if the uploader sent one, otherwise `CRC64NVME`. */
  readonly algorithm: string;
  /** In base64. */
  readonly value: string;
}

/** The revocation of a link. */
export interface Revocation {
  /** When the link was revoked. */
  readonly at: Date;
  /** ARN of the caller that revoked the link. */
  readonly by: string;
}

/** A link that is active, has expired, or has `ended`: it is no longer active, and the details have not arrived. */
export interface LinkWithoutDetails extends LinkFacts {
  /** `ended` links were almost always redeemed; `redeemed` usually follows within three minutes. */
  readonly status: 'active' | 'expired' | 'ended';
}

/** A link that was redeemed. */
export interface RedeemedLink extends LinkFacts {
  readonly status: 'redeemed';
  readonly redeemed: Redemption;
  /** The received object of an upload link. Absent until S3 has stored it, which is after the redemption. */
  readonly received?: ReceivedObject;
}

/** A link that was revoked. */
export interface RevokedLink extends LinkFacts {
  readonly status: 'revoked';
  readonly revoked: Revocation;
}

/** State of a link. `status` selects the type. */
export type LinkState = LinkWithoutDetails | RedeemedLink | RevokedLink;

/** The API also checks that the last character is canonical. */
const LINK_ID = /^[\w-]{22}$/;

/** Whether a text has the form of a link ID. */
export function isLinkId(value: unknown): value is string {
  return typeof value === 'string' && LINK_ID.test(value);
}

/** Formats a request for a link as JSON. */
export function formatIssueRequest(request: IssueRequest): string {
  return JSON.stringify({
    bucket_name: request.bucket,
    object_name: request.key,
    expires_in: request.expiresInSeconds,
    presign: request.presign,
    version_id: request.versionId,
    download_as: request.downloadAs,
    from: request.from,
  });
}

/** Formats a request for an upload link as JSON. */
export function formatIssueUploadRequest(request: IssueUploadRequest): string {
  return JSON.stringify({
    operation: 'upload',
    bucket_name: request.bucket,
    object_name: request.key,
    prefix: request.prefix,
    max_bytes: request.maxBytes,
    content_types: request.contentTypes,
    label: request.label,
    from: request.from,
    expires_in: request.expiresInSeconds,
  });
}

/**
 * Parses the response to a request for a link.
 *
 * @param endpoint of the API. The links of another server must use https.
 * @returns `undefined` if it is not such a response
 */
export function parseIssuedLink(fields: Fields, endpoint: string): IssuedLink | undefined {
  const { url, click_through_url: clickThroughUrl, link_id: linkId, expires_at } = fields;
  const expiresAt = parseTime(expires_at);
  return isLink(url, endpoint) && isLink(clickThroughUrl, endpoint) && isLinkId(linkId) && expiresAt !== undefined
    ? { url, clickThroughUrl, linkId, expiresAt }
    : undefined;
}

/** Links use HTTPS, or HTTP at the API's own origin, and contain no characters that are invisible or act on a terminal. */
function isLink(value: unknown, endpoint: string): value is string {
  if (typeof value !== 'string' || /[\s\p{C}]/u.test(value) || !URL.canParse(value)) {
    return false;
  }
  const { protocol, origin } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && origin === new URL(endpoint).origin);
}

/** Parses the state of a link. @returns `undefined` if it is not one */
export function parseLinkState(value: unknown): LinkState | undefined {
  const fields = isObject(value) ? value : {};
  const { link_id: linkId, status, operation, created_by: createdBy, created_at, expires_at } = fields;
  const { file_name: fileName } = fields;
  const expiresAt = parseTime(expires_at);
  if (!isLinkId(linkId) || expiresAt === undefined || typeof createdBy !== 'string') {
    return undefined;
  }
  const createdAt = parseTime(created_at);
  const refusedAfter = parseRefusedAttempts(fields['refused_after']);
  const facts: LinkFacts = {
    linkId,
    createdBy,
    expiresAt,
    ...((operation === 'download' || operation === 'upload') && { operation }),
    ...(createdAt && { createdAt }),
    ...(typeof fileName === 'string' && { fileName }),
    ...(refusedAfter && { refusedAfter }),
  };
  switch (status) {
    case 'active':
    case 'expired':
    case 'ended':
      return { ...facts, status };
    case 'redeemed': {
      const redeemed = parseRedemption(fields['redeemed']);
      const received = parseReceivedObject(fields['received']);
      return redeemed && { ...facts, status, redeemed, ...(received && { received }) };
    }
    case 'revoked': {
      const revoked = parseRevocation(fields['revoked']);
      return revoked && { ...facts, status, revoked };
    }
    default:
      return undefined;
  }
}

function parseRedemption(value: unknown): Redemption | undefined {
  const { at, source_ip: sourceIp, user_agent: userAgent } = isObject(value) ? value : {};
  const time = parseTime(at);
  return time && typeof sourceIp === 'string'
    ? { at: time, sourceIp, ...(typeof userAgent === 'string' && { userAgent }) }
    : undefined;
}

function parseReceivedObject(value: unknown): ReceivedObject | undefined {
  const { at, bucket_name: bucket, object_name: key, size_bytes: sizeBytes, ...rest } = isObject(value) ? value : {};
  const { checksum_algorithm: algorithm, checksum } = rest;
  const time = parseTime(at);
  const hasChecksum = typeof algorithm === 'string' && typeof checksum === 'string';
  return time && typeof bucket === 'string' && typeof key === 'string' && typeof sizeBytes === 'number'
    ? { at: time, bucket, key, sizeBytes, ...(hasChecksum && { checksum: { algorithm, value: checksum } }) }
    : undefined;
}

function parseRevocation(value: unknown): Revocation | undefined {
  const { at, by } = isObject(value) ? value : {};
  const time = parseTime(at);
  return time && typeof by === 'string' ? { at: time, by } : undefined;
}

function parseRefusedAttempts(value: unknown): RefusedAttempts | undefined {
  const { count, last_at, last_source_ip: lastSourceIp } = isObject(value) ? value : {};
  const lastAt = parseTime(last_at);
  return lastAt && typeof count === 'number' && typeof lastSourceIp === 'string'
    ? { count, lastAt, lastSourceIp }
    : undefined;
}
