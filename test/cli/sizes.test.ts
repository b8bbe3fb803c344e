import { formatBytes } from '../../cli/sizes';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [12_345, '12.3 kB'],
  [999_999, '999 kB'],
  [5_000_000, '5.0 MB'],
  [1_234_567_890, '1.2 GB'],
  [5e12, '5.0 TB'],
  [5e15, '5000 TB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
