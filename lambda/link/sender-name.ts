import { MAX_FROM_CHARACTERS } from '../contract';
import { hasControlCharacter } from './download-name';

/** Why a name cannot be that of a sender. */
export type SenderNameProblem = 'length' | 'control-character';

/** Checks the name of a sender, without spaces around it. @returns `undefined` if it is valid. */
export function senderNameProblem(name: string): SenderNameProblem | undefined {
  // A string's length counts some characters twice.
  const characters = [...name].length;
  if (characters < 1 || characters > MAX_FROM_CHARACTERS) {
    return 'length';
  }
  return hasControlCharacter(name) ? 'control-character' : undefined;
}
