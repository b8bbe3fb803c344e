import { askForLink, linkTo, manageLink, type Send, send } from './http';
import type { LinkKind } from './link-kinds';

/** Where to race: an API, and the bucket that it shares from. */
export interface RaceTrack {
  readonly apiEndpoint: string;
  readonly bucketName: string;
  /** Kind of the links that are raced for. */
  readonly presign: LinkKind;
}

/** How many links, and how many open each of them. */
export interface RaceOptions {
  readonly links: number;
  readonly openers: number;
  /**
   * `together`: all openers of a link press at the same moment. `one-ahead`: one presses, and all others at the same
   * moment when that one has the answer.
   */
  readonly start: 'together' | 'one-ahead';
}

/** What the openers of one link were answered. */
export interface LinkTally {
  readonly opened: number;
  /** 403. */
  readonly refused: number;
  /** Every other status. */
  readonly other: readonly number[];
}

/** Every way to open a link, with the status that hands out the object. */
export const WAYS_TO_OPEN: readonly (Send & { readonly opens: number })[] = [
  { method: 'GET', opens: 302 },
  { method: 'POST', opens: 303 },
  { method: 'POST', headers: { Accept: 'application/json' }, opens: 200 },
];

/** Links under way at once: enough that no part of the emulator ever idles. */
const LANES = 2;

