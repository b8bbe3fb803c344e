import { join } from 'node:path';
import type { Assembly } from '../emulator/template/assembly';
import { synthesiseIfChanged } from '../emulator/template/cached-assembly';
import type { MutableResources } from '../test/support/assembly';
import { unthrottled } from '../test/support/unthrottled';

/** The stack as it would be deployed, but without its throttles: it is to show how fast it is, not how fast it may be. */
export async function benchAssembly(): Promise<Assembly> {
  const assembly = await synthesiseIfChanged(join('cdk.out', 'bench'));
  unthrottled(assembly.template.Resources as MutableResources);
  return assembly;
}
