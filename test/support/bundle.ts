import { build, type Metafile } from 'esbuild';
import { FUNCTION_BUNDLE } from '../../build/bundling';

/** A bundle, and esbuild's metadata about it. */
export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
}

/**
 * Bundles a function as the build does.
 *
 * @param entry file in `lambda/`, without its extension.
 */
export async function bundle(entry: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({ ...FUNCTION_BUNDLE, entryPoints: [`lambda/${entry}.ts`] });
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
