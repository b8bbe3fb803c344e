import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { UPLOAD_FOLDER } from '../../lambda/contract';
import type { TempDir } from './cli-process';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from './running-emulator';

/** An emulator with an outputs file for the CLI. */
export interface CliEmulator extends RunningEmulator {
  /** Path of the outputs file, for `--outputs`. */
  readonly outputsFile: string;
  /** Keys of uploaded files and of unfinished multipart uploads. */
  uploads(): Promise<readonly string[]>;
}

/** Starts an emulator and writes its outputs to the temp dir, where other suites do not find them. */
export async function runCliEmulator(tempDir: TempDir, options: RunningEmulatorOptions = {}): Promise<CliEmulator> {
  const emulator = await runEmulator(options);
  const { outputs, bucketName, s3 } = emulator;
  return {
    ...emulator,
    outputsFile: writeOutputs(tempDir, outputs),
    async uploads() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucketName, Prefix: UPLOAD_FOLDER }));
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucketName }));
      return [...Contents, ...Uploads].map(({ Key = '' }) => Key).sort();
    },
  };
}

/** Writes an outputs file as `cdk deploy --outputs-file` does. */
export function writeOutputs(
  tempDir: TempDir,
  outputs: Readonly<Record<string, string>>,
  name = 'outputs.json',
): string {
  return tempDir.file(name, JSON.stringify({ PreSignedURLStack: outputs }));
}

/** Writes an AWS config file with one profile, for `AWS_CONFIG_FILE`. The SDK caches it by its path. */
export function writeProfile(
  tempDir: TempDir,
  name: string,
  keys?: { readonly accessKeyId: string; readonly secretAccessKey: string },
): string {
  const lines = keys
    ? `aws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`
    : '';
  return tempDir.file(`config-${name}`, `[profile ${name}]\nregion = us-east-1\n${lines}`);
}
