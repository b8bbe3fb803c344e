import { MAX_FROM_CHARACTERS } from '../contract';
import { hasControlCharacter } from './download-name';

/** Why the name of a sender is invalid. */
export type SenderNameProblem = 'length' | 'control-character';

/** Checks the name of a sender, already trimmed. @returns `undefined` if it is valid. */
export function senderNameProblem(name: string): SenderNameProblem | undefined {
  // Counts code points. `length` counts some of them twice.
  const characters = [...name].length;
  if (characters < 1 || characters > MAX_FROM_CHARACTERS) {
    return 'length';
  }
  return hasControlCharacter(name) ? 'control-character' : undefined;
}
