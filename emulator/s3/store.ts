import { createHash, randomUUID } from 'node:crypto';
import { openSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BUCKET_NAME } from '../../lambda/contract';
import type { LocalBucket } from './bucket-model';
import type { ChecksumType } from './checksums';
import { compareKeys } from './listing';

/** Content of an object. */
export interface ObjectContent {
  readonly size: number;
  /**
   * MD5 of the content, in hex. For a multipart upload: MD5 of the parts' MD5s, and the number of parts, such as `…-3`.
   */
  readonly etag: string;
  /** `content-*` and `x-amz-meta-*` headers of the upload, which downloads return. */
  readonly headers: Readonly<Record<string, string>>;
  /** Checksums in base64, by algorithm. */
  readonly checksums: Readonly<Record<string, string>>;
  /** @default FULL_OBJECT */
  readonly checksumType?: ChecksumType;
}

/** An object to store. */
export interface PreparedObject {
  /** Path of a complete temporary file. */
  readonly file: string;
  readonly content: ObjectContent;
  /** Its date. */
  readonly now: Date;
}

/** A tag of an object. */
export interface ObjectTag {
  readonly key: string;
  readonly value: string;
}

/** A version of a key: an object or a delete marker. */
export interface ObjectVersion {
  /** `null` in unversioned buckets. */
  readonly versionId: string;
  /** ISO 8601. */
  readonly lastModified: string;
  /** Absent for a delete marker. */
  readonly content?: StoredContent;
  /** @default - none */
  readonly tags?: readonly ObjectTag[];
}

/** Content that is stored on disk. */
export interface StoredContent extends ObjectContent {
  /** File name in the directory of the key. */
  readonly file: string;
}

/** The file `index.json` of a key. */
interface KeyIndex {
  readonly key: string;
  readonly versions: readonly ObjectVersion[];
}

/** Versions by key. */
type Versions = Map<string, readonly ObjectVersion[]>;

const UNVERSIONED = 'null';

/**
 * Opens the objects of a data directory. `objects/<bucket>/<SHA-256 of the key>/` contains an `index.json` and one file
 * per version. `uploads/` contains incomplete uploads and is emptied at every start. Keys are never used as file names.
 *
 * @throws Error for an invalid bucket name
 */
export async function openStore(dataDirectory: string, buckets: readonly LocalBucket[]): Promise<ObjectStore> {
  const uploads = join(dataDirectory, 'uploads');
  await rm(uploads, { recursive: true, force: true });
  await mkdir(uploads, { recursive: true });
  const index = new Map<string, Versions>();
  for (const { name } of buckets) {
    if (!BUCKET_NAME.test(name)) {
      throw new Error(`Invalid bucket name: ${name}`);
    }
    index.set(name, await readBucket(join(dataDirectory, 'objects', name)));
  }
  return new ObjectStore(dataDirectory, index);
}

/** Objects on disk, with an index in memory. */
export class ObjectStore {
  private readonly dataDirectory: string;
  private readonly index: ReadonlyMap<string, Versions>;
  /** By directory of the key. */
  private readonly removalCounts = new Map<string, number>();
  private lastWrite: Promise<unknown> = Promise.resolve();

  /** @param index by bucket name: the versions of each key */
  constructor(dataDirectory: string, index: ReadonlyMap<string, Versions>) {
    this.dataDirectory = dataDirectory;
    this.index = index;
  }

  /** Newest first; empty if the key never existed. */
  versions(bucket: LocalBucket, key: string): readonly ObjectVersion[] {
    return this.keysOf(bucket).get(key) ?? [];
  }

  /** Keys with an object as their newest version, ordered by their UTF-8 bytes. */
  list(bucket: LocalBucket): readonly (readonly [key: string, newest: ObjectVersion])[] {
    return [...this.keysOf(bucket)]
      .flatMap(([key, [newest]]) => (newest?.content === undefined ? [] : [[key, newest] as const]))
      .sort(([keyA], [keyB]) => compareKeys(keyA, keyB));
  }

  /**
   * Opens content that {@link versions} returned in the same tick. The caller closes the descriptor. Synchronous, so
   * that no overwrite can remove the file before it is opened.
   */
  open(bucket: LocalBucket, key: string, content: StoredContent): number {
    return openSync(join(this.directoryOf(bucket, key), content.file), 'r');
  }

  /** Returns a path for an incomplete upload or a part. Leftover files are removed at the next start. */
  temporaryFile(): string {
    return join(this.dataDirectory, 'uploads', randomUUID());
  }

  /** Whether the newest version is an object, not a delete marker. */
  hasObject(bucket: LocalBucket, key: string): boolean {
    return this.versions(bucket, key)[0]?.content !== undefined;
  }

