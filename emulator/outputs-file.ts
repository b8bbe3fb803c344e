import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LOCAL_EMULATOR } from '../lambda/contract';
import type { Emulator } from './emulator';

const { outputsFile } = LOCAL_EMULATOR;

/** Writes the outputs as `cdk deploy --outputs-file` does. The file exists only while the emulator runs. */
export async function writeOutputs(stackName: string, emulator: Emulator): Promise<void> {
  await mkdir(dirname(outputsFile), { recursive: true });
  await writeFile(outputsFile, `${JSON.stringify({ [stackName]: emulator.outputs }, null, 2)}\n`);
}

/** Removes the file of an earlier run. */
export async function removeOutputs(): Promise<void> {
  await rm(outputsFile, { force: true });
}
