import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { errorFacts } from './error-facts';
import { ShareFailure } from './failure';

/** A file that is open to be uploaded. */
export interface SharedFile {
  /** Last part of its path, as its directory has it. */
  readonly name: string;
  /** Bytes, as long as it stays the same. */
  readonly size: number;
  /**
   * Its content, once. The end is not reached before the file was seen to be the same as when it was opened, so that who
   * stores what comes before the end stores no half.
   *
   * @throws ShareFailure `FileChanged`, `FileUnreadable`
   */
  read(): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/** Few and large: each is a round trip to the thread pool. */
const CHUNK_BYTES = 1024 ** 2;

/**
 * Opens a file.
 *
 * @throws ShareFailure `FileNotFound`, `NotAFile`, `FileUnreadable`
 */
export async function openSharedFile(path: string): Promise<SharedFile> {
  try {
    // Before it is opened: to open a pipe is to wait for somebody who writes to it.
    refuseUnlessFile(path, await stat(path, { bigint: true }));
    const handle = await open(path, 'r');
    return sharedFile(path, handle, await handle.stat({ bigint: true }));
  } catch (error) {
    throw explainFile(error, path);
  }
}

function sharedFile(path: string, handle: FileHandle, opened: BigIntStats): SharedFile {
  const size = Number(opened.size);
  return {
    name: basename(path),
    size,
    async *read() {
      try {
        if (size > 0) {
          // Not one byte more than was there: what is appended meanwhile is no part of what is shared.
          yield* handle.createReadStream({ autoClose: false, start: 0, end: size - 1, highWaterMark: CHUNK_BYTES });
        }
        await checkUnchanged(path, handle, opened);
      } catch (error) {
        throw explainFile(error, path);
      }
    },
    close: () => handle.close(),
  };
}

function refuseUnlessFile(path: string, found: BigIntStats): void {
  if (found.isDirectory()) {
    throw new ShareFailure('NotAFile', `${path} is a folder: make one file of it first${exampleOfArchive(path)}`);
  }
  if (!found.isFile()) {
    throw new ShareFailure('NotAFile', `${path} is no regular file: write what it gives to a file, and share that.`);
  }
}

/** What can be pasted into a shell. An archive of `.` cannot lie within it, and options of tar begin with a hyphen. */
function exampleOfArchive(path: string): string {
  const name = basename(path);
  const hasExample = !['', '.', '..'].includes(name) && !path.startsWith('-');
  return hasExample ? `, for example: tar -czf ${quote(`${name}.tgz`)} ${quote(path)}` : '.';
}

function quote(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** It may have been written to, cut, replaced by another of its name, or removed. */
async function checkUnchanged(path: string, handle: FileHandle, opened: BigIntStats): Promise<void> {
  const open = await handle.stat({ bigint: true });
  const named = await stat(path, { bigint: true }).catch(() => undefined);
  const same = [open, named].every(
    (now) =>
      now?.size === opened.size && now.mtimeNs === opened.mtimeNs && now.ino === opened.ino && now.dev === opened.dev,
  );
  if (!same) {
    const what = named === undefined ? 'vanished' : 'changed';
    throw new ShareFailure('FileChanged', `${path} ${what} while it was uploaded: share it again when it is finished.`);
  }
}

function explainFile(error: unknown, path: string): unknown {
  const { systemCode } = errorFacts(error);
  switch (systemCode) {
    case undefined:
      return error;
    case 'ENOENT':
    case 'ENOTDIR':
      return new ShareFailure('FileNotFound', `There is no file ${path}: check the name.`, { cause: error });
    case 'EACCES':
    case 'EPERM': {
      const sentence = `You may not read ${path}: ask its owner, or share a copy that you may read.`;
      return new ShareFailure('FileUnreadable', sentence, { cause: error });
    }
    default: {
      const sentence = `${path} cannot be read (${systemCode}): check the disk, or share a copy from another.`;
      return new ShareFailure('FileUnreadable', sentence, { cause: error });
    }
  }
}
