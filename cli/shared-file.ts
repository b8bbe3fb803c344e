import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CliError, errorFacts } from './errors';

/** A file to upload. */
export interface SharedFile {
  readonly name: string;
  /** `undefined` until it is known. */
  readonly sizeBytes: number | undefined;
  /** Short UTF-8 text, which browsers display instead of saving. */
  readonly isSnippet?: true;
  /**
   * Reads the content, once. Fails with a CliError, including at the end if the file has changed since it was opened.
   */
  read(): Readable;
  close(): Promise<void>;
}

/** Large, because each chunk is a round trip to the thread pool. */
const CHUNK_BYTES = 1024 ** 2;

/** Opens a file. @throws CliError */
export async function openSharedFile(path: string): Promise<SharedFile> {
  try {
    // Check before open(), which would block on a pipe until something writes to it.
    const found = await stat(path);
    if (!found.isFile()) {
      const problem = found.isDirectory() ? 'a folder: share an archive of it' : 'not a regular file: share a copy';
      throw new CliError('Usage', `${path} is ${problem}.`);
    }
    const handle = await open(path, 'r');
    const opened = await handle.stat({ bigint: true });
    return {
      name: basename(path),
      sizeBytes: Number(opened.size),
      read: () => Readable.from(readUnchanged(path, handle, opened), { objectMode: false }),
      close: () => handle.close(),
    };
  } catch (error) {
    throw explainFile(error, path);
  }
}

/** Reads a file, and fails if it changes in the meantime. */
async function* readUnchanged(path: string, handle: FileHandle, opened: BigIntStats): AsyncGenerator<Buffer> {
  try {
    if (opened.size > 0) {
      // Ignores bytes that are appended in the meantime.
      const range = { start: 0, end: Number(opened.size) - 1 };
      yield* handle.createReadStream({ ...range, autoClose: false, highWaterMark: CHUNK_BYTES });
    }
    await refuseIfChanged(path, handle, opened);
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

/** Explains that a missing file may have been meant as a command. */
function remedyFor(path: string): string {
  return path === 'status' || path === 'revoke'
    ? `for the command, write npx one-time-links ${path} LINK_ID`
    : 'check the name';
}

/** Explains a system error. @returns any other error unchanged */
function explainFile(error: unknown, path: string): unknown {
  const { systemCode } = errorFacts(error);
  switch (systemCode) {
    case undefined:
      return error;
    case 'ENOENT':
    case 'ENOTDIR':
      return new CliError('NotFound', `There is no file ${path}: ${remedyFor(path)}.`);
    default:
      return new CliError('Denied', `${path} cannot be read (${systemCode}).`);
  }
}
