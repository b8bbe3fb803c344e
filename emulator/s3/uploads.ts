import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { LocalBucket } from './bucket-model';
import type { ChecksumType } from './checksums';
import { compareKeys } from './listing';

/** The checksum that an upload requires of its parts. */
export interface UploadChecksum {
  /** For example `crc32`. */
  readonly algorithm: string;
  readonly type: ChecksumType;
}

/** A new upload. */
export interface NewUpload {
  readonly bucket: LocalBucket;
  readonly key: string;
  readonly initiated: Date;
  /** Objects with this key that had been removed when the upload began. */
  readonly removalsBefore: number;
  /** Headers of the object to create. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: UploadChecksum;
}

/** An uploaded part. */
export interface UploadedPart {
  readonly partNumber: number;
  /** Path of a temporary file. */
  readonly file: string;
  readonly size: number;
  readonly md5: Buffer;
  /** Checksum in base64, with the upload's algorithm. */
  readonly checksum?: string;
  readonly lastModified: Date;
}

/** A multipart upload that is neither completed nor aborted. */
export interface MultipartUpload extends NewUpload {
  /** Upload ID, which sorts by start time. */
  readonly uploadId: string;
  /** By part number. */
  readonly parts: ReadonlyMap<number, UploadedPart>;
}

type MutableUpload = MultipartUpload & { readonly parts: Map<number, UploadedPart> };

/**
 * The multipart uploads in progress. The list is in memory, and the parts are temporary files. An upload can end during
 * any `await`, so call {@link find} again afterward.
 */
export class MultipartUploads {
  private readonly uploads = new Map<string, MutableUpload>();

  begin(upload: NewUpload): MultipartUpload {
    const { initiated } = upload;
    const uploadId = initiated.getTime().toString(16).padStart(12, '0') + randomBytes(20).toString('hex');
    const begun = { ...upload, uploadId, parts: new Map() };
    this.uploads.set(uploadId, begun);
    return begun;
  }

  /** Returns `undefined` if this key has no such upload. */
  find(bucket: LocalBucket, key: string, uploadId: string): MultipartUpload | undefined {
    const upload = this.uploads.get(uploadId);
    return upload?.bucket.name === bucket.name && upload.key === key ? upload : undefined;
  }

  /** Lists the uploads of a bucket, ordered by key, then by start time. */
  list(bucket: LocalBucket): readonly MultipartUpload[] {
    return [...this.uploads.values()]
      .filter((upload) => upload.bucket.name === bucket.name)
      .sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.uploadId, b.uploadId));
  }

  /** Adds a part. Replaces an earlier part with the same number. */
  async keep({ uploadId, parts }: MultipartUpload, part: UploadedPart): Promise<void> {
    const replaced = parts.get(part.partNumber);
    this.uploads.get(uploadId)?.parts.set(part.partNumber, part);
    if (replaced !== undefined) {
      await rm(replaced.file, { force: true });
    }
  }

  /** Removes an upload from the list. */
  end({ uploadId }: MultipartUpload): void {
    this.uploads.delete(uploadId);
  }

  /** Undoes {@link end} after the upload could not be completed. */
  restore(upload: MultipartUpload): void {
    this.uploads.set(upload.uploadId, { ...upload, parts: new Map(upload.parts) });
  }

  /** Deletes the parts of an ended upload. */
  async discard({ parts }: MultipartUpload): Promise<void> {
    for (const { file } of parts.values()) {
      await rm(file, { force: true });
    }
  }
}
