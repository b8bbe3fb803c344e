/** Whose figure it is. */
export type Column = 'floor' | 'ours' | 'byDefault' | 'unbundled' | 'pattern';

/** A cell of the table: as it is printed, and as a program reads it. */
export interface Cell {
  readonly text: string;
  readonly data: unknown;
}

/** A row of the table. */
export interface Figure {
  readonly section: string;
  /** What was measured, with its unit. */
  readonly name: string;
  readonly cells: Partial<Readonly<Record<Column, Cell>>>;
  /** What ours must be at the most. */
  readonly atMost?: number;
}

/** Headings of the columns. */
export const COLUMNS: Readonly<Record<Column, string>> = {
  floor: 'floor',
  ours: 'ours',
  byDefault: 'bundled by default',
  unbundled: 'SDK, not bundled',
  pattern: 'the pattern',
};

/** Of a sorted list, what `share` of it is below. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Median, and the half of the samples around it. */
export function spread(samples: readonly number[], digits: number): Cell {
  const [lower, middle, upper] = [0.25, 0.5, 0.75].map((share) => Number(quantile(samples, share).toFixed(digits)));
  const text = samples.length > 1 && lower !== upper ? `${middle} (${lower}–${upper})` : `${middle}`;
  return { text, data: { median: middle, lower, upper, samples: samples.length } };
}

/** A figure that is the same each time. */
export function exact(value: number, digits = 0): Cell {
  const rounded = Number(value.toFixed(digits));
  return { text: rounded.toLocaleString('en-GB'), data: rounded };
}
