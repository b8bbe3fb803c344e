import { busEvent } from '../events/event';
import { accountOf } from '../iam/principal';
import { LOCAL_ACCOUNT } from '../template/template';
import type { S3Context } from './context';
import type { ObjectVersion } from './store';

let lastSequence = 0n;

/**
 * Sends the event `Object Created` if the bucket sends events to EventBridge. S3 sends it to the default bus of the account
 * and Region of the bucket, so the emulator drops the events of buckets elsewhere.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function publishCreation(
  { bucket, target, principal, request, requestId, options }: S3Context,
  { versionId, content }: ObjectVersion,
  reason: 'PutObject' | 'CompleteMultipartUpload',
): void {
  const { account = LOCAL_ACCOUNT, region = options.region } = bucket;
  if (bucket.sendsEvents !== true || account !== LOCAL_ACCOUNT || region !== options.region) {
    return;
  }
  const detail = {
    version: '0',
    bucket: { name: bucket.name },
    object: {
      key: target.key,
      size: content?.size,
      etag: content?.etag,
      ...(bucket.versioned && { 'version-id': versionId }),
      sequencer: nextSequencer(options.now()),
    },
    'request-id': requestId,
    requester: accountOf(principal),
    'source-ip-address': request.socket.remoteAddress ?? '',
    reason,
  };
  const resources = [bucket.arn];
  options.onEvent?.(
    busEvent({ source: 'aws.s3', detailType: 'Object Created', time: options.now(), resources, detail }),
  );
}

/** Hexadecimal, and greater than all before. S3 promises an order for the events of each key. */
function nextSequencer(now: Date): string {
  const time = BigInt(now.getTime()) << 20n;
  lastSequence = time > lastSequence ? time : lastSequence + 1n;
  return lastSequence.toString(16).toUpperCase().padStart(16, '0');
}
