import { join } from 'node:path';
import { type Assembly, readAssembly } from '../../emulator/template/assembly';

/** The assembly that the suites share, synthesized before the first one runs. */
export const TEST_ASSEMBLY_DIRECTORY = join(__dirname, '..', '..', 'cdk.out', 'test');

/** A resource in the template. */
export interface MutableResource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests change any property of any resource.
  Properties: any;
}

/** Resources of a copy of the template, by logical ID. */
export type MutableResources = Record<string, MutableResource>;

/** The synthesized stack, after `change` has edited a copy of its resources. */
export async function testAssembly(change: (resources: MutableResources) => void = () => {}): Promise<Assembly> {
  const assembly = await readAssembly(TEST_ASSEMBLY_DIRECTORY);
  change(assembly.template.Resources as MutableResources);
  return assembly;
}

/** The only resource of a type whose logical ID starts with `prefix`. */
export function resourceNamed(resources: MutableResources, type: string, prefix: string): MutableResource {
  const found = Object.entries(resources).filter(([id, { Type }]) => Type === type && id.startsWith(prefix));
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) {
    throw new Error(`${found.length} resources of type ${type} have an ID that starts with ${prefix}`);
  }
  return only[1];
}
