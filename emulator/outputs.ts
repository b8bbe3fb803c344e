import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LOCAL_EMULATOR } from '../lambda/contract';

const { outputsFile } = LOCAL_EMULATOR;

/** Outputs of a stack, by name. */
export type Outputs = Readonly<Record<string, string>>;

/** Writes the file that `cdk deploy --outputs-file` would write. It exists only while the emulator runs. */
export async function writeOutputs(stackName: string, outputs: Outputs): Promise<void> {
  await mkdir(dirname(outputsFile), { recursive: true });
  await writeFile(outputsFile, `${JSON.stringify({ [stackName]: outputs }, null, 2)}\n`);
}

/** Removes the file, also one that an earlier run left. */
export async function removeOutputs(): Promise<void> {
  await rm(outputsFile, { force: true });
}
