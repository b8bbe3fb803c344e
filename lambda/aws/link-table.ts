import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { LinkId } from '../link/nonce';
import type { OpenOutcome } from '../link/outcomes';
import type { SealedUrl } from '../link/sealed-url';

/** A link as it is stored. Nothing in it opens anything. */
export interface StoredLink {
  readonly linkId: LinkId;
  readonly sealedUrl: SealedUrl;
  /** Whole seconds since the epoch; from this second on the link does not open. */
  readonly expiresAtSeconds: number;
  /** ARN of the caller who asked for the link. */
  readonly createdBy: string;
}

/** Stores a new link. @throws whatever the SDK throws when the table cannot be written. */
export async function storeLink(client: DynamoDBDocumentClient, tableName: string, link: StoredLink): Promise<void> {
  await client.send(
    new PutCommand({
      TableName: tableName,
      Item: {
        nonce_id: link.linkId,
        sealed: link.sealedUrl,
        expires_at: link.expiresAtSeconds,
        created_by: link.createdBy,
      },
    }),
  );
}

/** What a redemption can come to, once the table was asked. */
export type RedeemOutcome = Extract<
  OpenOutcome,
  { readonly outcome: 'opened' | 'unknown_or_spent' | 'expired' | 'lost_reply' }
>;

/**
 * Redeems a link: one conditional delete, so that of any number of simultaneous openers one wins
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate).
 * The expiry is in the condition because TTL deletes days late.
 *
 * @param nowSeconds whole seconds since the epoch.
 * @throws whatever the SDK throws when the table does not answer; the link may then be open still, or gone.
 */
export async function redeemLink(
  client: DynamoDBDocumentClient,
  tableName: string,
  linkId: LinkId,
  nowSeconds: number,
): Promise<RedeemOutcome> {
  try {
    const { Attributes: deleted } = await client.send(
      new DeleteCommand({
        TableName: tableName,
        Key: { nonce_id: linkId },
        ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
        ExpressionAttributeValues: { ':now': nowSeconds },
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    if (!(deleted?.['sealed'] instanceof Uint8Array)) {
      throw new Error('the deleted item has no sealed record');
    }
    return { outcome: 'opened', sealedUrl: deleted['sealed'] as SealedUrl };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return { outcome: lostBecause(error) };
    }
    throw error;
  }
}

/** The item comes back with the refusal if it is still there: then it had expired. */
function lostBecause(error: ConditionalCheckFailedException): 'expired' | 'lost_reply' | 'unknown_or_spent' {
  if (error.Item !== undefined) {
    return 'expired';
  }
  return (error.$metadata.attempts ?? 1) > 1 ? 'lost_reply' : 'unknown_or_spent';
}
