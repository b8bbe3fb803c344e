import { ShareFailure } from './failure';
import { printable } from './printable';
import { renderQrCode } from './qr-code';
import type { Display } from './share';
import { showProgress } from './upload-progress';

/** The result on standard output; all that is for a person on standard error. */
export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Display {
  // Nobody reads it: no reason to stop.
  stderr.on('error', () => {});
  return {
    print: (text) =>
      new Promise((resolve, reject) => {
        const fail = (cause: unknown): void => {
          const sentence = 'The output was closed before the link was written, and the link is lost: share it again.';
          reject(new ShareFailure('OutputClosed', sentence, { cause }));
        };
        stdout.once('error', fail);
        stdout.write(text, (error) => (error ? fail(error) : resolve()));
      }),
    tell: (sentence) => void stderr.write(`${printable(sentence)}\n`),
    showProgress: (totalBytes) => showProgress(stderr, totalBytes),
    showQrCode: (text) => void stderr.write(`\n${renderQrCode(text, stderr.isTTY ? 'terminal' : 'plain')}\n`),
  };
}
