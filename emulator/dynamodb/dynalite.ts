import { promisify } from 'node:util';

/** Parameters of an operation, its result, or an error document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What dynalite answered. */
export interface DynaliteReply {
  readonly status: number;
  readonly body: JsonObject;
}

/** The operations that the emulator lets through, and `CreateTable` for itself. */
export type DynaliteOperation = 'CreateTable' | 'DeleteItem' | 'DescribeTable' | 'GetItem' | 'PutItem' | 'Scan';

/** The DynamoDB engine, reachable from this process only. */
export interface Dynalite {
  /** Refusals of the engine are replies; rejects if the engine itself fails. */
  call(operation: DynaliteOperation, parameters: JsonObject): Promise<DynaliteReply>;
  /** Finishes what runs, then releases the data directory. */
  close(): Promise<void>;
}

interface Store {
  readonly db: { open(): Promise<void>; close(): Promise<void> };
}

type Action = (store: Store, data: JsonObject) => Promise<JsonObject>;

interface Validation {
  readonly types: unknown;
  readonly custom?: unknown;
}

/** The parts of dynalite behind its own HTTP server; untyped CommonJS, its version pinned in package.json. */
const { create } = require('dynalite/db') as { create(options: JsonObject): Store };
const { checkTypes, checkValidations } = require('dynalite/validations') as {
  checkTypes(parameters: JsonObject, types: unknown): JsonObject;
  checkValidations(data: JsonObject, types: unknown, custom: unknown, store: Store): void;
};
const ACTIONS: Readonly<Record<DynaliteOperation, Action>> = {
  CreateTable: promisify(require('dynalite/actions/createTable')),
  DeleteItem: promisify(require('dynalite/actions/deleteItem')),
  DescribeTable: promisify(require('dynalite/actions/describeTable')),
  GetItem: promisify(require('dynalite/actions/getItem')),
  PutItem: promisify(require('dynalite/actions/putItem')),
  Scan: promisify(require('dynalite/actions/scan')),
};
const VALIDATIONS: Readonly<Record<DynaliteOperation, Validation>> = {
  CreateTable: require('dynalite/validations/createTable'),
  DeleteItem: require('dynalite/validations/deleteItem'),
  DescribeTable: require('dynalite/validations/describeTable'),
  GetItem: require('dynalite/validations/getItem'),
  PutItem: require('dynalite/validations/putItem'),
  Scan: require('dynalite/validations/scan'),
};

/**
 * Opens dynalite without its HTTP server, which listens, checks no signature, and ends the process where a data
 * directory cannot be opened. In here nothing gets round the door, and a call costs no second trip over a socket.
 *
 * @param dataDirectory where LevelDB keeps the tables; in memory if absent
 * @throws Error if the data directory cannot be opened, above all because another emulator uses it
 */
export async function openDynalite(dataDirectory?: string): Promise<Dynalite> {
  const delays = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  const store = create(dataDirectory === undefined ? delays : { ...delays, path: dataDirectory });
  await store.db.open().catch((cause: unknown) => {
    throw new Error(`The tables in ${dataDirectory} cannot be opened; does another emulator use them?`, { cause });
  });
  return {
    call: (operation, parameters) => call(store, operation, parameters),
    close: () => store.db.close(),
  };
}

async function call(store: Store, operation: DynaliteOperation, parameters: JsonObject): Promise<DynaliteReply> {
  const { types, custom } = VALIDATIONS[operation];
  try {
    const data = checkTypes(parameters, types);
    checkValidations(data, types, custom, store);
    return { status: 200, body: await ACTIONS[operation](store, data) };
  } catch (error) {
    if (isRefusal(error)) {
      return { status: error.statusCode, body: error.body };
    }
    throw error;
  }
}

/** dynalite throws what DynamoDB would answer. */
function isRefusal(error: unknown): error is { readonly statusCode: number; readonly body: JsonObject } {
  return error instanceof Error && 'statusCode' in error && 'body' in error;
}
