import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { RECEIPT_INDEX } from '../contract';
import { type LinkId, parseLinkId } from '../link/nonce';
import type { PageStart } from '../link/page-token';
import {
  type Attempt,
  MAX_REFUSED_ATTEMPTS,
  type Receipt,
  type ReceivedObject,
  refusedAttempts,
} from '../link/receipt';
import { withDeadline } from './client-settings';

/** The receipt table and a client for it. */
export interface ReceiptTable {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** A receipt of a new link. */
export interface NewReceipt extends Omit<Receipt, 'redeemed' | 'received' | 'revoked' | 'refused'> {
  /** Seconds since the epoch, when the receipt is purged. */
  readonly purgeAtSeconds: number;
}

/** Leaves the functions time to respond. */
const WRITE_MILLISECONDS = 2_000;

/**
 * Stores the receipt of a new link.
 *
 * @throws the SDK's error if the put failed or its outcome is unknown. The caller must then not get the link.
 */
export async function storeReceipt({ client, name }: ReceiptTable, receipt: NewReceipt): Promise<void> {
  const { linkId, operation, createdBy, createdAt, expiresAtSeconds, purgeAtSeconds, fileName } = receipt;
  const times = { created_at: createdAt, expires_at: expiresAtSeconds, purge_at: purgeAtSeconds };
  const put = new PutCommand({
    TableName: name,
    Item: {
      link_id: linkId,
      operation,
      created_by: createdBy,
      ...times,
      ...(fileName !== undefined && { file_name: fileName }),
    },
    // A retry that is applied late must not replace an updated receipt.
    ConditionExpression: 'attribute_not_exists(link_id)',
  });
  // Link IDs are unique, so if the condition fails, an earlier attempt stored the receipt.
  await withDeadline(async (options) => await client.send(put, options), WRITE_MILLISECONDS).catch(
    ignoreFailedCondition,
  );
}

/**
 * Records that a link was redeemed. Idempotent.
 *
 * @returns the whole receipt; `undefined` if the link has none.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function recordRedemption(
  table: ReceiptTable,
  linkId: LinkId,
  { at, sourceIp, userAgent }: Attempt,
): Promise<Receipt | undefined> {
  const redeemed = { at, source_ip: sourceIp, ...(userAgent !== undefined && { user_agent: userAgent }) };
  return await setOnce(table, linkId, 'redeemed', redeemed);
}

/** Records that a caller, given by ARN, revoked a link. Like {@link recordRedemption}. */
export async function recordRevocation(
  table: ReceiptTable,
  linkId: LinkId,
  revoked: { readonly at: string; readonly by: string },
): Promise<Receipt | undefined> {
  return await setOnce(table, linkId, 'revoked', revoked);
}

/** Records the file that an upload link has received. Like {@link recordRedemption}. */
export async function recordReceived(
  table: ReceiptTable,
  linkId: LinkId,
  { at, bucketName, objectName, sizeBytes, checksum }: ReceivedObject,
): Promise<Receipt | undefined> {
  const received = {
    at,
    bucket_name: bucketName,
    object_name: objectName,
    size_bytes: sizeBytes,
    ...(checksum && { checksum_algorithm: checksum.algorithm, checksum: checksum.value }),
  };
  return await update(table, linkId, {
    UpdateExpression: 'SET received = if_not_exists(received, :received)',
    ConditionExpression: 'operation = :upload',
    ExpressionAttributeValues: { ':received': received, ':upload': 'upload' },
  });
}

/**
 * Records attempts on a link that had ended, up to a maximum. Idempotent.
 *
 * @param elements at least one, as returned by `refusedElement`.
 * @returns the whole receipt; `undefined` if the link has none, or has the maximum of attempts.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function recordRefused(
  table: ReceiptTable,
  linkId: LinkId,
  elements: readonly string[],
): Promise<Receipt | undefined> {
  return await update(table, linkId, {
    UpdateExpression: 'ADD refused :elements',
    // A batch that reached the maximum and is repeated must succeed again, or its events would be lost.
    ConditionExpression:
      'attribute_exists(link_id) AND (attribute_not_exists(refused) OR size(refused) < :max OR contains(refused, :first))',
    ExpressionAttributeValues: { ':elements': new Set(elements), ':first': elements[0], ':max': MAX_REFUSED_ATTEMPTS },
  });
}

/**
 * Finds the receipt of a link.
 *
 * @param nowSeconds seconds since the epoch. TTL deletes items days late.
 * @throws the SDK's error if the table gives no usable response.
 */
export async function findReceipt(
  { client, name }: ReceiptTable,
  linkId: LinkId,
  nowSeconds: number,
): Promise<Receipt | undefined> {
  const get = new GetCommand({ TableName: name, Key: { link_id: linkId }, ConsistentRead: true });
  const { Item: item } = await withDeadline(async (options) => await client.send(get, options));
  return item && receiptOf(item, nowSeconds);
}

/** IDs of links, newest first, and where the next page starts. */
export interface LinkIdPage {
  readonly linkIds: readonly LinkId[];
  readonly next: PageStart | undefined;
}

/**
 * Lists the IDs of a caller's links, newest first. The index lags behind the table, usually by less than a second.
 *
 * @throws the SDK's error if the table gives no usable response.
 */
export async function listLinkIds(
  { client, name }: ReceiptTable,
  createdBy: string,
  limit: number,
  start: PageStart | undefined,
): Promise<LinkIdPage> {
  const query = new QueryCommand({
    TableName: name,
    IndexName: RECEIPT_INDEX,
    KeyConditionExpression: 'created_by = :created_by',
    ExpressionAttributeValues: { ':created_by': createdBy },
    ScanIndexForward: false,
    Limit: limit,
    ...(start && {
      ExclusiveStartKey: { created_by: createdBy, created_at: start.createdAt, link_id: start.linkId },
    }),
  });
  const { Items: items = [], LastEvaluatedKey: last } = await withDeadline(
    async (options) => await client.send(query, options),
  );
  return {
    linkIds: items.map((item) => linkIdOfItem(item)),
    next: last && { createdAt: String(last['created_at']), linkId: linkIdOfItem(last) },
  };
}

/** Reads an item. @returns `undefined` if it is due to be purged. */
export function receiptOf(item: Readonly<Record<string, unknown>>, nowSeconds: number): Receipt | undefined {
  const { created_by: createdBy, created_at: createdAt, expires_at: expiresAtSeconds, purge_at: purgeAt } = item;
  const isReceipt = typeof createdBy === 'string' && typeof createdAt === 'string';
  if (!isReceipt || typeof expiresAtSeconds !== 'number' || typeof purgeAt !== 'number') {
    throw new Error('the item is not a receipt that this project stores');
  }
  if (purgeAt <= nowSeconds) {
    return undefined;
  }
  const { operation, file_name: fileName, redeemed, received, revoked, refused } = item;
  const { at, source_ip: sourceIp, user_agent: userAgent } = fieldsOf(redeemed);
  const { at: revokedAt, by } = fieldsOf(revoked);
  return {
    linkId: linkIdOfItem(item),
    createdBy,
    createdAt,
    expiresAtSeconds,
    operation: operation === 'upload' ? 'upload' : 'download',
    ...(typeof fileName === 'string' && { fileName }),
    ...(typeof at === 'string' &&
      typeof sourceIp === 'string' && {
        redeemed: { at, sourceIp, ...(typeof userAgent === 'string' && { userAgent }) },
      }),
    ...receivedIn(fieldsOf(received)),
    ...(typeof revokedAt === 'string' && typeof by === 'string' && { revoked: { at: revokedAt, by } }),
    refused: refused instanceof Set ? refusedAttempts(refused) : [],
  };
}

function receivedIn(fields: Readonly<Record<string, unknown>>): Pick<Receipt, 'received'> {
  const { at, bucket_name: bucketName, object_name: objectName, size_bytes: sizeBytes } = fields;
  const { checksum_algorithm: algorithm, checksum: value } = fields;
  const isKnown = typeof at === 'string' && typeof bucketName === 'string' && typeof objectName === 'string';
  if (!isKnown || typeof sizeBytes !== 'number') {
    return {};
  }
  const checksum = typeof algorithm === 'string' && typeof value === 'string' ? { algorithm, value } : undefined;
  return { received: { at, bucketName, objectName, sizeBytes, ...(checksum && { checksum }) } };
}

/** Sets an attribute of an existing receipt that does not have it. */
async function setOnce(
  table: ReceiptTable,
  linkId: LinkId,
  attribute: 'redeemed' | 'revoked',
  value: Readonly<Record<string, string>>,
): Promise<Receipt | undefined> {
  return await update(table, linkId, {
    UpdateExpression: `SET ${attribute} = if_not_exists(${attribute}, :${attribute})`,
    ConditionExpression: 'attribute_exists(link_id)',
    ExpressionAttributeValues: { [`:${attribute}`]: value },
  });
}

async function update(
  { client, name }: ReceiptTable,
  linkId: LinkId,
  change: Pick<UpdateCommandInput, 'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'>,
): Promise<Receipt | undefined> {
  const command = new UpdateCommand({ TableName: name, Key: { link_id: linkId }, ...change, ReturnValues: 'ALL_NEW' });
  const written = await withDeadline(async (options) => await client.send(command, options), WRITE_MILLISECONDS).catch(
    ignoreFailedCondition,
  );
  return written?.Attributes && receiptOf(written.Attributes, 0);
}

function ignoreFailedCondition(error: unknown): undefined {
  if (!(error instanceof ConditionalCheckFailedException)) {
    throw error;
  }
}

function linkIdOfItem({ link_id: text }: Readonly<Record<string, unknown>>): LinkId {
  const linkId = typeof text === 'string' ? parseLinkId(text) : undefined;
  if (linkId === undefined) {
    throw new Error('the item has no link ID');
  }
  return linkId;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
