import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_DIRECTORY } from '../../emulator/template/assembly';
import type { EmulatorAddress } from '../support/emulator-process';
import { linkTo } from '../support/http';
import type { LinkKind } from '../support/link-kinds';
import { open } from '../support/race';
import { EFFORT } from '../support/scale';

jest.setTimeout(300_000 * EFFORT);

const ROUNDS = 10 * EFFORT;

/** What asks and opens at once while the emulator is killed. */
const LANES = 8;

/** Answers after which the emulator is killed, at most. */
const MAX_ANSWERS = 60;

/** The emulator is not killed in the moment in which an answer comes, but up to this much later. */
const MAX_DELAY_MILLISECONDS = 20;

/** Same seed, same choices; what they meet differs all the same. SEED takes the one of an earlier run. */
const SEED = Number(process.env['SEED'] ?? randomInt(2 ** 31));

/** An emulator that can be killed. */
interface RunningProcess extends EmulatorAddress {
  readonly child: ChildProcess;
}

/** A link, and what is known of it. */
interface KnownLink {
  readonly nonce: string;
  readonly presign: LinkKind;
  /** Nobody opens it before the emulator was killed. */
  readonly keptBack: boolean;
  opened: number;
  refused: number;
  /** Openers who were told nothing: the emulator died on them, or answered 5xx. */
  unanswered: number;
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

test(`an emulator that is killed ten times under load opens no link twice and loses none (SEED=${SEED})`, async () => {
  const random = randomNumbers(SEED);
  const links: KnownLink[] = [];
  const counts = { kept: 0, spent: 0, inDoubt: 0 };
  const kept = new Set<LinkKind>();

  let emulator = await start();
  for (let round = 0; round < ROUNDS || counts.inDoubt === 0; round++) {
    const ofThisRound = await loadUntilKilled(emulator, random);
    links.push(...ofThisRound);
    emulator = await start();
    // Some of those that were kept back stay so until the end: one crash may spare what the next does not.
    for (const link of ofThisRound.filter(({ keptBack }) => !keptBack || random() < 0.5)) {
      counts[await expectKept(emulator, link)]++;
    }
  }
  for (const link of links) {
    const state = await expectKept(emulator, link);
    counts[state]++;
    if (state === 'kept') {
      kept.add(link.presign);
    }
  }
  await kill(emulator.child);

  expect([...kept].sort()).toEqual(['now', 'on_open']);
  expect(counts.spent).toBeGreaterThan(0);
  expect(children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)).toEqual([]);
});

/** Asks for links and opens them, until the emulator is killed at a random moment. Answers the links that it handed out. */
async function loadUntilKilled(emulator: RunningProcess, random: () => number): Promise<readonly KnownLink[]> {
  const links: KnownLink[] = [];
  const answersToLive = 1 + Math.floor(random() * MAX_ANSWERS);
  const delay = random() * MAX_DELAY_MILLISECONDS;
  let answers = 0;
  let killed: Promise<void> | undefined;
  const answered = (): void => {
    if (++answers === answersToLive) {
      killed = new Promise((resolve) => setTimeout(resolve, delay)).then(() => kill(emulator.child));
    }
  };
  const lane = async (): Promise<void> => {
    while (isAlive(emulator.child)) {
      const known = links.filter(({ keptBack }) => !keptBack);
      const link = known[Math.floor(random() * known.length)];
      if (link === undefined || random() < 0.4) {
        const presign = random() < 0.5 ? 'now' : 'on_open';
        const url = await linkTo(emulator, { presign }).catch(() => undefined);
        if (url !== undefined) {
          links.push({ nonce: nonceOf(url), presign, keptBack: random() < 0.3, opened: 0, refused: 0, unanswered: 0 });
        }
      } else {
        await press(emulator, link, 1 + Math.floor(random() * 3));
      }
      answered();
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await killed;
  return links;
}

/** Lets some open a link at the same moment, each in another way, and takes down what they were told. */
async function press(emulator: EmulatorAddress, link: KnownLink, openers: number): Promise<void> {
  const url = `${emulator.apiEndpoint}access-object?nonce=${link.nonce}`;
  const openings = Array.from({ length: openers }, async (_, turn) => {
    const { opened, status } = await open(url, turn).catch(() => ({ opened: false, status: 0 }));
    if (opened) {
      link.opened++;
    } else if (status === 403) {
      link.refused++;
    } else {
      link.unanswered++;
    }
  });
  await Promise.all(openings);
}

/**
 * Opens a link after a crash and holds what its openers meet against what was known before: whoever was told `opened` or
 * `refused` is the proof that it was spent, and it stays so; where nobody had tried, it opens; where somebody was told
 * nothing, either.
 */
async function expectKept(emulator: EmulatorAddress, link: KnownLink): Promise<'kept' | 'spent' | 'inDoubt'> {
  const before = { ...link };
  await press(emulator, link, 3);
  const opened = link.opened - before.opened;
  expect(link.opened).toBeLessThanOrEqual(1);
  expect({ ...link, unanswered: link.unanswered - before.unanswered }).toMatchObject({
    refused: before.refused + 3 - opened,
    unanswered: 0,
  });
  if (before.opened + before.refused > 0) {
    expect({ before, opened }).toEqual({ before, opened: 0 });
    return 'spent';
  }
  if (before.unanswered === 0) {
    expect({ before, opened }).toEqual({ before, opened: 1 });
    return 'kept';
  }
  return 'inDoubt';
}

async function start(): Promise<RunningProcess> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--import', 'tsx', join('test', 'support', 'emulator-process.ts'), dataDirectory],
    // A group of its own: whatever it starts is killed with it.
    { cwd: PROJECT_DIRECTORY, stdio: ['pipe', 'pipe', 'inherit'], detached: true },
  );
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line'), once(child, 'close')]);
  if (!isAlive(child)) {
    throw new Error('the emulator does not start on what the killed one left');
  }
  return { child, ...(JSON.parse(String(line[0])) as EmulatorAddress) };
}

/** kill -9, and waits until nothing of it is left: pipes close with the last process that holds them. */
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

function nonceOf(link: string): string {
  return new URL(link).searchParams.get('nonce') ?? '';
}

/** Numbers from 0 to 1 (mulberry32): all of a run's choices come from its seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
