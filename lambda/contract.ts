/** Names and limits shared by the stack, the functions, the CLI and the local emulator. */

/** ID of the stack in the app, and its default name (option `stackName`). */
export const STACK_NAME = 'PreSignedURLStack';

/** How the CLI finds and calls the local emulator. The access key is public, because only the emulator accepts it. */
export const LOCAL_EMULATOR = {
  /** Outputs of the first emulator that runs, relative to the project's root. */
  outputsFile: 'cdk.out/local-outputs.json',
  /**
   * Path of the API's port where the emulator responds to a challenge with its HMAC-SHA256 under the output
   * `EmulatorToken`.
   */
  identityPath: '/_emulator/identity',
  region: 'us-east-1',
  accessKeyId: 'LOCALCALLER',
  secretAccessKey: 'local-caller-secret',
} as const;

/** Prefix in the default bucket that the CLI uploads to. Each file gets a random name below it. */
export const UPLOAD_FOLDER = 'shared/';

/** The longest lifetime of a link to an uploaded file. */
export const MAX_UPLOAD_LINK_DAYS = 7;

/** The longest duration of an upload. */
export const MAX_UPLOAD_DAYS = 1;

/**
 * Retention of uploaded files. S3 counts from the start of an upload, but the link is issued at its end
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html).
 */
export const UPLOAD_KEPT_DAYS = MAX_UPLOAD_LINK_DAYS + MAX_UPLOAD_DAYS;

/** Tag with the link ID of an uploaded file. Tagged files are removed soon after their link has ended. */
export const UPLOAD_TAG = 'link-id';

/** Environment variables of the functions. */
export const ENVIRONMENT = {
  /** Name of the DynamoDB table that holds the links. */
  nonceTable: 'NONCE_TABLE_NAME',
  /** Buckets that links can be issued for, as a JSON list of `{name, region?, prefix?}`. */
  allowedBuckets: 'ALLOWED_BUCKETS',
  /** Optional. Base URL of links. By default, links use the host and path of the request. */
  publicBaseUrl: 'PUBLIC_BASE_URL',
  /** Longest lifetime of a link, in seconds. */
  maxLinkLifetime: 'MAX_LINK_LIFETIME_SECONDS',
  /**
   * Optional. Validity of URLs signed on redemption, in seconds. Not set if the deployment does not sign URLs on
   * redemption.
   */
  openedUrlLifetime: 'OPENED_URL_LIFETIME_SECONDS',
  /** Validity of presigned URLs for uploads, in seconds. */
  uploadUrlLifetime: 'UPLOAD_URL_LIFETIME_SECONDS',
  /** Largest file that an upload link can receive, in bytes. */
  maxUploadBytes: 'MAX_UPLOAD_BYTES',
  /** Maximum sum of `max_bytes` of the upload links that a caller issues on one UTC day. */
  dailyUploadBytes: 'DAILY_UPLOAD_BYTES',
  /** DNS suffix of the partition, for example `amazonaws.com`. */
  urlSuffix: 'URL_SUFFIX',
  /** Optional. Name of the DynamoDB table that holds the receipts. Not set if the deployment keeps none. */
  receiptTable: 'RECEIPT_TABLE_NAME',
  /** Optional. How long links and receipts are kept after the link expires, in seconds. Set with the receipt table. */
  receiptRetention: 'RECEIPT_RETENTION_SECONDS',
  /** Optional. `true`: receipts include file names. */
  receiptFileNames: 'RECEIPT_FILE_NAMES',
  /** Optional. Event bus to which events are published. */
  eventBus: 'EVENT_BUS_NAME',
  /** Optional. Event types to publish, as a JSON list. Set with the event bus. */
  publishedEvents: 'PUBLISHED_EVENTS',
  /** Name of the deployment, for events. */
  deploymentName: 'DEPLOYMENT_NAME',
  /** Optional. Topic that sends email about redemptions. */
  notificationTopic: 'NOTIFICATION_TOPIC_ARN',
  /** Optional. Name of the organization, shown on the click-through page. */
  organizationName: 'ORGANIZATION_NAME',
  /** Optional. Email address or https URL for readers who need help, shown on the click-through page. */
  supportContact: 'SUPPORT_CONTACT',
  /** Optional. Origins that the click-through page may fetch files from, as a JSON list. */
  s3Origins: 'S3_ORIGINS',
  /** Bucket from which uploads are removed. */
  uploadBucket: 'UPLOAD_BUCKET_NAME',
} as const;

