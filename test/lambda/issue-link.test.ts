import type { StoredLink } from '../../lambda/aws/link-table';
import type { NewReceipt } from '../../lambda/aws/receipt-table';
import { issueLink } from '../../lambda/issue-link';
import type { DownloadDestination, PresignedUrl } from '../../lambda/link/destination';
import { type Nonce, parseNonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import type { IssueAdapters, IssueSettings } from '../../lambda/link-draft';
import { failureOf } from './support/failure-of';
import { noise } from './support/samples';

const NOW = new Date('2026-11-22T08:15:00Z');
const SETTINGS: IssueSettings = {
  allowedBuckets: [{ name: 'photos', region: 'eu-west-1', prefix: '' }],
  maxLifetimeSeconds: 604_800,
  signsOnOpen: true,
  openedUrlSeconds: 60,
  maxUploadBytes: 5_000_000_000,
  dailyUploadBytes: 100_000_000_000,
  publicBaseUrl: 'https://links.example.com',
  receipts: undefined,
};
const THROTTLED = Object.assign(new Error('slow down'), { $metadata: { httpStatusCode: 400, attempts: 1 } });
const RESET = Object.assign(new Error('reset'), { $metadata: {} });
const BUG = new TypeError('x is not a function');
const ADDRESS = { scheme: 'https', domainName: 'elsewhere.example', path: '/generate-url' };
const TOO_LONG = { outcome: 'refused', error: { code: 'InvalidRequest' } };

let presigned: unknown[];
let puts: StoredLink[];
let receipts: NewReceipt[];
let url: string;
/** The object's content type. */
let contentType: string | undefined;
/** Errors from the first puts. */
let putErrors: Error[];
beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  presigned = [];
  puts = [];
  receipts = [];
  putErrors = [];
  contentType = undefined;
  url = 'https://photos.s3.eu-west-1.amazonaws.com/cat.jpg?X-Amz-Signature=00';
});
afterEach(() => jest.restoreAllMocks());

