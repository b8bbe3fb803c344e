import { OptionError } from './parsers';

/** Names that people write for an option: former names, and props of the construct, which have no unit in their name. */
const ALIASES: Readonly<Record<string, string>> = {
  ownBucket: 'defaultBucket',
  sharedBuckets: 'existingBuckets',
  maxLinkLifetime: 'maxLinkLifetimeSeconds',
  openedUrlLifetime: 'openedUrlLifetimeSeconds',
  logRetention: 'logRetentionDays',
};

/**
 * Refuses context keys that look like a mistyped option: ignored, `retain_data` would lose data. Other keys are left alone:
 * they may belong to another stack of the app.
 *
 * @throws OptionError
 */
export function refuseMistypedOptions(contextKeys: readonly string[], optionNames: readonly string[]): void {
  for (const key of contextKeys.filter((name) => !optionNames.includes(name))) {
    const meant = [...optionNames, ...Object.keys(ALIASES)].find((name) => isClose(letters(key), letters(name), 2));
    if (meant !== undefined) {
      throw new OptionError(key, `there is no such option. Write ${ALIASES[meant] ?? meant}`);
    }
  }
}

function letters(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Whether at most so many insertions, deletions and substitutions turn one text into the other. */
function isClose(from: string, to: string, edits: number): boolean {
  if (from === to || edits === 0) {
    return from === to;
  }
  return from.charAt(0) === to.charAt(0)
    ? isClose(from.slice(1), to.slice(1), edits)
    : isClose(from.slice(1), to, edits - 1) ||
        isClose(from, to.slice(1), edits - 1) ||
        isClose(from.slice(1), to.slice(1), edits - 1);
}
