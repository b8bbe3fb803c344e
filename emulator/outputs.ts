import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LOCAL_EMULATOR } from '../lambda/contract';

/** Outputs of a stack, by name. */
export type Outputs = Readonly<Record<string, string>>;

/** The outputs file of a running emulator. */
export interface OutputsFile {
  readonly path: string;
  /** Removes the file, unless another emulator has replaced it. */
  remove(): Promise<void>;
}

/**
 * Writes the file that `cdk deploy --outputs-file` would write. It exists while the emulator runs, and only its user can read
 * it. If another emulator has the default file, the name of this one contains the port of the API.
 *
 * @param isEmulatorRunning whether the emulator that wrote a file is running
 */
export async function writeOutputs(
  stackName: string,
  outputs: Outputs,
  isEmulatorRunning: (outputsFile: string) => Promise<boolean>,
): Promise<OutputsFile> {
  const { outputsFile } = LOCAL_EMULATOR;
  const path = (await isEmulatorRunning(outputsFile)) ? fileOfPort(outputs) : outputsFile;
  const content = `${JSON.stringify({ [stackName]: outputs }, null, 2)}\n`;
  const newFile = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(newFile, content, { mode: 0o600 });
  await rename(newFile, path);
  return {
    path,
    async remove() {
      if ((await readFile(path, 'utf8').catch(() => undefined)) === content) {
        await rm(path, { force: true });
      }
    },
  };
}

function fileOfPort({ ApiGatewayEndpoint = '' }: Outputs): string {
  return LOCAL_EMULATOR.outputsFile.replace(/\.json$/, `-${new URL(ApiGatewayEndpoint).port}.json`);
}