const aws: IssueAdapters = {
  findObject: async () => ({ outcome: 'available', versionId: undefined, sizeBytes: 1_234_567, contentType }),
  signDownload: async (object, linkId, validity) => {
    presigned.push({ ...object, linkId, ...validity });
    return url as PresignedUrl;
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
  reserveUpload: async () => {
    throw new Error('a download link reserves no upload');
  },
};

function issue(fields = {}, settings = SETTINGS) {
  const body = JSON.stringify({ bucket_name: 'photos', object_name: 'cat.jpg', ...fields });
  return issueLink({ body, caller: 'arn:aws:iam::123456789012:user/jane', address: ADDRESS }, NOW, settings, aws);
}

test.each([
  ['now', 960], // a minute more, so that a link redeemed in its last second leads to the object
  ['on_open', 60],
])('the trial URL for a link with presign %s is valid for as long as the final URL', async (presign, seconds) => {
  const issued = await issue({ expires_in: 900, presign });

  const link = { expiresAtSeconds: 1_795_336_200, url: expect.stringMatching(/^https:\/\/links\.example\.com\//) };
  expect(issued).toMatchObject({ outcome: 'issued', link });
  const object = { bucketName: 'photos', region: 'eu-west-1', objectName: 'cat.jpg' };
  expect(puts).toHaveLength(1);
  expect(presigned).toEqual([{ ...object, linkId: puts[0]?.linkId, expiresInSeconds: seconds, now: NOW }]);
});

test.each([
  ['image/png', {}, { inlineAs: 'image/png' }],
  ['text/plain; charset=utf-8', {}, { inlineAs: 'text/plain; charset=utf-8' }],
  ['text/html', {}, {}],
  [undefined, {}, {}],
  ['image/png', { download_as: 'cat.png' }, { downloadAs: 'cat.png' }],
  ['text/html', { download_as: 'cat.png' }, { downloadAs: 'cat.png' }],
])('a link to an object of type %s, with %j, is signed with %j', async (type, fields, served) => {
  contentType = type;

  await issue(fields);

  const object = { bucketName: 'photos', region: 'eu-west-1', objectName: 'cat.jpg', ...served };
  expect(presigned).toEqual([{ ...object, linkId: puts[0]?.linkId, expiresInSeconds: 3_660, now: NOW }]);
});

/** Issues a link, and unseals what was stored. */
async function storedDestination(fields: object): Promise<DownloadDestination> {
  const issued = await issue(fields);
  const nonce = issued.outcome === 'issued' ? parseNonce(issued.link.url.slice(-43)) : undefined;
  return unsealDestination(nonce as Nonce, puts[0]?.sealed ?? new Uint8Array(), 'download');
}

test('a link that is signed when it is redeemed keeps the type that was found', async () => {
  contentType = 'image/png';

  expect(await storedDestination({ presign: 'on_open' })).toEqual({
    presign: 'on_open',
    object: { bucketName: 'photos', region: 'eu-west-1', objectName: 'cat.jpg', inlineAs: 'image/png' },
    description: { fileName: 'cat.jpg', sizeBytes: 1_234_567, contentType: 'image/png' },
  });
});

test.each([
  ['application/pdf', { from: 'Ada Lovelace' }, { contentType: 'application/pdf', from: 'Ada Lovelace' }],
  ['application/pdf', { presign: 'on_open', from: 'Ada' }, { contentType: 'application/pdf', from: 'Ada' }],
  [undefined, {}, {}],
])('the size, the type %s and the sender in %j are sealed with the destination', async (type, fields, facts) => {
  contentType = type;

  const { description } = await storedDestination({ object_name: 'animals/cat.jpg', ...fields });

  expect(description).toEqual({ fileName: 'cat.jpg', sizeBytes: 1_234_567, ...facts });
});

test('with download_as, the description has that name and no type, because browsers save the file', async () => {
  contentType = 'text/plain';

  const { description } = await storedDestination({ download_as: 'tiger.txt' });

  expect(description).toEqual({ fileName: 'tiger.txt', sizeBytes: 1_234_567 });
});

test('a failed put is followed by one with a new nonce, because a late put must not make a redeemed link active again', async () => {
  putErrors = [THROTTLED, RESET];

  const issued = await issue();

  const linkIds = puts.map(({ linkId }) => linkId);
  expect(new Set(linkIds).size).toBe(3);
  expect(presigned).toEqual(linkIds.map((linkId) => expect.objectContaining({ linkId })));
  expect(issued).toMatchObject({ outcome: 'issued', link: { linkId: linkIds[2] } });
});

test.each([
  ['three failed puts', [THROTTLED, THROTTLED, RESET], RESET],
  ['one put that failed because of a bug', [BUG], BUG],
])('issuing gives up after %s', async (_, errors, thrown) => {
  putErrors = [...errors];

  expect(await failureOf(issue())).toBe(thrown);
  expect(puts).toHaveLength(errors.length);
});

// S3 accepts 7,168 characters in addition to the browser's headers. The session token of access-object may be 512
// characters longer.
test.each([
  ['now', 7_168],
  ['on_open', 6_656],
])('the URL of a link with presign %s has at most %i characters', async (presign, length) => {
  url = 'a'.repeat(length);
  expect(await issue({ presign })).toMatchObject({ outcome: 'issued' });

  url = 'a'.repeat(length + 1);
  expect(await issue({ presign })).toMatchObject(TOO_LONG);
});

test('a destination that would not fit into the authorizer’s context is refused', async () => {
  url = noise('base64', 7_000);

  expect(await issue()).toMatchObject(TOO_LONG);
  expect(puts).toEqual([]);
});

describe('with receipts', () => {
  const WITH_RECEIPTS = { ...SETTINGS, receipts: { retentionSeconds: 86_400, withFileNames: false } };
  const WITH_FILE_NAMES = { ...SETTINGS, receipts: { retentionSeconds: 86_400, withFileNames: true } };

  test('the receipt is stored after the link, and both are kept equally long', async () => {
    putErrors = [RESET];

    const issued = await issue({ expires_in: 900 }, WITH_RECEIPTS);

    const times = { expiresAtSeconds: 1_795_336_200, purgeAtSeconds: 1_795_422_600 };
    expect(puts).toEqual([expect.objectContaining(times), expect.objectContaining(times)]);
    expect(receipts).toEqual([
      {
        linkId: puts[1]?.linkId,
        createdBy: 'arn:aws:iam::123456789012:user/jane',
        createdAt: '2026-11-22T08:15:00.000Z',
        operation: 'download',
        ...times,
      },
    ]);
    expect(issued).toMatchObject({ outcome: 'issued', link: { linkId: puts[1]?.linkId } });
  });

  test.each([
    [{ object_name: 'animals/cat.jpg' }, 'cat.jpg'],
    [{ object_name: 'animals/cat.jpg', download_as: 'tiger.jpg' }, 'tiger.jpg'],
    [{ object_name: 'cat.jpg\nIP address: 192.0.2.1\u202e' }, 'cat.jpg_IP address: 192.0.2.1_'],
  ])('the receipt of a link to %j has the file name %s only if file names are kept', async (fields, fileName) => {
    await issue(fields, WITH_RECEIPTS);
    await issue(fields, WITH_FILE_NAMES);

    expect(receipts).toEqual([expect.not.objectContaining({ fileName }), expect.objectContaining({ fileName })]);
    expect(receipts[0]).not.toHaveProperty('fileName');
  });

  test('a failure to store the receipt is thrown, so that the caller does not get the link', async () => {
    const failing = { ...aws, storeReceipt: () => Promise.reject(THROTTLED) };
    const body = JSON.stringify({ bucket_name: 'photos', object_name: 'cat.jpg' });

    const issuing = issueLink({ body, caller: 'arn', address: ADDRESS }, NOW, WITH_RECEIPTS, failing);

    expect(await failureOf(issuing)).toBe(THROTTLED);
    expect(puts).toHaveLength(1);
  });
});

test('without receipts, none is stored, and the link is purged when it expires', async () => {
  await issue({ expires_in: 900 });

  expect(receipts).toEqual([]);
  expect(puts).toEqual([expect.objectContaining({ expiresAtSeconds: 1_795_336_200, purgeAtSeconds: 1_795_336_200 })]);
});
