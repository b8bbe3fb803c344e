import type { LocalTable } from '../../emulator/dynamodb/table-model';

const ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table';

/** The link table, for the local emulator. */
export const LINKS: LocalTable = {
  name: 'links',
  arn: `${ARN}/links`,
  partitionKey: { name: 'nonce_id', type: 'S' },
};

/** The receipt table, for the local emulator. */
export const RECEIPTS: LocalTable = {
  name: 'receipts',
  arn: `${ARN}/receipts`,
  partitionKey: { name: 'link_id', type: 'S' },
  indexes: [
    {
      name: 'by_creator',
      partitionKey: { name: 'created_by', type: 'S' },
      sortKey: { name: 'created_at', type: 'S' },
      projection: 'KEYS_ONLY',
    },
  ],
};