  /** Number of objects with this key that were removed since the store was opened. */
  removals(bucket: LocalBucket, key: string): number {
    return this.removalCounts.get(this.directoryOf(bucket, key)) ?? 0;
  }

  /** Moves a complete temporary file into the store, atomically. */
  async put(bucket: LocalBucket, key: string, prepared: PreparedObject): Promise<ObjectVersion> {
    return await this.write(() => this.add(bucket, key, prepared));
  }

  /**
   * Does the same as {@link put}, but creates no object if the key has one (`exists`), or if one was removed since
   * {@link removals} returned `removalsBefore` (`conflict`).
   */
  async create(
    bucket: LocalBucket,
    key: string,
    prepared: PreparedObject,
    removalsBefore: number,
  ): Promise<ObjectVersion | 'exists' | 'conflict'> {
    return await this.write(async () => {
      if (this.hasObject(bucket, key)) {
        return 'exists';
      }
      return this.removals(bucket, key) === removalsBefore ? await this.add(bucket, key, prepared) : 'conflict';
    });
  }

  /** Adds a delete marker, or removes the object of an unversioned bucket. `undefined` if nothing changed. */
  async remove(bucket: LocalBucket, key: string, now: Date): Promise<ObjectVersion | undefined> {
    return await this.write(async () => {
      const before = this.versions(bucket, key);
      if (before.length === 0 && !bucket.versioned) {
        return undefined;
      }
      if (this.hasObject(bucket, key)) {
        this.removalCounts.set(this.directoryOf(bucket, key), this.removals(bucket, key) + 1);
      }
      const marker = { versionId: newVersionId(bucket), lastModified: now.toISOString() };
      await mkdir(this.directoryOf(bucket, key), { recursive: true });
      const rest = withoutUnversioned(bucket, before);
      await this.replace(bucket, key, bucket.versioned || rest.length > 0 ? [marker, ...rest] : []);
      return marker;
    });
  }

  /** Replaces the tags of the newest version and returns that version. Leaves a delete marker unchanged. */
  async setTags(bucket: LocalBucket, key: string, tags: readonly ObjectTag[]): Promise<ObjectVersion | undefined> {
    return await this.write(async () => {
      const [newest, ...rest] = this.versions(bucket, key);
      if (newest?.content === undefined) {
        return newest;
      }
      const tagged = { ...newest, tags };
      await this.replace(bucket, key, [tagged, ...rest]);
      return tagged;
    });
  }

  private async add(bucket: LocalBucket, key: string, { file, content, now }: PreparedObject): Promise<ObjectVersion> {
    const stored = { ...content, file: basename(file) };
    const version = { versionId: newVersionId(bucket), lastModified: now.toISOString(), content: stored };
    await mkdir(this.directoryOf(bucket, key), { recursive: true });
    await rename(file, join(this.directoryOf(bucket, key), stored.file));
    await this.replace(bucket, key, [version, ...withoutUnversioned(bucket, this.versions(bucket, key))]);
    return version;
  }

  /** Serializes writes. */
  private async write<T>(task: () => Promise<T>): Promise<T> {
    const run = this.lastWrite.then(task, task);
    this.lastWrite = run;
    return await run;
  }

  /**
   * The order matters: write the index, then publish it to readers, then delete the files that it no longer contains.
   */
  private async replace(bucket: LocalBucket, key: string, versions: readonly ObjectVersion[]): Promise<void> {
    const directory = this.directoryOf(bucket, key);
    const kept = new Set(versions.map(({ content }) => content?.file));
    const removed = this.versions(bucket, key).filter(({ content }) => !kept.has(content?.file));
    await writeIndex(directory, { key, versions });
    this.keysOf(bucket).set(key, versions);
    for (const { content } of removed) {
      if (content) {
        await rm(join(directory, content.file), { force: true });
      }
    }
  }

  private keysOf(bucket: LocalBucket): Versions {
    return this.index.get(bucket.name) ?? new Map();
  }

  private directoryOf(bucket: LocalBucket, key: string): string {
    return join(this.dataDirectory, 'objects', bucket.name, createHash('sha256').update(key).digest('hex'));
  }
}

function newVersionId(bucket: LocalBucket): string {
  return bucket.versioned ? randomUUID().replaceAll('-', '') : UNVERSIONED;
}

function withoutUnversioned(bucket: LocalBucket, versions: readonly ObjectVersion[]): readonly ObjectVersion[] {
  return bucket.versioned ? versions : versions.filter(({ versionId }) => versionId !== UNVERSIONED);
}

async function readBucket(directory: string): Promise<Versions> {
  await mkdir(directory, { recursive: true });
  const keys: Versions = new Map();
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

/** A crash can leave a directory without an index. Its first upload was never acknowledged. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') {
    throw error;
  }
}
