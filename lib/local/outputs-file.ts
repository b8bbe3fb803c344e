import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Stand } from './stand';

/** Where the outputs of a running stand are found, in the shape of `cdk deploy --outputs-file`. */
export const OUTPUTS_FILE = join('cdk.out', 'local-outputs.json');

/** Says where a stand listens, to programs. The file is there only while a stand is ready. */
export async function writeOutputs(stackName: string, stand: Stand): Promise<void> {
  await mkdir(dirname(OUTPUTS_FILE), { recursive: true });
  await writeFile(OUTPUTS_FILE, `${JSON.stringify({ [stackName]: stand.outputs }, null, 2)}\n`);
}

/** Removes what an earlier stand left. */
export async function removeOutputs(): Promise<void> {
  await rm(OUTPUTS_FILE, { force: true });
}
