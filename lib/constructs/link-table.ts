import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, LINK_ATTRIBUTE } from '../../lambda/contract';
import { acknowledge } from './acknowledge';

/**
 * The link table. A `Table`, not a `TableV2`: a global table could redeem one link in two Regions. Point-in-time
 * recovery is off, because a restore would make redeemed links redeemable again. With `retainData`, the table is kept
 * when the stack is deleted and is protected from deletion.
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
      // Not `RETAIN_ON_UPDATE_OR_DELETE`: CloudFormation could not delete a protected table when a creation fails.
      removalPolicy: retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(this.table, { DDB3: 'A point-in-time restore would make redeemed links redeemable again.' });
  }

  /** Grants the function these actions on the table, and sets the table name in its environment. */
  grant(fn: LambdaFunction, ...actions: string[]): void {
    fn.addEnvironment(ENVIRONMENT.nonceTable, this.table.tableName);
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [this.table.tableArn] }));
  }
}
