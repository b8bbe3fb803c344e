import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL_LINK_KINDS } from '../support/link-kinds';
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
import { brokenUploads, raceUploads } from '../support/upload-race';

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

  describe.each(ALL_LINK_KINDS)('with a link of kind %s,', (kind) => {
    test('one of 8 simultaneous readers redeems a link', async () => {
      const tallies = await race({ ...emulator, kind }, { links: 4 * SCALE, readers: 8, start: 'together' });

      expect(brokenPromises(tallies, unknownOutcomes(emulator.logs))).toEqual([]);
      expect(tallies).toContainEqual({ redeemed: 1, refused: 7, other: [] });
    });

    test('one of 50 simultaneous readers redeems a link', async () => {
      const tallies = await race({ ...emulator, kind }, { links: SCALE, readers: 50, start: 'together' });

      expect(brokenPromises(tallies, unknownOutcomes(emulator.logs))).toEqual([]);
    });

    test('a redeemed link is refused to all later readers', async () => {
      const tallies = await race({ ...emulator, kind }, { links: 2 * SCALE, readers: 8, start: 'one-ahead' });

      expect(brokenPromises(tallies, unknownOutcomes(emulator.logs))).toEqual([]);
    });

    test('a link goes to one of its readers or to its revocation', async () => {
      const tallies: RevokeTally[] = [];
      // Repeats until each side has won once, because a race that one side always wins proves nothing.
      const won = (side: 'redeemed' | 'revoked'): boolean => tallies.some((tally) => tally[side] === 1);
      for (let races = 0; races < SCALE || !won('redeemed') || !won('revoked'); races++) {
        tallies.push(...(await raceAgainstRevocation({ ...emulator, kind }, { links: 4, readers: 8 })));
      }

      expect(brokenRevocations(tallies)).toEqual([]);
    });

    test('a link can be redeemed once before the second in which it expires, and never afterward', async () => {
      const tallies: ExpiryTally[] = [];
      // If no reader got a response in time on a slow machine, there was no race, so try again.
      for (let races = 0; races < SCALE || !tallies.some(({ respondedInTime }) => respondedInTime); races++) {
        tallies.push(...(await raceAgainstExpiry({ ...emulator, kind }, { links: 8, readers: 4 })));
      }

      expect(brokenExpiries(tallies)).toEqual([]);
    });
  });

  test('of 50 simultaneous uploads through one link, one is received, and its object is never replaced', async () => {
    const links = 20 * SCALE;
    const tallies = await raceUploads(emulator, { links, senders: 50 });

    expect(brokenUploads(tallies)).toEqual([]);
    expect(tallies).toHaveLength(links);
  });
});
