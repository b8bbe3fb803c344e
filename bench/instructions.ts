import { spawnSync } from 'node:child_process';
import { type Cell, type Column, exact, type Figure, median } from './figures';
import { type Mode, nodeProcess, run } from './measured-process';
import type { Task } from './subjects';

/** Makes everything fifty times slower, and counts what the processor carries out, in all threads. */
const CALLGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'] as const;

/** Median of so many processes, but for warm calls, where the many calls of one do. */
const RUNS = 3;
/** Two numbers of calls: the difference is between calls that are warm. */
const WARM_CALLS = [20, 120] as const;

/** The budget of the authorizer, loaded, in millions. */
const REDEEM_LOAD_AT_MOST = 170;

type Count = (mode: Mode, runs: number, calls?: number) => Promise<number>;

/** Whether instructions can be counted here. */
export function hasCallgrind(): boolean {
  return spawnSync('valgrind', ['--version']).status === 0;
}

/**
 * Instructions beyond those of a bare Node, in millions. Unlike time they are the same on every machine of a kind, however
 * busy it is, to a few per cent: V8 compiles in threads of its own, when it sees fit.
 */
export async function instructionFigures(
  tasks: readonly Task[],
  node: { readonly path: string; readonly name: string },
  storage: Readonly<Record<string, string>>,
): Promise<readonly Figure[]> {
  const section = `Instructions, Node ${node.name}`;
  const bare = await instructionsOf(nodeProcess(node.path, 'bare'), {}, RUNS);
  const figures: Figure[] = [{ section, name: 'a bare start, M', cells: { floor: exact(bare, 0) } }];
  for (const { name, versions, eventFile, environment } of tasks) {
    const row = async (what: string, of: (count: Count) => Promise<number>): Promise<Figure> => {
      const cells: Partial<Record<Column, Cell>> = {};
      for (const { column, file } of versions) {
        const count: Count = (mode, runs, calls) =>
          instructionsOf(
            nodeProcess(node.path, mode, { file, eventFile }, calls),
            { ...environment, ...storage },
            runs,
          );
        cells[column] = exact(await of(count), 1);
      }
      return { section, name: `${name}: ${what}, M`, cells };
    };
    const [few, many] = WARM_CALLS;
    const load = await row('load', async (count) => (await count('load', RUNS)) - bare);
    figures.push(
      name.startsWith('redeem') ? { ...load, atMost: REDEEM_LOAD_AT_MOST } : load,
      await row('load and init', async (count) => (await count('init', RUNS)) - bare),
      await row('init and first call', async (count) => (await count('call', RUNS)) - bare),
      await row('warm call', async (count) => {
        return ((await count('warm', 1, many)) - (await count('warm', 1, few))) / (many - few);
      }),
    );
  }
  return figures;
}

async function instructionsOf(
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  runs: number,
): Promise<number> {
  const counts: number[] = [];
  for (let round = 0; round < runs; round++) {
    const written = await run({
      command: [...CALLGRIND, ...command],
      environment: { PATH: process.env['PATH'] ?? '', ...environment, SLOW_MOTION: '1' },
    });
    counts.push(Number(/Collected : (\d+)/.exec(written)?.[1]) / 1e6);
  }
  return median(counts);
}
