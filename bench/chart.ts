import { COLUMNS, type Column } from './figures';
import { findFigure, medianOf, type Report } from './report';

const TASKS = { 'redeem (authorizer)': 'Redeem a link', 'issue (generate-url)': 'Issue a link' };
const COLUMNS_FROM_FAST: readonly Column[] = ['floor', 'ours', 'byDefault', 'unbundled', 'pattern'];
const LABELS: Readonly<Record<Column, string>> = { ...COLUMNS, floor: 'by hand: the floor' };

const WIDTH = 760;
const LEFT = 170;
const RIGHT = 90;
const BAR = 20;
const ROW = 28;
const TITLE = 30;

/** A bar: what it is of, and its two parts, in milliseconds. */
interface Bar {
  readonly label: string;
  readonly ours: boolean;
  readonly init: number;
  readonly call: number;
}

/** What a cold start takes, as an SVG that can be read on light and dark ground. */
export function chartOf(report: Report, nodeName: string): string {
  const groups = Object.entries(TASKS).map(([task, title]) => ({ title, bars: barsOf(report, task, nodeName) }));
  const longest = Math.max(...groups.flatMap(({ bars }) => bars.map(({ init, call }) => init + call)));
  const scale = (WIDTH - LEFT - RIGHT) / longest;
  const parts: string[] = [];
  let top = 64;
  for (const { title, bars } of groups) {
    parts.push(`<text x="0" y="${top + 18}" class="title">${title}</text>`);
    top += TITLE;
    for (const { label, ours, init, call } of bars) {
      const middle = top + BAR / 2 + 5;
      const [initWidth, callWidth] = [init * scale, call * scale];
      parts.push(
        `<text x="${LEFT - 10}" y="${middle}" text-anchor="end"${ours ? ' class="ours"' : ''}>${label}</text>`,
        `<rect x="${LEFT}" y="${top}" width="${initWidth.toFixed(1)}" height="${BAR}" class="init"/>`,
        `<rect x="${(LEFT + initWidth).toFixed(1)}" y="${top}" width="${callWidth.toFixed(1)}" height="${BAR}" class="call"/>`,
        `<text x="${(LEFT + initWidth + callWidth + 8).toFixed(1)}" y="${middle}"${ours ? ' class="ours"' : ''}>${(init + call).toFixed(0)} ms</text>`,
      );
      top += ROW;
    }
    top += 16;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" role="img" aria-labelledby="what">
<title id="what">Cold start beyond that of a bare Node ${nodeName}: ${describe(groups)}</title>
<style>
text { font: 14px system-ui, sans-serif; fill: #1f2328; }
.title, .ours { font-weight: 600; }
.init { fill: #8c959f; }
.call { fill: #0969da; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .init { fill: #768390; }
  .call { fill: #58a6ff; }
}
</style>
<text x="0" y="18" class="title">Cold start beyond that of a bare process, median</text>
<rect x="0" y="32" width="14" height="14" class="init"/><text x="20" y="44">load and init, at full speed</text>
<rect x="230" y="32" width="14" height="14" class="call"/><text x="250" y="44">first call, on AWS at the speed of the memory</text>
${parts.join('\n')}
</svg>
`;
}

function barsOf(report: Report, task: string, nodeName: string): readonly Bar[] {
  const section = `${task}, Node ${nodeName}`;
  return COLUMNS_FROM_FAST.flatMap((column) => {
    const init = medianOf(findFigure(report, section, 'load and init, ms'), column);
    const call = medianOf(findFigure(report, section, 'first call, ms'), column);
    return init === undefined || call === undefined
      ? []
      : [{ label: LABELS[column], ours: column === 'ours', init, call }];
  });
}

function describe(groups: readonly { readonly title: string; readonly bars: readonly Bar[] }[]): string {
  return groups
    .map(({ title, bars }) => {
      const values = bars.map(({ label, init, call }) => `${label} ${(init + call).toFixed(0)} ms`);
      return `${title}: ${values.join(', ')}`;
    })
    .join('. ');
}
