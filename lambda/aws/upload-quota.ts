import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { UPLOAD_QUOTA_KEY } from '../contract';
import { withDeadline } from './client-settings';
import type { LinkTable } from './link-table';

/** A total is needed until the end of its day. TTL deletes it later. */
const KEPT_SECONDS = 2 * 86_400;
/** Leaves generate-url time to respond. */
const WRITE_MILLISECONDS = 2_000;

/**
 * Adds to the sum of `max_bytes` of the upload links that a caller issues on a UTC day. A retry can count twice, so the sum can
 * be too high, but never too low.
 *
 * @returns `false` if the sum would exceed the limit; nothing is added then.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function reserveUpload(
  { client, name }: LinkTable,
  caller: string,
  bytes: number,
  maxBytes: number,
  now: Date,
): Promise<boolean> {
  if (bytes > maxBytes) {
    return false;
  }
  const day = now.toISOString().slice(0, 10);
  const callerId = createHash('sha256').update(caller).digest('base64url');
  const update = new UpdateCommand({
    TableName: name,
    Key: { nonce_id: `${UPLOAD_QUOTA_KEY}${day}/${callerId}` },
    UpdateExpression: 'ADD reserved_bytes :bytes SET purge_at = :purge_at',
    ConditionExpression: 'attribute_not_exists(reserved_bytes) OR reserved_bytes <= :room',
    ExpressionAttributeValues: {
      ':bytes': bytes,
      ':room': maxBytes - bytes,
      ':purge_at': Math.floor(now.getTime() / 1000) + KEPT_SECONDS,
    },
  });
  try {
    await withDeadline(async (options) => await client.send(update, options), WRITE_MILLISECONDS);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return false;
    }
    throw error;
  }
}
