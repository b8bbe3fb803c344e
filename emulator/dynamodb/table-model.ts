import type { Fields } from '../template/fields';
import type { Resource, Template } from '../template/template';

/** An attribute of a key. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N' | 'B';
}

/** A global secondary index. */
export interface LocalIndex {
  readonly name: string;
  readonly partitionKey: KeyAttribute;
  /** @default - none */
  readonly sortKey?: KeyAttribute;
  readonly projection: 'KEYS_ONLY' | 'ALL';
}

/** A DynamoDB table with a partition key and no sort key. */
export interface LocalTable {
  readonly name: string;
  readonly arn: string;
  readonly partitionKey: KeyAttribute;
  /** @default - none */
  readonly indexes?: readonly LocalIndex[];
}

/** Returns the attributes of an index's key. */
export function keyOf({ partitionKey, sortKey }: LocalIndex): readonly KeyAttribute[] {
  return sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
}

/** Returns the ARN that the policy must allow: of the index, or of the table if there is no index. */
export function resourceOf({ arn }: LocalTable, indexName: unknown): string {
  return typeof indexName === 'string' ? `${arn}/index/${indexName}` : arn;
}

/** Types of the attributes in `AttributeDefinitions`, by name. */
type AttributeTypes = ReadonlyMap<string, KeyAttribute['type']>;

/**
 * Reads the tables in the template. @throws UnsupportedTemplateError for local indexes, sort keys of tables, streams, …
 */
export function readTables(template: Template): readonly LocalTable[] {
  return template.read('AWS::DynamoDB::Table', readTable);
}

function readTable({ identity, properties }: Resource): LocalTable {
  const types = readTypes(properties);
  const { partitionKey, sortKey } = readKey(properties, types);
  if (sortKey !== undefined) {
    throw properties.error('KeySchema', 'the local emulator supports a partition key only');
  }
  const indexes = properties.objects('GlobalSecondaryIndexes').map((index) => readIndex(index, types));
  const used = new Set([partitionKey, ...indexes.flatMap(keyOf)].map(({ name }) => name));
  const unused = [...types.keys()].find((name) => !used.has(name));
  if (unused !== undefined) {
    throw properties.error('AttributeDefinitions', `no key contains the attribute ${unused}`);
  }
  // Expired items are never deleted. On AWS, DynamoDB can take days to delete them, so the stack must not rely on it.
  // The emulator does not encrypt.
  properties.ignore('TimeToLiveSpecification', 'DeletionProtectionEnabled', 'SSESpecification');
  properties.only('BillingMode', 'PAY_PER_REQUEST').done();
  return { name: identity.ref, arn: identity.attributes['Arn'] ?? '', partitionKey, indexes };
}

function readIndex(index: Fields, types: AttributeTypes): LocalIndex {
  const projection = index.object('Projection');
  const type = projection.string('ProjectionType');
  if (type !== 'KEYS_ONLY' && type !== 'ALL') {
    throw projection.error('ProjectionType', 'the local emulator supports KEYS_ONLY and ALL');
  }
  projection.done();
  const read = { name: index.string('IndexName'), ...readKey(index, types), projection: type } as const;
  index.done();
  return read;
}

function readTypes(properties: Fields): AttributeTypes {
  const types = new Map<string, KeyAttribute['type']>();
  for (const attribute of properties.objects('AttributeDefinitions')) {
    const type = attribute.string('AttributeType');
    if (type !== 'S' && type !== 'N' && type !== 'B') {
      throw attribute.error('AttributeType', 'must be S, N or B');
    }
    types.set(attribute.string('AttributeName'), type);
    attribute.done();
  }
  return types;
}

/** Reads the `KeySchema` of a table or an index: a partition key (HASH) and an optional sort key (RANGE). */
function readKey(owner: Fields, types: AttributeTypes): Pick<LocalIndex, 'partitionKey' | 'sortKey'> {
  const [partitionKey, sortKey, ...others] = owner.objects('KeySchema').map((element, position) => {
    const name = element.only('KeyType', position === 0 ? 'HASH' : 'RANGE').string('AttributeName');
    element.done();
    const type = types.get(name);
    if (type === undefined) {
      throw owner.error('KeySchema', `AttributeDefinitions does not contain the attribute ${name}`);
    }
    return { name, type };
  });
  if (partitionKey === undefined || others.length > 0) {
    throw owner.error('KeySchema', 'must contain a partition key and at most one sort key');
  }
  return { partitionKey, ...(sortKey && { sortKey }) };
}
