import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type * as original from '../../../lambda/aws/link-table';
import type { SealedDestination } from '../../../lambda/link/sealed-destination';

/** Redeems a link in two calls, as a careful person might who does not know that others press at the same moment. */
export const redeemLink: typeof original.redeemLink = async (client, tableName, linkId, nowSeconds) => {
  const item = { TableName: tableName, Key: { nonce_id: { S: linkId } } };
  const { Item: link } = await client.send(new GetItemCommand({ ...item, ConsistentRead: true }));
  if (link === undefined) {
    return { outcome: 'unknown_or_spent' };
  }
  if (Number(link['expires_at']?.N) <= nowSeconds) {
    return { outcome: 'expired' };
  }
  await client.send(new DeleteItemCommand(item));
  return { outcome: 'opened', sealed: link['sealed']?.B as SealedDestination };
};
