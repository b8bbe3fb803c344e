import { hasControlCharacter } from './download-name';

/** Why a text cannot be shown on a page. */
export type ShownTextProblem = 'length' | 'control-character';

/** A visible character: not a space, a zero-width character or a combining mark. */
const VISIBLE = /(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** Checks a line of text for a page, already trimmed, such as the name of a sender. @returns `undefined` if it is valid. */
export function shownTextProblem(text: string, maxCharacters: number): ShownTextProblem | undefined {
  // Counts code points. `length` counts some of them twice.
  const characters = [...text].length;
  if (!VISIBLE.test(text) || characters > maxCharacters) {
    return 'length';
  }
  return hasControlCharacter(text) ? 'control-character' : undefined;
}
