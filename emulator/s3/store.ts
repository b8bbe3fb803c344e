import { createHash, randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BUCKET_NAME } from '../../lambda/contract';
import type { LocalBucket } from './access';
import type { ChecksumType } from './checksums';
import { compareKeys } from './listing';

/** What S3 keeps of an upload. */
export interface ObjectContent {
  readonly size: number;
  /** Hex MD5 of the content; of an upload in parts, that of the parts' MD5s, and how many: `…-3`. */
  readonly etag: string;
  /** `content-type` and its kin, and `x-amz-meta-*`: given back as they came. */
  readonly headers: Readonly<Record<string, string>>;
  /** Base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
  /** @default FULL_OBJECT */
  readonly checksumType?: ChecksumType;
}

/** One version of a key: an object, or the marker that hides the ones before it. */
export interface ObjectVersion {
  /** `null` in buckets without versions. */
  readonly versionId: string;
  /** ISO 8601. */
  readonly lastModified: string;
  /** Absent for a delete marker. */
  readonly content?: StoredContent;
}

/** Content that has a place on disk. */
export interface StoredContent extends ObjectContent {
  /** Name in the directory of its key, of no other meaning. */
  readonly file: string;
}

/** Objects on disk, their index in memory. Operations on one key never overlap. */
export interface ObjectStore {
  /** Newest first; empty if there never was such a key. */
  versions(bucket: LocalBucket, key: string): readonly ObjectVersion[];
  /** Keys whose newest version is an object, in the order of their UTF-8 bytes. */
  list(bucket: LocalBucket): readonly (readonly [key: string, newest: ObjectVersion])[];
  /** Opens content that {@link versions} has just shown; the caller closes the descriptor. */
  open(bucket: LocalBucket, key: string, content: StoredContent): number;
  /** A path for an upload in the making, or a part of one. What is left there is removed at the next start. */
  temporaryFile(): string;
  /** Takes a finished temporary file over. Readers see all of it or nothing. */
  put(
    bucket: LocalBucket,
    key: string,
    temporaryFile: string,
    content: ObjectContent,
    now: Date,
  ): Promise<ObjectVersion>;
  /** Adds a delete marker, or removes the object where there are no versions. `undefined` if there was nothing to do. */
  remove(bucket: LocalBucket, key: string, now: Date): Promise<ObjectVersion | undefined>;
}

/** The file `index.json` of a key. */
interface KeyIndex {
  readonly key: string;
  readonly versions: readonly ObjectVersion[];
}

const UNVERSIONED = 'null';

/**
 * Opens the objects of a data directory.
 *
 * `uploads/` holds unfinished uploads and the parts of those that nobody has completed: it is emptied at each start, as S3
 * removes them after some days where a rule says so. `objects/<bucket>/<SHA-256 of the key>/` an `index.json` and a file for each
 * version. No name on disk comes from a key.
 *
 * @throws Error for a bucket name that S3 would not take
 */
