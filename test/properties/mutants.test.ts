import { join } from 'node:path';
import { PROJECT_DIRECTORY } from '../../emulator/template/assembly';
import {
  authorizerCached,
  authorizerMayAlso,
  authorizerRedeemingWith,
  edited,
  editedAuthorizer,
  overwritingAllowed,
  type TemplateChange,
} from '../support/mutant-assembly';
import {
  brokenExpiries,
  brokenPromises,
  brokenRevocations,
  type ExpiryTally,
  type LinkTally,
  type RaceTrack,
  race,
  raceAgainstExpiry,
  raceAgainstRevocation,
} from '../support/race';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { unthrottled } from '../support/unthrottled';
import { brokenUploadPromises } from '../support/upload-checks';
import { brokenUploads, raceUploads } from '../support/upload-race';

// Runs the races of races.test.ts against broken code. A race that broken code also passes would prove nothing.

jest.setTimeout(300_000);

/** Enough requests for calls to overlap. */
const READERS = 24;

/** The mutants change the authorizer, which handles all kinds of link in the same way. */
function track(emulator: RunningEmulator): RaceTrack {
  return { ...emulator, kind: 'on_open' };
}

/** A mutant that passes this many races has survived. */
const MAX_RACES = 20;

const CONDITION = 'attribute_exists(nonce_id) AND expires_at > :now';
/** Removes the values as well, because DynamoDB refuses values that no expression uses. */
const WITHOUT_CONDITION = {
  find: 'ReturnValues:"ALL_OLD",',
  replace: 'ConditionExpression:void 0,ExpressionAttributeValues:void 0,ReturnValues:"ALL_OLD",',
};

/** Runs an emulator for the changed stack during `use`. */
async function withMutant<T>(
  changes: readonly TemplateChange[],
  use: (emulator: RunningEmulator) => Promise<T>,
): Promise<T> {
  const emulator = await runEmulator({
    change: (resources) => {
      for (const change of [unthrottled, ...changes]) {
        change(resources);
      }
    },
  });
  try {
    return await use(emulator);
  } finally {
    await emulator.close();
  }
}

/**
 * Returns the failures of the first race that a mutant fails. It may pass some, because calls overlap only by chance.
 */
async function firstLost<T>(complaintsOfRace: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let races = 0; races < MAX_RACES; races++) {
    const complaints = await complaintsOfRace();
    if (complaints.length > 0) {
      return complaints;
    }
  }
  return [];
}

async function brokenLinks(emulator: RunningEmulator, start: 'together' | 'one-ahead'): Promise<readonly LinkTally[]> {
  return brokenPromises(await race(track(emulator), { links: 2, readers: READERS, start }));
}

async function lateOpenings(emulator: RunningEmulator): Promise<readonly ExpiryTally[]> {
  const broken = brokenExpiries(await raceAgainstExpiry(track(emulator), { links: 20, readers: 2 }));
  return broken.filter(({ redeemedLate }) => redeemedLate > 0);
}

describe('the races hold for', () => {
  test.each([
    ['the deployed bundle', () => editedAuthorizer('none', { find: CONDITION, replace: CONDITION })],
    [
      'a bundle that this test made from the same source',
      () => authorizerRedeemingWith('rebuilt', join(PROJECT_DIRECTORY, 'lambda', 'aws', 'link-table.ts')),
    ],
  ])('%s', async (_, mutant) => {
    await withMutant([await mutant()], async (emulator) => {
      expect(brokenPromises(await race(track(emulator), { links: 2, readers: READERS, start: 'together' }))).toEqual(
        [],
      );
      expect(brokenPromises(await race(track(emulator), { links: 2, readers: READERS, start: 'one-ahead' }))).toEqual(
        [],
      );
      expect(brokenExpiries(await raceAgainstExpiry(track(emulator), { links: 20, readers: 2 }))).toEqual([]);
    });
  });
});

