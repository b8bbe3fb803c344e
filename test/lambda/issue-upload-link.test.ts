import type { StoredLink } from '../../lambda/aws/link-table';
import type { Lookup } from '../../lambda/aws/object-store';
import type { NewReceipt } from '../../lambda/aws/receipt-table';
import { issueLink } from '../../lambda/issue-link';
import type { UploadDestination } from '../../lambda/link/destination';
import { type Nonce, parseNonce } from '../../lambda/link/nonce';
import type { IssueOutcome } from '../../lambda/link/outcomes';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import type { IssueAdapters, IssueSettings } from '../../lambda/link-draft';
import { failureOf } from './support/failure-of';
import { noise } from './support/samples';

const NOW = new Date('2026-11-22T08:15:00.900Z');
const CALLER = 'arn:aws:iam::123456789012:user/jane';
const ADDRESS = { scheme: 'https', domainName: 'links.example.com', path: '/generate-url' };
const RESET = Object.assign(new Error('reset'), { $metadata: {} });
const SETTINGS: IssueSettings = {
  allowedBuckets: [
    { name: 'shared', region: 'us-east-1', prefix: '', uploadPrefix: 'inbox/' },
    { name: 'scans', region: 'eu-west-1', prefix: 'published/', uploadPrefix: 'incoming/scans/' },
    { name: 'whole', region: 'us-east-1', prefix: '', uploadPrefix: '' },
    { name: 'photos', region: 'us-east-1', prefix: '' },
  ],
  maxLifetimeSeconds: 604_800,
  signsOnOpen: true,
  openedUrlSeconds: 60,
  maxUploadBytes: 5_000_000_000,
  dailyUploadBytes: 100_000_000_000,
  publicBaseUrl: undefined,
  receipts: { retentionSeconds: 86_400, withFileNames: true },
};

let lookups: unknown[];
let reservations: unknown[];
let puts: StoredLink[];
let receipts: NewReceipt[];
/** What S3 says about the key. */
let lookup: Lookup['outcome'];
let isWithinQuota: boolean;
/** Errors from the first puts. */
let putErrors: Error[];
beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  lookups = [];
  reservations = [];
  puts = [];
  receipts = [];
  putErrors = [];
  lookup = 'not-found';
  isWithinQuota = true;
});
afterEach(() => jest.restoreAllMocks());

const aws: IssueAdapters = {
  findObject: async (object) => {
    lookups.push(object);
    return lookup === 'available'
      ? { outcome: lookup, versionId: undefined, sizeBytes: 1, contentType: undefined }
      : { outcome: lookup };
  },
  signDownload: async () => {
    throw new Error('an upload link signs no download');
  },
  reserveUpload: async (...reservation) => {
    reservations.push(reservation);
    return isWithinQuota;
  },
  storeLink: async (link) => {
    puts.push(link);
    const error = putErrors.shift();
    if (error !== undefined) {
      throw error;
    }
  },
  storeReceipt: async (receipt) => {
    expect(puts.at(-1)?.linkId).toBe(receipt.linkId);
    receipts.push(receipt);
  },
};

function issue(fields = {}, settings = SETTINGS): Promise<IssueOutcome> {
  const body = JSON.stringify({ operation: 'upload', bucket_name: 'shared', max_bytes: 1_000, ...fields });
  return issueLink({ body, caller: CALLER, address: ADDRESS }, NOW, settings, aws);
}

/** Issues a link, and unseals what was stored. */
async function storedDestination(fields: object): Promise<UploadDestination> {
  const issued = await issue(fields);
  const nonce = issued.outcome === 'issued' ? parseNonce(issued.link.url.slice(-43)) : undefined;
  return unsealDestination(nonce as Nonce, puts[0]?.sealed ?? new Uint8Array(), 'upload');
}

function expectNothingStored(): void {
  expect(puts).toEqual([]);
  expect(receipts).toEqual([]);
}

test('the addresses of an upload link are those of the upload route and its page', async () => {
  const issued = await issue({ expires_in: 900, click_through: true });

  const [nonce] = issued.outcome === 'issued' ? issued.link.url.split('=').slice(-1) : [];
  expect(parseNonce(nonce)).toBeDefined();
  expect(issued).toEqual({
    outcome: 'issued',
    link: {
      url: `https://links.example.com/upload-object?nonce=${nonce}`,
      clickThroughUrl: `https://links.example.com/send-file#${nonce}`,
      bare: 'clickThroughUrl',
      linkId: puts[0]?.linkId,
      expiresAtSeconds: 1_795_336_200,
    },
  });
});

test('the link is stored with its limits, outside and inside of the sealed destination', async () => {
  const limits = { maxBytes: 1_000, contentTypes: ['image/*', 'application/pdf'] };

  const destination = await storedDestination({
    content_types: ['image/*', 'application/pdf'],
    label: 'Logs for case 4711',
    from: 'Ada Lovelace',
  });

  expect(destination).toEqual({
    bucketName: 'shared',
    region: 'us-east-1',
    key: { prefix: 'inbox/' },
    ...limits,
    label: 'Logs for case 4711',
    from: 'Ada Lovelace',
  });
  expect(puts).toEqual([expect.objectContaining({ createdBy: CALLER, limits })]);
});

