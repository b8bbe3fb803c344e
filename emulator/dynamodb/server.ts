import type { IncomingMessage, ServerResponse } from 'node:http';
import { verifyJsonRequest } from '../iam/json-request';
import { decide, describeDenial, LEADING_KEYS } from '../iam/policy';
import { errorReply, type JsonReply, parseJsonObject, sendJson } from '../json-protocol';
import { type LocalService, readBody, serveOnLoopback } from '../loopback';
import type { ServiceOptions } from '../service-options';
import { type Dynalite, openDynalite } from './dynalite';
import { ensureTable } from './ensure-table';
import { CORAL, DYNAMODB, VALIDATION } from './errors';
import { findUnsupported, leadingKeys, OPERATIONS, type Operation, requestItems } from './parameters';
import { perform } from './perform';
import { type LocalTable, resourceOf } from './table-model';

/** Options of {@link startDynamoDb}. */
export interface DynamoDbOptions extends ServiceOptions {
  readonly tables: readonly LocalTable[];
  /** Where LevelDB stores the items. @default - in memory */
  readonly dataDirectory?: string;
}

/** Enough for an item of 400 KB, or 100 keys. DynamoDB accepts up to 16 MB. */
const MAX_BODY_BYTES = 1024 * 1024;
const TARGET_PREFIX = 'DynamoDB_20120810.';

/**
 * Starts the local emulator's DynamoDB: dynalite behind a server that checks signatures and permissions, and
 * refuses parameters that dynalite would ignore. Creates missing tables.
 *
 * @throws Error if a stored table has a different key or different indexes
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
  sendJson(response, reply, '1.0');
}

async function respond(
  request: IncomingMessage,
  body: Buffer,
  dynalite: Dynalite,
  options: DynamoDbOptions,
): Promise<JsonReply> {
  if (body.length > MAX_BODY_BYTES) {
    return errorReply(413, `${CORAL}RequestEntityTooLargeException`, `The body exceeds ${MAX_BODY_BYTES} bytes`);
  }
  const { region, principals } = options;
  const verdict = verifyJsonRequest(request, body, { service: 'dynamodb', region, now: options.now(), principals });
  if (!verdict.ok) {
    return errorReply(400, `${CORAL}${verdict.type}`, verdict.message);
  }

  const operation = findOperation(request);
  if (operation === undefined) {
    const message = `The local emulator does not support ${request.headers['x-amz-target']}`;
    return errorReply(400, `${CORAL}UnknownOperationException`, message);
  }
  const parameters = parseJsonObject(body.toString());
  if (parameters === undefined) {
    return errorReply(400, `${CORAL}SerializationException`, 'The body must be a JSON object');
  }
  const fault = findUnsupported(operation, parameters);
  if (fault !== undefined) {
    return errorReply(400, VALIDATION, fault);
  }

  const names = operation === 'BatchGetItem' ? Object.keys(requestItems(parameters)) : [parameters['TableName']];
  const tables = names.map((name) => options.tables.find((table) => table.name === name));
  if (!tables.every((table) => table !== undefined)) {
    return errorReply(400, `${DYNAMODB}ResourceNotFoundException`, 'Requested resource not found');
  }
  const { principal } = verdict;
  const action = `dynamodb:${operation}`;
  const access = tables.map((table) => ({
    resource: resourceOf(table, parameters['IndexName']),
    context: { [LEADING_KEYS]: leadingKeys(table, parameters) },
  }));
  for (const { resource, context } of access) {
    const decision = decide(principal.statements, action, resource, context);
    if (decision !== 'allow') {
      const message = describeDenial(decision, principal.arn, action, resource);
      return errorReply(400, `${CORAL}AccessDeniedException`, message);
    }
  }
  for (const { resource } of access) {
    options.onCall?.({ principalArn: principal.arn, action, resource });
  }
  return perform(dynalite, operation, parameters, tables);
}

function findOperation({ method, url, headers }: IncomingMessage): Operation | undefined {
  const isCall = method === 'POST' && url === '/';
  return isCall
    ? OPERATIONS.find((operation) => headers['x-amz-target'] === `${TARGET_PREFIX}${operation}`)
    : undefined;
}
