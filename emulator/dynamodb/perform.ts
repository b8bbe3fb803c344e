// Corrects dynalite where it differs from DynamoDB.

import { errorReply, type JsonReply } from '../json-protocol';
import { isRecord } from '../template/fields';
import type { Dynalite, JsonObject } from './dynalite';
import { DYNAMODB, VALIDATION } from './errors';
import { type Operation, requestItems } from './parameters';
import { keyOf, type LocalTable, resourceOf } from './table-model';

/**
 * Performs an authorized call.
 *
 * @param tables the tables in the request: one, or several for BatchGetItem
 */
export async function perform(
  dynalite: Dynalite,
  operation: Operation,
  { ReturnValuesOnConditionCheckFailure: onFailure, ...parameters }: JsonObject,
  tables: readonly LocalTable[],
): Promise<JsonReply> {
  const [table] = tables;
  if (operation === 'BatchGetItem' || table === undefined) {
    return withUnprocessedParameters(await dynalite.call(operation, parameters), parameters);
  }
  const emptyKey = findEmptyIndexKey(table, parameters['Item']);
  if (emptyKey !== undefined) {
    return errorReply(400, VALIDATION, emptyKey);
  }
  const reply = await dynalite.call(operation, parameters);
  if (operation === 'DescribeTable') {
    return withArns(reply, table);
  }
  return onFailure === 'ALL_OLD' ? withItemOnFailure(dynalite, table, parameters, reply) : reply;
}

/** Finds an empty index key in a PutItem request. dynalite checks only the key of the table. */
function findEmptyIndexKey({ indexes = [] }: LocalTable, item: unknown): string | undefined {
  const keys = indexes.flatMap((index) => keyOf(index).map((key) => ({ index, key })));
  const empty = keys.find(({ key }) => {
    const value = isRecord(item) ? item[key.name] : undefined;
    return isRecord(value) && value[key.type] === '';
  });
  return (
    empty &&
    `One or more parameter values are not valid. The key of an index cannot contain an empty value. IndexName: ${empty.index.name}, IndexKey: ${empty.key.name}`
  );
}

/** Adds the projection, which dynalite omits, to `UnprocessedKeys`. Clients send these again unchanged. */
function withUnprocessedParameters({ status, body }: JsonReply, parameters: JsonObject): JsonReply {
  const unprocessed = Object.entries((body['UnprocessedKeys'] ?? {}) as Readonly<Record<string, JsonObject>>);
  if (unprocessed.length === 0) {
    return { status, body };
  }
  const requested = requestItems(parameters);
  const complete = unprocessed.map(([table, { Keys }]) => [table, { ...(requested[table] as JsonObject), Keys }]);
  return { status, body: { ...body, UnprocessedKeys: Object.fromEntries(complete) } };
}

/** Replaces dynalite's account and Region. */
function withArns(reply: JsonReply, table: LocalTable): JsonReply {
  if (reply.status !== 200) {
    return reply;
  }
  const { Table: description } = reply.body as { readonly Table: JsonObject };
  const indexes = description['GlobalSecondaryIndexes'] as readonly JsonObject[] | undefined;
  const described = {
    ...description,
    TableArn: table.arn,
    ...(indexes && {
      GlobalSecondaryIndexes: indexes.map((index) => ({ ...index, IndexArn: resourceOf(table, index['IndexName']) })),
    }),
  };
  return { status: 200, body: { Table: described } };
}

/**
 * Adds the item that failed the condition to the error (ReturnValuesOnConditionCheckFailure), as dynalite does not.
 *
 * Unlike on AWS, the item is read after the failed write, so it can be missing if it was deleted in between.
 */
async function withItemOnFailure(
  dynalite: Dynalite,
  table: LocalTable,
  parameters: JsonObject,
  reply: JsonReply,
): Promise<JsonReply> {
  if (reply.body['__type'] !== `${DYNAMODB}ConditionalCheckFailedException`) {
    return reply;
  }
  const keyed = (parameters['Key'] ?? parameters['Item']) as JsonObject;
  const { name } = table.partitionKey;
  const read = { TableName: table.name, Key: { [name]: keyed[name] }, ConsistentRead: true };
  const { body } = await dynalite.call('GetItem', read);
  return { ...reply, body: { ...reply.body, Item: body['Item'] } };
}
