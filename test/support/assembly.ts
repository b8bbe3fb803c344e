import { join } from 'node:path';
import { type Assembly, readAssembly } from '../../emulator/template/assembly';

/** Where the suites' assembly is; made once, before the first suite. */
export const TEST_ASSEMBLY_DIRECTORY = join(__dirname, '..', '..', 'cdk.out', 'test');

/** A resource of the template, free to change. */
export interface MutableResource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into the template as they please.
  Properties: any;
}

/** Resources of a copy of the template, by logical id. */
export type MutableResources = Record<string, MutableResource>;

/** The synthesised stack, after `change` was made to a copy of its resources. */
export async function testAssembly(change: (resources: MutableResources) => void = () => {}): Promise<Assembly> {
  const assembly = await readAssembly(TEST_ASSEMBLY_DIRECTORY);
  change(assembly.template.Resources as MutableResources);
  return assembly;
}

/** The one resource whose logical id starts with `prefix` and that has the type. */
export function resourceNamed(resources: MutableResources, type: string, prefix: string): MutableResource {
  const found = Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith(prefix));
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) {
    throw new Error(`${found.length} resources of type ${type} have an id that starts with ${prefix}`);
  }
  return only[1];
}
