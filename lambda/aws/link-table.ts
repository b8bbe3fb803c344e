import { type AttributeValue, ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import type { UploadLimits } from '../link/destination';
import type { LinkId } from '../link/nonce';
import type { Inactive, RedeemOutcome, RevokeOutcome } from '../link/outcomes';
import type { LinkItem } from '../link/receipt';
import { formatOf, operationOf, type RecordFormat } from '../link/record-format';
import type { SealedDestination } from '../link/sealed-destination';
import { limitProblem, rangeOf, type UploadDeclaration } from '../link/upload-declaration';
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
  /** Seconds since the epoch, when the item is purged. */
  readonly purgeAtSeconds: number;
  /** ARN of the caller that issued the link. */
  readonly createdBy: string;
  /** Set for upload links. The condition of the delete checks them. */
  readonly limits?: UploadLimits;
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
 * @throws the SDK's error if the put failed or its outcome is unknown. The caller must then not get the link.
 */
export async function storeLink({ client, name }: LinkTable, link: StoredLink): Promise<void> {
  const { linkId, sealed, expiresAtSeconds, purgeAtSeconds, createdBy, limits } = link;
  const times = { expires_at: expiresAtSeconds, purge_at: purgeAtSeconds };
  const item = { nonce_id: linkId, sealed, ...times, created_by: createdBy, ...(limits && limitAttributes(limits)) };
  // Not `format`, which is a reserved word of DynamoDB.
  const put = new PutCommand({ TableName: name, Item: { ...item, record_format: formatOf(sealed) } });
  await withDeadline(async (options) => await client.send(put, options), PUT_MILLISECONDS);
}

function limitAttributes({ maxBytes, contentTypes }: UploadLimits) {
  return { max_bytes: maxBytes, ...(contentTypes && { content_types: new Set(contentTypes) }) };
}

/** What a request can redeem. */
export interface Redeemable {
  /** Formats of the route's operation that the deployment can serve. */
  readonly formats: readonly [RecordFormat, ...RecordFormat[]];
  /** The file to upload; only links that accept it are redeemed. */
  readonly declaration?: UploadDeclaration | undefined;
}

/**
 * Redeems a link with one conditional delete, so only one of any number of simultaneous requests succeeds. A link that the
 * request cannot redeem stays active: one of the other operation, of a newer format, or that does not accept the file.
 *
 * @param nowSeconds seconds since the epoch.
 * @throws the SDK's error if the table gives no usable response; the link may or may not be redeemed then.
 */
export async function redeemLink(
  table: LinkTable,
  linkId: LinkId,
  nowSeconds: number,
  { formats, declaration }: Redeemable,
): Promise<RedeemOutcome> {
  const formatValues = Object.fromEntries(formats.map((format, index) => [`:format${index}`, format]));
  const isServed = `record_format IN (${Object.keys(formatValues).join(', ')})`;
  const deletion = await deleteLink(table, linkId, {
    ConditionExpression: `${ACTIVE} AND ${isServed}${declaration ? ACCEPTS_FILE : ''}`,
    ExpressionAttributeValues: {
      ':now': nowSeconds,
      ...formatValues,
      ...(declaration && {
        ':size_bytes': declaration.sizeBytes,
        ':type': declaration.contentType,
        ':range': rangeOf(declaration.contentType),
      }),
    },
  });
  if (deletion.outcome === 'refused') {
    return notRedeemed(deletion.item, nowSeconds, { formats, declaration });
  }
  if (deletion.outcome !== 'deleted') {
    return deletion;
  }
  const { sealed } = deletion.item;
  if (!(sealed instanceof Uint8Array)) {
    throw new Error('the deleted item has no sealed record');
  }
  return { outcome: 'redeemed', sealed: sealed as SealedDestination };
}

const ACCEPTS_FILE =
  ' AND max_bytes >= :size_bytes AND (attribute_not_exists(content_types) OR contains(content_types, :type) OR contains(content_types, :range))';

/** Finds out which part of the condition an item does not meet. */
function notRedeemed(
  item: Readonly<Record<string, AttributeValue>>,
  nowSeconds: number,
  { formats: [format], declaration }: Redeemable,
): RedeemOutcome {
  if (!(Number(item['expires_at']?.N) > nowSeconds)) {
    return { outcome: 'expired' };
  }
  const stored = Number(item['record_format']?.N);
  if (declaration !== undefined && stored === format) {
    const contentTypes = item['content_types']?.SS;
    const limits = { maxBytes: Number(item['max_bytes']?.N), ...(contentTypes && { contentTypes }) };
    return { outcome: 'invalid_upload', problem: limitProblem(declaration, limits) };
  }
  const operation = operationOf(stored);
  return operation === undefined || operation === operationOf(format)
    ? { outcome: 'unsupported_format', format: stored }
    : { outcome: 'not_active' };
}

/**
 * Revokes a link of any format with the same kind of delete, so either the revocation or a redemption succeeds, never both.
 *
 * @param nowSeconds seconds since the epoch.
 * @param createdBy if given, a link of another creator counts as not active.
 * @throws the SDK's error if the table gives no usable response; the link may or may not be revoked then.
 */
export async function revokeLink(
  table: LinkTable,
  linkId: LinkId,
  nowSeconds: number,
  createdBy?: string,
): Promise<RevokeOutcome> {
  const isOwn = createdBy === undefined ? '' : ' AND created_by = :created_by';
  const deletion = await deleteLink(table, linkId, {
    ConditionExpression: `${ACTIVE}${isOwn}`,
    ExpressionAttributeValues: { ':now': nowSeconds, ...(createdBy !== undefined && { ':created_by': createdBy }) },
  });
  switch (deletion.outcome) {
    case 'deleted':
      return { outcome: 'revoked' };
    case 'refused': {
      const isOthers = createdBy !== undefined && deletion.item['created_by']?.S !== createdBy;
      return { outcome: isOthers ? 'not_active' : 'expired' };
    }
    default:
      return deletion;
  }
}

/**
 * Looks up a link, without its sealed destination. Expired links are found as long as receipts are kept.
 *
 * @param nowSeconds seconds since the epoch. TTL deletes items days late.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function findLink(table: LinkTable, linkId: LinkId, nowSeconds: number): Promise<LinkItem | undefined> {
  const get = new GetCommand({
    TableName: table.name,
    Key: { nonce_id: linkId },
    ProjectionExpression: LINK_ITEM_ATTRIBUTES,
    ConsistentRead: true,
  });
  const { Item: item } = await withDeadline(async (options) => await table.client.send(get, options));
  return item && readLinkItem(item, nowSeconds);
}

/** An active link and its sealed destination, or why there is none. */
export type FindOutcome =
  | { readonly outcome: 'active'; readonly sealed: Uint8Array; readonly expiresAtSeconds: number }
  | Exclude<Inactive, { outcome: 'outcome_unknown' }>;

/**
 * Finds the sealed destination of an active link, without redeeming it.
 *
 * @param nowSeconds seconds since the epoch.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function findActive(
  { client, name }: LinkTable,
  linkId: LinkId,
  nowSeconds: number,
): Promise<FindOutcome> {
  const get = new GetCommand({
    TableName: name,
    Key: { nonce_id: linkId },
    ProjectionExpression: 'sealed, expires_at',
    ConsistentRead: true,
  });
  const { Item: item } = await withDeadline(async (options) => await client.send(get, options));
  const { sealed, expires_at: expiresAtSeconds } = item ?? {};
  if (!(sealed instanceof Uint8Array) || typeof expiresAtSeconds !== 'number') {
    return { outcome: 'not_active' };
  }
  return expiresAtSeconds > nowSeconds ? { outcome: 'active', sealed, expiresAtSeconds } : { outcome: 'expired' };
}

/** Attributes that {@link readLinkItem} reads. */
export const LINK_ITEM_ATTRIBUTES = 'nonce_id, expires_at, purge_at, created_by';

/** Reads an item. @returns `undefined` if it is due to be purged. */
export function readLinkItem(item: Readonly<Record<string, unknown>>, nowSeconds: number): LinkItem | undefined {
  const { expires_at: expiresAtSeconds, purge_at: purgeAtSeconds, created_by: createdBy } = item;
  if (typeof expiresAtSeconds !== 'number' || typeof purgeAtSeconds !== 'number' || typeof createdBy !== 'string') {
    throw new Error('the item is not a link that this project stores');
  }
  return purgeAtSeconds > nowSeconds ? { expiresAtSeconds, createdBy } : undefined;
}

const ACTIVE = 'attribute_exists(nonce_id) AND expires_at > :now';

type Deletion =
  | { readonly outcome: 'deleted'; readonly item: Readonly<Record<string, unknown>> }
  /** The item exists and does not meet the condition. */
  | { readonly outcome: 'refused'; readonly item: Readonly<Record<string, AttributeValue>> }
  | Exclude<Inactive, { outcome: 'expired' }>;

/**
 * Deletes a link on a condition. DynamoDB serializes writes to one item
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate).
 */
async function deleteLink(
  table: LinkTable,
  linkId: LinkId,
  condition: Pick<DeleteCommandInput, 'ConditionExpression' | 'ExpressionAttributeValues'>,
): Promise<Deletion> {
  const deletion = new DeleteCommand({
    TableName: table.name,
    Key: { nonce_id: linkId },
    ...condition,
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
      return { outcome: 'refused', item: error.Item };
    }
    // If a retry finds no item, an earlier attempt may have deleted it without its response arriving.
    return { outcome: (error.$metadata.attempts ?? 1) > 1 ? 'outcome_unknown' : 'not_active' };
  }
}
