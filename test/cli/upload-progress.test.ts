import { PassThrough } from 'node:stream';
import { showProgress } from '../../cli/upload-progress';

/** A stream that says of itself whether it is a terminal, and keeps what is drawn. */
function screen(isTTY: boolean): { readonly stream: NodeJS.WriteStream; drawn(): string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 80 });
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return { stream: stream as unknown as NodeJS.WriteStream, drawn: () => text };
}

test('a terminal gets a bar that goes with the bytes, never beyond its end, and is taken away', () => {
  const { stream, drawn } = screen(true);
  const progress = showProgress(stream, 10_000_000);
  progress.add(2_500_000);
  progress.add(-500_000);
  progress.stop();
  const first = drawn();

  expect(first).toContain('Uploading ');
  expect(first).toContain('20 % (2.0 MB of 10.0 MB');
  expect(first.endsWith('\u001b[2K')).toBe(true);

  const full = screen(true);
  const other = showProgress(full.stream, 1000);
  other.add(1500);
  other.stop();
  expect(full.drawn()).toContain('100 % (1.0 kB of 1.0 kB)');
});

test('a pipe gets nothing', () => {
  const { stream, drawn } = screen(false);
  const progress = showProgress(stream, 1000);
  progress.add(500);
  progress.stop();

  expect(drawn()).toBe('');
});
