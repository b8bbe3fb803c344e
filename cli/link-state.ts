import Bowser from 'bowser';
import { type LinkId, parseLinkId } from '../lambda/link/nonce';
import { MAX_REFUSED_ATTEMPTS } from '../lambda/link/receipt';
import { formatTime, isObject, parseTime } from './format';

interface LinkFacts {
  readonly linkId: LinkId;
  /** ARN of the caller that issued the link. */
  readonly createdBy: string;
  /** Absent for a link that was issued while the deployment kept no receipts. */
  readonly createdAt?: Date;
  readonly expiresAt: Date;
  /** Only if the deployment records file names. */
  readonly fileName?: string;
  /** Attempts to redeem the link after it had ended. */
  readonly refusedAfter?: {
    readonly count: number;
    readonly lastAt: Date;
    readonly lastSourceIp: string;
  };
}

/** What is known about a redemption. */
export interface Redemption {
  readonly at: Date;
  readonly sourceIp: string;
  /** Percent-encoded where necessary, and truncated. */
  readonly userAgent?: string;
}

/** State of a link. `ended`: no longer active, and the details have not arrived. */
export type LinkState = LinkFacts &
  (
    | { readonly status: 'active' | 'expired' | 'ended' }
    | { readonly status: 'redeemed'; readonly redeemed: Redemption }
    | { readonly status: 'revoked'; readonly revoked: { readonly at: Date; readonly by: string } }
  );

const MAX_USER_AGENT_LENGTH = 60;

/** For other browsers, Bowser returns a part of the user agent as the name. */
const KNOWN_BROWSERS: readonly string[] = Object.values(Bowser.BROWSER_MAP);

/** Reads the state of a link from a response. @returns `undefined` if it is not one */
export function parseLinkState(value: unknown): LinkState | undefined {
  const fields = isObject(value) ? value : {};
  const { link_id, status, created_by: createdBy, created_at, expires_at, file_name: fileName } = fields;
  const linkId = typeof link_id === 'string' ? parseLinkId(link_id) : undefined;
  const expiresAt = parseTime(expires_at);
  if (linkId === undefined || expiresAt === undefined || typeof createdBy !== 'string') {
    return undefined;
  }
  const createdAt = parseTime(created_at);
  const refusedAfter = parseRefused(fields['refused_after']);
  const facts: LinkFacts = {
    linkId,
    createdBy,
    expiresAt,
    ...(createdAt && { createdAt }),
    ...(typeof fileName === 'string' && { fileName }),
    ...(refusedAfter && { refusedAfter }),
  };
  switch (status) {
    case 'active':
    case 'expired':
    case 'ended':
      return { ...facts, status };
    case 'redeemed': {
      const redeemed = parseRedemption(fields['redeemed']);
      return redeemed && { ...facts, status, redeemed };
    }
    case 'revoked': {
      const revoked = parseRevocation(fields['revoked']);
      return revoked && { ...facts, status, revoked };
    }
    default:
      return undefined;
  }
}

function parseRedemption(value: unknown): Redemption | undefined {
  const { at, source_ip: sourceIp, user_agent: userAgent } = isObject(value) ? value : {};
  const time = parseTime(at);
  return time && typeof sourceIp === 'string'
    ? { at: time, sourceIp, ...(typeof userAgent === 'string' && { userAgent }) }
    : undefined;
}

function parseRevocation(value: unknown) {
  const { at, by } = isObject(value) ? value : {};
  const time = parseTime(at);
  return time && typeof by === 'string' ? { at: time, by } : undefined;
}

function parseRefused(value: unknown): LinkFacts['refusedAfter'] {
  const { count, last_at, last_source_ip: lastSourceIp } = isObject(value) ? value : {};
  const lastAt = parseTime(last_at);
  return lastAt && typeof count === 'number' && typeof lastSourceIp === 'string'
    ? { count, lastAt, lastSourceIp }
    : undefined;
}

/** Describes the state of a link, one sentence per line. */
export function describeState(state: LinkState): readonly string[] {
  const { createdAt, createdBy, fileName } = state;
  const at = createdAt === undefined ? '' : ` at ${formatEvent(createdAt)}`;
  const issued = `Issued${at} by ${createdBy}${fileName === undefined ? '' : ` for ${fileName}`}.`;
  return [...describeEnd(state), issued];
}

/** Describes how a link ended, if it has, and later attempts to redeem it. */
export function describeEnd(state: LinkState): readonly string[] {
  const status = describeStatus(state);
  if (state.refusedAfter === undefined) {
    return [status];
  }
  const { count, lastAt, lastSourceIp } = state.refusedAfter;
  return [status, `Refused ${times(count)} since then, last at ${formatEvent(lastAt)} from ${lastSourceIp}.`];
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