export async function openStore(dataDirectory: string, buckets: readonly LocalBucket[]): Promise<ObjectStore> {
  const uploads = join(dataDirectory, 'uploads');
  await rm(uploads, { recursive: true, force: true });
  await mkdir(uploads, { recursive: true });
  const index = new Map<string, Map<string, readonly ObjectVersion[]>>();
  for (const { name } of buckets) {
    if (!BUCKET_NAME.test(name)) {
      throw new Error(`Not a bucket name: ${name}`);
    }
    index.set(name, await readBucket(join(dataDirectory, 'objects', name)));
  }
  const exclusively = createKeyedLock();
  const keysOf = (bucket: LocalBucket): Map<string, readonly ObjectVersion[]> => index.get(bucket.name) ?? new Map();
  const versionsOf = (bucket: LocalBucket, key: string): readonly ObjectVersion[] => keysOf(bucket).get(key) ?? [];
  const directoryOf = (bucket: LocalBucket, key: string): string =>
    join(dataDirectory, 'objects', bucket.name, createHash('sha256').update(key).digest('hex'));

  /** The index is on disk before memory shows it, and a file goes only after memory has ceased to show it. */
  async function replace(bucket: LocalBucket, key: string, versions: readonly ObjectVersion[]): Promise<void> {
    const directory = directoryOf(bucket, key);
    const gone = versionsOf(bucket, key).filter((version) => !versions.includes(version));
    await writeIndex(directory, { key, versions });
    keysOf(bucket).set(key, versions);
    for (const { content } of gone) {
      if (content) {
        await rm(join(directory, content.file), { force: true });
      }
    }
  }

  return {
    versions: versionsOf,
    list(bucket) {
      return [...keysOf(bucket)]
        .flatMap(([key, [newest]]) => (newest?.content === undefined ? [] : [[key, newest] as const]))
        .sort(([keyA], [keyB]) => compareKeys(keyA, keyB));
    },
    // Synchronous, so that no overwrite can remove the file between look-up and opening.
    open: (bucket, key, content) => openSync(join(directoryOf(bucket, key), content.file), 'r'),
    temporaryFile: () => join(uploads, randomUUID()),
    put: (bucket, key, temporaryFile, content, now) =>
      exclusively(`${bucket.name}/${key}`, async () => {
        const stored = { ...content, file: basename(temporaryFile) };
        const version = { versionId: newVersionId(bucket), lastModified: now.toISOString(), content: stored };
        await mkdir(directoryOf(bucket, key), { recursive: true });
        await rename(temporaryFile, join(directoryOf(bucket, key), stored.file));
        await replace(bucket, key, [version, ...withoutUnversioned(bucket, versionsOf(bucket, key))]);
        return version;
      }),
    remove: (bucket, key, now) =>
      exclusively(`${bucket.name}/${key}`, async () => {
        const before = versionsOf(bucket, key);
        if (before.length === 0 && !bucket.versioned) {
          return undefined;
        }
        const marker = { versionId: newVersionId(bucket), lastModified: now.toISOString() };
        await mkdir(directoryOf(bucket, key), { recursive: true });
        const rest = withoutUnversioned(bucket, before);
        await replace(bucket, key, bucket.versioned || rest.length > 0 ? [marker, ...rest] : []);
        return marker;
      }),
  };
}

function newVersionId(bucket: LocalBucket): string {
  return bucket.versioned ? randomUUID().replaceAll('-', '') : UNVERSIONED;
}

function withoutUnversioned(bucket: LocalBucket, versions: readonly ObjectVersion[]): readonly ObjectVersion[] {
  return bucket.versioned ? versions : versions.filter(({ versionId }) => versionId !== UNVERSIONED);
}

async function readBucket(directory: string): Promise<Map<string, readonly ObjectVersion[]>> {
  await mkdir(directory, { recursive: true });
  const keys = new Map<string, readonly ObjectVersion[]>();
  for (const name of await readdir(directory)) {
    const stored = await readFile(join(directory, name, 'index.json'), 'utf8').catch(ignoreMissing);
    const { key, versions } = JSON.parse(stored ?? '{"key":"","versions":[]}') as KeyIndex;
    if (versions.length > 0) {
      keys.set(key, versions);
    }
  }
  return keys;
}

async function writeIndex(directory: string, index: KeyIndex): Promise<void> {
  const unfinished = join(directory, 'index.json.new');
  await writeFile(unfinished, JSON.stringify(index));
  await rename(unfinished, join(directory, 'index.json'));
}

/** A crash may leave a directory without an index: its first upload was never acknowledged. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}

/** Runs tasks of one name one after the other. */
function createKeyedLock(): <T>(name: string, task: () => Promise<T>) => Promise<T> {
  const tails = new Map<string, Promise<unknown>>();
  return async (name, task) => {
    const run = (tails.get(name) ?? Promise.resolve()).then(task, task);
    tails.set(name, run);
    try {
      return await run;
    } finally {
      if (tails.get(name) === run) {
        tails.delete(name);
      }
    }
  };
}
