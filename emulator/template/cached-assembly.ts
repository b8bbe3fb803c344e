import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Assembly, type ContextOptions, PROJECT_DIRECTORY, readAssembly, synthesize } from './assembly';

/** All inputs of the synthesis. The lock file represents the dependencies. The emulator and the CLI are not inputs. */
const INPUT_DIRECTORIES = ['assets', 'build', 'lambda', 'lib'];
const INPUT_FILES = ['bin/app.ts', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

/** File in the assembly with the hash of the inputs. Written last, so that an interrupted synthesis is not reused. */
const HASH_FILE = 'inputs.sha256';

/**
 * Synthesizes the app, unless `directory` already contains an assembly for the same inputs.
 *
 * @param options context values, in addition to those in `cdk.json`
 * @param make synthesizes the app into the directory
 * @param project directory of the inputs
 */
export async function synthesizeIfChanged(
  directory: string,
  options: ContextOptions = {},
  make: typeof synthesize = synthesize,
  project: string = PROJECT_DIRECTORY,
): Promise<Assembly> {
  const hashFile = join(directory, HASH_FILE);
  const inputs = await hashInputs(project, options);
  if (existsSync(hashFile) && (await readFile(hashFile, 'utf8')) === inputs) {
    return await readAssembly(directory);
  }
  await rm(hashFile, { force: true });
  const assembly = await make(directory, options);
  await writeFile(hashFile, inputs);
  return assembly;
}

async function hashInputs(project: string, options: ContextOptions): Promise<string> {
  const found = await Promise.all(INPUT_DIRECTORIES.map((name) => filesBelow(project, name)));
  const files = [...INPUT_FILES, ...found.flat()].sort();
  const hash = createHash('sha256').update(JSON.stringify(options));
  for (const file of files) {
    const content = await readFile(join(project, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

async function filesBelow(project: string, directory: string): Promise<readonly string[]> {
  const entries = await readdir(join(project, directory), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(project, join(entry.parentPath, entry.name)));
}
