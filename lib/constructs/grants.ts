import { Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/**
 * DynamoDB uses a table's key on behalf of the caller:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const TABLE_KEY_ACTIONS = [
  'kms:Encrypt',
  'kms:Decrypt',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:DescribeKey',
];

/**
 * Grants the function these actions on a table, and the use of its key.
 *
 * @param resourceArn the table or one of its indexes.
 */
export function grantTable(
  fn: LambdaFunction,
  table: Table,
  actions: string[],
  resourceArn: string = table.tableArn,
): void {
  fn.addToRolePolicy(new PolicyStatement({ actions, resources: [resourceArn] }));
  if (table.encryptionKey !== undefined) {
    grantKey(fn, table.encryptionKey, 'dynamodb', TABLE_KEY_ACTIONS);
  }
}

/** Grants the function these actions on a key, but only through one AWS service. */
export function grantKey(fn: LambdaFunction, key: IKey, service: 'dynamodb' | 'sns' | 'sqs', actions: string[]): void {
  const { region } = Stack.of(fn);
  // AWS documents only `amazonaws.com`, not whether China uses another suffix.
  const services = [`${service}.${region}.amazonaws.com`, `${service}.${region}.amazonaws.com.cn`];
  const conditions = { StringEquals: { 'kms:ViaService': services } };
  fn.addToRolePolicy(new PolicyStatement({ actions, resources: [key.keyArn], conditions }));
}
