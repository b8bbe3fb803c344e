import { timestamp, wholeSeconds } from '../../../lambda/link/timestamp';

test.each([
  [0, '1970-01-01T00:00:00Z'],
  [1_795_335_300, '2026-11-22T08:15:00Z'],
  [1_835_395_200, '2028-02-29T00:00:00Z'],
])('second %i is %s', (seconds, expected) => {
  expect(timestamp(seconds)).toBe(expected);
});

test.each([
  ['2026-11-22T08:15:00.000Z', '2026-11-22T08:15:00Z'],
  ['2026-11-22T08:15:00.999Z', '2026-11-22T08:15:00Z'],
  ['2026-11-22T08:15:00Z', '2026-11-22T08:15:00Z'],
])('%s in whole seconds is %s', (time, expected) => {
  expect(wholeSeconds(time)).toBe(expected);
});
