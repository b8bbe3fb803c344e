import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  DynamoDBServiceException,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { LinkId } from '../link/nonce';
import type { LookOutcome, OpenLink, OpenOutcome, RevokeOutcome } from '../link/outcomes';
import type { SealedDestination } from '../link/sealed-destination';

/** A link as it is stored. Nothing in it opens anything. */
export interface StoredLink {
  readonly linkId: LinkId;
  readonly sealed: SealedDestination;
  /** Whole seconds since the epoch; from this second on the link does not open. */
  readonly expiresAtSeconds: number;
  /** ARN of the caller who asked for the link. */
  readonly createdBy: string;
}

/**
 * Stores a new link. A put of which nobody knows whether it was applied, for want of an answer or by one of 5xx, is not sent
 * again: it may be under way still, and if it arrives after the link was opened, the link is back and opens a second time.
 * Whoever tries again takes another nonce.
 *
 * @throws UnansweredPutError if nobody knows whether the link was stored: then nobody may have it.
 * @throws whatever the SDK throws when the table cannot be written.
 */
export async function storeLink(client: DynamoDBClient, tableName: string, link: StoredLink): Promise<void> {
  const put = new PutItemCommand({ TableName: tableName, Item: itemOf(link) });
  const giveUpUnanswered = onFailure((error) => {
    if (isUnanswered(error) || isServerFault(error)) {
      throw new UnansweredPutError();
    }
  });
  put.middlewareStack.add(giveUpUnanswered, EACH_TRY);
  await client.send(put);
}

/**
 * Nobody knows whether the link was stored. Not transient by any sign that the SDK looks for (its name, its cause), so that
 * the put is not tried again.
 */
export class UnansweredPutError extends Error {
  override readonly name = 'UnansweredPutError';
  readonly $fault = 'server';
}

/** What a redemption can come to, once the table was asked. */
export type RedeemOutcome = Extract<
  OpenOutcome,
  { readonly outcome: 'opened' | 'unknown_or_spent' | 'expired' | 'lost_reply' }
>;

/**
 * Redeems a link: one conditional delete, so that of any number of simultaneous openers one wins.
 *
 * @param nowSeconds whole seconds since the epoch.
 * @throws whatever the SDK throws when the table does not answer; the link may then be open still, or gone.
 */
export async function redeemLink(
  client: DynamoDBClient,
  tableName: string,
  linkId: LinkId,
  nowSeconds: number,
): Promise<RedeemOutcome> {
  const deleted = await deleteOpenLink(client, tableName, linkId, nowSeconds);
  if (deleted.outcome !== 'deleted') {
    return deleted;
  }
  return { outcome: 'opened', sealed: sealedIn(deleted.item) };
}

/**
 * Revokes a link: the same delete as an opener's, so that of a revocation and any number of openers one wins. `revoked`
 * says that nobody opened it.
 *
 * @param nowSeconds whole seconds since the epoch.
 * @throws whatever the SDK throws when the table does not answer; the link may then be open still, or gone.
 */
export async function revokeLink(
  client: DynamoDBClient,
  tableName: string,
  linkId: LinkId,
  nowSeconds: number,
): Promise<RevokeOutcome> {
  const deleted = await deleteOpenLink(client, tableName, linkId, nowSeconds);
  return deleted.outcome === 'deleted' ? { outcome: 'revoked' } : deleted;
}

/**
 * Looks at a link, and leaves what it leads to where it is.
 *
 * @param nowSeconds whole seconds since the epoch: TTL deletes days late, and what has expired is not open.
 * @throws whatever the SDK throws when the table does not answer.
 */
export async function findLink(
  client: DynamoDBClient,
  tableName: string,
  linkId: LinkId,
  nowSeconds: number,
): Promise<LookOutcome> {
  const { Item: item } = await client.send(
    new GetItemCommand({
      TableName: tableName,
      Key: keyOf(linkId),
      ProjectionExpression: 'expires_at, created_by',
      ConsistentRead: true,
    }),
  );
  if (item === undefined) {
    return { outcome: 'unknown_or_spent' };
  }
  const link = openLinkOf(linkId, item);
  return link.expiresAtSeconds > nowSeconds ? { outcome: 'open', link } : { outcome: 'expired' };
}