describe('the races fail', () => {
  test('without the condition on the delete, because no request is refused and an expired link is redeemed', async () => {
    const mutant = await editedAuthorizer('unconditional', WITHOUT_CONDITION);

    await withMutant([mutant], async (emulator) => {
      const [broken] = await firstLost(() => brokenLinks(emulator, 'together'));
      const late = await firstLost(() => lateOpenings(emulator));

      // One request succeeds (or times out on a busy machine). No other request is refused.
      const responses = Array(READERS - (broken?.redeemed ?? 0)).fill(503);
      expect(broken).toEqual({ redeemed: broken?.redeemed, refused: 0, other: responses });
      expect(broken?.redeemed).toBeLessThanOrEqual(1);
      expect(late).not.toEqual([]);
    });
  });

  test.each([
    [
      'the condition ignores the expiry',
      'attribute_exists(nonce_id) AND (expires_at > :now OR expires_at <= :now)',
      'no-expiry',
    ],
    ['a link can be redeemed in the second of its expiry', 'attribute_exists(nonce_id) AND expires_at >= :now', 'late'],
  ])('when %s', async (_, replace, name) => {
    const mutant = await editedAuthorizer(name, { find: CONDITION, replace });

    await withMutant([mutant], async (emulator) => {
      expect(await firstLost(() => lateOpenings(emulator))).not.toEqual([]);
    });
  });

  test('when read and delete are two calls, because more than one reader gets in', async () => {
    const file = join(PROJECT_DIRECTORY, 'test', 'support', 'mutants', 'read-then-delete.ts');
    const mutant = await authorizerRedeemingWith('read-then-delete', file);

    await withMutant([mutant, authorizerMayAlso('dynamodb:GetItem')], async (emulator) => {
      const [broken] = await firstLost(() => brokenLinks(emulator, 'together'));

      expect(broken?.redeemed).toBeGreaterThan(1);
      expect(broken?.other).toEqual([]);
    });
  });

  test('without the condition on a revocation, because revoking a redeemed link is not refused', async () => {
    const mutant = await edited('ManageLink', 'unconditional-revoke', WITHOUT_CONDITION);

    await withMutant([mutant], async (emulator) => {
      const revocations = async () => await raceAgainstRevocation(track(emulator), { links: 5, readers: READERS });
      const [broken] = await firstLost(async () => brokenRevocations(await revocations()));

      expect(broken?.other).toContain(503);
    });
  });

  test('when the authorizer is cached, because every reader after the first gets in', async () => {
    await withMutant([authorizerCached], async (emulator) => {
      const [broken] = await firstLost(() => brokenLinks(emulator, 'one-ahead'));

      expect(broken?.redeemed).toBeGreaterThan(1);
    });
  });
});

describe('the checks of upload links', () => {
  const CONDITION_UNSIGNED = {
    find: '"Content-Length":String(',
    replace: '"If-None-Match":void 0,"Content-Length":String(',
  };

  test('hold for the deployed bundles', async () => {
    await withMutant([], async (emulator) => {
      expect(await brokenUploadPromises(emulator)).toEqual([]);
    });
  });

  test.each([
    [
      'the condition on the delete ignores the format',
      { find: 'record_format IN (', replace: 'NOT expires_at IN (' },
      // The other route cannot redeem a download link, which has no largest size.
      ['the route for downloads does not redeem an upload link'],
    ],
    [
      'the condition on the delete ignores the size',
      { find: 'max_bytes >= :size_bytes', replace: '(max_bytes >= :size_bytes OR max_bytes < :size_bytes)' },
      ['a file that is larger than the link allows is refused'],
    ],
    [
      'the condition on the delete ignores the type',
      { find: 'attribute_not_exists(content_types) OR', replace: 'attribute_exists(max_bytes) OR' },
      ['a file of another type is refused'],
    ],
  ])('fail when %s', async (name, edit, broken) => {
    const mutant = await editedAuthorizer(name.replaceAll(' ', '-'), edit);

    await withMutant([mutant], async (emulator) => {
      expect(await brokenUploadPromises(emulator)).toEqual(broken);
    });
  });

  test('fail when the size is not signed', async () => {
    const unsigned = { find: '"Content-Length":String(', replace: '...(()=>({}))(' };
    const mutant = await edited('UploadObject', 'unsigned-size', unsigned);

    await withMutant([mutant], async (emulator) => {
      expect(await brokenUploadPromises(emulator)).toEqual(['a file of another size than declared cannot be sent']);
    });
  });

  test('hold even if If-None-Match is not signed, because the bucket policy requires it', async () => {
    const mutant = await edited('UploadObject', 'condition-unsigned', CONDITION_UNSIGNED);

    await withMutant([mutant], async (emulator) => {
      expect(await brokenUploadPromises(emulator)).toEqual([]);
    });
  });

  test('and the races fail if the bucket policy does not require it either', async () => {
    const mutant = await edited('UploadObject', 'condition-unsigned', CONDITION_UNSIGNED);

    await withMutant([mutant, overwritingAllowed], async (emulator) => {
      const tallies = await raceUploads(emulator, { links: 1, senders: READERS, sendsCondition: false });

      expect(await brokenUploadPromises(emulator)).toEqual(['a received file cannot be replaced']);
      expect(brokenUploads(tallies)).toMatchObject([{ received: READERS, refused: 0, other: [] }]);
    });
  });

  test('hold even if the bucket policy does not require If-None-Match, because it is signed', async () => {
    await withMutant([overwritingAllowed], async (emulator) => {
      expect(await brokenUploadPromises(emulator)).toEqual([]);
    });
  });
});
