import { EVENT_TYPES, type EventType } from '../contract';
import type { LogRecord } from './log-record';
import type { LinkId } from './nonce';
import type { Receipt } from './receipt';
import type { Operation } from './record-format';
import { timestamp, wholeSeconds } from './timestamp';

/** An event about a link. `docs/events.schema.json` describes `detail`. */
export interface LinkEvent {
  readonly type: EventType;
  /** ISO 8601. */
  readonly at: string;
  readonly detail: EventDetail;
}

/** Facts about a link and what happened to it. `undefined` where a fact does not apply. */
interface EventDetail {
  readonly version: number;
  readonly event_id: string;
  readonly deployment: string;
  readonly link_id: LinkId;
  readonly operation: Operation;
  readonly created_by: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly file_name: string | undefined;
  readonly at: string;
  readonly source_ip: string | undefined;
  readonly user_agent: string | undefined;
  readonly revoked_by: string | undefined;
  readonly refused_count: number | undefined;
  readonly bucket_name: string | undefined;
  readonly object_name: string | undefined;
  readonly size_bytes: number | undefined;
  readonly checksum_algorithm: string | undefined;
  readonly checksum: string | undefined;
}

/** Version of `detail`. A new field does not change it. */
const VERSION = 1;

/**
 * Returns the event for a log line about a link. The `event_id` is the same each time a line is delivered.
 *
 * @param deployment name of the deployment. Several can share one bus.
 */
export function linkEvent(record: LogRecord, receipt: Receipt, deployment: string): LinkEvent {
  const { kind, linkId, requestId } = record;
  const { operation, createdBy, createdAt, expiresAtSeconds, fileName, refused } = receipt;
  const isAttempt = kind === 'redeemed' || kind === 'refused';
  const { sourceIp, userAgent } = isAttempt ? record.attempt : {};
  const object = kind === 'received' ? record.object : undefined;
  return {
    type: EVENT_TYPES[kind],
    at: record.at,
    detail: {
      version: VERSION,
      event_id: `${linkId}-${kind}-${requestId}`,
      deployment,
      link_id: linkId,
      operation,
      created_by: createdBy,
      created_at: wholeSeconds(createdAt),
      expires_at: timestamp(expiresAtSeconds),
      file_name: fileName,
      at: wholeSeconds(record.at),
      source_ip: kind === 'received' ? record.sourceIp : sourceIp,
      user_agent: userAgent,
      revoked_by: kind === 'revoked' ? record.by : undefined,
      refused_count: isAttempt ? refused.length : undefined,
      bucket_name: object?.bucketName,
      object_name: object?.objectName,
      size_bytes: object?.sizeBytes,
      checksum_algorithm: object?.checksum?.algorithm,
      checksum: object?.checksum?.value,
    },
  };
}
