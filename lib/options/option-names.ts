import { OptionError } from './parsers';

/** Props of the construct have no unit in their name. */
const UNIT = /Seconds$|Days$/;

/**
 * Refuses context keys that look like a mistyped option: ignored, `retain_data` would lose data. Other keys may belong to
 * another stack of the app or be in `~/.cdk.json`, so a longer name, such as a plural, is left alone.
 *
 * @throws OptionError
 */
export function refuseMistypedOptions(contextKeys: readonly string[], optionNames: readonly string[]): void {
  for (const key of contextKeys.filter((name) => !optionNames.includes(name))) {
    const meant = optionNames.find((name) =>
      [name, name.replace(UNIT, '')].some((text) => isMistyped(letters(key), letters(text))),
    );
    if (meant !== undefined) {
      throw new OptionError(key, `there is no such option. Write ${meant}`);
    }
  }
}

function letters(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Whether the key is the name, or the name with one letter missing or changed, or two neighbors swapped. */
function isMistyped(key: string, name: string): boolean {
  return [...name].some((letter, index) => {
    const [before, after] = [name.slice(0, index), name.slice(index + 1)];
    const changed = key.length === name.length && key.startsWith(before) && key.endsWith(after);
    return changed || key === before + after || key === before + after.charAt(0) + letter + after.slice(1);
  });
}
