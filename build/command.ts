import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { COMMON } from './bundling';
import { writeOutput } from './write-output';

/** Bundles the command line and its dependencies into one file. @returns the metadata of the bundle */
export function buildCommand(directory: string): Metafile {
  const { outputFiles, metafile } = buildSync({
    ...COMMON,
    entryPoints: ['bin/one-time-links.ts'],
    outfile: join(directory, 'one-time-links.js'),
    format: 'cjs',
    target: 'node20',
    banner: { js: '#!/usr/bin/env node' },
  });
  writeOutput(outputFiles, 0o755);
  return metafile;
}
