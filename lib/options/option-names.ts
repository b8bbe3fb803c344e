import { OptionError } from './parsers';

/** The names of the construct's props have no unit. */
const UNIT = /Seconds$|Days$/;

/**
 * Rejects context keys that look like a mistyped option. If `retain_data` were ignored, data could be lost. Other keys
 * can belong to another stack of the app or come from `~/.cdk.json`, so names that are longer than an option are
 * accepted.
 *
 * @throws OptionError
 */
export function refuseMistypedOptions(contextKeys: readonly string[], optionNames: readonly string[]): void {
  for (const key of contextKeys.filter((name) => !optionNames.includes(name))) {
    const meant = optionNames.find((name) =>
      [name, name.replace(UNIT, '')].some((text) => isMistyped(letters(key), letters(text))),
    );
    if (meant !== undefined) {
      throw new OptionError(key, `there is no such option. Use ${meant}`);
    }
  }
}

function letters(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Whether the key equals the name, or differs by one missing or changed letter, or by two swapped letters. */
function isMistyped(key: string, name: string): boolean {
  return [...name].some((letter, index) => {
    const [before, after] = [name.slice(0, index), name.slice(index + 1)];
    const changed = key.length === name.length && key.startsWith(before) && key.endsWith(after);
    return changed || key === before + after || key === before + after.charAt(0) + letter + after.slice(1);
  });
}
