import { renderQrCode } from '../../cli/qr-code';
import { readQrCode } from './support/qr-code';

const LINK = `https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod/open-link#${'A1-_'.repeat(11).slice(0, 43)}`;

test('a QR code in a file is read back, light on dark as most terminals show it', () => {
  const text = renderQrCode(LINK, 'plain');

  expect(text).not.toContain('\u001b');
  expect(readQrCode(text, 'light on dark')).toBe(LINK);
});

test('a QR code in a terminal is black on white whatever the colours of the terminal, and fits', () => {
  const text = renderQrCode(LINK, 'terminal');
  const lines = text.trimEnd().split('\n');

  expect(readQrCode(text, 'dark on light')).toBe(LINK);
  for (const line of lines) {
    expect([line.slice(0, 9), line.slice(-4)]).toEqual(['\u001b[30;107m', '\u001b[0m']);
  }
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});
