import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { PROJECT } from './bundling';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** Returns the licenses of all packages in the bundles. Packages with the same text share it. */
export function licensesOf(bundles: readonly Metafile[]): string {
  const packages = new Map<string, string[]>();
  for (const directory of packageDirectories(bundles)) {
    const { name, version, license }: Manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    const text = licenseText(directory) ?? `License: ${license}`;
    packages.set(text, [...(packages.get(text) ?? []), `${name} ${version}`]);
  }
  const sections = Array.from(packages, ([text, names]) => `${names.join('\n')}\n\n${text.trim()}\n`);
  return `The bundled files contain these packages.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** Directories of the packages with code in a bundle, sorted. */
function packageDirectories(bundles: readonly Metafile[]): readonly string[] {
  const inputs = bundles.flatMap(({ outputs }) =>
    Object.values(outputs).flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
    ),
  );
  const found = inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(found)].sort().map((directory) => join(PROJECT, directory));
}

function licenseText(directory: string): string | undefined {
  const file = readdirSync(directory).find((name) => /^licen[cs]e(\.(md|txt))?$/i.test(name));
  return file === undefined ? undefined : readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n');
}
