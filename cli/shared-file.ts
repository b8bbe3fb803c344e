import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CliError, errorFacts } from './errors';

/** A file that is open for upload. */
export interface SharedFile {
  readonly name: string;
  readonly sizeBytes: number;
  /**
   * Reads the content, once. The stream ends only if the file is still the same as when it was opened.
   *
   * @throws CliError
   */
  read(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Large, because each chunk is a round trip to the thread pool. */
const CHUNK_BYTES = 1024 ** 2;

/** Opens a file. @throws CliError */
export async function openSharedFile(path: string): Promise<SharedFile> {
  try {
    // Before open(), which would block on a pipe until something writes to it.
    const found = await stat(path);
    if (!found.isFile()) {
      const problem = found.isDirectory() ? 'a folder: share an archive of it' : 'not a regular file: share a copy';
      throw new CliError('Usage', `${path} is ${problem}.`);
    }
    const handle = await open(path, 'r');
    const opened = await handle.stat({ bigint: true });
    const sizeBytes = Number(opened.size);
    return {
      name: basename(path),
      sizeBytes,
      async *read() {
        try {
          if (sizeBytes > 0) {
            // Not what is appended meanwhile.
            const range = { start: 0, end: sizeBytes - 1 };
            yield* handle.createReadStream({ ...range, autoClose: false, highWaterMark: CHUNK_BYTES });
          }
          await refuseIfChanged(path, handle, opened);
        } catch (error) {
          throw explainFile(error, path);
        }
      },
      close: () => handle.close(),
    };
  } catch (error) {
    throw explainFile(error, path);
  }
}

/** Detects a file that was written to, truncated, replaced or removed. */
async function refuseIfChanged(path: string, handle: FileHandle, opened: BigIntStats): Promise<void> {
  const named = await stat(path, { bigint: true }).catch(() => undefined);
  const isSame = [await handle.stat({ bigint: true }), named].every(
    (now) =>
      now?.size === opened.size && now.mtimeNs === opened.mtimeNs && now.ino === opened.ino && now.dev === opened.dev,
  );
  if (!isSame) {
    const event = named === undefined ? 'vanished' : 'changed';
    throw new CliError('Unavailable', `${path} ${event} during the upload: share it again when it is complete.`);
  }
}

/** Explains a system error. @returns any other error as it is */
function explainFile(error: unknown, path: string): unknown {
  const { systemCode } = errorFacts(error);
  switch (systemCode) {
    case undefined:
      return error;
    case 'ENOENT':
    case 'ENOTDIR':
      return new CliError('NotFound', `There is no file ${path}: check the name.`);
    default:
      return new CliError('Denied', `${path} cannot be read (${systemCode}).`);
  }
}
