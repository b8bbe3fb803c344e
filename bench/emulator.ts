import { DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type Emulator, startEmulator } from '../emulator/emulator';
import { LOCAL_CALLER } from '../emulator/iam/credentials';
import type { AwsCall } from '../emulator/iam/principal';
import type { Assembly } from '../emulator/template/assembly';
import { linkTo, send } from '../test/support/http';
import { PRICE } from '../test/support/prices';
import { rounded, type Table } from './table';

type BenchEmulator = Emulator & { readonly bucketName: string };

/** Operations that AWS charges for per request. Compute time and logs depend on the deployment (docs/operations.md). */
const OPERATIONS = [
  ['API Gateway requests', PRICE.apiRequest],
  ['Lambda invocations', PRICE.functionCall],
  ['S3 GET requests', PRICE.s3Get],
  ['DynamoDB read units', PRICE.readUnit],
  ['DynamoDB write units', PRICE.writeUnit],
] as const;

/** Counts of {@link OPERATIONS}, in their order. */
type Counts = readonly number[];

/**
 * Counted in its source code: one function puts the item, the authorizer reads it, and another function reads it again
 * and deletes it. The item exceeds 1 KB because it contains a presigned URL with a session token.
 */
const AWS_SAMPLE: Counts = [2, 3, 0, 1, 4];

const LINKS = 1_000;
const CLIENTS = 16;

/** Counts and prices the operations of a link's life on the emulator, then measures the emulator's throughput. */
export async function emulatorTables(assembly: Assembly): Promise<readonly Table[]> {
  const made: AwsCall[] = [];
  const started = await startEmulator({ assembly, port: 0, onCall: (call) => made.push(call) });
  const emulator = { ...started, bucketName: started.outputs['BucketUrl'] ?? '' };
  try {
    const now = await countOperations(emulator, made, 'now');
    const onOpen = await countOperations(emulator, made, 'on_open');
    return [costTable([now, onOpen, AWS_SAMPLE]), await throughputTable(emulator)];
  } finally {
    await emulator.close();
  }
}

async function countOperations(emulator: BenchEmulator, made: AwsCall[], presign: 'now' | 'on_open'): Promise<Counts> {
  made.length = 0;
  const link = await linkTo(emulator, { presign });
  const putUnits = await putUnitsOfOnlyItem(emulator);
  await redeem(link);
  const actions = made.filter(({ principalArn }) => principalArn !== LOCAL_CALLER.arn).map(({ action }) => action);
  const count = (prefix: string): number => actions.filter((action) => action.startsWith(prefix)).length;
  // Deleting an item consumes as many units as putting it.
  return [2, count('lambda:'), count('s3:Get'), count('dynamodb:Get'), 2 * putUnits];
}

/** Puts the only item of the table again, to read its write units from the response. */
async function putUnitsOfOnlyItem({ dynamoDbEndpoint, tableName }: Emulator): Promise<number> {
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const credentials = { accessKeyId, secretAccessKey };
  const dynamoDb = new DynamoDBClient({ region: 'us-east-1', endpoint: dynamoDbEndpoint, credentials });
  const { Items: [item] = [] } = await dynamoDb.send(new ScanCommand({ TableName: tableName }));
  const put = new PutItemCommand({ TableName: tableName, Item: item, ReturnConsumedCapacity: 'TOTAL' });
  const { ConsumedCapacity } = await dynamoDb.send(put);
  dynamoDb.destroy();
  return ConsumedCapacity?.CapacityUnits ?? Number.NaN;
}

function costTable(lives: readonly Counts[]): Table {
  const counts = OPERATIONS.map(([name], index) => [name, ...lives.map((life) => rounded(life[index] ?? Number.NaN))]);
  const dollars = (life: Counts): number =>
    OPERATIONS.reduce((sum, [, price], index) => sum + price * (life[index] ?? Number.NaN), 0);
  return {
    title: 'A link, issued and redeemed',
    columns: ['', 'presign `now`', 'presign `on_open`', 'AWS sample'],
    rows: [...counts, ['a million links, $', ...lives.map((life) => rounded(1_000_000 * dollars(life), 2))]],
  };
}

async function throughputTable(emulator: BenchEmulator): Promise<Table> {
  const issueAndRedeem = async (): Promise<readonly string[]> => {
    const issued = await sendAll(Array.from({ length: LINKS }), async () => await linkTo(emulator));
    const redeemed = await sendAll(issued.responses, redeem);
    return [rounded(issued.perSecond), rounded(redeemed.perSecond)];
  };
  await issueAndRedeem(); // warms up
  const row = [`${CLIENTS} clients in the same process`, ...(await issueAndRedeem())];
  return { title: 'Local emulator', columns: ['', 'issued per second', 'redeemed per second'], rows: [row] };
}

/** Sends a request for each item. Each client waits for a response before its next request. */
async function sendAll<Item, Result>(items: readonly Item[], request: (item: Item) => Promise<Result>) {
  const responses: Result[] = [];
  const queue = items.values();
  const client = async (): Promise<void> => {
    for (const item of queue) {
      responses.push(await request(item));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return { responses, perSecond: (1000 * items.length) / (performance.now() - started) };
}

async function redeem(link: string): Promise<void> {
  const { status, body } = await send(link);
  if (status !== 302) {
    throw new Error(`The emulator responded ${status} instead of 302: ${body}`);
  }
}
