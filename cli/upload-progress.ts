import { Format, type Options, type Params, SingleBar } from 'cli-progress';
import { formatBytes } from './sizes';

/** Shows how far an upload is. */
export interface UploadProgress {
  /** Counts bytes that went out; less than none if they must go out again. */
  add(bytes: number): void;
  /** Takes the bar away. */
  stop(): void;
}

/**
 * A bar on a terminal; nothing where nobody watches.
 *
 * @param stream where it is drawn, as `process.stderr`
 */
export function showProgress(stream: NodeJS.WriteStream, totalBytes: number): UploadProgress {
  let sent = 0;
  const bar = new SingleBar({
    stream,
    format,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    fps: 10,
  });
  bar.start(totalBytes, 0);
  return {
    add(bytes) {
      sent += bytes;
      bar.update(Math.min(sent, totalBytes));
    },
    stop: () => bar.stop(),
  };
}

function format(options: Options, { progress, value, total, eta }: Params): string {
  const bar = Format.BarFormat(progress, options);
  const left = eta > 0 && Number.isFinite(eta) ? `, ${Format.TimeFormat(eta, options, 1)} left` : '';
  return `Uploading ${bar} ${Math.floor(progress * 100)} % (${formatBytes(value)} of ${formatBytes(total)}${left})`;
}
