import { synthesizeIfChanged } from '../../emulator/template/cached-assembly';
import { TEST_ASSEMBLY_DIRECTORY } from './assembly';

/** Synthesizes the stack once for all suites. */
export default async function synthesizeOnce(): Promise<void> {
  await synthesizeIfChanged(TEST_ASSEMBLY_DIRECTORY);
}
