import { printable } from '../../cli/printable';

test.each([
  ['a line break', '\n'],
  ['an escape sequence', '\u001b'],
  ['a C1 control character', '\u009b'],
  ['a line separator', '\u2028'],
  ['a right-to-left override', '\u202e'],
  ['an isolate', '\u2066'],
  ['a left-to-right mark', '\u200e'],
  ['a right-to-left mark', '\u200f'],
  ['an Arabic letter mark', '\u061c'],
  ['a byte order mark', '\ufeff'],
])('%s is shown, and does nothing', (_, character) => {
  expect(printable(`a${character}b${character}`)).toBe('a_b_');
});

test('words of any script stay as they are', () => {
  const text = 'Übersicht “Q3” שלום مرحبا 日本 👨‍👩‍👧 e\u0301';

  expect(printable(text)).toBe(text);
});