type Item = Readonly<Record<string, AttributeValue>>;

function keyOf(linkId: LinkId): { readonly nonce_id: AttributeValue } {
  return { nonce_id: { S: linkId } };
}

function itemOf({ linkId, sealed, expiresAtSeconds, createdBy }: StoredLink): Record<string, AttributeValue> {
  return {
    ...keyOf(linkId),
    sealed: { B: sealed },
    expires_at: { N: String(expiresAtSeconds) },
    created_by: { S: createdBy },
  };
}

/** The sealed record of a whole item, which only {@link itemOf} writes. */
function sealedIn(item: Item): SealedDestination {
  const sealed = item['sealed']?.B;
  if (!(sealed instanceof Uint8Array)) {
    throw new Error('the deleted item has no sealed record');
  }
  return sealed as SealedDestination;
}

/** What may be known of a link, from as much of its item. */
function openLinkOf(linkId: LinkId, item: Item): OpenLink {
  const expiresAt = item['expires_at']?.N;
  const createdBy = item['created_by']?.S;
  if (expiresAt === undefined || createdBy === undefined) {
    throw new Error('the item of the link is not one that this project writes');
  }
  return { linkId, expiresAtSeconds: Number(expiresAt), createdBy };
}

type DeleteOutcome =
  | { readonly outcome: 'deleted'; readonly item: Item }
  | { readonly outcome: 'unknown_or_spent' | 'expired' | 'lost_reply' };

/**
 * Deletes a link on the condition that it can be opened: DynamoDB carries out writes to an item one after the other
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate).
 * The expiry is in the condition because TTL deletes days late.
 */
async function deleteOpenLink(
  client: DynamoDBClient,
  tableName: string,
  linkId: LinkId,
  nowSeconds: number,
): Promise<DeleteOutcome> {
  const command = new DeleteItemCommand({
    TableName: tableName,
    Key: keyOf(linkId),
    ConditionExpression: 'attribute_exists(nonce_id) AND expires_at > :now',
    ExpressionAttributeValues: { ':now': { N: String(nowSeconds) } },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  let mayBeApplied = false;
  const noteWhatIsUncertain = onFailure((error) => {
    mayBeApplied ||= isUnanswered(error) || isServerFault(error);
  });
  command.middlewareStack.add(noteWhatIsUncertain, EACH_TRY);
  try {
    const { Attributes: item } = await client.send(command);
    if (item === undefined) {
      throw new Error('the table does not say what it deleted');
    }
    return { outcome: 'deleted', item };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) {
      throw error;
    }
    // The item comes back with the refusal if it is still there.
    if (error.Item !== undefined) {
      return { outcome: 'expired' };
    }
    return { outcome: mayBeApplied ? 'lost_reply' : 'unknown_or_spent' };
  }
}

/** Inside the retries, which are of high priority in this step. */
const EACH_TRY = { name: 'eachTry', step: 'finalizeRequest', priority: 'low' } as const;

/** Middleware that sees the error of a try before the SDK decides whether to try again. What `see` throws takes its place. */
function onFailure(see: (error: unknown) => void) {
  return <Request, Reply>(next: (request: Request) => Promise<Reply>) =>
    async (request: Request): Promise<Reply> => {
      try {
        return await next(request);
      } catch (error) {
        see(error);
        throw error;
      }
    };
}

/** Whether DynamoDB may have had the request, and we have no answer of its own: none, half of one, or somebody else's. */
function isUnanswered(error: unknown): boolean {
  const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
  return !refused && !(error instanceof DynamoDBServiceException);
}

/** An answer of 5xx does not say whether the request was applied; one of 4xx says that it was not. */
function isServerFault(error: unknown): boolean {
  return error instanceof DynamoDBServiceException && (error.$metadata.httpStatusCode ?? 500) >= 500;
}
