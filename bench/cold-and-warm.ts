import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Cell, type Column, type Figure, spread } from './figures';
import { type MeasuredProcess, type Mode, nodeProcess, type Timings, timingsOf } from './measured-process';
import type { Task } from './subjects';

/** How often to measure. */
export interface Effort {
  /** Processes of each kind, for figures that depend on a start. */
  readonly starts: number;
  /** Processes of each kind, for figures of calls that are warm. */
  readonly warmRuns: number;
  readonly callsPerWarmRun: number;
}

/** One version of a task, in one Node. */
interface Contender {
  readonly task: Task;
  readonly column: Column;
  readonly process: (mode: Mode, calls?: number) => MeasuredProcess;
}

/** What redeeming a link is to take at the most in Lambda's Node, on a machine that does nothing else. */
export const REDEEM_AT_MOST: Readonly<Record<string, number>> = {
  'init and first call, ms': 55,
  'warm call, µs of the processor': 700,
};

const PATTERN = join(__dirname, 'pattern', 'run_function.py');

/**
 * What a cold start takes beyond that of a bare Node, and what a warm call takes of the processor.
 *
 * @param redeemAtMost by the name of the figure.
 * @param storage environment that points functions at their storage.
 */
export async function timingFigures(
  tasks: readonly Task[],
  node: { readonly path: string; readonly name: string },
  storage: Readonly<Record<string, string>>,
  { starts, warmRuns, callsPerWarmRun }: Effort,
  redeemAtMost: Readonly<Record<string, number>>,
): Promise<readonly Figure[]> {
  const contenders = tasks.flatMap((task) => contendersOf(task, node.path, storage));
  const bare: Timings[] = [];
  const cold = new Map<Contender, Timings[]>(contenders.map((contender) => [contender, []]));
  const warm = new Map<Contender, Timings[]>(contenders.map((contender) => [contender, []]));
  // In turns: whatever else the machine does meets all of them.
  for (let round = 0; round < starts; round++) {
    bare.push(await timingsOf({ command: nodeProcess(node.path, 'bare'), environment: {} }));
    for (const contender of contenders) {
      cold.get(contender)?.push(await timingsOf(contender.process('call')));
    }
  }
  for (let round = 0; round < warmRuns; round++) {
    for (const contender of contenders) {
      warm.get(contender)?.push(await timingsOf(contender.process('warm', callsPerWarmRun)));
    }
  }
  const section = (name: string): string => `${name}, Node ${node.name}`;
  const rowsOf = (task: Task): readonly Figure[] => {
    const row = (what: string, runs: Map<Contender, Timings[]>, digits: number, of: (timings: Timings) => number) => ({
      section: section(task.name),
      name: what,
      ...(task.patternFunction === 'redeem' && what in redeemAtMost && { atMost: Number(redeemAtMost[what]) }),
      cells: cellsOf(
        contenders
          .filter((contender) => contender.task === task)
          .map((contender) => [contender.column, spread((runs.get(contender) ?? []).map(of), digits)]),
      ),
    });
    return [
      row('load, ms', cold, 1, ({ load = Number.NaN }) => load),
      row('load and init, ms', cold, 1, ({ init = Number.NaN }) => init),
      row('first call, ms', cold, 1, ({ call = Number.NaN }) => call),
      row('init and first call, ms', cold, 1, ({ init = Number.NaN, call = Number.NaN }) => init + call),
      row(
        'init and first call, ms of the processor',
        cold,
        1,
        ({ initCpu = Number.NaN, callCpu = Number.NaN }) => initCpu + callCpu,
      ),
      row(
        'of that, init after loading',
        cold,
        1,
        ({ loadCpu = Number.NaN, initCpu = Number.NaN }) => initCpu - loadCpu,
      ),
      row('of that, first call', cold, 1, ({ callCpu = Number.NaN }) => callCpu),
      row('warm call, µs of the processor', warm, 0, ({ warmCpuMicroseconds = Number.NaN }) => warmCpuMicroseconds),
    ];
  };
  const start = spread(
    bare.map((timings) => timings.bare ?? Number.NaN),
    1,
  );
  return [
    { section: section('A bare start'), name: 'to the first line, ms', cells: { floor: start } },
    ...tasks.flatMap(rowsOf),
  ];
}

/** Every version of a task as processes, the pattern's among them where this machine has what it takes. */
function contendersOf(task: Task, node: string, storage: Readonly<Record<string, string>>): readonly Contender[] {
  const environment = { ...task.environment, ...storage };
  const ours = task.versions.map(({ column, file }) => ({
    task,
    column,
    process: (mode: Mode, calls = 0): MeasuredProcess => ({
      command: nodeProcess(node, mode, { file, eventFile: task.eventFile }, calls),
      environment,
    }),
  }));
  const { patternFunction } = task;
  if (patternFunction === undefined || !hasPython()) {
    return ours;
  }
  const python = (mode: Mode, calls = 0): MeasuredProcess => ({
    command: ['python3', PATTERN, patternFunction, mode === 'warm' ? `${calls}` : '0'],
    environment: { ...environment, PATH: process.env['PATH'] ?? '', NONCE_TABLE_NAME: 'links' },
  });
  return [...ours, { task, column: 'pattern', process: python }];
}

let python: boolean | undefined;

/** Whether this machine has Python with boto3. */
function hasPython(): boolean {
  python ??= spawnSync('python3', ['-c', 'import boto3']).status === 0;
  return python;
}

function cellsOf(cells: readonly (readonly [Column, Cell])[]): Figure['cells'] {
  return Object.fromEntries(cells);
}
