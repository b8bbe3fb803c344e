import { parseJsonObject } from '../../client/json';
import { JSON_FORMAT, NONCE_PARAMETER, ROUTE } from '../../lambda/contract';
import type { PresignTime } from '../../lambda/link/destination';
import {
  type Check,
  type CheckResult,
  differences,
  type HttpRequest,
  resultOf,
  skipped,
  statusOf,
  tally,
  type VerifyContext,
} from './check';

const READERS = 50;
const RACES = 5;
/** The probes take longer than the lifetime. */
const EXPIRY_PROBES = 12;
const PROBE_INTERVAL_MS = 400;
const SHORT_LIFETIME_SECONDS = 4;

const issue: Check = {
  id: 'issue',
  title: 'A link is issued as plain text and as JSON',
  settles: 'whether API Gateway passes Accept and the body to the function',
  async run(context) {
    const { object, sendSigned } = context;
    const body = JSON.stringify({ bucket_name: object.bucket, object_name: object.key });
    const headers = { 'content-type': 'application/json', accept: 'text/plain' };
    const text = await sendSigned(ROUTE.generateUrl, { method: 'POST', headers, body });
    const issued = await context.issue();
    const isLink = new RegExp(`^https?://\\S+/${ROUTE.accessObject}\\?${NONCE_PARAMETER}=[\\w-]{43}$`);
    const problems = differences(
      ['the status', text.status, 200],
      ['Content-Type', text.headers['content-type'], 'text/plain; charset=utf-8'],
      ['a link as plain text', isLink.test(text.body.toString()), true],
      ['a link in JSON', isLink.test(issued.url), true],
    );
    return resultOf(problems, 'a link in both');
  },
};

const redeem: Check = {
  id: 'redeem',
  title: 'The first GET is redirected and the second is refused',
  settles: 'whether the authorizer is called once for a request, and its result is not cached',
  run: (context) =>
    forEachKind(context, async (presign) => {
      const { url } = await context.issue({ presign });
      const first = await context.send(url);
      const second = await statusOf(context, url);
      return differences(
        ['the first status', first.status, 302],
        ['Cache-Control', first.headers['cache-control'], 'no-store'],
        ['the second status', second, 403],
      );
    }),
};

const redeemPost: Check = {
  id: 'redeem-post',
  title: 'A POST is redirected with 303, or receives JSON if it asks for it',
  settles: 'whether Accept and the query string reach the function',
  run: (context) =>
    forEachKind(context, async (presign) => {
      const post = async (suffix: string, headers: HttpRequest['headers'] = {}) =>
        await context.send(`${(await context.issue({ presign })).url}${suffix}`, { method: 'POST', headers });
      const redirected = await post('');
      const byAccept = await post('', { accept: 'application/json' });
      const byQuery = await post(`&${JSON_FORMAT.parameter}=${JSON_FORMAT.value}`);
      const hasUrl = ({ body }: typeof byAccept) => typeof parseJsonObject(body.toString())?.['url'] === 'string';
      return differences(
        ['the status of a POST', redirected.status, 303],
        ['JSON by Accept', byAccept.status === 200 && hasUrl(byAccept), true],
        ['JSON by query', byQuery.status === 200 && hasUrl(byQuery), true],
      );
    }),
};

const race: Check = {
  id: 'race',
  isFlood: true,
  title: `${READERS} simultaneous readers of a link: one redirect, ${RACES} times for each kind of link`,
  settles: 'whether a link is redeemed once under concurrency, and the account has enough concurrency',
  async run(context) {
    const seen: number[] = [];
    const problems: string[] = [];
    for (const presign of context.kinds.flatMap((kind) => Array<PresignTime>(RACES).fill(kind))) {
      const { url } = await context.issue({ presign });
      const statuses = await Promise.all(Array.from({ length: READERS }, () => statusOf(context, url)));
      seen.push(...statuses);
      // Throttled readers are refused before the authorizer.
      const isExpected = statuses.every((status) => status === 302 || status === 403 || status === 429);
      if (!isExpected || statuses.filter((status) => status === 302).length !== 1) {
        problems.push(`${presign}: ${tally(statuses)}`);
      }
    }
    return resultOf(problems, `${tally(seen)} for ${context.kinds.length * RACES} links`);
  },
};

