import { type AttributeValue, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { linkIdOf, type Nonce } from '../../lambda/link/nonce';
import { describeLink, type HttpResponse, send, sendSigned, signedAt } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

/** The links of a version: the content of its tables, and how each link behaved. */
export interface RecordedLinks {
  /** ISO 8601. */
  readonly recordedAt: string;
  /** Items by table, as in the DynamoDB API; binary values are base64. */
  readonly tables: Readonly<Record<string, readonly unknown[]>>;
  /** By the name of the link. */
  readonly links: Readonly<Record<string, RecordedLink>>;
}

export interface RecordedLink {
  readonly nonce: string;
  readonly behavior: Behavior;
}

/** What the sender and a reader of a link see. */
export interface Behavior {
  /** Response to `GET /my-links/{link_id}`. */
  readonly state: unknown;
  /** Response to `POST /describe-link`. */
  readonly description: { readonly status: number; readonly body?: unknown };
  /** Response to `GET /access-object`, with the parts of the presigned URL that are the same for every signature. */
  readonly redemption: {
    readonly status: number;
    readonly path?: string;
    readonly contentDisposition?: string | null;
    readonly expiresInSeconds?: string | null;
  };
  /** Status of a second `GET /access-object`. */
  readonly secondStatus: number;
}

/** This version, at a time that the test sets. */
export interface Deployment {
  readonly emulator: RunningEmulator;
  readonly clock: SettableClock;
}

/** Deploys this version over tables with these items, and closes it after `use`. */
export async function deployed<T>(
  { tables, recordedAt }: Pick<RecordedLinks, 'tables' | 'recordedAt'>,
  use: (deployment: Deployment) => Promise<T>,
): Promise<T> {
  const clock = new SettableClock(new Date());
  const emulator = await runEmulator({ clock });
  try {
    for (const [TableName, items] of Object.entries(tables)) {
      for (const item of items) {
        await emulator.dynamoDb.send(new PutItemCommand({ TableName, Item: fromJson(item) }));
      }
    }
    clock.set(new Date(recordedAt));
    return await use({ emulator, clock });
  } finally {
    await emulator.close();
  }
}

/** The content of both tables. */
export async function contentOfTables({ emulator, clock }: Deployment): Promise<RecordedLinks['tables']> {
  const { dynamoDb, tableName, receiptTableName = '' } = emulator;
  await emulator.delivered();
  // The client signs with the machine's clock.
  clock.set(new Date());
  const tables: Record<string, unknown[]> = { [tableName]: [], [receiptTableName]: [] };
  for (const [TableName, items] of Object.entries(tables)) {
    for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName })) {
      items.push(...Items.map(toJson));
    }
  }
  return tables;
}

/** Looks the link up, describes it, and tries to redeem it twice. */
export async function behaviorOf({ emulator, clock }: Deployment, nonce: string): Promise<Behavior> {
  const { apiEndpoint } = emulator;
  const myLink = `${apiEndpoint}my-links/${linkIdOf(nonce as Nonce)}`;
  const state = await sendSigned(myLink, { method: 'GET', headers: signedAt(clock.now()) });
  const description = await describeLink(emulator, nonce);
  const redemption = await send(`${apiEndpoint}access-object?nonce=${nonce}`);
  const second = await send(`${apiEndpoint}access-object?nonce=${nonce}`);
  return {
    state: JSON.parse(state.body),
    description: {
      status: description.status,
      ...(description.status === 200 && { body: JSON.parse(description.body) }),
    },
    redemption: { status: redemption.status, ...destinationOf(redemption) },
    secondStatus: second.status,
  };
}

function destinationOf({ headers: { location } }: HttpResponse): Omit<Behavior['redemption'], 'status'> {
  if (typeof location !== 'string') {
    return {};
  }
  const { pathname: path, searchParams } = new URL(location);
  return {
    path,
    contentDisposition: searchParams.get('response-content-disposition'),
    expiresInSeconds: searchParams.get('X-Amz-Expires'),
  };
}

type Item = Record<string, AttributeValue>;

function toJson(item: Item): unknown {
  return JSON.parse(
    JSON.stringify(item, (_, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)),
  );
}

function fromJson(item: unknown): Item {
  return JSON.parse(JSON.stringify(item), (name, value) => (name === 'B' ? Buffer.from(value, 'base64') : value));
}
