import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from '../../build/bundling';
import { cleanEnvironment } from './cli-process';

const execute = promisify(execFile);

/** The package, as `npm publish` would upload it. */
export interface Packed {
  /** The tarball. */
  readonly file: string;
  readonly sizeBytes: number;
  readonly unpackedBytes: number;
  readonly files: readonly string[];
}

/** A new project with the package installed. */
export interface Consumer {
  readonly directory: string;
  /** Writes a file of the project. */
  write(name: string, text: string): void;
  /** Runs a program in the project. @returns what it prints @throws Error with its output if it fails */
  run(program: string, ...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Packages that a consumer also has. They are linked to those of the checkout, because tests have no network. */
const PEERS = ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types'];

/** Packs the package that was built for all suites. */
export async function pack(directory: string): Promise<Packed> {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const { stdout } = await execute('npm', args, { cwd: PROJECT });
  const [{ filename, size, unpackedSize, files }] = JSON.parse(stdout);
  return {
    file: join(directory, filename),
    sizeBytes: size,
    unpackedBytes: unpackedSize,
    files: files.map(({ path }: { readonly path: string }) => path),
  };
}

/**
 * Installs the package in an empty project, without network.
 *
 * @param tools more packages that the project has
 */
export async function install({ file }: Packed, tools: readonly string[] = []): Promise<Consumer> {
  const directory = mkdtempSync(join(tmpdir(), 'consumer-'));
  const env = { ...cleanEnvironment(), npm_config_cache: join(directory, '.npm') };
  writeFileSync(join(directory, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const run: Consumer['run'] = async (program, ...args) =>
    (await execute(program, args, { cwd: directory, env })).stdout;
  await run('npm', 'install', '--offline', '--no-audit', '--no-fund', file);
  for (const name of [...PEERS, ...tools]) {
    const path = join(directory, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules', name), path);
  }
  return {
    directory,
    write: (name, text) => writeFileSync(join(directory, name), text),
    run,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