/** Environment variable with the base URL of the API, for the client in functions that are granted access. */
export const CLIENT_ENDPOINT_VARIABLE = 'ONE_TIME_LINKS_ENDPOINT';

/** First path segment of each route. */
export const ROUTE = {
  generateUrl: 'generate-url',
  accessObject: 'access-object',
  openLink: 'open-link',
  describeLink: 'describe-link',
  uploadObject: 'upload-object',
  sendFile: 'send-file',
  links: 'links',
  myLinks: 'my-links',
} as const;

/** Path parameter with the link ID, in the routes that manage one link. */
export const LINK_ID_PARAMETER = 'link_id';

/**
 * Query parameter that continues the list of links: the field of that name in the previous page.
 */
export const NEXT_PARAMETER = 'next';

/**
 * Query parameter that carries the nonce to redeem. It is the authorizer's identity source. Also the field of the body that
 * carries the nonce to describe.
 */
export const NONCE_PARAMETER = 'nonce';

/**
 * Query parameter and value with which a POST requests JSON. A proxy may drop the `Accept` header (CloudFront forwards
 * only configured headers), but not the query string, which carries the nonce.
 */
export const JSON_FORMAT = { parameter: 'format', value: 'json' } as const;

/** Query parameters that declare a file to upload. */
export const DECLARATION = {
  fileName: 'file_name',
  sizeBytes: 'size_bytes',
  contentType: 'content_type',
  /** Optional: SHA-256 of the file, in base64. */
  checksum: 'checksum_sha256',
} as const;

/** Header of an upload with the ID of its link. S3 stores it with the object. */
export const LINK_ID_METADATA = 'x-amz-meta-link-id';

/** Signed headers of an upload, besides `Content-Length`. The last is optional. */
export const UPLOAD_HEADERS = ['content-type', 'if-none-match', LINK_ID_METADATA, 'x-amz-checksum-sha256'] as const;

/** Attributes in the table definition. `lambda/aws/link-table.ts` repeats them in its expressions. */
export const LINK_ATTRIBUTE = {
  /** Partition key: the link ID. */
  linkId: 'nonce_id',
  /** TTL attribute: seconds since the epoch. */
  purgeAt: 'purge_at',
} as const;

/** Start of the keys of the items in the link table that are not links, but totals of `max_bytes`. No link ID has a slash. */
export const UPLOAD_QUOTA_KEY = 'upload-quota/';

/**
 * Attributes and index in the definition of the receipt table. `lambda/aws/receipt-table.ts` repeats the attributes.
 */
export const RECEIPT_ATTRIBUTE = {
  /** Partition key. */
  linkId: 'link_id',
  /** Partition key of the index: ARN of the caller that issued the link. */
  createdBy: 'created_by',
  /** Sort key of the index: ISO 8601 with milliseconds. */
  createdAt: 'created_at',
  /** TTL attribute: seconds since the epoch. */
  purgeAt: 'purge_at',
} as const;

/** Index that finds the links of a caller. */
export const RECEIPT_INDEX = 'by_creator';

/**
 * Outcomes of a request to redeem a link, in logs, metrics and queries. A failure has none: it appears as the event
 * `storage_failed` or `format_unsupported` in the function's log and as `AUTHORIZER_FAILURE` in the access log.
 */
export const REDEEM_OUTCOMES = [
  'redeemed',
  'not_active',
  'expired',
  'outcome_unknown',
  'malformed',
  'prefetch',
  'machine',
  'invalid_upload',
] as const;

/** Outcomes of revocations in manage-link's log. */
export const REVOKE_OUTCOMES = ['revoked', 'not_active', 'expired', 'outcome_unknown', 'malformed'] as const;

/** States of a link. `ended`: redeemed or revoked, and the details have not arrived. */
export const LINK_STATES = ['active', 'redeemed', 'revoked', 'expired', 'ended'] as const;

/** Outcomes of lookups in manage-link's log. */
export const LOOKUP_OUTCOMES = [...LINK_STATES, 'not_found', 'malformed'] as const;

