/** A table of results. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** The first cell of a row is its name. */
  readonly rows: readonly (readonly string[])[];
}

/** Writes a table as Markdown. */
export function markdown({ title, columns, rows }: Table): string {
  const lines = [columns, columns.map((_, index) => (index === 0 ? '---' : '---:')), ...rows];
  return [`### ${title}`, '', ...lines.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

/** Returns the median of the samples. */
export function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[Math.floor(samples.length / 2)] ?? Number.NaN;
}

/** Formats a number, for example `2,205` or `45.5`. */
export function rounded(value: number, digits = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Replaces the text between `<!-- bench -->` and `<!-- end of bench -->`. */
export function withResults(document: string, results: string): string {
  const [start, end] = ['<!-- bench -->', '<!-- end of bench -->'];
  const [from, to] = [document.indexOf(start), document.indexOf(end)];
  if (from === -1 || to < from) {
    throw new Error(`The document has no section ${start} … ${end}.`);
  }
  return `${document.slice(0, from + start.length)}\n\n${results}\n\n${document.slice(to)}`;
}
