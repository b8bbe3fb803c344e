import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { ENVIRONMENT, LINK_ATTRIBUTE } from '../../lambda/contract';
import { defined } from '../defined';
import { acknowledge } from './acknowledge';

/** Properties of {@link LinkTable}. */
interface LinkTableProps {
  readonly retainData: boolean;
  /** @default - a key that AWS owns */
  readonly encryptionKey: IKey | undefined;
}

/**
 * DynamoDB uses the key of a table on behalf of its caller:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const KEY_ACTIONS = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
];

/**
 * The link table. A `Table`, not a `TableV2`: a global table could redeem one link in two Regions. Point-in-time
 * recovery is off, because a restore would make redeemed links redeemable again. With `retainData`, the table is kept
 * when the stack is deleted and is protected from deletion.
 */
export class LinkTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { retainData, encryptionKey }: LinkTableProps) {
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
    fn.addToRolePolicy(new PolicyStatement({ actions, resources: [this.table.tableArn] }));
    const { encryptionKey } = this.table;
    if (encryptionKey !== undefined) {
      const { region } = Stack.of(this);
      // AWS documents `amazonaws.com`, and does not say whether China has a suffix of its own.
      const services = [`dynamodb.${region}.amazonaws.com`, `dynamodb.${region}.amazonaws.com.cn`];
      const conditions = { StringEquals: { 'kms:ViaService': services } };
      fn.addToRolePolicy(new PolicyStatement({ actions: KEY_ACTIONS, resources: [encryptionKey.keyArn], conditions }));
    }
  }
}
