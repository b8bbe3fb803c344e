import { promisify } from 'node:util';
import type { JsonReply } from '../json-protocol';

/** Parameters of an operation, its result, or an error document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Operations that the emulator supports, and `CreateTable`, which it uses internally. */
export type DynaliteOperation =
  | 'BatchGetItem'
  | 'CreateTable'
  | 'DeleteItem'
  | 'DescribeTable'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'Scan'
  | 'UpdateItem';

/** The DynamoDB engine, reachable from this process only. */
export interface Dynalite {
  /** Resolves to a reply for errors of DynamoDB; rejects if the engine itself fails. */
  call(operation: DynaliteOperation, parameters: JsonObject): Promise<JsonReply>;
  /** Waits for calls in progress, then releases the data directory. */
  close(): Promise<void>;
}

interface Store {
  readonly db: { open(): Promise<void>; close(): Promise<void> };
}

/** Modules behind dynalite's HTTP server. They are untyped CommonJS; package.json pins the version. */
const { create } = require('dynalite/db') as { create(options: JsonObject): Store };
const { checkTypes, checkValidations } = require('dynalite/validations') as {
  checkTypes(parameters: JsonObject, types: unknown): JsonObject;
  checkValidations(data: JsonObject, types: unknown, custom: unknown, store: Store): void;
};

/** Validates and performs one operation. */
type Perform = (store: Store, parameters: JsonObject) => Promise<JsonObject>;

const OPERATIONS: Readonly<Record<DynaliteOperation, Perform>> = {
  BatchGetItem: load('batchGetItem'),
  CreateTable: load('createTable'),
  DeleteItem: load('deleteItem'),
  DescribeTable: load('describeTable'),
  GetItem: load('getItem'),
  PutItem: load('putItem'),
  Query: load('query'),
  Scan: load('scan'),
  UpdateItem: load('updateItem'),
};

function load(name: string): Perform {
  const action: Perform = promisify(require(`dynalite/actions/${name}`));
  const { types, custom }: { types: unknown; custom?: unknown } = require(`dynalite/validations/${name}`);
  return async (store, parameters) => {
    const data = checkTypes(parameters, types);
    checkValidations(data, types, custom, store);
    return await action(store, data);
  };
}

/**
 * Opens dynalite without its HTTP server. That server does not verify signatures and exits the process if it cannot
 * open a data directory.
 *
 * @param dataDirectory where LevelDB stores the tables; in memory if absent
 * @throws Error if the data directory cannot be opened, usually because another emulator uses it
 */
export async function openDynalite(dataDirectory?: string): Promise<Dynalite> {
  const delays = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const store = create(dataDirectory === undefined ? delays : { ...delays, path: dataDirectory });
  await store.db.open().catch((cause: unknown) => {
    throw new Error(`Cannot open the tables in ${dataDirectory}. Does another emulator use them?`, { cause });
  });
  return {
    async call(operation, parameters) {
      try {
        return { status: 200, body: await OPERATIONS[operation](store, parameters) };
      } catch (error) {
        if (isDynamoDbError(error)) {
          return { status: error.statusCode, body: error.body };
        }
        throw error;
      }
    },
    close: () => store.db.close(),
  };
}

/** dynalite throws the errors that DynamoDB would return. */
function isDynamoDbError(error: unknown): error is { readonly statusCode: number; readonly body: JsonObject } {
  return error instanceof Error && 'statusCode' in error && 'body' in error;
}
