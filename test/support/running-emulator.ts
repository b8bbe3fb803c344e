import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/emulator';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Assembly } from '../../emulator/template/assembly';
import { type MutableResources, testAssembly } from './assembly';
import { expectNoSecrets, filesIn } from './secrets';
import type { SettableClock } from './settable-clock';

/** Settings that a suite can change. */
export type RunningEmulatorOptions = Partial<Omit<EmulatorOptions, 'assembly' | 'port' | 'clock'>> & {
  readonly clock?: SettableClock;
  /** Assembly to serve. The two options below are then ignored. */
  readonly assembly?: Assembly;
  /** Deploys the stack with these options, by the names of their context values. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Changes the template before it is served. */
  readonly change?: (resources: MutableResources) => void;
};

/** A parsed line of the access log or of a function's log. */
export type LogLine = Readonly<Record<string, string | number>>;

/** An emulator with its clients and its logs. */
export interface RunningEmulator extends Emulator {
  /** Name of the default bucket. */
  readonly bucketName: string;
  /** Every log line so far, as `source line`. A function's line may arrive after the response. */
  readonly logs: readonly string[];
  /** Waits for a log line that contains all of these parts. */
  logged(...parts: readonly string[]): Promise<string>;
  /** Waits for the one line of JSON that a source wrote after the first `since` lines of {@link logs}. */
  lineOf(source: string, since: number): Promise<LogLine>;
  /** S3 client of the local caller. */
  readonly s3: S3Client;
  /** DynamoDB client of the local caller. */
  readonly dynamoDb: DynamoDBClient;
  /** Searches everything that the emulator wrote for secrets, then stops it. */
  close(): Promise<void>;
}

/** Starts an emulator for the synthesized stack on free ports. The suite must close it. */
export async function runEmulator({
  assembly,
  options: deployed,
  change,
  ...options
}: RunningEmulatorOptions = {}): Promise<RunningEmulator> {
  const logs: string[] = [];
  const emulator = await startEmulator({
    assembly: assembly ?? (await assemblyOf(deployed, change)),
    port: 0,
    onLog: (source, line) => logs.push(`${source} ${line}`),
    ...options,
  });
  const { accessKeyId, secretAccessKey } = LOCAL_CALLER;
  const client = { region: 'us-east-1', credentials: { accessKeyId, secretAccessKey } };
  const s3 = new S3Client({ ...client, endpoint: emulator.s3Endpoint, forcePathStyle: true });
  const dynamoDb = new DynamoDBClient({ ...client, endpoint: emulator.dynamoDbEndpoint });
  return {
    ...emulator,
    bucketName: emulator.outputs['BucketUrl'] ?? '',
    logs,
    s3,
    dynamoDb,
    async logged(...parts: readonly string[]): Promise<string> {
      return await until(() => logs.find((line) => parts.every((part) => line.includes(part))));
    },
    async lineOf(source: string, since: number): Promise<LogLine> {
      const linesNow = (): readonly string[] => logs.slice(since).filter((line) => line.startsWith(`${source} {`));
      const line = await until(() => linesNow()[0]);
      expect(linesNow()).toEqual([line]);
      return JSON.parse(line.slice(source.length + 1));
    },
    async close(): Promise<void> {
      // The scan below is signed with the machine's clock.
      options.clock?.set(new Date());
      try {
        const tables = [emulator.tableName, ...(emulator.receiptTableName ? [emulator.receiptTableName] : [])];
        const rows = await Promise.all(tables.map((table) => rowsOf(dynamoDb, table)));
        expectNoSecrets([
          { name: 'the log', content: logs.join('\n') },
          { name: 'a row of a table', content: rows.flat().join('\n') },
          ...filesIn(emulator.dataDirectory),
        ]);
      } finally {
        s3.destroy();
        dynamoDb.destroy();
        await emulator.close();
      }
    },
  };
}

async function assemblyOf(
  options: RunningEmulatorOptions['options'],
  change: RunningEmulatorOptions['change'],
): Promise<Assembly> {
  if (options === undefined) {
    return await testAssembly(change);
  }
  // Loads the CDK, which most suites do not need.
  const { assemblyWith } = await import('./synthesized');
  return await assemblyWith(options, change);
}

/** All items of a table, with binary values in each encoding that could hide a secret. */
async function rowsOf(dynamoDb: DynamoDBClient, tableName: string): Promise<readonly string[]> {
  const rows: string[] = [];
  for await (const { Items = [] } of paginateScan({ client: dynamoDb }, { TableName: tableName })) {
    for (const item of Items) {
      const binary = Buffer.from(item['sealed']?.B ?? []);
      rows.push(JSON.stringify(item), binary.toString('latin1'), binary.toString('base64url'));
    }
  }
  return rows;
}

/** Waits until `find` returns something. */
export async function until<T>(find: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
