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
  const lines: string[] = [];
  let section = '';
  for (const figure of figures) {
    if (figure.section !== section) {
      section = figure.section;
      lines.push(`| **${section}** |${' |'.repeat(ALL_COLUMNS.length + 1)}`);
    }
    lines.push(rowOf(figure.name, figure));
  }
  return [...HEADING, ...lines].join('\n');
}

/**
 * What matters of the run, as a Markdown table. Instructions are not in it where they cannot be counted.
 *
 * @param nodeName of the Node that is Lambda's
 */
export function summaryOf(report: Report, nodeName: string): string {
  const rows = SUMMARY.flatMap(([title, section, name]) => {
    const figure = findFigure(report, section.replace('NODE', nodeName), name);
    if (figure === undefined && !section.startsWith('Instructions')) {
      throw new Error(`the bench has no figure ${name} in ${section}`);
    }
    return figure === undefined ? [] : [rowOf(title, figure)];
  });
  return [...HEADING, ...rows].join('\n');
}

const ALL_COLUMNS = Object.keys(COLUMNS) as Column[];

const HEADING = [
  `| | ${ALL_COLUMNS.map((column) => COLUMNS[column]).join(' | ')} | at most |`,
  `| --- | ${ALL_COLUMNS.map(() => '---:').join(' | ')} | ---: |`,
];

/** Rows of the summary: title, and section and name of the figure. */
const SUMMARY: readonly (readonly [title: string, section: string, name: string])[] = [
  ['redeem: bundle, KB', 'Bundles', 'redeem (authorizer), KB'],
  ['redeem: load, millions of instructions', 'Instructions, Node NODE', 'redeem (authorizer): load, M'],
  ['redeem: cold start and first call, ms', 'redeem (authorizer), Node NODE', 'init and first call, ms'],
  ['redeem: warm call, µs of the processor', 'redeem (authorizer), Node NODE', 'warm call, µs of the processor'],
  ['issue: cold start and first call, ms', 'issue (generate-url), Node NODE', 'init and first call, ms'],
  ['issue: warm call, µs of the processor', 'issue (generate-url), Node NODE', 'warm call, µs of the processor'],
  [
    'redirect: cold start and first call, ms',
    'redirect to a stored URL (access-object), Node NODE',
    'init and first call, ms',
  ],
  ['write units of a life, signed now', 'Operations', 'write units of a life, presign now'],
  ['write units of a life, signed on opening', 'Operations', 'write units of a life, presign on_open'],
  [
    'the emulator, 16 clients: redeems a second; p50, p99 in ms',
    'The emulator',
    'redeem, 16 clients: a second; p50, p99 in ms',
  ],
  ['the emulator: a later start, s', 'Starting the emulator', 'a later start, s'],
];

function rowOf(title: string, { cells, atMost }: Figure): string {
  return `| ${title} | ${ALL_COLUMNS.map((column) => cells[column]?.text ?? '').join(' | ')} | ${atMost ?? ''} |`;
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
