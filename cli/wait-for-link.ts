import { setTimeout as delay } from 'node:timers/promises';
import { callApi, errorOf } from '../client/call-api';
import { type IssuedLink, type LinkState, parseLinkState, type ReceivedObject } from '../client/links';
import { ROUTE } from '../lambda/contract';
import { accessTo } from './api';
import type { LinkApi } from './deployment';
import { CliError } from './errors';
import { formatTime } from './format';
import { describeEnd, describeStatus } from './link-state';
import { explainMyLinks, isReceiptsOff } from './my-links';

/** How to report progress, and how to interrupt the wait. */
export interface WaitContext {
  /** Prints a message for the user. */
  readonly tell: (message: string) => void;
  readonly signal: AbortSignal;
}

/** The time, and how to wait. */
export interface WaitClock {
  nowMs(): number;
  /** @throws if it is interrupted */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The link to wait for. */
type AwaitedLink = Pick<IssuedLink, 'linkId' | 'expiresAt'>;

const SYSTEM_CLOCK: WaitClock = {
  nowMs: Date.now,
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }),
};

const EMULATOR_INTERVAL_MS = 2000;
const AWS_INTERVAL_MS = 5000;

/** How long a link can stay in each status. */
const MAX_WAIT_MS = {
  active: Number.POSITIVE_INFINITY,
  /** CloudWatch Logs usually delivers within three minutes. */
  ended: 600_000,
  /** An upload can start up to an hour after the redemption, and take long. */
  redeemed: 86_400_000,
} as const;

/**
 * Waits until a link is redeemed and prints what happens to it. Outages do not end the wait.
 *
 * @throws CliError `NotFound` if the link expires or is revoked, `Denied` if its state cannot be read, `Interrupted`
 */
export async function waitForRedemption(
  api: LinkApi,
  link: AwaitedLink,
  { tell, signal }: WaitContext,
  clock: WaitClock = SYSTEM_CLOCK,
): Promise<void> {
  tell('Waiting for the link to be redeemed. Ctrl-C stops waiting; the link stays active.');
  const isRedeemed = (state: LinkState): boolean => state.status === 'redeemed';
  const { status } = await waitUntil(isRedeemed, api, link, { tell, signal }, clock);
  if (status === 'ended') {
    tell(`The details did not arrive within 10 minutes. Look them up later: status ${link.linkId}`);
  }
}

/**
 * Waits until an upload link has received a file and prints what happens to it. Outages do not end the wait.
 *
 * @throws CliError `NotFound` if the link expires or is revoked, or no file arrives within a day after the redemption;
 * `Unavailable` if the details of the redemption do not arrive; `Denied` if the state of the link cannot be read; `Interrupted`
 */
export async function waitForFile(
  api: LinkApi,
  link: AwaitedLink,
  { tell, signal }: WaitContext,
  clock: WaitClock = SYSTEM_CLOCK,
): Promise<ReceivedObject> {
  tell('Waiting for the file. Ctrl-C stops waiting; the link stays active.');
  const state = await waitUntil((each) => receivedBy(each) !== undefined, api, link, { tell, signal }, clock);
  const received = receivedBy(state);
  if (received !== undefined) {
    return received;
  }
  throw state.status === 'ended'
    ? new CliError('Unavailable', `The details did not arrive within 10 minutes. Look them up: status ${link.linkId}`)
    : new CliError('NotFound', 'No file arrived within a day after the link was redeemed.');
}

function receivedBy(state: LinkState): ReceivedObject | undefined {
  return state.status === 'redeemed' ? state.received : undefined;
}

/** Polls the state of a link. @returns the state that is awaited, or the last one if the wait in its status was too long */
async function waitUntil(
  isAwaited: (state: LinkState) => boolean,
  api: LinkApi,
  { linkId, expiresAt }: AwaitedLink,
  { tell, signal }: WaitContext,
  clock: WaitClock,
): Promise<LinkState> {
  let last: { readonly status: keyof typeof MAX_WAIT_MS; readonly sinceMs: number } = { status: 'active', sinceMs: 0 };
  let state: LinkState | undefined;
  let isOutage = false;
  try {
    for (;;) {
      const read = await readState(api, linkId, signal);
      if (read === undefined && !isOutage) {
        tell('The state of the link cannot be read at the moment. Still waiting.');
      }
      isOutage = read === undefined;
      state = read ?? state;
      if (state?.status === 'expired' || state?.status === 'revoked') {
        throw new CliError('NotFound', describeStatus(state));
      }
      if (state !== undefined && state.status !== last.status) {
        last = { status: state.status, sinceMs: clock.nowMs() };
        tell(describeStatus(state));
      }
      if (state !== undefined && isAwaited(state)) {
        // The first line is the status.
        describeEnd(state).slice(1).forEach(tell);
        return state;
      }
      if (state !== undefined && clock.nowMs() - last.sinceMs >= MAX_WAIT_MS[last.status]) {
        return state;
      }
      await clock.sleep(api.s3Endpoint === undefined ? AWS_INTERVAL_MS : EMULATOR_INTERVAL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
    const outcomes = {
      active: `the link stays active until ${formatTime(expiresAt)}`,
      ended: 'the link was most likely redeemed',
      redeemed: `the link was redeemed, and may receive the file. Look it up: status ${linkId}`,
    } as const;
    throw new CliError('Interrupted', `Interrupted: ${outcomes[last.status]}.`);
  }
}

/** Reads the state of one of the caller's links. @returns `undefined` during an outage */
async function readState(api: LinkApi, linkId: string, signal: AbortSignal): Promise<LinkState | undefined> {
  const request = { method: 'GET', path: `${ROUTE.myLinks}/${linkId}` } as const;
  const response = await callApi(accessTo(api), request, { retry: 'safe', signal });
  const { status, fields } = response;
  if (status === 0 || status === 429 || status >= 500) {
    return undefined;
  }
  const state = parseLinkState(fields);
  if (status === 200 && state !== undefined) {
    return state;
  }
  if (fields['code'] === 'LinkNotFound') {
    const remedy = 'if the profile assumes a role, set role_session_name in it';
    throw new CliError('NotFound', `The link is no longer among your links: ${remedy}. It stays active.`);
  }
  const error = errorOf(request, response);
  if (isReceiptsOff(error)) {
    throw new CliError('Denied', 'The deployment keeps no receipts, so the wait ends. The link stays active.');
  }
  throw explainMyLinks(error, api);
}
