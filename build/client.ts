import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { COMMON } from './bundling';
import { writeOutput } from './write-output';

/** Bundles the client and its dependencies into one file. @returns the metadata of the bundle */
export function buildClient(directory: string): Metafile {
  const { outputFiles, metafile } = buildSync({
    ...COMMON,
    entryPoints: ['client/index.ts'],
    outfile: join(directory, 'client.js'),
    format: 'cjs',
    target: 'node20',
    // Callers see the names of errors.
    keepNames: true,
  });
  writeOutput(outputFiles);
  return metafile;
}
