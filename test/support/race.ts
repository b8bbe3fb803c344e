import { type IssuedLink, issueLink, manageLink, type Send, send } from './http';
import type { AnyLinkKind } from './link-kinds';
import { declareFile, isUploadLink, uploadLink } from './uploads';

/** The API to test, and the bucket and kind of its links. */
export interface RaceTrack {
  readonly apiEndpoint: string;
  readonly bucketName: string;
  readonly kind: AnyLinkKind;
}

/** Size of a race: number of links, and of readers per link. */
interface RaceSize {
  readonly links: number;
  readonly readers: number;
}

/** Responses to the readers of one link. */
export interface LinkTally {
  readonly redeemed: number;
  /** 403. */
  readonly refused: number;
  /** All statuses except 403 and success. */
  readonly other: readonly number[];
}

/** Every way to redeem a download link, with the status of success. */
const WAYS_TO_OPEN: readonly (Send & { readonly opens: number })[] = [
  { method: 'GET', opens: 302 },
  { method: 'POST', opens: 303 },
  { method: 'POST', headers: { Accept: 'application/json' }, opens: 200 },
];

/**
 * Lets many readers redeem each of many links, one link after another.
 *
 * @param start all readers of a link at once, or one reader, then all others at once
 */
export async function race(
  track: RaceTrack,
  { links, readers, start }: RaceSize & { readonly start: 'together' | 'one-ahead' },
): Promise<readonly LinkTally[]> {
  const tallies: LinkTally[] = [];
  for (let turn = 0; turn < links; turn++) {
    const { url: link } = await newLink(track);
    const first = start === 'one-ahead' ? [await open(link, turn)] : [];
    const rest = Array.from({ length: readers - first.length }, (_, index) => open(link, turn + index + 1));
    tallies.push(tally([...first, ...(await Promise.all(rest))]));
  }
  return tallies;
}

/**
 * The links that were not redeemed exactly once, or whose other readers got a status other than 403.
 *
 * @param unknownOutcomes links whose outcome is unknown, according to the log. No reader may have got the object of
 * such a link. That happens when the machine pauses for longer than the functions wait for the table.
 */
export function brokenPromises(tallies: readonly LinkTally[], unknownOutcomes = 0): readonly LinkTally[] {
  const broken = tallies.filter(({ redeemed, other }) => redeemed !== 1 || other.length > 0);
  const unredeemed = broken.filter(({ redeemed, other }) => redeemed === 0 && other.length === 0);
  return unredeemed.length > unknownOutcomes ? broken : broken.filter((one) => !unredeemed.includes(one));
}

/** Number of links whose outcome is unknown, according to the log. */
export function unknownOutcomes(logs: readonly string[]): number {
  const lines = logs.filter((line) => line.includes('"outcome":"outcome_unknown"'));
  return new Set(lines.map((line) => /"link_id":"([\w-]+)"/.exec(line)?.[1])).size;
}

/** Responses to the readers of one link that was revoked at the same time. */
export interface RevokeTally extends LinkTally {
  /** Number of revocations with status 204. */
  readonly revoked: number;
}

/** Redeems each of many links from many readers while two callers revoke it. */
export async function raceAgainstRevocation(
  track: RaceTrack,
  { links, readers }: RaceSize,
): Promise<readonly RevokeTally[]> {
  const tallies: RevokeTally[] = [];
  for (let turn = 0; turn < links; turn++) {
    const { url, link_id: linkId } = await newLink(track);
    const openAll = (first: number, end: number) =>
      Array.from({ length: end - first }, (_, index) => open(url, turn + first + index));
    // The first revocation is sent before a different reader in each turn, the second one after all readers.
    const before = openAll(0, turn % readers);
    const revokedEarly = manageLink(track, 'DELETE', linkId);
    const after = openAll(turn % readers, readers);
    const revocations = await Promise.all([revokedEarly, manageLink(track, 'DELETE', linkId)]);
    const statuses = revocations.map(({ status }) => status);
    const { other, ...counts } = tally(await Promise.all([...before, ...after]));
    tallies.push({
      ...counts,
      revoked: statuses.filter((status) => status === 204).length,
      other: [...other, ...statuses.filter((status) => status !== 204 && status !== 404)],
    });
  }
  return tallies;
}

/** The links that were not redeemed or revoked exactly once. */
export function brokenRevocations(tallies: readonly RevokeTally[]): readonly RevokeTally[] {
  return tallies.filter(({ redeemed, revoked, other }) => redeemed + revoked !== 1 || other.length > 0);
}