const neverRedeems: Check = {
  id: 'never-redeems',
  title: 'HEAD, prefetches, link previews and malformed links redeem nothing',
  settles: 'whether the headers of a request reach the authorizer',
  run: (context) =>
    forEachKind(context, async (presign) => {
      const { url } = await context.issue({ presign });
      const nonce = new URL(url).searchParams.get(NONCE_PARAMETER) ?? '';
      const get = (headers: Readonly<Record<string, string>>) => statusOf(context, url, { headers });
      return differences(
        ['the status of HEAD', await statusOf(context, url, { method: 'HEAD' }), 200],
        ['the status of OPTIONS', await statusOf(context, url, { method: 'OPTIONS' }), 403],
        ['the status of DELETE', await statusOf(context, url, { method: 'DELETE' }), 403],
        ['the status of a prefetch', await get({ 'sec-purpose': 'prefetch;prerender' }), 403],
        ['the status of an image', await get({ 'sec-fetch-dest': 'image' }), 403],
        ['the status of a link preview', await get({ 'user-agent': 'Slackbot-LinkExpanding 1.0' }), 403],
        ['the status of a crawler', await get({ 'user-agent': 'Mozilla/5.0 (compatible; bingbot/2.0)' }), 403],
        ['the status of two nonces', await statusOf(context, `${url}&${NONCE_PARAMETER}=${nonce}`), 403],
        ['the status of a truncated nonce', await statusOf(context, url.slice(0, -1)), 403],
        ['the status of GET afterwards', await statusOf(context, url), 302],
      );
    }),
};

const methodOverride: Check = {
  id: 'method-override',
  title: 'X-HTTP-Method-Override does not redeem a link twice',
  settles: 'whether API Gateway honors X-HTTP-Method-Override',
  async run(context) {
    const { url } = await context.issue();
    const overridden = await statusOf(context, url, { method: 'POST', headers: { 'x-http-method-override': 'HEAD' } });
    const afterwards = await statusOf(context, url);
    const outcome = `${overridden}, then ${afterwards}`;
    if (outcome === '200, then 302' || outcome === '303, then 403') {
      return resultOf([], `API Gateway ${overridden === 200 ? 'honors' : 'ignores'} the header: ${outcome}`);
    }
    return resultOf([`POST with HEAD as override: ${outcome}`], '');
  },
};

const expiry: Check = {
  id: 'expiry',
  title: 'A link works until it expires, and not afterward',
  settles: 'whether expiry is enforced on redemption, not by the TTL of the table',
  async run(context) {
    const links = await Promise.all(
      Array.from({ length: EXPIRY_PROBES }, () => context.issue({ expires_in: SHORT_LIFETIME_SECONDS })),
    );
    const problems: string[] = [];
    const statuses: number[] = [];
    for (const { url, expiresAt } of links) {
      const { status, headers } = await context.send(url);
      statuses.push(status);
      const lateSeconds = (Date.parse(String(headers.date)) - expiresAt.getTime()) / 1000;
      // Date has whole seconds, and the clocks of two servers may differ by one second.
      if ((status === 302 && lateSeconds > 1) || (status === 403 && lateSeconds < -1) || ![302, 403].includes(status)) {
        problems.push(`${status} at ${lateSeconds} s after the expiry`);
      }
      await context.sleep(PROBE_INTERVAL_MS);
    }
    const last = links.at(-1);
    const hasSeenBoth = statuses.includes(302) && statuses.at(-1) === 403;
    return resultOf(
      [...problems, ...(hasSeenBoth ? [] : [`no change from 302 to 403: ${statuses.join(' ')}`])],
      `${tally(statuses)} around ${last?.expiresAt.toISOString().slice(11, 19)} UTC`,
    );
  },
};

const revoke: Check = {
  id: 'revoke',
  title: 'A revoked link is refused, and a link is revoked or redeemed, never both',
  settles: 'whether revocation and redemption exclude each other',
  async run(context) {
    const revokeLink = async (linkId: string) =>
      (await context.sendSigned(`${ROUTE.links}/${linkId}`, { method: 'DELETE' })).status;
    const revoked = await context.issue();
    const status = await revokeLink(revoked.linkId);
    if (status === 403) {
      return skipped('no permission to revoke links');
    }
    const afterwards = await statusOf(context, revoked.url);
    const problems = [
      ...differences(['the status of the revocation', status, 204], ['the status afterwards', afterwards, 403]),
    ];
    const outcomes: string[] = [];
    for (let raced = 0; raced < RACES; raced += 1) {
      const { url, linkId } = await context.issue();
      const [redeemed, revocation] = await Promise.all([statusOf(context, url), revokeLink(linkId)]);
      const outcome = `${redeemed}/${revocation}`;
      outcomes.push(outcome);
      if (outcome !== '302/404' && outcome !== '403/204') {
        problems.push(`a link was redeemed with ${redeemed} and revoked with ${revocation}`);
      }
    }
    return resultOf(problems, `204, then 403; in races ${tally(outcomes)}`);
  },
};

/** Collects the problems of every kind of link. */
async function forEachKind(
  { kinds }: VerifyContext,
  problemsOf: (kind: PresignTime) => Promise<readonly string[]>,
): Promise<CheckResult> {
  const problems: string[] = [];
  for (const kind of kinds) {
    problems.push(...(await problemsOf(kind)).map((problem) => `${problem} (${kind})`));
  }
  return resultOf(problems, `as expected for links with presign ${kinds.join(' and ')}`);
}

export const REDEMPTION_CHECKS: readonly Check[] = [
  issue,
  redeem,
  redeemPost,
  race,
  neverRedeems,
  methodOverride,
  expiry,
  revoke,
];