test('without content types, label and sender, none are stored', async () => {
  expect(await storedDestination({})).toEqual({
    bucketName: 'shared',
    region: 'us-east-1',
    key: { prefix: 'inbox/' },
    maxBytes: 1_000,
  });
  expect(puts[0]?.limits).toEqual({ maxBytes: 1_000 });
});

test('the receipt has the operation, and no file name, which is not known yet', async () => {
  await issue({ object_name: 'inbox/contract.pdf', expires_in: 900 });

  expect(receipts).toEqual([
    {
      linkId: puts[0]?.linkId,
      operation: 'upload',
      createdBy: CALLER,
      createdAt: '2026-11-22T08:15:00.900Z',
      expiresAtSeconds: 1_795_336_200,
      purgeAtSeconds: 1_795_422_600,
    },
  ]);
});

test.each<[object, object]>([
  [{}, { bucketName: 'shared', region: 'us-east-1', key: { prefix: 'inbox/' } }],
  [{ prefix: 'inbox/' }, { key: { prefix: 'inbox/' } }],
  [{ prefix: 'inbox/acme/' }, { key: { prefix: 'inbox/acme/' } }],
  [{ prefix: 'inbox/acme' }, { key: { prefix: 'inbox/acme' } }],
  [{ object_name: 'inbox/contract.pdf' }, { key: { objectName: 'inbox/contract.pdf' } }],
  [{ bucket_name: 'scans' }, { bucketName: 'scans', region: 'eu-west-1', key: { prefix: 'incoming/scans/' } }],
  [{ bucket_name: 'scans', prefix: 'incoming/scans/2026/' }, { key: { prefix: 'incoming/scans/2026/' } }],
  [{ bucket_name: 'whole', object_name: 'anything' }, { key: { objectName: 'anything' } }],
])('an upload link with %j goes to %j', async (fields, destination) => {
  expect(await storedDestination(fields)).toMatchObject(destination);
});

test.each([
  { prefix: 'outbox/' },
  { prefix: 'inbox' }, // Without its slash, it would also match `inbox-of-others/`.
  { prefix: 'Inbox/' },
  { prefix: '/inbox/' },
  { prefix: 'x/inbox/' },
  { object_name: 'S3.png' },
  { object_name: 'inbox' },
  { bucket_name: 'scans', prefix: 'published/' }, // The prefix for downloads.
  { bucket_name: 'scans', prefix: 'incoming/' },
  { bucket_name: 'scans', object_name: 'published/a.pdf' },
  { bucket_name: 'photos' },
  { bucket_name: 'photos', object_name: 'inbox/a.png' },
  { bucket_name: 'photos', prefix: 'inbox/' },
  { bucket_name: 'no-such-bucket' },
  { bucket_name: 'SHARED' },
])('an upload link outside the upload prefix, or to another bucket, is refused in the same way: %j', async (fields) => {
  expect(await issue(fields)).toEqual({
    outcome: 'refused',
    error: {
      code: 'BucketNotAllowed',
      detail:
        'bucket_name accepts no uploads, or object_name or prefix is not below its upload prefix (inbox/ in the default bucket).',
    },
  });
  expect([lookups, reservations]).toEqual([[], []]);
  expectNothingStored();
});

test.each<[Lookup['outcome'], 'issued' | 'refused']>([
  ['available', 'refused'],
  ['archived', 'refused'],
  ['not-found', 'issued'],
  // S3 also says so for a missing object, if the deployment may not list the bucket. `If-None-Match` protects the object.
  ['forbidden', 'issued'],
  ['unreadable', 'issued'],
])('for a whole key whose object is %s, the link is %s', async (found, outcome) => {
  lookup = found;

  const issued = await issue({ bucket_name: 'scans', object_name: 'incoming/scans/a.pdf' });

  expect(issued.outcome).toBe(outcome);
  expect(lookups).toEqual([{ bucketName: 'scans', objectName: 'incoming/scans/a.pdf', region: 'eu-west-1' }]);
  expect(reservations).toHaveLength(outcome === 'issued' ? 1 : 0);
  expect(puts).toHaveLength(outcome === 'issued' ? 1 : 0);
});

test('the error for an existing object does not repeat its key', async () => {
  lookup = 'available';

  expect(await issue({ object_name: 'inbox/secret.pdf' })).toEqual({
    outcome: 'refused',
    error: {
      code: 'ObjectExists',
      detail:
        'There is an object with this object_name. Uploads replace no objects: choose another name, or give a prefix.',
    },
  });
});

