import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, LINK_ATTRIBUTE } from '../../lambda/contract';
import { acknowledge } from './acknowledge';

/** Properties of a {@link LinkStore}. */
export interface LinkStoreProps {
  /** Keep the table, protected, when the stack goes. */
  readonly retainData: boolean;
}

/**
 * The table that holds the links. A `Table` and not a `TableV2`: a replicated table could redeem one link in two regions.
 * Point-in-time recovery stays off: a restore would bring spent links back to life.
 */
export class LinkStore extends Construct {
  /** Name of the table, by which its metrics are found. */
  readonly tableName: string;

  private readonly table: Table;

  constructor(scope: Construct, id: string, props: LinkStoreProps) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: LINK_ATTRIBUTE.linkId, type: AttributeType.STRING },
      timeToLiveAttribute: LINK_ATTRIBUTE.expiresAt,
      billingMode: BillingMode.PAY_PER_REQUEST,
      deletionProtection: props.retainData,
      removalPolicy: props.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.tableName = this.table.tableName;
    acknowledge(this.table, { DDB3: 'A point-in-time restore would bring spent links back to life.' });
  }

  /** Lets the function store new links. */
  grantIssue(fn: LambdaFunction): void {
    this.grant(fn, ['dynamodb:PutItem']);
  }

  /** Lets the function redeem links: delete them, and nothing else. */
  grantRedeem(fn: LambdaFunction): void {
    this.grant(fn, ['dynamodb:DeleteItem']);
  }

  /** Lets the function look at single links, and revoke them. */
  grantManage(fn: LambdaFunction): void {
    this.grant(fn, ['dynamodb:GetItem', 'dynamodb:DeleteItem']);
  }

  private grant(fn: LambdaFunction, actions: string[]): void {
    fn.addEnvironment(ENVIRONMENT.nonceTable, this.table.tableName);
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [this.table.tableArn] }));
  }
}
