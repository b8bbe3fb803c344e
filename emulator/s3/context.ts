import type { IncomingMessage } from 'node:http';
import type { AwsCall, Principal } from '../iam/principal';
import type { LocalBucket } from './bucket-model';
import type { ObjectStore } from './store';
import type { S3Target } from './target';
import type { MultipartUploads } from './uploads';

/** Principals of the server, and the receiver of authorized calls. */
export interface AccessOptions {
  readonly region: string;
  /** Principals by access key ID. Looked up for every request, so they can be added after the start. */
  readonly principals: ReadonlyMap<string, Principal>;
  readonly now: () => Date;
  readonly onCall?: (call: AwsCall) => void;
}

/** An authenticated request to an existing bucket. */
export interface S3Context {
  readonly request: IncomingMessage;
  readonly target: S3Target;
  readonly principal: Principal;
  readonly bucket: LocalBucket;
  readonly store: ObjectStore;
  readonly uploads: MultipartUploads;
  readonly options: AccessOptions;
  readonly now: Date;
}
