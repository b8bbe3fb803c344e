import type { StoredLink } from '../../lambda/aws/link-table';
import { type IssueAdapters, type IssueSettings, issueLink } from '../../lambda/issue-link';
import type { ObjectAddress, PresignedUrl, Validity } from '../../lambda/link/destination';
import { linkIdOf, parseNonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import { failureOf } from './support/failure-of';
import { noise } from './support/samples';

const NOW = new Date('2026-11-22T08:15:00Z');
const SETTINGS: IssueSettings = {
  sharedBuckets: [{ name: 'photos', region: 'eu-west-1', prefix: '' }],
  maxLifetimeSeconds: 604_800,
  signsOnOpen: true,
  openedUrlSeconds: 60,
  publicBaseUrl: 'https://links.example.com',
};
const THROTTLED = Object.assign(new Error('slow down'), { $metadata: { httpStatusCode: 400, attempts: 1 } });

let presigned: { readonly object: ObjectAddress; readonly validity: Validity }[];
let puts: StoredLink[];
let url: string;
/** Errors of the first puts. */
let putErrors: Error[];
beforeEach(() => {
  jest.spyOn(Math, 'random').mockReturnValue(0);
  presigned = [];
  puts = [];
  putErrors = [];
  url = 'https://photos.s3.eu-west-1.amazonaws.com/cat.jpg?X-Amz-Signature=00';
});
afterEach(() => jest.restoreAllMocks());

const aws: IssueAdapters = {
  findObject: async () => ({ outcome: 'available', versionId: undefined }),
  presignDownload: async (object, validity) => {
    presigned.push({ object, validity });
    return url as PresignedUrl;
  },
  storeLink: async (link) => {
    puts.push(link);
    const error = putErrors.shift();
    if (error !== undefined) {
      throw error;
    }
  },
};

function issue(fields = {}) {
  const body = JSON.stringify({ bucket_name: 'photos', object_name: 'cat.jpg', ...fields });
  const from = { scheme: 'https', domainName: 'elsewhere.example', path: '/generate-url' };
  return issueLink({ body, caller: 'arn:aws:iam::123456789012:user/jane', from }, NOW, SETTINGS, aws);
}

test('issues a link whose nonce unseals what one put stored', async () => {
  const issued = await issue({ expires_in: 60 });

  expect(issued).toMatchObject({
    outcome: 'issued',
    link: { expiresAtSeconds: NOW.getTime() / 1000 + 60, bare: 'url' },
  });
  const [put, ...more] = puts;
  const link = issued.outcome === 'issued' ? issued.link.url : '';
  const nonce = parseNonce(link.replace('https://links.example.com/access-object?nonce=', ''));
  expect(more).toEqual([]);
  expect(put?.linkId).toBe(nonce && linkIdOf(nonce));
  expect(nonce && put && unsealDestination(nonce, put.sealed)).toEqual({ presign: 'now', url });
});

test.each([
  ['now', 900],
  ['on_open', 60],
])('presigns for the validity that the URL will have: %s', async (presign, expiresInSeconds) => {
  await issue({ expires_in: 900, presign });

  expect(presigned).toEqual([
    {
      object: { bucketName: 'photos', region: 'eu-west-1', objectName: 'cat.jpg' },
      validity: { expiresInSeconds, now: NOW },
    },
  ]);
});

test('repeats a failed put under a fresh nonce: applied late, the first must not bring a redeemed link back', async () => {
  putErrors = [THROTTLED, THROTTLED];

  const issued = await issue();

  const linkIds = puts.map(({ linkId }) => linkId);
  expect(new Set(linkIds).size).toBe(3);
  expect(issued).toMatchObject({ outcome: 'issued', link: { linkId: linkIds[2] } });
});

test('gives up after three puts, with the last error', async () => {
  const last = Object.assign(new Error('reset'), { $metadata: {} });
  putErrors = [THROTTLED, THROTTLED, last];

  expect(await failureOf(issue())).toBe(last);
  expect(puts).toHaveLength(3);
});

test('does not repeat a put that failed because of a bug', async () => {
  putErrors = [new TypeError('x is not a function')];

  expect(await failureOf(issue())).toBeInstanceOf(TypeError);
  expect(puts).toHaveLength(1);
});

const TOO_LONG = { outcome: 'refused', refusal: { code: 'InvalidRequest' } };

test('refuses a URL of more than 7,168 characters', async () => {
  url = 'a'.repeat(7_168);
  expect(await issue()).toMatchObject({ outcome: 'issued' });

  url = 'a'.repeat(7_169);
  expect(await issue()).toMatchObject(TOO_LONG);
});

test('leaves room for a session token that is 512 characters longer when the link is redeemed', async () => {
  url = 'a'.repeat(6_656);
  expect(await issue({ presign: 'on_open' })).toMatchObject({ outcome: 'issued' });

  url = 'a'.repeat(6_657);
  expect(await issue({ presign: 'on_open' })).toMatchObject(TOO_LONG);
});

test('refuses a destination that would not fit the authorizer’s context', async () => {
  url = noise('base64', 7_000);

  expect(await issue()).toMatchObject(TOO_LONG);
  expect(puts).toEqual([]);
});
