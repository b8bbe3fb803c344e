import { join } from 'node:path';
import type { BundlingOptions } from 'aws-cdk-lib/aws-lambda-nodejs';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { PROJECT_DIRECTORY } from '../../emulator/template/assembly';

/** A bundle, and what esbuild says of its making. */
export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/**
 * Bundles a function as the stack does.
 *
 * @param entry file in `lambda/`, without its ending.
 * @param changes to the options of esbuild.
 */
export async function bundle(entry: string, bundling: BundlingOptions, changes: BuildOptions = {}): Promise<Bundle> {
  const { mainFields, format, target, minify, esbuildArgs } = bundling;
  const aliases = [esbuildArgs?.['--alias'] ?? []].flat().map((alias) => String(alias).split('='));
  const { outputFiles, metafile } = await build({
    entryPoints: [join(PROJECT_DIRECTORY, 'lambda', `${entry}.ts`)],
    absWorkingDir: PROJECT_DIRECTORY,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    ...(mainFields && { mainFields }),
    ...(format && { format }),
    ...(target && { target }),
    ...(minify !== undefined && { minify }),
    alias: Object.fromEntries(aliases),
    ...changes,
  });
  return { text: outputFiles?.[0]?.text ?? '', metafile: metafile as Metafile };
}

/** Name of the package that a file is from; `undefined` for one of ours. */
export function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
}

/** Bytes of each package in a bundle. */
export function packagesIn({ metafile }: Bundle): Readonly<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path);
      if (name !== undefined && bytesInOutput > 0) {
        bytes[name] = (bytes[name] ?? 0) + bytesInOutput;
      }
    }
  }
  return bytes;
}
