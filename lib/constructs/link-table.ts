import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, LINK_ATTRIBUTE } from '../../lambda/contract';
import { defined } from '../defined';
import { acknowledge } from './acknowledge';
import { grantTable } from './grants';

/** Properties of {@link LinkTable} and `ReceiptTable`. */
export interface TableProps {
  readonly retainData: boolean;
  /** @default - a key that AWS owns */
  readonly encryptionKey: IKey | undefined;
}

/**
 * The link table. A `Table`, not a `TableV2`: a global table could redeem one link in two Regions. Point-in-time
 * recovery is off, because a restore would make redeemed links redeemable again. With `retainData`, the table is kept
 * when the stack is deleted and is protected from deletion.
 */
export class LinkTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { retainData, encryptionKey }: TableProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: LINK_ATTRIBUTE.linkId, type: AttributeType.STRING },
      timeToLiveAttribute: LINK_ATTRIBUTE.purgeAt,
      billingMode: BillingMode.PAY_PER_REQUEST,
      ...defined({ encryptionKey }),
      deletionProtection: retainData,
      // Not `RETAIN_ON_UPDATE_OR_DELETE`: CloudFormation could not delete a protected table when a creation fails.
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(this.table, { DDB3: 'A point-in-time restore would make redeemed links redeemable again.' });
  }

  /** Grants the function these actions on the table and the use of its key, and sets the table name in its environment. */
  grant(fn: LambdaFunction, ...actions: string[]): void {
    fn.addEnvironment(ENVIRONMENT.nonceTable, this.table.tableName);
    grantTable(fn, this.table, actions);
  }
}
