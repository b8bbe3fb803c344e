import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { LinkId } from '../link/nonce';
import type { Inactive, LookUpOutcome, RedeemOutcome, RevokeOutcome } from '../link/outcomes';
import type { SealedDestination } from '../link/sealed-destination';
import { withDeadline } from './client-settings';

/** The link table and a client for it. */
export interface LinkTable {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** A link as stored. It does not contain the nonce, so it cannot be used to redeem the link. */
export interface StoredLink {
  readonly linkId: LinkId;
  readonly sealed: SealedDestination;
  /** Seconds since the epoch. The link is expired from this second on. */
  readonly expiresAtSeconds: number;
  /** ARN of the caller who asked for the link. */
  readonly createdBy: string;
}

/** Three puts and the waits between them must leave generate-url time to respond. */
const PUT_MILLISECONDS = 2_000;

/**
 * Turns off retries for {@link storeLink}: a put that is applied late would make a redeemed link redeemable again.
 * Callers can store another link under a fresh nonce instead.
 */
export const STORE_CLIENT_SETTINGS = { maxAttempts: 1 } as const;

/**
 * Stores a new link.
 *
 * @param table its client must have {@link STORE_CLIENT_SETTINGS}.
 * @throws the SDK's error if the put failed or its outcome is unknown; the link must not be handed out then.
 */
export async function storeLink({ client, name }: LinkTable, link: StoredLink): Promise<void> {
  const { linkId, sealed, expiresAtSeconds, createdBy } = link;
  const item = { nonce_id: linkId, sealed, expires_at: expiresAtSeconds, created_by: createdBy };
  const put = new PutCommand({ TableName: name, Item: item });
  await withDeadline(async (options) => await client.send(put, options), PUT_MILLISECONDS);
}

/**
 * Redeems a link with one conditional delete, so only one of any number of simultaneous requests succeeds.
 *
 * @param nowSeconds seconds since the epoch.
 * @throws the SDK's error if the table gives no usable response; the link may or may not be redeemed then.
 */
export async function redeemLink(table: LinkTable, linkId: LinkId, nowSeconds: number): Promise<RedeemOutcome> {
  const deletion = await deleteActiveLink(table, linkId, nowSeconds);
  if (deletion.outcome !== 'deleted') {
    return deletion;
  }
  const { sealed } = deletion.item;
  if (!(sealed instanceof Uint8Array)) {
    throw new Error('the deleted item has no sealed record');
  }
  return { outcome: 'redeemed', sealed: sealed as SealedDestination };
}

/**
 * Revokes a link with the same conditional delete, so either the revocation or a redemption succeeds, never both.
 *
 * @param nowSeconds seconds since the epoch.
 * @throws the SDK's error if the table gives no usable response; the link may or may not be revoked then.
 */
export async function revokeLink(table: LinkTable, linkId: LinkId, nowSeconds: number): Promise<RevokeOutcome> {
  const deletion = await deleteActiveLink(table, linkId, nowSeconds);
  return deletion.outcome === 'deleted' ? { outcome: 'revoked' } : deletion;
}

/**
 * Looks up a link, without its sealed destination.
 *
 * @param nowSeconds seconds since the epoch. TTL deletes items days late, so an expired link may still be there.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function findLink(table: LinkTable, linkId: LinkId, nowSeconds: number): Promise<LookUpOutcome> {
  const get = new GetCommand({
    TableName: table.name,
    Key: { nonce_id: linkId },
    ProjectionExpression: 'expires_at, created_by',
    ConsistentRead: true,
  });
  const { Item: item } = await withDeadline(async (options) => await table.client.send(get, options));
  if (item === undefined) {
    return { outcome: 'not_active' };
  }
  const { expires_at: expiresAtSeconds, created_by: createdBy } = item;
  if (typeof expiresAtSeconds !== 'number' || typeof createdBy !== 'string') {
    throw new Error('the item is not a link that this project stores');
  }
  return expiresAtSeconds > nowSeconds
    ? { outcome: 'active', link: { linkId, expiresAtSeconds, createdBy } }
    : { outcome: 'expired' };
}

type Deletion = { readonly outcome: 'deleted'; readonly item: Readonly<Record<string, unknown>> } | Inactive;

/**
 * Deletes a link if it is active. DynamoDB serializes writes to one item
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate).
 */
async function deleteActiveLink(table: LinkTable, linkId: LinkId, nowSeconds: number): Promise<Deletion> {
  const deletion = new DeleteCommand({
    TableName: table.name,
    Key: { nonce_id: linkId },
    ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
    ExpressionAttributeValues: { ':now': nowSeconds },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    const { Attributes: item } = await withDeadline(async (options) => await table.client.send(deletion, options));
    if (item === undefined) {
      throw new Error('the table did not return the deleted item');
    }
    return { outcome: 'deleted', item };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
    if (error.Item !== undefined) {
      return { outcome: 'expired' };
    }
    // If a retry finds no item, an earlier attempt may have deleted it without its response arriving.
    return { outcome: (error.$metadata.attempts ?? 1) > 1 ? 'outcome_unknown' : 'not_active' };
  }
}
