import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, LINK_ATTRIBUTE } from '../../lambda/contract';
import { acknowledge } from './acknowledge';
import { grantTable } from './grants';
import { addTable, type TableProps } from './table';

/** The link table. Point-in-time recovery is off, because a restore would make redeemed links redeemable again. */
export class LinkTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: TableProps) {
    super(scope, id);
    this.table = addTable(this, LINK_ATTRIBUTE.linkId, LINK_ATTRIBUTE.purgeAt, props);
    acknowledge(this.table, { DDB3: 'A point-in-time restore would make redeemed links redeemable again.' });
  }

  /** Grants the function these actions on the table and the use of its key, and sets the table name in its environment. */
  grant(fn: LambdaFunction, ...actions: string[]): void {
    fn.addEnvironment(ENVIRONMENT.nonceTable, this.table.tableName);
    grantTable(fn, this.table, actions);
  }

  /** Allows the function to update items whose keys match `keyPattern`. */
  grantUpdate(fn: LambdaFunction, keyPattern: string): void {
    const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keyPattern] } };
    const resources = [this.table.tableArn];
    fn.addToRolePolicy(new PolicyStatement({ actions: ['dynamodb:UpdateItem'], resources, conditions }));
  }
}
