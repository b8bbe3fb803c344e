import { ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, type BatchGetCommandOutput } from '@aws-sdk/lib-dynamodb';
import type { LinkId } from '../link/nonce';
import { type LinkState, linkState } from '../link/receipt';
import { withDeadline } from './client-settings';
import { findLink, LINK_ITEM_ATTRIBUTES, type LinkTable, readLinkItem } from './link-table';
import { findReceipt, type ReceiptTable, receiptOf } from './receipt-table';

/** The tables of a deployment. */
export interface LinkTables {
  readonly links: LinkTable;
  /** `undefined` if the deployment keeps no receipts. Then only active links are found. */
  readonly receipts: ReceiptTable | undefined;
}

/** BatchGetItem accepts 100 keys, and each link needs two. */
export const MAX_BATCH = 50;

const MAX_BATCH_CALLS = 3;

/**
 * Finds the state of a link.
 *
 * @param createdBy if given, a link of another creator is not found.
 * @returns `undefined` if the link never existed, or has been purged.
 * @throws the SDK's error if a table gives no usable response.
 */
export async function findLinkState(
  { links, receipts }: LinkTables,
  linkId: LinkId,
  nowSeconds: number,
  createdBy?: string,
): Promise<LinkState | undefined> {
  const [item, receipt] = await Promise.all([
    findLink(links, linkId, nowSeconds),
    receipts && findReceipt(receipts, linkId, nowSeconds),
  ]);
  const state = linkState(linkId, item, receipt, nowSeconds);
  const isOwn = createdBy === undefined || state?.createdBy === createdBy;
  return isOwn && (receipts !== undefined || state?.status === 'active') ? state : undefined;
}

/**
 * Finds the states of several links, in the order of their IDs. Purged links are omitted.
 *
 * @param linkIds at most {@link MAX_BATCH}, without duplicates.
 * @throws the SDK's error if a table gives no usable response, or leaves part of the batch unprocessed.
 */
export async function findLinkStates(
  links: LinkTable,
  receipts: ReceiptTable,
  linkIds: readonly LinkId[],
  nowSeconds: number,
): Promise<readonly LinkState[]> {
  if (linkIds.length === 0) {
    return [];
  }
  const items = await batchGet(links, {
    [links.name]: {
      Keys: linkIds.map((linkId) => ({ nonce_id: linkId })),
      ProjectionExpression: LINK_ITEM_ATTRIBUTES,
      ConsistentRead: true,
    },
    [receipts.name]: { Keys: linkIds.map((linkId) => ({ link_id: linkId })), ConsistentRead: true },
  });
  const itemsOf = (name: string) => items.flatMap((page) => page[name] ?? []);
  const itemById = new Map(itemsOf(links.name).map((item) => [item['nonce_id'], readLinkItem(item, nowSeconds)]));
  const receiptById = new Map(itemsOf(receipts.name).map((item) => [item['link_id'], receiptOf(item, nowSeconds)]));
  return linkIds.flatMap(
    (linkId) => linkState(linkId, itemById.get(linkId), receiptById.get(linkId), nowSeconds) ?? [],
  );
}

type Request = NonNullable<BatchGetCommandOutput['UnprocessedKeys']>;
type Items = NonNullable<BatchGetCommandOutput['Responses']>;

/**
 * DynamoDB can return part of a batch:
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
 */
async function batchGet({ client }: Pick<LinkTable, 'client'>, request: Request, call = 1): Promise<readonly Items[]> {
  const batch = new BatchGetCommand({ RequestItems: request });
  const { Responses: items = {}, UnprocessedKeys: rest = {} } = await withDeadline(
    async (options) => await client.send(batch, options),
  );
  if (Object.keys(rest).length === 0) {
    return [items];
  }
  if (call === MAX_BATCH_CALLS) {
    throw new ProvisionedThroughputExceededException({ message: 'keys were left unprocessed', $metadata: {} });
  }
  return [items, ...(await batchGet({ client }, rest, call + 1))];
}
