import { parseJsonObject } from '../../client/json';
import type { IssuedLink } from '../../client/links';
import { LOG_EVENT, type REDEEM_OUTCOMES, type REVOKE_OUTCOMES, ROUTE } from '../../lambda/contract';
import { type HttpRequest, untilExpired, type VerifyContext } from './check';

/** A log of the deployment: API Gateway's access log, or the log of a function. */
export type LogName = 'access' | 'GenerateUrl' | 'AuthorizeAccess' | 'ManageLink';

/** Reads the logs of the deployment. */
export interface LogReader {
  /** Returns the lines since the checks started that contain a text. */
  linesWith(log: LogName, text: string): Promise<readonly string[]>;
}

/** What the function logs about an attempt: an outcome, or that a link was issued or looked up. */
export type LoggedOutcome =
  | typeof LOG_EVENT.issued
  | typeof LOG_EVENT.lookedUp
  | (typeof REDEEM_OUTCOMES)[number]
  | (typeof REVOKE_OUTCOMES)[number];

/** An attempt, and its log lines. */
export interface LoggedAttempt {
  readonly outcome: LoggedOutcome;
  /** Log of the function. */
  readonly log: LogName;
  /** Status of the response. */
  readonly status: number;
  /** `undefined` if the line did not arrive in time. */
  readonly functionLine: string | undefined;
  readonly accessLine: string | undefined;
  /** Wait until both lines were found, in seconds. */
  readonly seconds: number;
}

/** How long the lines may take. */
const MAX_WAIT_SECONDS = 120;
/** Eight attempts poll at the same time, and CloudWatch Logs throttles FilterLogEvents. */
const POLL_INTERVAL_MS = 2000;

/** Makes one attempt of each kind and waits for their lines. */
export async function makeLoggedAttempts(context: VerifyContext, logs: LogReader): Promise<readonly LoggedAttempt[]> {
  const { issue, send, sendSigned } = context;
  const [redeemed, active, revoked, expired] = await Promise.all([issue(), issue(), issue(), issue({ expires_in: 1 })]);
  const get = async ({ url }: IssuedLink, headers: HttpRequest['headers'] = {}) =>
    (await send(url, { headers })).status;
  const revoke = async ({ linkId }: IssuedLink) =>
    (await sendSigned(`${ROUTE.links}/${linkId}`, { method: 'DELETE' })).status;
  const made: (readonly [LoggedOutcome, LogName, IssuedLink, number])[] = [
    ['link_issued', 'GenerateUrl', redeemed, 200],
    ['redeemed', 'AuthorizeAccess', redeemed, await get(redeemed)],
    ['not_active', 'AuthorizeAccess', redeemed, await get(redeemed)],
    ['machine', 'AuthorizeAccess', active, await get(active, { 'user-agent': 'Slackbot-LinkExpanding 1.0' })],
    ['prefetch', 'AuthorizeAccess', active, await get(active, { 'sec-purpose': 'prefetch' })],
  ];
  const revocation = await revoke(revoked);
  if (revocation !== 403) {
    made.push(['revoked', 'ManageLink', revoked, revocation]);
    const lookup = await sendSigned(`${ROUTE.links}/${revoked.linkId}`, {});
    made.push(['link_lookup', 'ManageLink', revoked, lookup.status]);
  }
  await untilExpired(context, expired);
  made.push(['expired', 'AuthorizeAccess', expired, await get(expired)]);
  const startMs = Date.now();
  return await Promise.all(
    made.map(async ([outcome, log, { linkId }, status]) => {
      const until = { ...context, deadlineMs: startMs + MAX_WAIT_SECONDS * 1000 };
      const isOfAttempt = (line: string) => {
        const { event, outcome: logged = event } = fieldsOfLine(line);
        // The outcome of a lookup can be the same as that of a revocation.
        return (event === LOG_EVENT.lookedUp ? event : logged) === outcome;
      };
      const functionLine = await poll(until, async () => (await logs.linesWith(log, linkId)).find(isOfAttempt));
      const requestId = functionLine === undefined ? '' : fieldsOfLine(functionLine)['request_id'];
      const accessLine =
        typeof requestId === 'string' && requestId !== ''
          ? await poll(until, async () => (await logs.linesWith('access', requestId))[0])
          : undefined;
      return { outcome, log, status, functionLine, accessLine, seconds: Math.round((Date.now() - startMs) / 1000) };
    }),
  );
}

async function poll(
  { sleep, deadlineMs }: Pick<VerifyContext, 'sleep'> & { readonly deadlineMs: number },
  find: () => Promise<string | undefined>,
): Promise<string | undefined> {
  for (;;) {
    const found = await find();
    if (found !== undefined || Date.now() > deadlineMs) {
      return found;
    }
    await sleep(POLL_INTERVAL_MS);
  }
}

/** Parses a log line. @returns no fields if it is not a JSON object */
export function fieldsOfLine(line: string): Readonly<Record<string, unknown>> {
  return parseJsonObject(line) ?? {};
}
