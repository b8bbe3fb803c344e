import type { Template } from '../template/template';

/** A DynamoDB table with a partition key and no sort key. */
export interface LocalTable {
  readonly name: string;
  readonly arn: string;
  readonly partitionKey: { readonly name: string; readonly type: 'S' | 'N' | 'B' };
}

/** Reads the table in the template. @throws UnsupportedTemplateError unless there is exactly one */
export function readTable(template: Template): LocalTable {
  const { identity, properties } = template.single('AWS::DynamoDB::Table');
  const [key, ...otherKeys] = properties.objects('KeySchema');
  const [attribute, ...otherAttributes] = properties.objects('AttributeDefinitions');
  if (key === undefined || otherKeys.length > 0 || otherAttributes.length > 0) {
    throw properties.error('KeySchema', 'the local emulator supports a partition key only');
  }
  const name = key.only('KeyType', 'HASH').string('AttributeName');
  const type = attribute?.only('AttributeName', name).string('AttributeType');
  if (type !== 'S' && type !== 'N' && type !== 'B') {
    throw properties.error('AttributeDefinitions', 'must contain the type of the partition key: S, N or B');
  }
  key.done();
  // Expired items are never deleted. On AWS, DynamoDB can take days to delete them, so the stack must not rely on it.
  properties.ignore('TimeToLiveSpecification', 'DeletionProtectionEnabled');
  properties.only('BillingMode', 'PAY_PER_REQUEST').done();
  return { name: identity.ref, arn: identity.attributes['Arn'] ?? '', partitionKey: { name, type } };
}
