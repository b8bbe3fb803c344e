import { COLUMNS, type Column, type Figure } from './figures';

/** A run of the bench. */
export interface Report {
  /** When, as an RFC 3339 date. */
  readonly date: string;
  /** Processor, memory, system, and the Nodes that were measured. */
  readonly machine: string;
  readonly figures: readonly Figure[];
}

/** The run as a Markdown table. */
export function tableOf({ figures }: Report): string {
  const columns = Object.keys(COLUMNS) as Column[];
  const lines = [
    `| | ${columns.map((column) => COLUMNS[column]).join(' | ')} | at most |`,
    `| --- | ${columns.map(() => '---:').join(' | ')} | ---: |`,
  ];
  let section = '';
  for (const { section: own, name, cells, atMost } of figures) {
    if (own !== section) {
      lines.push(`| **${own}** |${' |'.repeat(columns.length + 1)}`);
      section = own;
    }
    const texts = columns.map((column) => cells[column]?.text ?? '');
    lines.push(`| ${name} | ${texts.join(' | ')} | ${atMost ?? ''} |`);
  }
  return lines.join('\n');
}

/** The run for a program. */
export function jsonOf({ date, machine, figures }: Report): string {
  const rows = figures.map(({ cells, ...figure }) => ({
    ...figure,
    ...Object.fromEntries(Object.entries(cells).map(([column, cell]) => [column, cell?.data])),
  }));
  return JSON.stringify({ date, machine, figures: rows }, undefined, 2);
}

/** Median of a figure. */
export function medianOf(figure: Figure | undefined, column: Column): number | undefined {
  const data = figure?.cells[column]?.data;
  if (typeof data === 'number') {
    return data;
  }
  return typeof data === 'object' && data !== null && 'median' in data ? Number(data.median) : undefined;
}

/** The figure of that name, in a section that starts so. */
export function findFigure({ figures }: Report, section: string, name: string): Figure | undefined {
  return figures.find((figure) => figure.section.startsWith(section) && figure.name === name);
}
