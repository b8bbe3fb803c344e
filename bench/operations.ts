import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { startEmulator } from '../emulator/emulator';
import { LOCAL_CALLER } from '../emulator/iam/credentials';
import type { AwsCall } from '../emulator/iam/principal';
import { linkIdOf, type Nonce } from '../lambda/link/nonce';
import { PRICE } from '../test/support/prices';
import { benchAssembly } from './assembly';
import { askForLink } from './emulator';
import { exact, type Figure } from './figures';
import { fire, type Shot } from './load';

/** Calls that something came to. */
interface Calls {
  readonly lambda: number;
  readonly dynamoDb: number;
  readonly s3: number;
}

/** Read in the pattern's functions: issuing puts, the authorizer gets, the function behind it gets and deletes. */
const PATTERN = { roundTripsOfIssuing: 1, roundTripsOfOpening: 3, functionCalls: 3, readUnits: 1 } as const;
const WRITE_UNIT_BYTES = 1024;
const API_REQUESTS = 2;
const SECTION = 'Operations, counted by the emulator';

/** Operations of a link's life, and of requests that open nothing, as the emulator counts them. */
export async function operationFigures(): Promise<readonly Figure[]> {
  const calls: AwsCall[] = [];
  const emulator = await startEmulator({
    assembly: await benchAssembly(),
    port: 0,
    onCall: (call) => calls.push(call),
  });
  const address = { apiEndpoint: emulator.apiEndpoint, bucketName: emulator.outputs['BucketUrl'] ?? '' };
  const dynamoDb = new DynamoDBClient({
    endpoint: emulator.dynamoDbEndpoint,
    region: 'us-east-1',
    credentials: LOCAL_CALLER,
  });
  const figures: Figure[] = [];
  const count = async (name: string, shot: Shot): Promise<{ readonly calls: Calls; readonly body: string }> => {
    calls.length = 0;
    const { bodies } = await fire([shot], 1);
    const of = (service: string): number => calls.filter(({ action }) => action.startsWith(service)).length;
    const counted = { lambda: of('lambda:'), dynamoDb: of('dynamodb:'), s3: of('s3:') };
    const text = Object.values(counted).join(' + ');
    figures.push(figure(`${name}: calls of Lambda + DynamoDB + S3`, { ours: { text, data: counted } }));
    return { calls: counted, body: bodies[0] ?? '' };
  };
  try {
    for (const presign of ['now', 'on_open'] as const) {
      const issued = await count(`issue, presign ${presign}`, askForLink(address, { presign }));
      const bytes = await itemBytes(dynamoDb, emulator.tableName, issued.body);
      const opened = await count(`open, presign ${presign}`, { method: 'GET', url: issued.body, status: 302 });
      figures.push(...lifeFigures(`presign ${presign}`, issued.calls, opened.calls, bytes));
    }
    const { body: link } = await count('issue once more', askForLink(address));
    await count('open with a malformed nonce', { method: 'GET', url: `${link}x`, status: 403 });
    await fire([{ method: 'GET', url: link, status: 302 }], 1);
    await count('open what is spent', { method: 'GET', url: link, status: 403 });
    return figures;
  } finally {
    dynamoDb.destroy();
    await emulator.close();
  }
}

/** What issuing and opening come to, beside the pattern's, which stores the URL as it is. */
function lifeFigures(name: string, issued: Calls, opened: Calls, itemSize: number): readonly Figure[] {
  const writeUnits = 2 * Math.ceil(itemSize / WRITE_UNIT_BYTES);
  const roundTrips = (calls: Calls): number => calls.dynamoDb + calls.s3;
  const ours =
    API_REQUESTS * PRICE.apiRequest +
    (issued.lambda + opened.lambda) * PRICE.functionCall +
    writeUnits * PRICE.writeUnit +
    (issued.s3 + opened.s3) * PRICE.s3Get;
  const pattern =
    API_REQUESTS * PRICE.apiRequest +
    PATTERN.functionCalls * PRICE.functionCall +
    4 * PRICE.writeUnit +
    PATTERN.readUnits * PRICE.readUnit;
  const trips = `${PATTERN.roundTripsOfIssuing} + ${PATTERN.roundTripsOfOpening}`;
  return [
    figure(`item, ${name}, bytes`, { ours: exact(itemSize) }),
    figure(`write units of a life, ${name}`, { floor: exact(2), ours: exact(writeUnits), pattern: exact(4) }),
    figure(`round trips to issue + to open, ${name}`, {
      floor: { text: '1 + 1', data: [1, 1] },
      ours: { text: `${roundTrips(issued)} + ${roundTrips(opened)}`, data: [roundTrips(issued), roundTrips(opened)] },
      pattern: { text: trips, data: [PATTERN.roundTripsOfIssuing, PATTERN.roundTripsOfOpening] },
    }),
    figure(`a million lives, ${name}, $ by the request`, {
      ours: exact(ours * 1e6, 2),
      pattern: exact(pattern * 1e6, 2),
    }),
  ];
}

function figure(name: string, cells: Figure['cells']): Figure {
  return { section: SECTION, name, cells };
}

/** Bytes of a link's item by DynamoDB's rules: names and values; a number takes half a byte a digit, and one. */
async function itemBytes(dynamoDb: DynamoDBClient, tableName: string, link: string): Promise<number> {
  const nonce = new URL(link).searchParams.get('nonce') as Nonce;
  const { Item: item = {} } = await dynamoDb.send(
    new GetItemCommand({ TableName: tableName, Key: { nonce_id: { S: linkIdOf(nonce) } } }),
  );
  return Object.entries(item).reduce((sum, [name, { S: text = '', N: number, B: binary = [] }]) => {
    const digits = number === undefined ? 0 : Math.ceil(number.length / 2) + 1;
    return sum + Buffer.byteLength(name) + Buffer.byteLength(text) + digits + binary.length;
  }, 0);
}
