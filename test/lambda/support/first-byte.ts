import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { sdkStreamMixin } from '@smithy/core/serde';

/** The body of an answer to a GET of one byte. Like any body it can be read once. */
export function firstByte(): NonNullable<GetObjectCommandOutput['Body']> & Readable {
  return sdkStreamMixin(Readable.from([Buffer.of(0)])) as NonNullable<GetObjectCommandOutput['Body']> & Readable;
}
