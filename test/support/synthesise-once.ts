import { synthesise } from '../../emulator/template/assembly';
import { TEST_ASSEMBLY_DIRECTORY } from './assembly';

/** Synthesises the stack once for all suites. */
export default async function synthesiseOnce(): Promise<void> {
  await synthesise(TEST_ASSEMBLY_DIRECTORY);
}