/** Responses to the readers of one link around the second in which it expired. */
export interface ExpiryTally {
  /** Readers who redeemed the link with a request sent before that second. */
  readonly redeemedInTime: number;
  /** Readers who redeemed the link with a request sent in that second or later. */
  readonly redeemedLate: number;
  /** Whether any reader got a response before that second. If so, one of them must have redeemed the link. */
  readonly respondedInTime: boolean;
  /** Statuses other than 403 and success. */
  readonly other: readonly number[];
}

/** Earliest request before a link expires. */
const MAX_LEAD_MILLISECONDS = 1000;

/**
 * Redeems links around the second in which they expire. Half of a link's readers send their requests together before
 * that second: up to a second earlier for the first links, and at the last moment for the last quarter. The other half
 * send theirs when that second begins.
 *
 * All links expire in the same second, so keep `links` × `readers` to a few hundred.
 */
export async function raceAgainstExpiry(
  track: RaceTrack,
  { links, readers }: RaceSize,
): Promise<readonly ExpiryTally[]> {
  const tallies: Promise<ExpiryTally>[] = [];
  for (let turn = 0; turn < links; turn++) {
    const { url, expires_at } = await newLink(track, { expires_in: 3 });
    const lead = MAX_LEAD_MILLISECONDS * Math.max(0, 1 - turn / (links * 0.75));
    tallies.push(openAroundExpiry(url, Date.parse(expires_at), lead, readers, turn));
  }
  return await Promise.all(tallies);
}

async function openAroundExpiry(
  url: string,
  expiresAt: number,
  lead: number,
  readers: number,
  turn: number,
): Promise<ExpiryTally> {
  const openAt = async (moment: number) => {
    // A timer may fire a millisecond early.
    for (let left = moment - Date.now(); left > 0; left = moment - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, left));
    }
    const timed = async (_: unknown, index: number) => {
      const sentAt = Date.now();
      return { ...(await open(url, turn + index)), sentAt, respondedAt: Date.now() };
    };
    return await Promise.all(Array.from({ length: readers / 2 }, timed));
  };
  const attempts = (await Promise.all([openAt(expiresAt - lead), openAt(expiresAt)])).flat();
  const redeemed = attempts.filter((attempt) => attempt.redeemed);
  return {
    redeemedInTime: redeemed.filter(({ sentAt }) => sentAt < expiresAt).length,
    redeemedLate: redeemed.filter(({ sentAt }) => sentAt >= expiresAt).length,
    respondedInTime: attempts.some(({ respondedAt }) => respondedAt < expiresAt),
    other: tally(attempts).other,
  };
}

/** The links that were redeemed too late or twice, or that were not redeemed although there was time. */
export function brokenExpiries(tallies: readonly ExpiryTally[]): readonly ExpiryTally[] {
  return tallies.filter(
    ({ redeemedInTime, redeemedLate, respondedInTime, other }) =>
      redeemedLate > 0 || redeemedInTime > 1 || (respondedInTime && redeemedInTime === 0) || other.length > 0,
  );
}

interface Attempt {
  readonly status: number;
  readonly redeemed: boolean;
}

/** Redeems a link. `turn` selects how, and which file an uploader declares. */
export async function open(link: string, turn: number): Promise<Attempt> {
  if (isUploadLink(link)) {
    const { status } = await declareFile(link, { file_name: `file-${turn}.txt`, size_bytes: turn });
    return { status, redeemed: status === 200 };
  }
  const way = WAYS_TO_OPEN[turn % WAYS_TO_OPEN.length];
  const { status } = await send(link, way);
  return { status, redeemed: status === way?.opens };
}

function tally(attempts: readonly Attempt[]): LinkTally {
  const others = attempts.filter(({ redeemed }) => !redeemed).map(({ status }) => status);
  return {
    redeemed: attempts.length - others.length,
    refused: others.filter((status) => status === 403).length,
    other: others.filter((status) => status !== 403),
  };
}

/** Issues a link of the track's kind. */
export async function newLink(
  { bucketName, kind, apiEndpoint }: RaceTrack,
  fields: { readonly expires_in?: number } = {},
): Promise<IssuedLink> {
  return kind === 'upload'
    ? await uploadLink({ apiEndpoint, bucketName }, fields)
    : await issueLink({ apiEndpoint }, { bucket_name: bucketName, object_name: 'S3.png', presign: kind, ...fields });
}
