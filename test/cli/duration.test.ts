import { parseDuration } from '../../cli/duration';

test.each([
  ['1s', 1],
  ['90s', 90],
  ['30m', 1800],
  ['24h', 86_400],
  ['7d', 604_800],
  ['030m', 1800],
])('%s are %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(['', '0s', '30', 'm', '1.5h', '-1h', '1 h', '1h30m', '1w', '1H', '1h\n', '٣h', '1e3s', '9999999999s'])(
  '%j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
