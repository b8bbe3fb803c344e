import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Dynalite, JsonObject } from './dynalite';
import { type KeyAttribute, keyOf, type LocalIndex, type LocalTable } from './table-model';

/**
 * Creates a table unless the data directory contains it.
 *
 * @throws Error if the stored table has a different key or different indexes, for example because an older version
 *   of the stack created it
 */
export async function ensureTable(dynalite: Dynalite, table: LocalTable): Promise<void> {
  const definition = definitionOf(table);
  // Fails with ResourceInUseException if the table exists. The description is checked in both cases.
  await dynalite.call('CreateTable', { ...definition, TableName: table.name, BillingMode: 'PAY_PER_REQUEST' });
  let description = await describeTable(dynalite, table.name);
  while (description?.['TableStatus'] === 'CREATING') {
    await delay(1);
    description = await describeTable(dynalite, table.name);
  }
  const stored = describedDefinition(description ?? {});
  if (!isDeepStrictEqual(stored, definition)) {
    throw new Error(
      `Table ${table.name} in the data directory has a different key from the one in the template, or different ` +
        `indexes. Delete the data directory or use another one. Stored: ${JSON.stringify(stored)}`,
    );
  }
}

function definitionOf({ partitionKey, indexes = [] }: LocalTable): JsonObject {
  const attributes = [partitionKey, ...indexes.flatMap(keyOf)];
  const types = new Map(attributes.map(({ name, type }) => [name, type]));
  return {
    KeySchema: keySchema([partitionKey]),
    AttributeDefinitions: [...types].map(([name, type]) => ({ AttributeName: name, AttributeType: type })),
    ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes.map(indexDefinition) }),
  };
}

function indexDefinition(index: LocalIndex): JsonObject {
  return {
    IndexName: index.name,
    KeySchema: keySchema(keyOf(index)),
    Projection: { ProjectionType: index.projection },
  };
}

function keySchema(key: readonly KeyAttribute[]): readonly JsonObject[] {
  return key.map(({ name }, position) => ({ AttributeName: name, KeyType: position === 0 ? 'HASH' : 'RANGE' }));
}

/** Selects what {@link definitionOf} contains. */
function describedDefinition(description: JsonObject): JsonObject {
  const indexes = description['GlobalSecondaryIndexes'] as readonly JsonObject[] | undefined;
  return {
    KeySchema: description['KeySchema'],
    AttributeDefinitions: description['AttributeDefinitions'],
    ...(indexes && {
      GlobalSecondaryIndexes: indexes.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      })),
    }),
  };
}

async function describeTable(dynalite: Dynalite, name: string): Promise<JsonObject | undefined> {
  const { body } = await dynalite.call('DescribeTable', { TableName: name });
  return (body as { readonly Table?: JsonObject }).Table;
}
