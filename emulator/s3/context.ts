import type { IncomingMessage } from 'node:http';
import type { BusEvent } from '../events/event';
import type { Principal } from '../iam/principal';
import type { ServiceOptions } from '../service-options';
import type { LocalBucket } from './bucket-model';
import type { ObjectStore } from './store';
import type { S3Target } from './target';
import type { MultipartUploads } from './uploads';

/** Options of the server that the requests need. */
export interface AccessOptions extends Omit<ServiceOptions, 'port'> {
  /** Receives the events of the buckets that send them to EventBridge. @default - the events are dropped */
  readonly onEvent?: (event: BusEvent) => void;
}

/** An authenticated request to an existing bucket. */
export interface S3Context {
  readonly request: IncomingMessage;
  readonly target: S3Target;
  readonly principal: Principal;
  readonly bucket: LocalBucket;
  /** Whether the operation creates an object. `false`: it prepares one. @default - neither */
  readonly createsObject?: boolean;
  readonly store: ObjectStore;
  readonly uploads: MultipartUploads;
  readonly options: AccessOptions;
  readonly now: Date;
  readonly requestId: string;
}
