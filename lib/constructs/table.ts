import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { defined } from '../defined';

/** Properties of `LinkTable` and `ReceiptTable`. */
export interface TableProps {
  /** Keeps the table when the stack is deleted, and protects it from deletion. */
  readonly retainData: boolean;
  /** @default - a key that AWS owns */
  readonly encryptionKey: IKey | undefined;
}

/** Adds a table that is billed on demand. Not a `TableV2`: a global table could redeem one link in two Regions. */
export function addTable(
  scope: Construct,
  partitionKey: string,
  timeToLiveAttribute: string,
  { retainData, encryptionKey }: TableProps,
): Table {
  return new Table(scope, 'Table', {
    partitionKey: { name: partitionKey, type: AttributeType.STRING },
    timeToLiveAttribute,
    billingMode: BillingMode.PAY_PER_REQUEST,
    ...defined({ encryptionKey }),
    deletionProtection: retainData,
    // Not `RETAIN_ON_UPDATE_OR_DELETE`: CloudFormation could not delete a protected table when a creation fails.
    removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
}