test('with a prefix, S3 is not called, because the link ID makes each key new', async () => {
  await issue({ prefix: 'inbox/acme/' });

  expect(lookups).toEqual([]);
});

test('a link reserves its limit from the daily quota of its caller', async () => {
  await issue({ max_bytes: 5_000_000_000 });

  expect(reservations).toEqual([[CALLER, 5_000_000_000, 100_000_000_000, NOW]]);
});

test('a link that exceeds the quota is refused with the limit, and nothing is stored', async () => {
  isWithinQuota = false;

  expect(await issue()).toEqual({
    outcome: 'refused',
    error: {
      code: 'UploadQuotaExceeded',
      detail:
        'The upload links that you issue on one day (UTC) may receive at most 100000000000 bytes in total. Lower max_bytes, or try again tomorrow.',
    },
  });
  expectNothingStored();
});

test('an invalid request reserves nothing', async () => {
  expect(await issue({ max_bytes: 5_000_000_001 })).toMatchObject({ error: { code: 'InvalidRequest' } });
  expect(await issue({ label: '' })).toMatchObject({ error: { code: 'InvalidRequest' } });
  expect([reservations, lookups]).toEqual([[], []]);
});

test('a failure of the quota or of S3 is thrown, and nothing is stored', async () => {
  const issueWith = (failing: Partial<IssueAdapters>) => {
    const body = JSON.stringify({ operation: 'upload', bucket_name: 'shared', object_name: 'inbox/a', max_bytes: 1 });
    return issueLink({ body, caller: CALLER, address: ADDRESS }, NOW, SETTINGS, { ...aws, ...failing });
  };

  expect(await failureOf(issueWith({ reserveUpload: () => Promise.reject(RESET) }))).toBe(RESET);
  expect(await failureOf(issueWith({ findObject: () => Promise.reject(RESET) }))).toBe(RESET);
  expectNothingStored();
});

test('a failed put is followed by one with a new nonce, and the quota is reserved once', async () => {
  putErrors = [RESET];

  const issued = await issue();

  expect(issued).toMatchObject({ outcome: 'issued', link: { linkId: puts[1]?.linkId } });
  expect(puts[0]?.linkId).not.toBe(puts[1]?.linkId);
  expect(reservations).toHaveLength(1);
});

test('a destination that would not fit into the authorizer’s context is refused', async () => {
  const word = (length: number, seed: number) =>
    noise('base64', length, seed).toLowerCase().replaceAll('+', '-').replaceAll('/', '_');
  const characters = (length: number, seed: number) =>
    noise('hex', length * 3, seed).replace(/.{3}/g, (hex) => String.fromCodePoint(0x4e00 + Number(`0x${hex}`)));
  const fields = {
    prefix: `inbox/${noise('base64', 690, 1).replaceAll('/', '_')}`,
    content_types: Array.from({ length: 20 }, (_, number) => `a${word(126, number)}/b${word(126, 100 + number)}`),
    label: characters(200, 2),
    from: characters(100, 3),
  };

  expect(await issue(fields)).toEqual({
    outcome: 'refused',
    error: {
      code: 'InvalidRequest',
      detail: 'object_name, prefix, content_types, label and from are too long in total: shorten one of them.',
    },
  });
  expectNothingStored();
  expect(await issue({ ...fields, content_types: fields.content_types.slice(0, 10) })).toMatchObject({
    outcome: 'issued',
  });
});

describe('a download link to a received object', () => {
  async function inlineTypeOf(bucketName: string, objectName: string): Promise<unknown> {
    const signed: unknown[] = [];
    const body = JSON.stringify({ bucket_name: bucketName, object_name: objectName });
    const issued = await issueLink({ body, caller: CALLER, address: ADDRESS }, NOW, SETTINGS, {
      ...aws,
      findObject: async () => ({
        outcome: 'available',
        versionId: undefined,
        sizeBytes: 1,
        contentType: 'application/pdf',
      }),
      signDownload: async (object) => {
        signed.push(object);
        return 'https://shared.s3.us-east-1.amazonaws.com/' as never;
      },
    });
    expect(issued.outcome).toBe('issued');
    return signed[0];
  }

  test.each([
    ['shared', 'inbox/id/report.pdf'],
    ['shared', 'inbox/'],
    ['scans', 'incoming/scans/id/report.pdf'],
    ['whole', 'report.pdf'],
  ])('saves it, whatever its type: %s, %s', async (bucketName, objectName) => {
    expect(await inlineTypeOf(bucketName, objectName)).not.toHaveProperty('inlineAs');
  });

  test.each([
    ['shared', 'reports/report.pdf'],
    ['shared', 'inbox'],
    ['scans', 'published/report.pdf'],
    ['photos', 'inbox/report.pdf'],
  ])('is not limited in that way for other objects: %s, %s', async (bucketName, objectName) => {
    expect(await inlineTypeOf(bucketName, objectName)).toHaveProperty('inlineAs', 'application/pdf');
  });
});
