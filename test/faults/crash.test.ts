import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_DIRECTORY } from '../../emulator/template/assembly';
import type { EmulatorAddress } from '../support/emulator-process';
import { ALL_LINK_KINDS } from '../support/link-kinds';
import { newLink, open } from '../support/race';
import { SCALE } from '../support/scale';

jest.setTimeout(300_000 * SCALE);

const CRASHES = 3 * SCALE;

/** Clients that issue and redeem links at the same time while the emulator is killed. */
const CLIENTS = 4;

/** An emulator that can be killed. */
type RunningProcess = EmulatorAddress & { readonly child: ChildProcess };

/** A link and the responses to its readers. */
interface KnownLink {
  /** Route and query of its direct link. */
  readonly path: string;
  /** Not redeemed before the crash. */
  readonly keptBack: boolean;
  redeemed: number;
  refused: number;
  /** No response, or a 5xx. */
  withoutResponse: number;
}

let dataDirectory: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'crash-test-'));
});

afterAll(async () => {
  await Promise.all(children.map(kill));
  await rm(dataDirectory, { recursive: true });
});

test('an emulator that is killed under load redeems no link twice and loses none', async () => {
  const links: KnownLink[] = [];
  let emulator = await start();
  for (let crash = 0; crash < CRASHES; crash++) {
    links.push(...(await loadUntilKilled(emulator)));
    emulator = await start();
    for (const link of links.filter(({ keptBack }) => !keptBack)) {
      await expectKept(emulator, link);
    }
  }
  // These links stay active through all crashes, because a link may survive one crash and be lost in the next.
  for (const link of links.filter(({ keptBack }) => keptBack)) {
    await expectKept(emulator, link);
  }

  expect(links.filter(({ keptBack }) => keptBack).length).toBeGreaterThan(0);
  expect(links.filter(({ keptBack, redeemed }) => !keptBack && redeemed === 1).length).toBeGreaterThan(0);
});

/** Issues and redeems links until the emulator is killed at a random moment. Returns the links that were handed out. */
async function loadUntilKilled(emulator: RunningProcess): Promise<readonly KnownLink[]> {
  const links: KnownLink[] = [];
  const responsesUntilKill = 20 + Math.floor(Math.random() * 40);
  let responses = 0;
  let killed: Promise<void> | undefined;
  const client = async (): Promise<void> => {
    for (let turn = 0; isAlive(emulator.child); turn++) {
      const kind = ALL_LINK_KINDS[turn % 3] ?? 'upload';
      const issued = await newLink({ ...emulator, kind }).catch(() => undefined);
      if (issued !== undefined) {
        const path = issued.url.slice(emulator.apiEndpoint.length);
        const link = { path, keptBack: turn % 4 === 0, redeemed: 0, refused: 0, withoutResponse: 0 };
        links.push(link);
        if (!link.keptBack) {
          await redeem(emulator, link, 1 + (turn % 2));
        }
      }
      if (++responses === responsesUntilKill) {
        // A random delay, so that the kill does not coincide with a response.
        killed = new Promise((resolve) => setTimeout(resolve, Math.random() * 20)).then(() => kill(emulator.child));
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await killed;
  return links;
}

/** Redeems a link from several readers at the same time, and counts their responses. */
async function redeem(emulator: EmulatorAddress, link: KnownLink, readers: number): Promise<void> {
  const url = `${emulator.apiEndpoint}${link.path}`;
  const attempts = Array.from({ length: readers }, async (_, turn) => {
    const { redeemed, status } = await open(url, turn).catch(() => ({ redeemed: false, status: 0 }));
    link[redeemed ? 'redeemed' : status === 403 ? 'refused' : 'withoutResponse']++;
  });
  await Promise.all(attempts);
}

/** Redeems a link after the crash, and compares the responses with those before it. */
async function expectKept(emulator: EmulatorAddress, link: KnownLink): Promise<void> {
  const before = { ...link };
  await redeem(emulator, link, 3);
  const redeemed = link.redeemed - before.redeemed;

  expect(link).toMatchObject({ refused: before.refused + 3 - redeemed, withoutResponse: before.withoutResponse });
  if (before.redeemed + before.refused > 0) {
    expect({ before, redeemed }).toEqual({ before, redeemed: 0 });
  } else if (before.withoutResponse === 0) {
    expect({ before, redeemed }).toEqual({ before, redeemed: 1 });
  } else {
    expect(redeemed).toBeLessThanOrEqual(1);
  }
}

async function start(): Promise<RunningProcess> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', 'tsx', join('test', 'support', 'emulator-process.ts'), dataDirectory],
    // In a process group, so that its child processes are killed, too.
    { cwd: PROJECT_DIRECTORY, stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), once(child, 'close')]);
  if (!isAlive(child)) {
    throw new Error('the emulator does not start with the data of the killed one');
  }
  return { child, ...(JSON.parse(String(line[0])) as EmulatorAddress) };
}

/** `kill -9`, then waits for the exit of every process that holds its pipes. */
async function kill(child: ChildProcess): Promise<void> {
  if (isAlive(child) && child.pid !== undefined) {
    const closed = once(child, 'close');
    process.kill(-child.pid, 'SIGKILL');
    await closed;
  }
}

function isAlive({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
