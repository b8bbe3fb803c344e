/** Names and limits that the stack, the functions, the CLI and the local emulator agree on. */

/** ID of the stack in the app, and its name unless the option `stackName` gives it another. */
export const STACK_NAME = 'PreSignedURLStack';

/** The local emulator, as the CLI finds it. The key is public: it is good for nothing but the emulator. */
export const LOCAL_EMULATOR = {
  /** Relative to the project's root. */
  outputsFile: 'cdk.out/local-outputs.json',
  region: 'us-east-1',
  accessKeyId: 'LOCALCALLER',
  secretAccessKey: 'local-caller-secret',
} as const;

/** Folder of the default bucket that the CLI uploads files to, each below a random name. */
export const UPLOAD_FOLDER = 'shared/';

/** The longest lifetime of a link to an uploaded file. */
export const MAX_UPLOAD_LINK_DAYS = 7;

/** The longest duration of an upload. */
export const MAX_UPLOAD_DAYS = 1;

/**
 * How long an uploaded file is kept. It must outlive its link, which is issued when the upload is complete; S3 counts from
 * its start (https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html).
 */
export const UPLOAD_KEPT_DAYS = MAX_UPLOAD_LINK_DAYS + MAX_UPLOAD_DAYS;

/** Environment variables of the functions. */
export const ENVIRONMENT = {
  /** Name of the DynamoDB table that holds the links. */
  nonceTable: 'NONCE_TABLE_NAME',
  /** The buckets that links may be made for, as JSON: a list of `{name, region?, prefix?}`. */
  sharedBuckets: 'SHARED_BUCKETS',
  /** Optional: what links start with, in place of the address that the request came in by. */
  publicBaseUrl: 'PUBLIC_BASE_URL',
  /** Longest that a link may live, in seconds. */
  maxLinkLifetime: 'MAX_LINK_LIFETIME_SECONDS',
  /** How long a URL works that is signed on opening, in seconds. Not there where the deployment signs none so. */
  openedUrlLifetime: 'OPENED_URL_LIFETIME_SECONDS',
  /** What the host names of AWS end with in this partition, for example `amazonaws.com`. */
  urlSuffix: 'URL_SUFFIX',
} as const;

/** First path segment of each route. */
export const ROUTE = {
  generateUrl: 'generate-url',
  accessObject: 'access-object',
  openLink: 'open-link',
  links: 'links',
} as const;

/** Path parameter of the route that manages one link: its id. */
export const LINK_ID_PARAMETER = 'link_id';

/** Query parameter that carries the nonce, and the authorizer's identity source. */
export const NONCE_PARAMETER = 'nonce';

/**
 * Query parameter, and its value, by which a POST asks for an answer that a script can read. `Accept` may get lost on the
 * way: CloudFront, for one, passes on only what it is told to. The query arrives wherever the nonce does.
 */
export const JSON_ANSWER = { parameter: 'answer', value: 'json' } as const;

/** Attributes that the table itself knows. Its adapter spells them out in its expressions; the emulator shows any difference. */
export const LINK_ATTRIBUTE = {
  /** Partition key: the link id, derived from the nonce one way. */
  linkId: 'nonce_id',
  /** TTL attribute: whole seconds since the epoch. */
  expiresAt: 'expires_at',
} as const;

/**
 * What becomes of a request to open a link, as the logs, the metrics and the queries spell it. That storage failed is not
 * among them: the authorizer has no outcome then. A function's line says `storage_failed`, the access log
 * `AUTHORIZER_FAILURE`.
 */
export const OPEN_OUTCOMES = [
  'opened',
  'unknown_or_spent',
  'expired',
  'lost_reply',
  'malformed',
  'prefetch',
  'unfurler',
] as const;

/** What becomes of a look at a link and of its revocation, as the log of the function that manages links spells it. */
export const MANAGE_OUTCOMES = ['open', 'revoked', 'unknown_or_spent', 'expired', 'lost_reply', 'malformed'] as const;

/** What a function writes a line about: `event` in its log. */
export const LOG_EVENT = {
  issued: 'link_issued',
  issueRefused: 'link_refused',
  access: 'link_access',
  managed: 'link_managed',
  storageFailed: 'storage_failed',
} as const;

/**
 * What the authorizer hands on to the access log, by key of its context. API Gateway takes a context with a Deny as well
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html).
 */
export const LOGGED_CONTEXT = {
  outcome: 'outcome',
  /** Made fit for a line of JSON by the authorizer. */
  userAgent: 'userAgent',
} as const;

/** Seconds after which a try may go through: long enough for a throttled table, short enough for a person. */
export const RETRY_AFTER_SECONDS = 2;

/** Headers of every answer that holds a link or comes out of one: no cache, no referrer and no search engine keeps it. */
export const SECRET_RESPONSE_HEADERS = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Robots-Tag': 'noindex',
  'X-Content-Type-Options': 'nosniff',
} as const;

/** Names of S3 buckets: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** S3 object keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_OBJECT_NAME_BYTES = 1024;

/** A stored URL dies with the credentials that signed it; an hour is what a Lambda role can be trusted to last. */
export const MAX_STORED_URL_SECONDS = 3600;

/** What `expires_in` is when the caller leaves it out; less where the deployment's links live shorter. */
export const DEFAULT_EXPIRES_IN_SECONDS = 3600;

/** Longest name that the usual file systems take (ext4, APFS, NTFS count at most 255 units). */
export const MAX_FILE_NAME_BYTES = 255;

/** S3 version ids are opaque and at most this long: https://docs.aws.amazon.com/AmazonS3/latest/userguide/versioning-workflows.html */
export const MAX_VERSION_ID_BYTES = 1024;

/** S3 takes a request line and headers of 8 KB together; 1 KB of it is left to the browser's headers. */
export const MAX_PRESIGNED_URL_LENGTH = 7168;

/**
 * What may come to the length of a URL from when a link is made, and the URL is tried out, to when it is signed on opening:
 * the session token of the opener is another. Observed tokens of Lambda roles differ by less than half of it.
 */
export const SESSION_TOKEN_ALLOWANCE = 512;

/** The authorizer's result travels in 6 KB at the most; base64 adds a third to the sealed record. */
export const MAX_SEALED_BYTES = 4096;
