import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_DIRECTORY } from '../emulator/template/assembly';
import { type Cell, type Figure, spread } from './figures';

/** Seconds that a start may take when nothing has changed since the last one. */
const LATER_START_AT_MOST = 3;

/** How long `npm start` takes to its first link, from a synthesised stack that it finds and from none. */
export async function startFigures(rounds: number): Promise<readonly Figure[]> {
  const section = 'Starting the emulator, on this machine';
  const first = await startsOf(Math.ceil(rounds / 3), ['--no-cache']);
  // Leaves a synthesised stack behind, if there was none.
  await secondsToStart([]);
  return [
    { section, name: 'a start with synthesis, s', cells: { ours: first } },
    {
      section,
      name: 'a later start, s',
      cells: { ours: await startsOf(rounds, []) },
      atMost: LATER_START_AT_MOST,
    },
  ];
}

async function startsOf(rounds: number, options: readonly string[]): Promise<Cell> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    seconds.push(await secondsToStart(options));
  }
  return spread(seconds, 1);
}

async function secondsToStart(options: readonly string[]): Promise<number> {
  const started = performance.now();
  const args = ['--import', 'tsx', join('bin', 'start.ts'), '--port', '0', ...options];
  const child = spawn(process.execPath, args, { cwd: PROJECT_DIRECTORY, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let seconds: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    // The first line of the introduction is printed when everything listens.
    if (seconds === undefined && line.startsWith('One-time S3 links')) {
      seconds = (performance.now() - started) / 1000;
      child.kill('SIGINT');
    }
  }
  await ended;
  if (seconds === undefined) {
    throw new Error('the emulator did not start');
  }
  return seconds;
}
