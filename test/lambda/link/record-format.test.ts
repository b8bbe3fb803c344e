import { formatOf, operationOf } from '../../../lambda/link/record-format';

test.each([
  [0, undefined],
  [1, 'download'],
  [2, 'download'],
  [3, 'upload'],
  [4, undefined],
  [Number.NaN, undefined],
])('links of format %d are for: %s', (format, operation) => {
  expect(operationOf(format)).toBe(operation);
});

test.each([1, 2, 3])('the first byte of a record is its format: %i', (format) => {
  expect(formatOf(Uint8Array.of(format, 9, 9))).toBe(format);
});

test.each([[[0]], [[4]], [[0x31]], [[255]], [[]]])('a record that starts with %j has an unknown format', (bytes) => {
  expect(() => formatOf(Uint8Array.from(bytes))).toThrow('the sealed record has an unknown format');
});
