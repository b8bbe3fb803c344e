import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';

/** Body of the response to a GET for one byte. Can be read once. */
export function firstByte(): NonNullable<GetObjectCommandOutput['Body']> & Readable {
  return sdkStreamMixin(Readable.from([Buffer.of(0)])) as NonNullable<GetObjectCommandOutput['Body']> & Readable;
}
