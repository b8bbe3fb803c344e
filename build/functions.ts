import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { FUNCTION_BUNDLE, PROJECT } from './bundling';
import { writeOutput } from './write-output';

/** The functions, by the names of their files in `lambda/`. */
const FUNCTIONS = [
  'access-object',
  'authorize-access',
  'describe-link',
  'generate-url',
  'log-received',
  'manage-link',
  'open-link',
  'record-receipts',
  'remove-uploads',
  'upload-object',
];

/** Bundles every function into `functions/<name>/index.js`. @returns the metadata of the bundles */
export async function buildFunctions(): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    ...FUNCTION_BUNDLE,
    entryPoints: FUNCTIONS.map((name) => ({ in: `lambda/${name}.ts`, out: `${name}/index` })),
    outdir: join(PROJECT, 'functions'),
  });
  writeOutput(outputFiles);
  return metafile;
}
