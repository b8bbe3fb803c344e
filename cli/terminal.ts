import type { Readable } from 'node:stream';
import { Format, type Options, type Params, SingleBar } from 'cli-progress';
import { renderUnicodeCompact } from 'uqr';
import { CliError } from './errors';
import { formatBytes, printable } from './format';

/** Where the CLI writes: results to stdout, and everything else to stderr. */
export type Display = ReturnType<typeof createTerminal>;

/** The streams of a command, and the signal that interrupts it. */
export interface CommandContext {
  readonly display: Display;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Interrupts the command. */
  readonly signal: AbortSignal;
}

/** Black on white, whatever the terminal's colors are. */
const BLACK_ON_WHITE = '\u001b[30;107m';
const RESET = '\u001b[0m';
/** Light modules that scanners need around the code: https://www.qrcode.com/en/howto/code.html */
const QUIET_ZONE = 4;

export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream) {
  // A closed standard error is no reason to stop.
  stderr.on('error', () => {});
  return {
    /** Writes the result. @throws CliError */
    print: (text: string) =>
      new Promise<void>((resolve, reject) => {
        const message = 'The output was closed before the result was written: run the command again.';
        const fail = (): void => reject(new CliError('Unavailable', message));
        stdout.once('error', fail);
        stdout.write(text, (error) => (error ? fail() : resolve()));
      }),
    /** Writes a message for a person. */
    tell: (message: string) => void stderr.write(`${printable(message)}\n`),
    /** Shows the progress of an upload or a download if its size is known. */
    showProgress: (totalBytes: number | undefined, activity?: Activity) =>
      totalBytes === undefined ? NO_PROGRESS : showProgress(stderr, totalBytes, activity),
    showQrCode: (text: string) => void stderr.write(`\n${renderQrCode(text)}\n`),
  };
}

/** Draws a QR code in half blocks. */
export function renderQrCode(text: string): string {
  const lines = renderUnicodeCompact(text, { ecc: 'L', border: QUIET_ZONE, invert: true }).split('\n');
  return lines.map((line) => `${BLACK_ON_WHITE}${line}${RESET}\n`).join('');
}

const NO_PROGRESS = { add: (_bytes: number): void => {}, stop: (): void => {} };

type Activity = 'Uploading' | 'Downloading';

/** Draws a progress bar on a terminal; writes nothing to a pipe or a file. */
export function showProgress(stream: NodeJS.WriteStream, totalBytes: number, activity: Activity = 'Uploading') {
  const bar = new SingleBar({
    stream,
    format: (options, params) => formatProgress(activity, options, params),
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    fps: 10,
  });
  let doneBytes = 0;
  bar.start(totalBytes, 0);
  return {
    /** Counts bytes. */
    add(bytes: number): void {
      doneBytes += bytes;
      bar.update(Math.min(doneBytes, totalBytes));
    },
    stop: () => bar.stop(),
  };
}

function formatProgress(activity: Activity, options: Options, { progress, value, total, eta }: Params): string {
  const bar = Format.BarFormat(progress, options);
  const left = eta > 0 && Number.isFinite(eta) ? `, ${Format.TimeFormat(eta, options, 1)} left` : '';
  return `${activity} ${bar} ${Math.floor(progress * 100)} % (${formatBytes(value)} of ${formatBytes(total)}${left})`;
}
