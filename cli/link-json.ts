import type { IssuedLink, LinkState, ReceivedObject } from '../client/links';
import { wholeSeconds } from '../lambda/link/timestamp';
import { printableJson } from './format';

/** Formats an issued link as the API does. */
export function issuedLinkJson({ url, clickThroughUrl, linkId, expiresAt }: IssuedLink): string {
  return printableJson({
    url,
    click_through_url: clickThroughUrl,
    link_id: linkId,
    expires_at: timestamp(expiresAt),
  });
}

/** The fields of a link's state, as the API returns them. */
export function linkStateFields(state: LinkState) {
  const { linkId, status, operation, createdAt, createdBy, expiresAt, fileName, refusedAfter } = state;
  return {
    link_id: linkId,
    status,
    operation,
    created_at: createdAt && timestamp(createdAt),
    created_by: createdBy,
    expires_at: timestamp(expiresAt),
    file_name: fileName,
    redeemed: status === 'redeemed' ? redemptionFields(state.redeemed) : undefined,
    received: status === 'redeemed' && state.received ? receivedFields(state.received) : undefined,
    revoked: status === 'revoked' ? { at: timestamp(state.revoked.at), by: state.revoked.by } : undefined,
    refused_after: refusedAfter && {
      count: refusedAfter.count,
      last_at: timestamp(refusedAfter.lastAt),
      last_source_ip: refusedAfter.lastSourceIp,
    },
  };
}

function redemptionFields({ at, sourceIp, userAgent }: Extract<LinkState, { status: 'redeemed' }>['redeemed']) {
  return { at: timestamp(at), source_ip: sourceIp, user_agent: userAgent };
}

function receivedFields({ at, bucket, key, sizeBytes, checksum }: ReceivedObject) {
  return {
    at: timestamp(at),
    bucket_name: bucket,
    object_name: key,
    size_bytes: sizeBytes,
    checksum_algorithm: checksum?.algorithm,
    checksum: checksum?.value,
  };
}

function timestamp(time: Date): string {
  return wholeSeconds(time.toISOString());
}
