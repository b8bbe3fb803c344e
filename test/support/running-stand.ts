import { S3Client } from '@aws-sdk/client-s3';
import { LOCAL_CALLER } from '../../lib/local/credentials';
import { type Stand, type StandOptions, startStand } from '../../lib/local/stand';
import { type MutableResources, testAssembly } from './assembly';

/** What a suite may change about its stand. */
export type RunningStandOptions = Partial<Omit<StandOptions, 'assembly' | 'port'>> & {
  /** Changes the template before it is served. */
  readonly change?: (resources: MutableResources) => void;
};

/** A stand with the means to look at it from outside. */
export interface RunningStand extends Stand {
  /** Name of the bucket to share from. */
  readonly bucketName: string;
  /** Everything that was logged so far, as `source line`. */
  readonly logs: readonly string[];
  /** S3 as the local caller sees it. */
  readonly s3: S3Client;
}

/** Starts a stand of the synthesised stack on free ports. The suite closes it. */
export async function runStand({ change, ...options }: RunningStandOptions = {}): Promise<RunningStand> {
  const logs: string[] = [];
  const stand = await startStand({
    assembly: await testAssembly(change),
    port: 0,
    onLog: (source, line) => logs.push(`${source} ${line}`),
    ...options,
  });
  const s3 = new S3Client({
    endpoint: stand.s3Endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: LOCAL_CALLER.accessKeyId, secretAccessKey: LOCAL_CALLER.secretAccessKey },
    forcePathStyle: true,
  });
  return {
    ...stand,
    bucketName: stand.outputs['BucketUrl'] ?? '',
    logs,
    s3,
    async close(): Promise<void> {
      s3.destroy();
      await stand.close();
    },
  };
}
