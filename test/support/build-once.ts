import { buildPackage } from '../../build/package';
import { synthesizeIfChanged } from '../../emulator/template/cached-assembly';
import { TEST_ASSEMBLY_DIRECTORY } from './assembly';

/** Builds the package, and synthesizes the stack, once for all suites. */
export default async function buildOnce(): Promise<void> {
  await buildPackage();
  await synthesizeIfChanged(TEST_ASSEMBLY_DIRECTORY);
}
