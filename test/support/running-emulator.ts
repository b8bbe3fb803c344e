import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../emulator/emulator';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Assembly } from '../../emulator/template/assembly';
import { type MutableResources, testAssembly } from './assembly';
import { expectNoSecrets, filesIn } from './secrets';
import type { SettableClock } from './settable-clock';

/** What a suite may change about its emulator. */
export type RunningEmulatorOptions = Partial<Omit<EmulatorOptions, 'assembly' | 'port' | 'clock'>> & {
  readonly clock?: SettableClock;
  /** Deploys the stack with these options, by the names of their context values. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Changes the template before it is served. */
  readonly change?: (resources: MutableResources) => void;
};

/** An emulator with the means to look at it from outside. */
export interface RunningEmulator extends Emulator {
  /** Name of the bucket to share from. */
  readonly bucketName: string;
  /** Everything that was logged so far, as `source line`. A line of a function may come after the answer it is about. */
  readonly logs: readonly string[];
  /** Waits for a log line that has all of these parts. */
  logged(...parts: readonly string[]): Promise<string>;
  /** S3 as the local caller sees it. */
  readonly s3: S3Client;
  /** DynamoDB as the local caller sees it. */
  readonly dynamoDb: DynamoDBClient;
  /** Ends the emulator, after a search for secrets in all that it wrote. */
  close(): Promise<void>;
}

/** Starts an emulator of the synthesised stack on free ports. The suite closes it. */
export async function runEmulator({
  options: deployed,
  change,
  ...options
}: RunningEmulatorOptions = {}): Promise<RunningEmulator> {
  const logs: string[] = [];
  const emulator = await startEmulator({
    assembly: await assemblyOf(deployed, change),
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
      for (;;) {
        const found = logs.find((line) => parts.every((part) => line.includes(part)));
        if (found !== undefined) {
          return found;
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async close(): Promise<void> {
      // Back to the time of whoever looks into the table: a signature of another day counts for nothing.
      options.clock?.set(new Date());
      try {
        const rows = await dumpOf(dynamoDb, emulator.tableName);
        expectNoSecrets([
          { name: 'the log', content: logs.join('\n') },
          { name: 'a row of the table', content: rows.join('\n') },
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
  // Loads the CDK, which most suites do without.
  const { assemblyWith } = await import('./synthesised');
  return await assemblyWith(options, change);
}

/** Rows of a table as a thief would have them, binary values in each spelling that a search could miss. */
async function dumpOf(dynamoDb: DynamoDBClient, tableName: string): Promise<readonly string[]> {
  const rows: string[] = [];
  let ExclusiveStartKey: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await dynamoDb.send(
      new ScanCommand({ TableName: tableName, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
    );
    for (const item of page.Items ?? []) {
      const binary = Buffer.from(item['sealed']?.B ?? []);
      rows.push([JSON.stringify(item), binary.toString('latin1'), binary.toString('base64url')].join('\n'));
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return rows;
}
