import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { LocalBucket } from './access';
import type { ChecksumType } from './checksums';
import { compareKeys } from './listing';

/** A checksum that the parts of an upload must carry. */
export interface UploadChecksum {
  /** As the headers name it, for example `crc32`. */
  readonly algorithm: string;
  readonly type: ChecksumType;
}

/** What is known of an upload when it begins. */
export interface UploadBeginning {
  readonly bucket: LocalBucket;
  readonly key: string;
  readonly initiated: Date;
  /** Headers that the object will have. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: UploadChecksum;
}

/** A part that has arrived. */
export interface UploadedPart {
  readonly partNumber: number;
  /** Path of a temporary file. */
  readonly file: string;
  readonly size: number;
  readonly md5: Buffer;
  /** Base64, of the upload's algorithm. */
  readonly checksum?: string;
  readonly lastModified: Date;
}

/** An upload in parts that is neither completed nor aborted. */
export interface MultipartUpload extends UploadBeginning {
  /** Ids of later uploads are greater. */
  readonly uploadId: string;
  /** By part number. */
  readonly parts: ReadonlyMap<number, UploadedPart>;
}

/**
 * The uploads in parts that are under way: the list is in memory and ends with the emulator, the parts are temporary files.
 * What {@link find} gave may be over after the next `await`: ask again.
 */
export interface MultipartUploads {
  begin(beginning: UploadBeginning): MultipartUpload;
  /** `undefined` if there is no such upload of this key, or no longer. */
  find(bucket: LocalBucket, key: string, uploadId: string): MultipartUpload | undefined;
  /** All of a bucket, by key, then by time. */
  list(bucket: LocalBucket): readonly MultipartUpload[];
  /** Takes a part over, in place of one of the same number. */
  keep(upload: MultipartUpload, part: UploadedPart): Promise<void>;
  /** From now on nobody finds it. */
  end(upload: MultipartUpload): void;
  /** Takes {@link end} back: what was to become of the parts has failed. */
  restore(upload: MultipartUpload): void;
  /** Removes the parts of an upload that has ended from the disk. */
  discard(upload: MultipartUpload): Promise<void>;
}

/** A {@link MultipartUpload} to add parts to. */
type GrowingUpload = MultipartUpload & { readonly parts: Map<number, UploadedPart> };

/** An empty list of uploads. */
export function createUploads(): MultipartUploads {
  const uploads = new Map<string, GrowingUpload>();
  return {
    begin(beginning) {
      const upload = { ...beginning, uploadId: newUploadId(beginning.initiated), parts: new Map() };
      uploads.set(upload.uploadId, upload);
      return upload;
    },
    find(bucket, key, uploadId) {
      const upload = uploads.get(uploadId);
      return upload?.bucket.name === bucket.name && upload.key === key ? upload : undefined;
    },
    list: (bucket) =>
      [...uploads.values()]
        .filter((upload) => upload.bucket.name === bucket.name)
        .sort((a, b) => compareKeys(a.key, b.key) || compareKeys(a.uploadId, b.uploadId)),
    async keep({ uploadId, parts }, part) {
      const replaced = parts.get(part.partNumber);
      uploads.get(uploadId)?.parts.set(part.partNumber, part);
      if (replaced !== undefined) {
        await rm(replaced.file, { force: true });
      }
    },
    end: ({ uploadId }) => void uploads.delete(uploadId),
    restore: (upload) => void uploads.set(upload.uploadId, { ...upload, parts: new Map(upload.parts) }),
    async discard({ parts }) {
      for (const { file } of parts.values()) {
        await rm(file, { force: true });
      }
    },
  };
}

function newUploadId(initiated: Date): string {
  return initiated.getTime().toString(16).padStart(12, '0') + randomBytes(20).toString('hex');
}
