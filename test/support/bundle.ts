import { join } from 'node:path';
import { build, type Loader, type Metafile } from 'esbuild';
import { PROJECT_DIRECTORY } from '../../emulator/template/assembly';
import { BUNDLING } from '../../lib/constructs/bundling';

/** A bundle, and esbuild's metadata about it. */
export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/**
 * Bundles a function as the stack does.
 *
 * @param entry file in `lambda/`, without its extension.
 */
export async function bundle(entry: string): Promise<Bundle> {
  const { mainFields, format, target, minify, keepNames, loader, esbuildArgs } = BUNDLING;
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
    ...(keepNames !== undefined && { keepNames }),
    ...(loader && { loader: loader as Record<string, Loader> }),
    alias: Object.fromEntries(aliases),
  });
  return { text: outputFiles[0]?.text ?? '', metafile };
}

/** Names of the packages in a bundle, sorted. */
export function packagesIn({ metafile }: Bundle): readonly string[] {
  const names = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      if (name !== undefined && bytesInOutput > 0) {
        names.add(name);
      }
    }
  }
  return [...names].sort();
}
