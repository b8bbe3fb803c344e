import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, LINK_ATTRIBUTE } from '../../lambda/contract';
import { acknowledge } from './acknowledge';

/**
 * The table that holds the links. A `Table`, not a `TableV2`: a global table could redeem one link in two Regions.
 * Point-in-time recovery stays off: a restore would make redeemed links redeemable again. With `retainData`, the table
 * outlives the stack and is protected from deletion.
 */
export class LinkTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { retainData }: { readonly retainData: boolean }) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: LINK_ATTRIBUTE.linkId, type: AttributeType.STRING },
      timeToLiveAttribute: LINK_ATTRIBUTE.expiresAt,
      billingMode: BillingMode.PAY_PER_REQUEST,
      deletionProtection: retainData,
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(this.table, { DDB3: 'A point-in-time restore would make redeemed links redeemable again.' });
  }

  /** Lets the function call these actions on the table, and tells it the name. */
  grant(fn: LambdaFunction, ...actions: string[]): void {
    fn.addEnvironment(ENVIRONMENT.nonceTable, this.table.tableName);
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [this.table.tableArn] }));
  }
}
