import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { UPLOAD_FOLDER } from '../../lib/client/names';
import { type RunningStand, type RunningStandOptions, runStand } from './running-stand';
import type { Workshop } from './share-process';

/** A stand that the share command is told of by a file of outputs. */
export interface SharedStand extends RunningStand {
  /** Where its outputs are. */
  readonly outputsFile: string;
  /** Keys below the folder of uploads, and the uploads in parts that are under way. */
  uploads(): Promise<readonly string[]>;
}

/** Starts a stand, and writes its outputs where only the suite's commands find them. */
export async function runSharedStand(workshop: Workshop, options: RunningStandOptions = {}): Promise<SharedStand> {
  const stand = await runStand(options);
  const { outputs, bucketName, s3 } = stand;
  return {
    ...stand,
    outputsFile: writeOutputs(workshop, outputs),
    async uploads() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix: UPLOAD_FOLDER }));
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucketName }));
      return [...Contents, ...Uploads].map(({ Key = '' }) => Key).sort();
    },
  };
}

/** Writes outputs as `cdk deploy --outputs-file` does. */
export function writeOutputs(
  workshop: Workshop,
  outputs: Readonly<Record<string, string>>,
  name = 'outputs.json',
): string {
  return workshop.file(name, JSON.stringify({ PreSignedURLStack: outputs }));
}
