import { setTimeout as delay } from 'node:timers/promises';
import { callApi, errorOf } from '../client/call-api';
import { type IssuedLink, type LinkState, parseLinkState } from '../client/links';
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

const SYSTEM_CLOCK: WaitClock = {
  nowMs: Date.now,
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }),
};

const EMULATOR_INTERVAL_MS = 2000;
const AWS_INTERVAL_MS = 5000;
/** CloudWatch Logs usually delivers within three minutes. */
const MAX_DETAILS_WAIT_MS = 600_000;

/**
 * Waits until a link is redeemed and prints what happens to it. Outages do not end the wait.
 *
 * @throws CliError `NotFound` if the link expires or is revoked, `Denied` if its state cannot be read, `Interrupted`
 */
export async function waitForRedemption(
  api: LinkApi,
  link: Pick<IssuedLink, 'linkId' | 'expiresAt'>,
  { tell, signal }: WaitContext,
  clock: WaitClock = SYSTEM_CLOCK,
): Promise<void> {
  tell('Waiting for the link to be redeemed. Ctrl-C stops waiting; the link stays active.');
  let endedAtMs: number | undefined;
  let isOutage = false;
  try {
    for (;;) {
      const state = await readState(api, link.linkId, signal);
      if (state === undefined && !isOutage) {
        tell('The state of the link cannot be read at the moment. Still waiting.');
      }
      isOutage = state === undefined;
      if (state?.status === 'redeemed') {
        for (const line of describeEnd(state)) {
          tell(line);
        }
        return;
      }
      if (state?.status === 'expired' || state?.status === 'revoked') {
        throw new CliError('NotFound', describeStatus(state));
      }
      if (state?.status === 'ended' && endedAtMs === undefined) {
        endedAtMs = clock.nowMs();
        tell(describeStatus(state));
      }
      if (endedAtMs !== undefined && clock.nowMs() - endedAtMs >= MAX_DETAILS_WAIT_MS) {
        return tell(`The details did not arrive within 10 minutes. Look them up later: status ${link.linkId}`);
      }
      await clock.sleep(api.s3Endpoint === undefined ? AWS_INTERVAL_MS : EMULATOR_INTERVAL_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
    const outcome =
      endedAtMs === undefined
        ? `the link stays active until ${formatTime(link.expiresAt)}`
        : 'the link was most likely redeemed';
    throw new CliError('Interrupted', `Interrupted: ${outcome}.`);
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
