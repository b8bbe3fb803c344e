import { OptionError } from './parsers';

/** Props of the construct have no unit in their name. */
const UNIT = /Seconds$|Days$/;

/**
 * Refuses context keys that look like a mistyped option: ignored, `retain_data` would lose data. Other keys are left alone:
 * they may belong to another stack of the app.
 *
 * @throws OptionError
 */
export function refuseMistypedOptions(contextKeys: readonly string[], optionNames: readonly string[]): void {
  for (const key of contextKeys.filter((name) => !optionNames.includes(name))) {
    const meant = optionNames.find((name) =>
      [name, name.replace(UNIT, '')].some((text) => isClose(letters(key), letters(text))),
    );
    if (meant !== undefined) {
      throw new OptionError(key, `there is no such option. Write ${meant}`);
    }
  }
}

function letters(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Whether at most so many insertions, deletions and substitutions turn one text into the other. */
function isClose(from: string, to: string, edits = 2): boolean {
  if (from === to || edits === 0) {
    return from === to;
  }
  return from.charAt(0) === to.charAt(0)
    ? isClose(from.slice(1), to.slice(1), edits)
    : isClose(from.slice(1), to, edits - 1) ||
        isClose(from, to.slice(1), edits - 1) ||
        isClose(from.slice(1), to.slice(1), edits - 1);
}
