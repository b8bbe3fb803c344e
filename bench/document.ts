import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../emulator/template/assembly';
import { PRICE } from '../test/support/prices';
import { chartOf } from './chart';
import { findFigure, medianOf, type Report, summaryOf, tableOf } from './report';

const DOCUMENT = join(PROJECT_DIRECTORY, 'docs', 'performance.md');
const CHART = join(PROJECT_DIRECTORY, 'docs', 'performance.svg');

/** Memory at which a function has one whole processor. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const WHOLE_PROCESSOR_MEGABYTES = 1769;
const MEMORY_SIZES = [128, 256, 512, 1024, 1769];
/** What DynamoDB takes in the same region, with the way there and back. Assumed. */
const TABLE_MILLISECONDS = 5;

/**
 * Writes a run into docs/performance.md, between its markers, and the chart beside it.
 *
 * @param nodeName of the Node that is Lambda's.
 */
export async function writeDocument(report: Report, nodeName: string): Promise<void> {
  const { date, machine } = report;
  const text = await readFile(DOCUMENT, 'utf8');
  const withSummary = replaceBetween(text, 'summary', `${date}, ${machine}.\n\n${summaryOf(report, nodeName)}`);
  const withRun = replaceBetween(withSummary, 'bench', tableOf(report));
  await writeFile(DOCUMENT, replaceBetween(withRun, 'memory', memoryTable(report, nodeName)));
  await writeFile(CHART, chartOf(report, nodeName));
}

/** What memory buys the authorizer, and what it costs. */
function memoryTable(report: Report, nodeName: string): string {
  const section = `redeem (authorizer), Node ${nodeName}`;
  const value = (name: string): number => medianOf(findFigure(report, section, name), 'ours') ?? Number.NaN;
  const first = value('of that, first call');
  const rehearsal = value('of that, init after loading');
  const warm = value('warm call, µs of the processor') / 1000;
  const rows = MEMORY_SIZES.map((megabytes) => {
    const share = Math.min(1, megabytes / WHOLE_PROCESSOR_MEGABYTES);
    const milliseconds = Math.ceil(TABLE_MILLISECONDS + warm / share);
    const dollars = (milliseconds / 1000) * (megabytes / 1024) * PRICE.armGigabyteSecond * 1e6;
    const cells = [
      `${megabytes} MB`,
      `${(share * 100).toFixed(0)} %`,
      `${((first + rehearsal) / share).toFixed(0)} ms`,
      `${(first / share).toFixed(0)} ms`,
      `${(warm / share).toFixed(1)} ms`,
      `${milliseconds} ms`,
      `$${dollars.toFixed(3)}`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| memory | processor | first call without the rehearsal | with it | warm call | billed, with the table’s answer | a million |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}

function replaceBetween(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) {
    throw new Error(`docs/performance.md has no place for ${name}: ${start} … ${end}`);
  }
  // Empty lines, so that Markdown goes on in a block of HTML.
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
