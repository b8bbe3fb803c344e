import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import type * as original from '../../../lambda/aws/link-table';

/** Redeems a link in two calls, which is correct for one reader and wrong for two at the same moment. */
export const redeemLink: typeof original.redeemLink = async ({ client, name }, linkId, nowSeconds) => {
  const item = { TableName: name, Key: { nonce_id: linkId } };
  const { Item: link } = await client.send(new GetCommand({ ...item, ConsistentRead: true }));
  if (link === undefined) {
    return { outcome: 'not_active' };
  }
  if (link['expires_at'] <= nowSeconds) {
    return { outcome: 'expired' };
  }
  await client.send(new DeleteCommand(item));
  return { outcome: 'redeemed', sealed: link['sealed'] };
};
