/** A resource that the emulator does not serve, or serves only in part. */
export interface LeftAlone {
  readonly type: string;
  /** Path of its construct. */
  readonly path: string;
  /** The part that the emulator does not support. @default - the type */
  readonly problem?: string;
}

/** Maximum number of paths to print for one type. */
const MAX_PATHS = 3;

/** Returns one line for each type, sorted. */
export function describeLeftAlone(resources: readonly LeftAlone[]): readonly string[] {
  const byType = new Map<string, Set<string>>();
  for (const { type, path, problem } of resources) {
    const descriptions = byType.get(type) ?? new Set();
    byType.set(type, descriptions.add(problem === undefined ? path : `${path} (${problem})`));
  }
  return [...byType]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, descriptions]) => {
      const shown = [...descriptions].slice(0, MAX_PATHS);
      const more = descriptions.size > shown.length ? ', …' : '';
      return `${type} (${descriptions.size}): ${shown.join(', ')}${more}`;
    });
}
