import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { decide, describeDenial } from '../iam/policy';
import type { AwsCall, Principal } from '../iam/principal';
import { type SignatureError, type SignatureVerdict, verifySignature } from '../iam/sigv4';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import { type Dynalite, type DynaliteOperation, type DynaliteReply, type JsonObject, openDynalite } from './dynalite';
import type { LocalTable } from './table-model';

/** Options of {@link startDynamoDb}. */
export interface DynamoDbOptions {
  readonly tables: readonly LocalTable[];
  /** Where LevelDB stores the items. @default - in memory */
  readonly dataDirectory?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly region: string;
  /** Principals by access key ID. Looked up for every request, so they can be added after the start. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly now: () => Date;
  readonly onCall?: (call: AwsCall) => void;
}

type Operation = Exclude<DynaliteOperation, 'CreateTable'>;

/** More than enough for one item of at most 400 KB. DynamoDB accepts up to 16 MB, for batches. */
const MAX_BODY_BYTES = 1024 * 1024;
const TARGET_PREFIX = 'DynamoDB_20120810.';
const CORAL = 'com.amazon.coral.service#';
const DYNAMODB = 'com.amazonaws.dynamodb.v20120810#';
const VALIDATION = 'com.amazon.coral.validate#ValidationException';
const EXPRESSION = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const CONDITION = ['ConditionExpression', 'ReturnValues', 'ReturnValuesOnConditionCheckFailure', ...EXPRESSION];
const COMMON = ['TableName', 'ReturnConsumedCapacity'];

/** Parameters that dynalite supports. It silently ignores all others, so they are refused. */
const PARAMETERS: Readonly<Record<Operation, readonly string[]>> = {
  PutItem: [...COMMON, ...CONDITION, 'Item'],
  DeleteItem: [...COMMON, ...CONDITION, 'Key'],
  GetItem: [...COMMON, 'Key', 'ConsistentRead', 'ProjectionExpression', 'ExpressionAttributeNames'],
  Scan: [...COMMON, ...EXPRESSION, 'FilterExpression', 'ProjectionExpression', 'Select', 'Limit', 'ExclusiveStartKey'],
  DescribeTable: ['TableName'],
};
/** dynalite accepts other values of these parameters, but ignores them. */
const NONE_OR_ALL_OLD = ['ReturnValues', 'ReturnValuesOnConditionCheckFailure'];

const SIGNATURE_FAULTS: Readonly<Record<SignatureError['reason'], string>> = {
  missing: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  'unknown-key': 'UnrecognizedClientException',
  'no-token': 'UnrecognizedClientException',
  'bad-token': 'UnrecognizedClientException',
  expired: 'InvalidSignatureException',
  mismatch: 'InvalidSignatureException',
};

/**
 * Starts the local emulator's DynamoDB: dynalite behind a server that checks signatures and permissions, and
 * refuses parameters that dynalite would ignore. Creates missing tables.
 *
 * @throws Error if a stored table has a different key
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export async function startDynamoDb(options: DynamoDbOptions): Promise<LocalService> {
  const dynalite = await openDynalite(options.dataDirectory);
  try {
    for (const table of options.tables) {
      await ensureTable(dynalite, table);
    }
    const service = await serveOnLoopback((request, response) => serve(request, response, dynalite, options), options);
    return {
      endpoint: service.endpoint,
      async close(): Promise<void> {
        await service.close();
        await dynalite.close();
      },
    };
  } catch (error) {
    await dynalite.close();
    throw error;
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  dynalite: Dynalite,
  options: DynamoDbOptions,
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES + 1);
  const reply = await respond(request, body, dynalite, options).catch((error: unknown) =>
    errorReply(500, `${DYNAMODB}InternalServerError`, `The local emulator failed: ${error}`),
  );
  const text = JSON.stringify(reply.body);
  response.writeHead(reply.status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(text),
    'x-amzn-requestid': randomUUID(),
  });
  response.end(text);
}

async function respond(
  request: IncomingMessage,
  body: Buffer,
  dynalite: Dynalite,
  options: DynamoDbOptions,
): Promise<DynaliteReply> {
  if (body.length > MAX_BODY_BYTES) {
    return errorReply(413, `${CORAL}RequestEntityTooLargeException`, `The body exceeds ${MAX_BODY_BYTES} bytes`);
  }
  const verdict = verify(request, body, options);
  if (!verdict.ok) {
    return errorReply(400, `${CORAL}${SIGNATURE_FAULTS[verdict.reason]}`, verdict.message);
  }

  const operation = findOperation(request);
  if (operation === undefined) {
    const message = `The local emulator does not support ${request.headers['x-amz-target']}`;
    return errorReply(400, `${CORAL}UnknownOperationException`, message);
  }
  const parameters = parseParameters(body);
  if (parameters === undefined) {
    return errorReply(400, `${CORAL}SerializationException`, 'The body must be a JSON object');
  }
  const fault = findUnsupported(operation, parameters);
  if (fault !== undefined) {
    return errorReply(400, VALIDATION, fault);
  }

  const table = options.tables.find(({ name }) => name === parameters['TableName']);
  if (table === undefined) {
    return errorReply(400, `${DYNAMODB}ResourceNotFoundException`, 'Requested resource not found');
  }
  const { principal } = verdict;
  const action = `dynamodb:${operation}`;
  const decision = decide(principal.statements, action, table.arn);
  if (decision !== 'allow') {
    const message = describeDenial(decision, principal.arn, action, table.arn);
    return errorReply(400, `${CORAL}AccessDeniedException`, message);
  }
  options.onCall?.({ principalArn: principal.arn, action, resource: table.arn });
  return perform(dynalite, table, operation, parameters);
}

function verify(request: IncomingMessage, body: Buffer, options: DynamoDbOptions): SignatureVerdict {
  const [rawPath = '', ...rawQuery] = (request.url ?? '').split('?');
  const signed = {
    method: request.method ?? '',
    rawPath,
    rawQuery: rawQuery.join('?'),
    rawHeaders: request.rawHeaders,
    payloadHash: createHash('sha256').update(body).digest('hex'),
  };
  const { region, principals } = options;
  return verifySignature(signed, { service: 'dynamodb', region, now: options.now(), principals });
}

function findOperation({ method, url, headers }: IncomingMessage): Operation | undefined {
  const isCall = method === 'POST' && url === '/';
  const known = Object.keys(PARAMETERS) as Operation[];
  return isCall ? known.find((operation) => headers['x-amz-target'] === `${TARGET_PREFIX}${operation}`) : undefined;
}

function parseParameters(body: Buffer): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString());
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function findUnsupported(operation: Operation, parameters: JsonObject): string | undefined {
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS[operation].includes(name));
  if (unknown !== undefined) {
    return `The local emulator does not support the parameter ${unknown} of ${operation}`;
  }
  const value = NONE_OR_ALL_OLD.find((name) => !['NONE', 'ALL_OLD', undefined].includes(parameters[name] as string));
  return value && `The local emulator does not support this value of ${value}: only NONE and ALL_OLD`;
}

async function perform(
  dynalite: Dynalite,
  table: LocalTable,
  operation: Operation,
  { ReturnValuesOnConditionCheckFailure: onFailure, ...parameters }: JsonObject,
): Promise<DynaliteReply> {
  const reply = await dynalite.call(operation, parameters);
  if (operation === 'DescribeTable') {
    return withTableArn(reply, table);
  }
  return onFailure === 'ALL_OLD' ? withItemOnFailure(dynalite, table, parameters, reply) : reply;
}

/** Replaces dynalite's account and Region. */
function withTableArn(reply: DynaliteReply, table: LocalTable): DynaliteReply {
  if (reply.status !== 200) {
    return reply;
  }
  const { Table: description } = reply.body as { readonly Table: JsonObject };
  return { status: 200, body: { Table: { ...description, TableArn: table.arn } } };
}

/**
 * Adds the item that failed the condition to the error (ReturnValuesOnConditionCheckFailure), which dynalite does not
 * do.
 *
 * Unlike on AWS, the item is read after the failed write, so a concurrent delete can hide it. A write a moment later
 * would give the same result.
 */
async function withItemOnFailure(
  dynalite: Dynalite,
  table: LocalTable,
  parameters: JsonObject,
  reply: DynaliteReply,
): Promise<DynaliteReply> {
  if (reply.body['__type'] !== `${DYNAMODB}ConditionalCheckFailedException`) {
    return reply;
  }
  const keyed = (parameters['Key'] ?? parameters['Item']) as JsonObject;
  const { name } = table.partitionKey;
  const read = { TableName: table.name, Key: { [name]: keyed[name] }, ConsistentRead: true };
  const { body } = await dynalite.call('GetItem', read);
  return { ...reply, body: { ...reply.body, Item: body['Item'] } };
}

async function ensureTable(dynalite: Dynalite, table: LocalTable): Promise<void> {
  const { name, type } = table.partitionKey;
  const keySchema = [{ AttributeName: name, KeyType: 'HASH' }];
  const attributes = [{ AttributeName: name, AttributeType: type }];
  const definition = { TableName: table.name, KeySchema: keySchema, AttributeDefinitions: attributes };
  // Fails with ResourceInUseException if the table exists. The description is checked in both cases.
  await dynalite.call('CreateTable', { ...definition, BillingMode: 'PAY_PER_REQUEST' });
  let description = await describeTable(dynalite, table.name);
  while (description?.['TableStatus'] === 'CREATING') {
    await delay(1);
    description = await describeTable(dynalite, table.name);
  }
  const stored = JSON.stringify([description?.['KeySchema'], description?.['AttributeDefinitions']]);
  if (stored !== JSON.stringify([keySchema, attributes])) {
    throw new Error(
      `Table ${table.name} in the data directory has a different key from the one in the template: ${stored}`,
    );
  }
}

async function describeTable(dynalite: Dynalite, name: string): Promise<JsonObject | undefined> {
  const { body } = await dynalite.call('DescribeTable', { TableName: name });
  return (body as { readonly Table?: JsonObject }).Table;
}

function errorReply(status: number, type: string, message: string): DynaliteReply {
  return { status, body: { __type: type, message } };
}
