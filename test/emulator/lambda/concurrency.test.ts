import { concurrencyLimits } from '../../../emulator/lambda/concurrency';

const RESERVED = { reservedConcurrency: 2 };

test('an execution above the limit is throttled until another one ends', () => {
  const limit = concurrencyLimits([RESERVED])(RESERVED);

  expect([limit.start(), limit.start(), limit.start()]).toEqual([true, true, false]);
  limit.end();
  expect([limit.start(), limit.start()]).toEqual([true, false]);
});

test('functions without a reservation share what the reservations leave', () => {
  const [first, second] = [{}, {}];
  const limitOf = concurrencyLimits([first, RESERVED, second], 12);
  const started = Array.from({ length: 6 }, () => [limitOf(first).start(), limitOf(second).start()]).flat();

  expect(started.filter(Boolean)).toHaveLength(10);
  expect(limitOf(RESERVED).start()).toBe(true);
});
