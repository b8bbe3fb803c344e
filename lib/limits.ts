import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigateway';
import { MAX_UPLOAD_BYTES } from '../lambda/contract';

/** Default and inclusive limits of a number. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** Longest lifetime of a link, in seconds: 7 days by default, at most 30. Any active link can be stolen. */
export const MAX_LINK_LIFETIME_SECONDS: Range = { min: 1, max: 2_592_000, default: 604_800 };

/** Days for which receipts are kept after their link expires. 0 turns receipts off. */
export const RECEIPT_RETENTION_DAYS: Range = { min: 0, max: 365, default: 30 };

/** Lifetime of a URL that is signed on redemption, in seconds. */
export const OPENED_URL_LIFETIME_SECONDS: Range = { min: 5, max: 900, default: 300 };

/** Lifetime of a presigned URL for an upload, in seconds. */
export const UPLOAD_URL_LIFETIME_SECONDS: Range = { min: 60, max: 3_600, default: 900 };

/** Days for which the default bucket keeps received files. */
export const RECEIVED_RETENTION_DAYS: Range = { min: 1, max: 365, default: 30 };

/** Largest file that an upload link can receive, in bytes. */
export const MAX_UPLOAD_SIZE: Range = { min: 1, max: MAX_UPLOAD_BYTES, default: MAX_UPLOAD_BYTES };

/** Maximum sum of `max_bytes` of the upload links that a caller issues on one UTC day: 100 GB by default. */
export const DAILY_UPLOAD_BYTES: Range = { min: 1, max: 10 ** 15, default: 10 ** 11 };

/** With fewer reserved executions, even a few simultaneous redemptions would be throttled and lose their links. */
export const MIN_REDIRECT_RESERVED_CONCURRENCY = 20;

/**
 * Throttles by purpose. Each method has its own token bucket.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export interface Throttles {
  /** `POST /generate-url`. @default - 100 requests a second, burst 200 */
  readonly issue?: ThrottleSettings;
  /** `GET` and `POST /access-object`. @default - 375 requests a second, burst 150 */
  readonly open?: ThrottleSettings;
  /** `POST /upload-object`. @default - 125 requests a second, burst 50 */
  readonly upload?: ThrottleSettings;
  /**
   * `GET` and `DELETE` of `/links/{link_id}`, `/my-links` and `/my-links/{link_id}`. @default - 100 requests a second,
   * burst 200
   */
  readonly manage?: ThrottleSettings;
  /** `GET /open-link` and `GET /send-file`. @default - 125 requests a second, burst 50 */
  readonly page?: ThrottleSettings;
  /** `POST /describe-link`. @default - 125 requests a second, burst 50 */
  readonly describe?: ThrottleSettings;
  /** `HEAD` of `/access-object`, `/open-link` and `/send-file`. @default - 100 requests a second, burst 200 */
  readonly head?: ThrottleSettings;
}

/**
 * All APIs of an account in a Region share a quota of 10,000 requests a second by default. These leave room for others.
 *
 * `open`, `upload`, `page` and `describe` keep a flood within the 1,000 concurrent executions of an ordinary account:
 * docs/options.md#reserved-concurrency.
 */
export const DEFAULT_THROTTLES = {
  issue: { rateLimit: 100, burstLimit: 200 },
  open: { rateLimit: 375, burstLimit: 150 },
  upload: { rateLimit: 125, burstLimit: 50 },
  manage: { rateLimit: 100, burstLimit: 200 },
  page: { rateLimit: 125, burstLimit: 50 },
  describe: { rateLimit: 125, burstLimit: 50 },
  head: { rateLimit: 100, burstLimit: 200 },
} as const satisfies Throttles;

/** Returns a throttle, with defaults for missing values. */
export function throttleOf(throttles: Throttles, purpose: keyof Throttles): Required<ThrottleSettings> {
  return { ...DEFAULT_THROTTLES[purpose], ...throttles[purpose] };
}

/**
 * Valid key prefixes. `*`, `?` and `$` would widen the policies of the roles; an empty prefix would allow the whole
 * bucket.
 */
export const KEY_PREFIX = /^(?!s3:|[/ ]|.* $|.*[*?$]|.*(?:^|\/)\.{1,2}\/)[ -~]+$/;
export const KEY_PREFIX_RULE = 'the start of object keys: ASCII without *, ? and $, without ./ and ../, no slash first';

/** One line, without invisible characters and direction overrides. */
export const ORGANIZATION_NAME = /^(?=.*\S)[^\p{Cc}\p{Cf}\u2028\u2029]{1,60}$/u;
export const ORGANIZATION_NAME_RULE = '1 to 60 characters without control characters';

/** An email address for a `mailto:` link, or an `https` URL. */
export const SUPPORT_CONTACT = /^(?:[^\s@<>"?&]{1,64}@[^\s@<>"?&]{1,190}|https:\/\/[^\s<>"]{1,240})$/;
export const SUPPORT_CONTACT_RULE = 'an email address or an https URL';

/**
 * Policy names have at most 128 characters, and the longest suffix is `-manager`.
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
 */
export const POLICY_NAME_PREFIX = /^[\w+=,.@-]{1,120}$/;
export const POLICY_NAME_PREFIX_RULE = 'at most 120 letters, digits and characters of +=,.@_-';
