import Bowser from 'bowser';
import type { LinkState } from '../client/links';
import { MAX_REFUSED_ATTEMPTS } from '../lambda/link/receipt';
import { formatBytes, formatTime } from './format';
import { formatS3Location } from './s3-location';

const MAX_USER_AGENT_LENGTH = 60;

/** For other browsers, Bowser returns a part of the user agent as the name. */
const KNOWN_BROWSERS: readonly string[] = Object.values(Bowser.BROWSER_MAP);

/** Describes the state of a link, one sentence per line. */
export function describeState(state: LinkState): readonly string[] {
  const { operation, createdAt, createdBy, fileName } = state;
  const at = createdAt === undefined ? '' : ` at ${formatEvent(createdAt)}`;
  const kind = operation === 'upload' ? ' as an upload link' : '';
  const issued = `Issued${kind}${at} by ${createdBy}${fileName === undefined ? '' : ` for ${fileName}`}.`;
  return [...describeEnd(state), issued];
}

/** Describes how a link ended, if it has, what it received, and later attempts to redeem it. */
export function describeEnd(state: LinkState): readonly string[] {
  const lines = [describeStatus(state), ...describeReceived(state)];
  if (state.refusedAfter === undefined) {
    return lines;
  }
  const { count, lastAt, lastSourceIp } = state.refusedAfter;
  return [...lines, `Refused ${times(count)} since then, last at ${formatEvent(lastAt)} from ${lastSourceIp}.`];
}

function describeReceived(state: LinkState): readonly string[] {
  if (state.status !== 'redeemed' || state.operation !== 'upload') {
    return [];
  }
  if (state.received === undefined) {
    return ['No file has been received yet.'];
  }
  const { at, sizeBytes } = state.received;
  return [`Received ${formatBytes(sizeBytes)} at ${formatEvent(at)}: ${formatS3Location(state.received)}`];
}

/** Describes the status of a link in one sentence. */
export function describeStatus(state: LinkState): string {
  switch (state.status) {
    case 'active':
      return `Active until ${formatTime(state.expiresAt)}.`;
    case 'expired':
      return `Expired at ${formatTime(state.expiresAt)} without being redeemed.`;
    case 'ended':
      return 'No longer active, most likely redeemed. Details usually arrive within three minutes.';
    case 'revoked':
      return `Revoked at ${formatEvent(state.revoked.at)} by ${state.revoked.by}.`;
    case 'redeemed': {
      const { at, sourceIp, userAgent } = state.redeemed;
      const client = userAgent === undefined ? '' : describeUserAgent(userAgent);
      return `Redeemed at ${formatEvent(at)} from ${sourceIp}${client && ` (${client})`}.`;
    }
  }
}

/** Seconds tell a second click from another reader. */
function formatEvent(time: Date): string {
  return formatTime(time, { seconds: true });
}

function times(count: number): string {
  if (count >= MAX_REFUSED_ATTEMPTS) {
    return `at least ${MAX_REFUSED_ATTEMPTS} times`;
  }
  return ['never', 'once', 'twice'][count] ?? `${count} times`;
}

/**
 * Returns the browser and operating system, such as `Firefox on Windows`, or quotes the beginning of an unknown user agent. Quotes
 * and control characters in it are percent-encoded, so a reader cannot end the quotation.
 */
export function describeUserAgent(encoded: string): string {
  const { browser, os } = Bowser.parse(encoded);
  const isKnown = KNOWN_BROWSERS.some((known) => known === browser.name) && os.name !== undefined;
  return isKnown ? `${browser.name} on ${os.name}` : `"${encoded.slice(0, MAX_USER_AGENT_LENGTH)}"`;
}
