import { MAX_FROM_CHARACTERS } from '../contract';
import { hasControlCharacter } from './download-name';

/** Why the name of a sender is invalid. */
export type SenderNameProblem = 'length' | 'control-character';

/** A visible character: not a space, a zero-width character or a combining mark. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** Checks the name of a sender, already trimmed. @returns `undefined` if it is valid. */
export function senderNameProblem(name: string): SenderNameProblem | undefined {
  // Counts code points. `length` counts some of them twice.
  const characters = [...name].length;
  if (!VISIBLE.test(name) || characters > MAX_FROM_CHARACTERS) {
    return 'length';
  }
  return hasControlCharacter(name) ? 'control-character' : undefined;
}
