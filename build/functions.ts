import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import { FUNCTION_BUNDLE, PROJECT } from './bundling';
import { writeOutput } from './write-output';

/** The functions, by the names of their files in `lambda/`. */
const FUNCTIONS = [
  'access-object',
  'authorize-access',
  'describe-link',
  'generate-url',
  'manage-link',
  'open-link',
  'record-receipts',
  'remove-uploads',
];

/** Bundles every function into `functions/<name>/index.js`. @returns what the bundles contain */
export function buildFunctions(): Metafile {
  const { outputFiles, metafile } = buildSync({
    ...FUNCTION_BUNDLE,
    entryPoints: FUNCTIONS.map((name) => ({ in: `lambda/${name}.ts`, out: `${name}/index` })),
    outdir: join(PROJECT, 'functions'),
  });
  writeOutput(outputFiles);
  return metafile;
}
