import { formatBytes, formatTime, parseDuration, parseSize, printable, printableJson } from '../../cli/format';

test.each([
  ['a line break', '\n'],
  ['an escape sequence', '\u001b'],
  ['a C1 control character', '\u009b'],
  ['a line separator', '\u2028'],
  ['a right-to-left override', '\u202e'],
  ['a left-to-right mark', '\u200e'],
  ['a byte order mark', '\ufeff'],
])('%s is printed as _', (_, character) => {
  expect(printable(`a${character}b${character}`)).toBe('a_b_');
});

test('text in any script is printed unchanged', () => {
  const text = 'Übersicht “Q3” שלום مرحبا 日本 👨‍👩‍👧 e\u0301';

  expect(printable(text)).toBe(text);
});

test('JSON escapes only the characters that a terminal would act on', () => {
  const value = { name: 'a\u202eb\u009b\n', title: 'Übersicht 日本' };

  expect(printableJson(value)).toBe(String.raw`{"name":"a\u202eb\u009b\n","title":"Übersicht 日本"}`);
  expect(JSON.parse(printableJson(value))).toEqual(value);
});

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [999_499, '999 kB'],
  [999_999, '1.0 MB'],
  [314_572_800, '315 MB'],
  [1_234_567_890, '1.2 GB'],
  [5e15, '5000 TB'],
])('%d bytes are formatted as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('a time can have seconds', () => {
  const format = { seconds: true, timeZone: 'UTC' };
  expect(formatTime(new Date('2026-11-29T17:04:09Z'), format)).toBe('2026-11-29 17:04:09 UTC');
});

test.each([
  ['UTC', '2026-11-29 17:04 UTC'],
  ['Europe/Berlin', '2026-11-29 18:04 UTC+01:00'],
  ['America/St_Johns', '2026-11-29 13:34 UTC-03:30'],
])('in the time zone %s, a time is formatted as %s', (timeZone, text) => {
  expect(formatTime(new Date('2026-11-29T17:04:59Z'), { timeZone })).toBe(text);
});

test.each([
  ['90s', 90],
  ['30m', 1800],
  ['24h', 86_400],
  ['7d', 604_800],
])('%s is %i seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  ['900B', 900],
  ['20kB', 20_000],
  ['20KB', 20_000],
  ['500MB', 500_000_000],
  ['500 MB', 500_000_000],
  ['1.005GB', 1_005_000_000],
])('%s is %i bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(['', '0MB', '0.0001B', '500', 'MB', '5M', '500MiB', '500mb', '-1MB', '1e3B', '1,5MB', '٣MB', '1MB\n'])(
  '%j is not a size',
  (text) => {
    expect(parseSize(text)).toBeUndefined();
  },
);

test.each(['', '0s', '30', 'm', '1.5h', '-1h', '1 h', '1h30m', '1w', '1H', '1h\n', '٣h', '1e3s', '9999999999s'])(
  '%j is not a duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);
