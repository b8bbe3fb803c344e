import fc from 'fast-check';
import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import { sendSigned } from '../support/http';
import { edited } from '../support/mutant-assembly';
import { type LoadSchedule, type ReceiptLoad, startReceiptLoad, UNKNOWN_LINK_ID } from '../support/receipt-load';
import { SCALE } from '../support/scale';

/** A failure prints its seed; `SEED=… npx jest test/properties/receipts.test.ts` repeats its schedules. */
const SEED = process.env['SEED'] === undefined ? {} : { seed: Number(process.env['SEED']) };
const LINKS = 40;

jest.setTimeout(300_000 * SCALE);

/** Lines that look like the authorizer's, in a batch of its log group. None of them is about a link that was issued. */
const FOREIGN_LINES = [
  '',
  'START RequestId: 79b4f56e-95b1-4f5f-8a3c-7e4a7a1b9c11 Version: $LATEST',
  '{"event":"link_access"',
  'null',
  '[]',
  '"link_access"',
  '{"__proto__":{"event":"link_access"}}',
  `{"event":"link_access","outcome":"redeemed","link_id":"${UNKNOWN_LINK_ID}","request_id":"x","source_ip":"203.0.113.7"}`,
  `{"event":"link_access","outcome":"not_active","link_id":"${UNKNOWN_LINK_ID}","request_id":"x","source_ip":"203.0.113.7"}`,
  '{"event":"link_access","outcome":"redeemed","link_id":"guess","request_id":"x","source_ip":"203.0.113.7"}',
  '{"event":"link_access","outcome":"redeemed","link_id":["AAAAAAAAAAAAAAAAAAAAAA"],"request_id":"x","source_ip":"::1"}',
  '{"event":"link_access","outcome":"redeemed","link_id":{"S":"AAAAAAAAAAAAAAAAAAAAAA"},"request_id":"x","source_ip":"::1"}',
];

const schedules: fc.Arbitrary<LoadSchedule> = fc.record({
  refused: fc.array(fc.integer({ min: 0, max: 24 }), { minLength: LINKS, maxLength: LINKS }),
  batches: fc.array(
    fc.record({
      copies: fc.integer({ min: 1, max: 3 }),
      delayMilliseconds: fc.integer({ min: 0, max: 200 }),
      isLast: fc.boolean(),
    }),
    { minLength: 5, maxLength: 10 },
  ),
  updates: fc.array(
    fc.oneof(
      { weight: 10, arbitrary: fc.constant('passes' as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom('fails' as const, 'isLost' as const, 'isAppliedWithoutResponse' as const),
      },
    ),
    { minLength: 50, maxLength: 100 },
  ),
  foreignLines: fc.oneof(fc.constant(FOREIGN_LINES), fc.array(fc.json(), { maxLength: 10 })),
});

/** Each batch once and immediately, without failures. */
const ORDINARY: LoadSchedule = {
  refused: [0, 1, 5, 20, 24],
  batches: [{ copies: 1, delayMilliseconds: 0, isLast: false }],
  updates: ['passes'],
  foreignLines: [],
};

async function withLoad<T>(
  use: (load: ReceiptLoad) => Promise<T>,
  change?: Parameters<typeof startReceiptLoad>[0],
): Promise<T> {
  const load = await startReceiptLoad(change);
  try {
    return await use(load);
  } finally {
    await load.close();
  }
}

test('receipts are exact, although log lines arrive late, repeatedly and in any order, and updates fail', async () => {
  await withLoad(async (load) => {
    await fc.assert(
      fc.asyncProperty(schedules, async (schedule) => {
        expect(await load.run(schedule)).toEqual([]);
      }),
      { numRuns: 3 * SCALE, endOnFailure: true, ...SEED },
    );
  });
});

test('the API counts at most 20 refused attempts', async () => {
  await withLoad(async (load) => {
    expect(await load.run(ORDINARY)).toEqual([]);
    const { body } = await sendSigned(`${load.emulator.apiEndpoint}my-links`, { method: 'GET' }, LOCAL_CALLER);
    const { links } = JSON.parse(body);

    const counts: readonly number[] = links.map(
      ({ refused_after: after }: { readonly refused_after?: { readonly count: number } }) => after?.count ?? 0,
    );
    expect([...counts].sort((one, other) => one - other)).toEqual([0, 1, 5, 20, 20]);
  });
});

test('lines that could not be recorded are in the dead-letter queue', async () => {
  await withLoad(async (load) => {
    expect(await load.run({ ...ORDINARY, updates: ['fails'] })).toEqual([]);

    expect(load.emulator.deadLetters.length).toBeGreaterThan(0);
    expect(await load.run(ORDINARY)).toEqual([]);
  });
});

describe('a load detects wrong receipts', () => {
  test.each([
    [
      'if an attempt replaces the attempts before it',
      { find: 'ADD refused :elements', replace: 'SET refused = :elements' },
      'refused attempts are missing',
    ],
    [
      'if any link ID creates a receipt',
      { find: '"attribute_exists(link_id)"', replace: '"attribute_not_exists(nothing)"' },
      'a receipt of an unknown link',
    ],
  ])('%s', async (name, edit, problem) => {
    const mutant = await edited('RecordReceipts', name.replaceAll(' ', '-'), edit);

    await withLoad(async (load) => {
      const schedule = {
        ...ORDINARY,
        batches: [{ copies: 1, delayMilliseconds: 0, isLast: false }],
        foreignLines: FOREIGN_LINES,
      };
      const problems = [...(await load.run(schedule)), ...(await load.run(schedule))];
      expect(problems).toContainEqual(expect.stringContaining(problem));
    }, mutant);
  });
});
