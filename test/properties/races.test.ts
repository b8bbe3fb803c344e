import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LINK_KINDS } from '../support/link-kinds';
import {
  brokenExpiries,
  brokenPromises,
  brokenRevocations,
  type ExpiryTally,
  type RevokeTally,
  race,
  raceAgainstExpiry,
  raceAgainstRevocation,
  unknownOutcomes,
} from '../support/race';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SCALE } from '../support/scale';
import { unthrottled } from '../support/unthrottled';

jest.setTimeout(300_000 * SCALE);

describe.each(['memory', 'disk'] as const)('on the %s engine of the table', (engine) => {
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

  describe.each(LINK_KINDS)('with presign %s,', (presign) => {
    test('one of 8 simultaneous readers redeems a link', async () => {
      const tallies = await race({ ...emulator, presign }, { links: 4 * SCALE, readers: 8, start: 'together' });

      expect(brokenPromises(tallies, unknownOutcomes(emulator.logs))).toEqual([]);
      expect(tallies).toContainEqual({ redeemed: 1, refused: 7, other: [] });
    });

    test('a redeemed link is refused to all later readers', async () => {
      const tallies = await race({ ...emulator, presign }, { links: 2 * SCALE, readers: 8, start: 'one-ahead' });

      expect(brokenPromises(tallies, unknownOutcomes(emulator.logs))).toEqual([]);
    });

    test('a link goes to one of its readers or to its revocation', async () => {
      const tallies: RevokeTally[] = [];
      // Repeats until each side has won once, because a race that one side always wins proves nothing.
      const won = (side: 'redeemed' | 'revoked'): boolean => tallies.some((tally) => tally[side] === 1);
      for (let races = 0; races < SCALE || !won('redeemed') || !won('revoked'); races++) {
        tallies.push(...(await raceAgainstRevocation({ ...emulator, presign }, { links: 4, readers: 8 })));
      }

      expect(brokenRevocations(tallies)).toEqual([]);
    });

    test('a link can be redeemed once before the second in which it expires, and never afterward', async () => {
      const tallies: ExpiryTally[] = [];
      // If no reader got a response in time on a slow machine, there was no race, so try again.
      for (let races = 0; races < SCALE || !tallies.some(({ respondedInTime }) => respondedInTime); races++) {
        tallies.push(...(await raceAgainstExpiry({ ...emulator, presign }, { links: 8, readers: 4 })));
      }

      expect(brokenExpiries(tallies)).toEqual([]);
    });
  });
});
