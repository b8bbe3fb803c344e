import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LINK_KINDS } from './link-kinds';
import {
  brokenExpiries,
  brokenPromises,
  brokenRevocations,
  type ExpiryTally,
  lostReplies,
  type RevokeTally,
  race,
  raceAgainstExpiry,
  raceAgainstRevocation,
} from './race';
import { type RunningEmulator, runEmulator } from './running-emulator';
import { EFFORT } from './scale';
import { unthrottled } from './unthrottled';

/** The races for a link, on one engine of the table. A file for each engine, so that they can run side by side. */
export function describeRaces(engine: 'memory' | 'disk'): void {
  jest.setTimeout(300_000 * EFFORT);

  let dataDirectory: string;
  let emulator: RunningEmulator;

  beforeAll(async () => {
    dataDirectory = await mkdtemp(join(tmpdir(), 'races-test-'));
    emulator = await runEmulator({ change: unthrottled, ...(engine === 'disk' ? { dataDirectory } : {}) });
  });

  afterAll(async () => {
    await emulator.close();
    await rm(dataDirectory, { recursive: true });
  });

  describe.each(LINK_KINDS)('with presign %s', (presign) => {
    test('each of 200 links opens for exactly one of 50 people who press at the same moment', async () => {
      const tallies = await race({ ...emulator, presign }, { links: 200 * EFFORT, openers: 50, start: 'together' });

      expect(brokenPromises(tallies, lostReplies(emulator.logs))).toEqual([]);
      expect(tallies).toHaveLength(200 * EFFORT);
      expect(tallies).toContainEqual({ opened: 1, refused: 49, other: [] });
    });

    test('a link that was opened stays shut for all who press once the first has the answer', async () => {
      const tallies = await race({ ...emulator, presign }, { links: 20 * EFFORT, openers: 50, start: 'one-ahead' });

      expect(brokenPromises(tallies, lostReplies(emulator.logs))).toEqual([]);
    });

    test('a link goes to one of all who open and revoke it at the same moment: 204 says that nobody opened it', async () => {
      const tallies: RevokeTally[] = [];
      // Until both sides have won: a race that one side always wins proves nothing.
      const won = (side: 'opened' | 'revoked'): boolean => tallies.some((tally) => tally[side] === 1);
      for (let races = 0; races < EFFORT || !won('opened') || !won('revoked'); races++) {
        tallies.push(...(await raceAgainstRevocation({ ...emulator, presign }, { links: 50, openers: 20 })));
      }

      expect(brokenRevocations(tallies)).toEqual([]);
    });

    test('a link opens at most once up to the second in which it expires, and for nobody from then on', async () => {
      const tallies: ExpiryTally[] = [];
      // Where the machine is so slow that nobody had an answer in time, there was no race: once more.
      for (let races = 0; races < 2 * EFFORT || !tallies.some(({ answeredInTime }) => answeredInTime); races++) {
        tallies.push(...(await raceAgainstExpiry({ ...emulator, presign }, { links: 30, openers: 8 })));
      }

      expect(brokenExpiries(tallies)).toEqual([]);
    });
  });
}
