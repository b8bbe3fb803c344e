import { AttributeType, ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, RECEIPT_ATTRIBUTE, RECEIPT_INDEX } from '../../lambda/contract';
import { acknowledge } from './acknowledge';
import { grantTable } from './grants';
import { addTable, type TableProps } from './table';

/** Receipts by link ID, with an index that lists a caller's links by time. */
export class ReceiptTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: TableProps) {
    super(scope, id);
    this.table = addTable(this, RECEIPT_ATTRIBUTE.linkId, RECEIPT_ATTRIBUTE.purgeAt, props);
    this.table.addGlobalSecondaryIndex({
      indexName: RECEIPT_INDEX,
      partitionKey: { name: RECEIPT_ATTRIBUTE.createdBy, type: AttributeType.STRING },
      sortKey: { name: RECEIPT_ATTRIBUTE.createdAt, type: AttributeType.STRING },
      projectionType: ProjectionType.KEYS_ONLY,
    });
    acknowledge(this.table, { DDB3: 'Receipts expire, and the audit log has the same facts.' });
  }

  /**
   * Grants the function these actions on the table and the use of its key, and sets the table name in its environment.
   */
  grant(fn: LambdaFunction, ...actions: string[]): void {
    fn.addEnvironment(ENVIRONMENT.receiptTable, this.table.tableName);
    grantTable(fn, this.table, actions);
  }

  /** Allows the function to list a caller's links. */
  grantList(fn: LambdaFunction): void {
    grantTable(fn, this.table, ['dynamodb:Query'], `${this.table.tableArn}/index/${RECEIPT_INDEX}`);
  }
}
