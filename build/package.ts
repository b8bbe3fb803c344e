import { spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './bundling';
import { buildClient } from './client';
import { buildCommand } from './command';
import { buildFunctions } from './functions';
import { licensesOf } from './licenses';
import { writeOutput } from './write-output';

/** Directory of the files that are published. */
export const DIST = join(PROJECT, 'dist');

/** Files that the construct reads, relative to the checkout and to `dist/`. */
const READ_BY_CONSTRUCT = [
  'assets/S3.png',
  'functions',
  'lambda/page/favicon.svg',
  'lambda/page/key.svg',
  'lambda/page/page.css',
  'lib/pages/error.html',
];

/**
 * Builds the package in `dist/`, with the folders of the checkout: the construct with the bundled functions, the client and
 * the command line.
 */
export async function buildPackage(): Promise<void> {
  compile();
  const bundles = [await buildFunctions(), buildClient(DIST), buildCommand(DIST)];
  for (const path of READ_BY_CONSTRUCT) {
    cpSync(join(PROJECT, path), join(DIST, path), { recursive: true });
  }
  writeOutput([{ path: join(DIST, 'THIRD-PARTY-LICENSES.txt'), contents: Buffer.from(licensesOf(bundles)) }]);
}

/** Compiles the construct to JavaScript and declarations, and the client to declarations. */
function compile(): void {
  const tsc = join(PROJECT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', join(__dirname, 'tsconfig.json')], { stdio: 'inherit' });
  if (status !== 0) {
    throw new Error('the construct does not compile');
  }
}
