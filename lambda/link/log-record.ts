import { BUCKET_NAME, LOG_EVENT, REFUSED_OUTCOMES } from '../contract';
import { type LinkId, parseLinkId } from './nonce';
import type { Attempt, ReceivedObject } from './receipt';

/** A log line about a link. */
export type LogRecord = {
  readonly linkId: LinkId;
  /** ISO 8601 with milliseconds. */
  readonly at: string;
  /** Request ID of API Gateway; of S3 for `received`. */
  readonly requestId: string;
} & (
  | { readonly kind: 'issued' }
  /** `by`: ARN of the caller. */
  | { readonly kind: 'revoked'; readonly by: string }
  | { readonly kind: 'received'; readonly object: ReceivedObject; readonly sourceIp?: string }
  /** Redeemed, or refused because the link had ended. */
  | { readonly kind: 'redeemed' | 'refused'; readonly attempt: Attempt }
);

/** A log event, as CloudWatch Logs delivers it. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** Length of an ARN: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumedRoleUser.html */
const CALLER = /^\P{Cc}{1,2048}$/u;
const REQUEST_ID = /^[\w+/=.:-]{1,128}$/;
const SOURCE_IP = /^[\da-fA-F.:]{2,45}$/;
const USER_AGENT = /^[ -~]{1,200}$/;
/** S3 keys can contain any character. */
const OBJECT_NAME = /^.{1,1024}$/su;
const CHECKSUM = /^[\w+/=-]{1,100}$/;

/**
 * Parses a log line about a link.
 *
 * @returns `undefined` for all other lines, for example Lambda's own.
 */
export function parseLogEvent({ timestamp, message }: LogEvent): LogRecord | undefined {
  const fields = parseObject(message);
  const { event, outcome, link_id: id, request_id: requestId } = fields;
  const linkId = typeof id === 'string' ? parseLinkId(id) : undefined;
  const time = new Date(timestamp);
  if (linkId === undefined || !isText(requestId, REQUEST_ID) || Number.isNaN(time.getTime())) {
    return undefined;
  }
  const at = time.toISOString();
  const common = { linkId, at, requestId };
  if (event === LOG_EVENT.issued) {
    return { kind: 'issued', ...common };
  }
  const { caller, source_ip: sourceIp, user_agent: userAgent } = fields;
  if (event === LOG_EVENT.received) {
    const object = receivedObject(fields, at);
    return object && { kind: 'received', object, ...common, ...(isText(sourceIp, SOURCE_IP) && { sourceIp }) };
  }
  if (event === LOG_EVENT.revocation) {
    return outcome === 'revoked' && isText(caller, CALLER) ? { kind: 'revoked', by: caller, ...common } : undefined;
  }
  const isRedeemed = event === LOG_EVENT.access && outcome === 'redeemed';
  const isRefused =
    (event === LOG_EVENT.access || event === LOG_EVENT.described) &&
    REFUSED_OUTCOMES.some((refused) => refused === outcome);
  if (!(isRedeemed || isRefused) || !isText(sourceIp, SOURCE_IP)) {
    return undefined;
  }
  const attempt = { at, sourceIp, ...(isText(userAgent, USER_AGENT) && { userAgent }) };
  return { kind: isRedeemed ? 'redeemed' : 'refused', attempt, ...common };
}

function receivedObject(fields: Readonly<Record<string, unknown>>, at: string): ReceivedObject | undefined {
  const { bucket_name: bucketName, object_name: objectName, size_bytes: sizeBytes } = fields;
  const { checksum_algorithm: algorithm, checksum: value } = fields;
  if (!isText(bucketName, BUCKET_NAME) || !isText(objectName, OBJECT_NAME) || typeof sizeBytes !== 'number') {
    return undefined;
  }
  const checksum = isText(algorithm, CHECKSUM) && isText(value, CHECKSUM) ? { algorithm, value } : undefined;
  return { at, bucketName, objectName, sizeBytes, ...(checksum && { checksum }) };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}