/** Values of `event` in the functions' logs. */
export const LOG_EVENT = {
  issued: 'link_issued',
  issueRefused: 'link_refused',
  described: 'link_description',
  access: 'link_access',
  received: 'object_received',
  lookedUp: 'link_lookup',
  revocation: 'link_revocation',
  listed: 'links_listed',
  uploadsRemoved: 'uploads_removed',
  storageFailed: 'storage_failed',
  formatUnsupported: 'format_unsupported',
  recordTampered: 'record_tampered',
} as const;

/** `source` of the events. */
export const EVENT_SOURCE = 'one-time-s3-links';

/** `detail-type` of the events. */
export const EVENT_TYPES = {
  issued: 'Link Issued',
  redeemed: 'Link Redeemed',
  revoked: 'Link Revoked',
  /** An attempt to open a link that had ended. */
  refused: 'Link Refused',
  /** The file of an upload link has arrived. */
  received: 'Object Received',
} as const;

/** Event type. */
export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/**
 * Outcomes of attempts on a link that has ended. Receipts record those of `link_access` and of `link_description`: the
 * click-through page has no button for such a link, so it does not try to redeem it.
 */
export const REFUSED_OUTCOMES = [
  'not_active',
  'expired',
] as const satisfies readonly (typeof REDEEM_OUTCOMES)[number][];

/** Outcomes in describe-link's log. */
export const DESCRIBE_OUTCOMES = ['active', ...REFUSED_OUTCOMES, 'malformed'] as const;

/**
 * Keys of the authorizer's context that are written to the access log. A Deny can have a context, too
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html).
 */
export const LOGGED_CONTEXT = {
  outcome: 'outcome',
  /** Encoded by the authorizer for a JSON log format. */
  userAgent: 'userAgent',
} as const;

/**
 * `Retry-After` of a 503, in seconds: long enough for a throttled table to recover, short enough for a person to wait.
 */
export const RETRY_AFTER_SECONDS = 2;

/**
 * Header with the `code` of a gateway response. The script of the click-through page reads it, because the body can be
 * HTML if a CDN removes the `Accept` header.
 */
export const PROBLEM_CODE_HEADER = 'Problem-Code';

/**
 * Detail of the 403 for links that cannot be redeemed, from API Gateway and from describe-link. API Gateway also returns it to
 * callers that IAM denies, so it must be true in both cases and reveal nothing about the link.
 */
export const ACCESS_DENIED_DETAIL =
  'The link is unknown, incomplete, expired or already redeemed: ask the sender for a new one. Or the caller has no permission for this route.';

/** Headers of every response that contains or follows a link: not cached, not in a referrer, not indexed. */
export const SECRET_RESPONSE_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Valid bucket names: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Longest lifetime of a link with a stored URL. The URL stops working when the credentials that signed it expire, and
 * role sessions last an hour by default.
 */
export const MAX_STORED_URL_SECONDS = 3600;

/** A stored URL outlives its link, so that a link redeemed in its last second leads to the object. */
export const STORED_URL_GRACE_SECONDS = 60;

/** Longest text that the click-through page displays (`open-link.client.js`). */
export const MAX_TEXT_BYTES = 4096;

/** Upload prefix of the default bucket. */
export const INBOX = 'inbox/';

/**
 * Largest file that an upload link can receive. S3 accepts at most 5 GB in one PUT:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html
 */
export const MAX_UPLOAD_BYTES = 5_000_000_000;

/** Longest `label`, the text that tells uploaders what is asked for. */
export const MAX_LABEL_CHARACTERS = 200;

/** Longest list of `content_types`. */
export const MAX_CONTENT_TYPES = 20;

/** Longest `from`, the name of the sender. */
export const MAX_FROM_CHARACTERS = 100;

/** Longest `download_as`: the limit for file names in common file systems (255 units in ext4, APFS and NTFS). */
export const MAX_FILE_NAME_BYTES = 255;

/** S3 accepts 8 KB of request line and headers. This leaves 1 KB for the browser's headers. */
export const MAX_PRESIGNED_URL_LENGTH = 7168;

/** The record is encoded in base64, which adds a third, and the authorizer's result must stay below 6 KB. */
export const MAX_SEALED_BYTES = 4096;
