import { shownTextProblem } from '../lambda/link/shown-text';
import { CliError } from './errors';

/** Checks an option whose text a page shows. @throws CliError `Usage` */
export function checkShownOption(option: string, value: string | undefined, kind: string, maxCharacters: number): void {
  if (value !== undefined && shownTextProblem(value.trim(), maxCharacters) !== undefined) {
    const rule = 'without line breaks, control characters or direction overrides';
    throw new CliError('Usage', `${option} must be ${kind} of 1 to ${maxCharacters} characters, ${rule}.`);
  }
}
