import { isRecord } from '../template/fields';
import type { DynaliteOperation, JsonObject } from './dynalite';
import type { LocalTable } from './table-model';

/** An operation that clients can call. */
export type Operation = Exclude<DynaliteOperation, 'CreateTable'>;

const EXPRESSION = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const CONDITION = ['ConditionExpression', 'ReturnValues', 'ReturnValuesOnConditionCheckFailure', ...EXPRESSION];
const COMMON = ['TableName', 'ReturnConsumedCapacity'];
const PAGE = ['Limit', 'ExclusiveStartKey'];
const READ = ['ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames'];

/**
 * Parameters that dynalite supports as DynamoDB does. All others are refused, because dynalite silently ignores them.
 * Parameters that select attributes in Query are refused too: dynalite omits attributes that an index does not project, where
 * DynamoDB returns an error.
 */
const PARAMETERS: Readonly<Record<Operation, readonly string[]>> = {
  PutItem: [...COMMON, ...CONDITION, 'Item'],
  UpdateItem: [...COMMON, ...CONDITION, 'Key', 'UpdateExpression'],
  DeleteItem: [...COMMON, ...CONDITION, 'Key'],
  GetItem: [...COMMON, ...READ, 'Key'],
  BatchGetItem: ['RequestItems', 'ReturnConsumedCapacity'],
  Query: [...COMMON, ...EXPRESSION, ...PAGE, 'IndexName', 'KeyConditionExpression', 'ScanIndexForward'],
  Scan: [...COMMON, ...EXPRESSION, ...PAGE, 'FilterExpression', 'ProjectionExpression', 'Select'],
  DescribeTable: ['TableName'],
};
/** Parameters for each table in BatchGetItem. */
const BATCH_PARAMETERS: readonly string[] = ['Keys', ...READ];

/** All operations that clients can call. */
export const OPERATIONS = Object.keys(PARAMETERS) as readonly Operation[];

/** Returns why the emulator does not support a request; `undefined` if it does. */
export function findUnsupported(operation: Operation, parameters: JsonObject): string | undefined {
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS[operation].includes(name));
  const unknownOfTable = Object.values(requestItems(parameters))
    .flatMap((table) => Object.keys(isRecord(table) ? table : {}))
    .find((name) => !BATCH_PARAMETERS.includes(name));
  const refused = unknown ?? unknownOfTable;
  return refused === undefined
    ? findUnsupportedValue(operation, parameters)
    : `The local emulator does not support the parameter ${refused} of ${operation}`;
}

/** `RequestItems` of BatchGetItem; empty for other operations. */
export function requestItems({ RequestItems: items }: JsonObject): JsonObject {
  return isRecord(items) ? items : {};
}

/** Returns the partition keys of the items in a request, for `dynamodb:LeadingKeys`. None for Query and Scan. */
export function leadingKeys({ name: table, partitionKey }: LocalTable, parameters: JsonObject): readonly string[] {
  const { [table]: batch } = requestItems(parameters);
  const batchKeys = isRecord(batch) && Array.isArray(batch['Keys']) ? batch['Keys'] : [];
  const items: readonly unknown[] = [parameters['Key'], parameters['Item'], ...batchKeys];
  return items.flatMap((item) => {
    const attribute = isRecord(item) ? item[partitionKey.name] : undefined;
    const value = isRecord(attribute) ? attribute[partitionKey.type] : undefined;
    return typeof value === 'string' ? [value] : [];
  });
}

/** dynalite accepts other values of these parameters, but ignores them or returns something else. */
function findUnsupportedValue(operation: Operation, parameters: JsonObject): string | undefined {
  const supported = {
    ReturnValues: ['NONE', 'ALL_OLD', ...(operation === 'UpdateItem' ? ['ALL_NEW'] : [])],
    ReturnValuesOnConditionCheckFailure: ['NONE', 'ALL_OLD'],
  };
  const fault = Object.entries(supported).find(
    ([name, values]) => parameters[name] !== undefined && !values.includes(String(parameters[name])),
  );
  return fault && `The local emulator does not support this value of ${fault[0]}: only ${fault[1].join(', ')}`;
}
