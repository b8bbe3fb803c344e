import { synthesiseIfChanged } from '../../emulator/template/cached-assembly';
import { TEST_ASSEMBLY_DIRECTORY } from './assembly';

/** Synthesises the stack once for all suites. */
export default async function synthesiseOnce(): Promise<void> {
  await synthesiseIfChanged(TEST_ASSEMBLY_DIRECTORY);
}
