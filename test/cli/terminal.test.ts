import { renderQrCode, showProgress } from '../../cli/terminal';
import { recordingStream } from '../support/cli-process';
import { readQrCode } from './support/qr-code';

const LINK =
  'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod/open-link#A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-';

test('a QR code in plain text is light on dark, as on most terminals, and can be scanned', () => {
  const text = renderQrCode(LINK, 'plain');

  expect(text).not.toContain('\u001b');
  expect(readQrCode(text, 'light on dark')).toBe(LINK);
});

test('a QR code on a terminal is black on white, fits, and can be scanned', () => {
  const text = renderQrCode(LINK, 'terminal');
  const lines = text.trimEnd().split('\n');

  expect(readQrCode(text, 'dark on light')).toBe(LINK);
  for (const line of lines) {
    expect([line.slice(0, 9), line.slice(-4)]).toEqual(['\u001b[30;107m', '\u001b[0m']);
  }
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('the progress bar follows the bytes and is removed at the end', () => {
  const screen = recordingStream({ isTTY: true, columns: 80 });
  const progress = showProgress(screen.stream, 10_000_000);
  progress.add(2_500_000);
  progress.add(-500_000);
  progress.stop();

  expect(screen.text()).toContain('20 % (2.0 MB of 10.0 MB');
  expect(screen.text().endsWith('\u001b[2K')).toBe(true);
});

test('the progress bar never exceeds 100 %', () => {
  const screen = recordingStream({ isTTY: true, columns: 80 });
  const progress = showProgress(screen.stream, 1000);
  progress.add(1500);
  progress.stop();

  expect(screen.text()).toContain('100 % (1.0 kB of 1.0 kB)');
});

test('there is no progress bar in a pipe', () => {
  const pipe = recordingStream();
  const progress = showProgress(pipe.stream, 1000);
  progress.add(500);
  progress.stop();

  expect(pipe.text()).toBe('');
});
