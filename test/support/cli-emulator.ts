import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { UPLOAD_FOLDER } from '../../lambda/contract';
import type { Workshop } from './cli-process';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from './running-emulator';

/** An emulator that the share command is told of by a file of outputs. */
export interface CliEmulator extends RunningEmulator {
  /** Where its outputs are. */
  readonly outputsFile: string;
  /** Keys below the folder of uploads, and the uploads in parts that are under way. */
  uploads(): Promise<readonly string[]>;
}

/** Starts an emulator, and writes its outputs where only the suite's commands find them. */
export async function runCliEmulator(workshop: Workshop, options: RunningEmulatorOptions = {}): Promise<CliEmulator> {
  const emulator = await runEmulator(options);
  const { outputs, bucketName, s3 } = emulator;
  return {
    ...emulator,
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
