import { renderQrCode, showProgress } from '../../cli/terminal';
import { recordingStream } from '../support/cli-process';
import { readQrCode } from './support/qr-code';

const LINK =
  'https://abcdefghij.execute-api.eu-central-1.amazonaws.com/prod/open-link#A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-_A1-';

test('a QR code is black on white, fits in a terminal, and can be scanned', () => {
  const text = renderQrCode(LINK);
  const lines = text.trimEnd().split('\n');

  expect(readQrCode(text)).toBe(LINK);
  for (const line of lines) {
    expect([line.slice(0, 9), line.slice(-4)]).toEqual(['\u001b[30;107m', '\u001b[0m']);
  }
  expect(lines.length).toBeLessThanOrEqual(30);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('the progress bar follows the bytes up to 100 %, and is removed at the end', () => {
  const screen = recordingStream({ isTTY: true, columns: 80 });
  const half = showProgress(screen.stream, 10_000_000);
  half.add(2_000_000);
  half.stop();
  const repeated = showProgress(screen.stream, 1000);
  repeated.add(1500);
  repeated.stop();

  expect(screen.text()).toContain('20 % (2.0 MB of 10.0 MB');
  expect(screen.text()).toContain('100 % (1.0 kB of 1.0 kB)');
  expect(screen.text().endsWith('\u001b[2K')).toBe(true);
});

test('no progress bar is written to a pipe', () => {
  const pipe = recordingStream();
  const progress = showProgress(pipe.stream, 1000);
  progress.add(500);
  progress.stop();

  expect(pipe.text()).toBe('');
});