/** Lets many open each of many links, in every way there is. */
export async function race(track: RaceTrack, { links, openers, start }: RaceOptions): Promise<readonly LinkTally[]> {
  const tallies: LinkTally[] = [];
  let started = 0;
  const lane = async (): Promise<void> => {
    while (started < links) {
      const turn = started++;
      const link = await linkTo(track, { presign: track.presign });
      const first = start === 'one-ahead' ? [await open(link, turn)] : [];
      const rest = Array.from({ length: openers - first.length }, (_, index) => open(link, turn + index + 1));
      tallies.push(tally([...first, ...(await Promise.all(rest))]));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return tallies;
}

/**
 * The links that did not open exactly once, or whose other openers met anything but 403. None, if the promise holds.
 *
 * @param lost how many links may have opened for nobody: those whose redemption was applied and whose reply was lost, by the
 * log. It happens on a machine that stands still for longer than the functions wait, and is no broken promise.
 */
export function brokenPromises(tallies: readonly LinkTally[], lost = 0): readonly LinkTally[] {
  const broken = tallies.filter(({ opened, other }) => opened !== 1 || other.length > 0);
  const unopened = broken.filter(({ opened, other }) => opened === 0 && other.length === 0);
  return unopened.length > lost ? broken : broken.filter((tally) => !unopened.includes(tally));
}

/** How many links an emulator says to have lost so. */
export function lostReplies(logs: readonly string[]): number {
  const lines = logs.filter((line) => line.includes('"outcome":"lost_reply"'));
  return new Set(lines.map((line) => /"link_id":"([\w-]+)"/.exec(line)?.[1])).size;
}

/** How a link fared that was revoked while others opened it. */
export interface RevokeTally extends LinkTally {
  /** Revocations that were answered with 204: nobody opened it. */
  readonly revoked: number;
}

/** Lets many open each of many links while two revoke it: one in the midst of the openers, one after the last of them. */
export async function raceAgainstRevocation(
  track: RaceTrack,
  { links, openers }: Pick<RaceOptions, 'links' | 'openers'>,
): Promise<readonly RevokeTally[]> {
  const tallies: RevokeTally[] = [];
  for (let turn = 0; turn < links; turn++) {
    const { bucketName, presign } = track;
    const fields = { bucket_name: bucketName, object_name: 'S3.png', presign };
    const { url, link_id: linkId } = JSON.parse((await askForLink(track, fields, { Accept: 'application/json' })).body);
    // The revocations start elsewhere in each turn: who is first is not to depend on who sends first.
    const first = turn % openers;
    const openings: Promise<Opening>[] = [];
    const revocations: Promise<number>[] = [];
    const revoke = async (): Promise<number> => (await manageLink(track, 'DELETE', linkId)).status;
    for (let opener = 0; opener < openers; opener++) {
      if (opener === first) {
        revocations.push(revoke());
      }
      openings.push(open(url, turn + opener));
    }
    revocations.push(revoke());
    const statuses = await Promise.all(revocations);
    const { opened, refused, other } = tally(await Promise.all(openings));
    tallies.push({
      opened,
      refused,
      revoked: statuses.filter((status) => status === 204).length,
      other: [...other, ...statuses.filter((status) => status !== 204 && status !== 404)],
    });
  }
  return tallies;
}

/** The links that went to nobody, or to more than one of all who opened and revoked them. None, if the promise holds. */
export function brokenRevocations(tallies: readonly RevokeTally[]): readonly RevokeTally[] {
  return tallies.filter(({ opened, revoked, other }) => opened + revoked !== 1 || other.length > 0);
}

/** How the openers of one link fared around the second in which it expired. */
export interface ExpiryTally {
  /** Of those who pressed before that second. */
  readonly openedInTime: number;
  /** Of those who pressed in it. */
  readonly openedLate: number;
  /** Whether anybody had an answer before it: then the link must have opened. */
  readonly answeredInTime: boolean;
  /** Every status that neither opens nor is 403. */
  readonly other: readonly number[];
}

/** Earliest press before a link expires. */
const MAX_LEAD_MILLISECONDS = 1000;

/**
 * Opens links around the second in which they expire: half of the openers of a link press at one moment before it, the
 * first links earliest, the last quarter of the links at the very second; the other half press when that second came.
 *
 * Keep `links` × `openers` to a few hundred: many links expire in the same second, and what takes an emulator longer than
 * the functions wait for their table is a fault of another kind.
 */
export async function raceAgainstExpiry(
  track: RaceTrack,
  { links, openers }: Pick<RaceOptions, 'links' | 'openers'>,
): Promise<readonly ExpiryTally[]> {
  const tallies: Promise<ExpiryTally>[] = [];
  for (let turn = 0; turn < links; turn++) {
    const link = await shortLink(track);
    const lead = MAX_LEAD_MILLISECONDS * Math.max(0, 1 - turn / (links * 0.75));
    tallies.push(openAroundExpiry(link, lead, openers, turn));
  }
  return await Promise.all(tallies);
}

async function openAroundExpiry(
  { url, expiresAt }: ShortLink,
  lead: number,
  openers: number,
  turn: number,
): Promise<ExpiryTally> {
  const press = async (moment: number): Promise<readonly TimedOpening[]> => {
    await clockReaches(moment);
    return await Promise.all(Array.from({ length: openers / 2 }, (_, index) => timedOpen(url, turn + index)));
  };
  const openings = (await Promise.all([press(expiresAt - lead), press(expiresAt)])).flat();
  const opened = openings.filter((opening) => opening.opened);
  return {
    openedInTime: opened.filter(({ sentAt }) => sentAt < expiresAt).length,
    openedLate: opened.filter(({ sentAt }) => sentAt >= expiresAt).length,
    answeredInTime: openings.some(({ answeredAt }) => answeredAt < expiresAt),
    other: tally(openings).other,
  };
}

/** The links that opened too late, twice, or not although there was time. None, if the promise holds. */
export function brokenExpiries(tallies: readonly ExpiryTally[]): readonly ExpiryTally[] {
  return tallies.filter(
    ({ openedInTime, openedLate, answeredInTime, other }) =>
      openedLate > 0 || openedInTime > 1 || (answeredInTime && openedInTime === 0) || other.length > 0,
  );
}

interface Opening {
  readonly status: number;
  readonly opened: boolean;
}

/** Milliseconds since the epoch, by the clock that the functions have, too. */
interface TimedOpening extends Opening {
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Opens a link in the way whose turn it is. */
export async function open(link: string, turn: number): Promise<Opening> {
  const way = WAYS_TO_OPEN[turn % WAYS_TO_OPEN.length];
  const { status } = await send(link, way);
  return { status, opened: status === way?.opens };
}

async function timedOpen(link: string, turn: number): Promise<TimedOpening> {
  const sentAt = Date.now();
  const opening = await open(link, turn);
  return { ...opening, sentAt, answeredAt: Date.now() };
}

function tally(openings: readonly Opening[]): LinkTally {
  const others = openings.filter(({ opened }) => !opened).map(({ status }) => status);
  return {
    opened: openings.length - others.length,
    refused: others.filter((status) => status === 403).length,
    other: others.filter((status) => status !== 403),
  };
}

interface ShortLink {
  readonly url: string;
  /** Milliseconds since the epoch, on a whole second. */
  readonly expiresAt: number;
}

/** A link with two to three seconds to live. */
async function shortLink(track: RaceTrack): Promise<ShortLink> {
  const { bucketName, presign } = track;
  const fields = { bucket_name: bucketName, object_name: 'S3.png', expires_in: 3, presign };
  const { status, body } = await askForLink(track, fields, { Accept: 'application/json' });
  if (status !== 200) {
    throw new Error(`no link was made: ${status} ${body}`);
  }
  const { url, expires_at: expiresAt } = JSON.parse(body);
  return { url, expiresAt: Date.parse(expiresAt) };
}

/** Waits for the clock: a timer alone may fire a millisecond early. */
async function clockReaches(moment: number): Promise<void> {
  for (let left = moment - Date.now(); left > 0; left = moment - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}
