import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { askForLink, issueLink, linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

const HOUR = 3600;
const DAY = 24 * HOUR;

let emulator: RunningEmulator;
// Callers sign requests with the machine's clock, so links are issued at its time.
const clock = new SettableClock(new Date());

function environmentOf(resources: MutableResources, name: string): Record<string, unknown> {
  return resourceNamed(resources, 'AWS::Lambda::Function', name).Properties.Environment.Variables;
}

beforeAll(async () => {
  emulator = await runEmulator({
    clock,
    change: (resources) => {
      environmentOf(resources, 'GenerateUrl')['MAX_LINK_LIFETIME_SECONDS'] = String(30 * DAY);
      environmentOf(resources, 'AccessObject')['OPENED_URL_LIFETIME_SECONDS'] = '120';
    },
  });
});
beforeEach(() => clock.set(new Date()));
afterAll(() => emulator.close());

/** A link and the second in which it expires. */
async function timedLink(fields: Readonly<Record<string, unknown>>): Promise<{ url: string; expiresAt: number }> {
  const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields };
  const { url, expires_at: expiresAt } = await issueLink(emulator, all);
  return { url, expiresAt: Date.parse(expiresAt) / 1000 };
}

/** Redeems a link and returns the presigned URL. */
async function redeem(link: string): Promise<string> {
  const { status, headers } = await send(link);
  expect(status).toBe(302);
  return String(headers['location']);
}

async function statusOf(url: string): Promise<number> {
  return (await send(url)).status;
}

test.each([7, 30])('a link for %d days works in its last second, but not one second later', async (days) => {
  const early = await timedLink({ expires_in: days * DAY });
  const late = await timedLink({ expires_in: days * DAY });
  expect(early.expiresAt).toBe(Math.floor(clock.now().getTime() / 1000) + days * DAY);

  clock.set(new Date((early.expiresAt - 1) * 1000));
  expect(await statusOf(await redeem(early.url))).toBe(200);
  expect(await statusOf(early.url)).toBe(403);

  clock.set(new Date(late.expiresAt * 1000));
  expect(await statusOf(late.url)).toBe(403);
  await emulator.logged('AuthorizeAccess', '"outcome":"expired"');
});

test('the URL of a link that is redeemed after three days works for the configured time', async () => {
  const { url } = await timedLink({ expires_in: 7 * DAY });
  clock.advance(3 * DAY);
  const presigned = await redeem(url);

  clock.advance(119);
  expect(await statusOf(presigned)).toBe(200);
  clock.advance(2);
  expect(await statusOf(presigned)).toBe(403);
});

test.each([1, HOUR])(
  'if a link for %d seconds is redeemed in its last second, its stored URL works for another minute',
  async (seconds) => {
    const { url, expiresAt } = await timedLink({ expires_in: seconds, presign: 'now' });
    clock.set(new Date(expiresAt * 1000 - 1));
    const presigned = await redeem(url);

    clock.set(new Date((expiresAt + 59) * 1000));
    expect(await statusOf(presigned)).toBe(200);
    clock.set(new Date((expiresAt + 61) * 1000));
    expect(await statusOf(presigned)).toBe(403);
  },
);

test('a deployment that does not sign on redemption issues links for one hour, and refuses longer ones', async () => {
  const other = await runEmulator({
    change: (resources) => {
      delete environmentOf(resources, 'GenerateUrl')['OPENED_URL_LIFETIME_SECONDS'];
      delete environmentOf(resources, 'AccessObject')['OPENED_URL_LIFETIME_SECONDS'];
    },
  });
  try {
    expect(await statusOf(await redeem(await linkTo(other)))).toBe(200);
    for (const fields of [{ expires_in: HOUR + 1 }, { presign: 'on_open' }]) {
      const all = { bucket_name: other.bucketName, object_name: 'S3.png', ...fields };
      const { status, body } = await askForLink(other, all);
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({ code: 'InvalidRequest', detail: expect.any(String) });
    }
  } finally {
    await other.close();
  }
});

test('new role credentials invalidate stored URLs, but not URLs that are signed on redemption', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'links-over-time-'));
  const before = await runEmulator({ dataDirectory, roleSession: 'first' });
  const stored = new URL(await linkTo(before, { presign: 'now' })).search;
  const signedOnRedemption = new URL(await linkTo(before, { presign: 'on_open' })).search;
  await before.close();
  const after = await runEmulator({ dataDirectory, roleSession: 'second' });
  /** Redeems a link and downloads the object from the new port. S3 checks the access key before the signature. */
  const download = async (query: string) => {
    const { pathname, search } = new URL(await redeem(`${after.apiEndpoint}access-object${query}`));
    return await send(`${after.s3Endpoint}${pathname}${search}`);
  };
  try {
    expect(await download(signedOnRedemption)).toMatchObject({ status: 200 });
    expect((await download(stored)).body).toContain('<Code>InvalidAccessKeyId</Code>');
  } finally {
    await after.close();
    await rm(dataDirectory, { recursive: true });
  }
});

describe('an object that changes after its link was issued', () => {
  /** Changes the object after its link was issued. Returns the content that the link leads to, or the error status. */
  async function contentAfter(
    change: 'replace' | 'delete',
    { s3, ...at }: RunningEmulator,
    presign: 'now' | 'on_open',
    content = 'first',
  ): Promise<string | number> {
    const object = { Bucket: at.bucketName, Key: `${change}-${presign}-${content}.txt` };
    await s3.send(new PutObjectCommand({ ...object, Body: Buffer.from(content) }));
    const link = await linkTo(at, { object_name: object.Key, presign });
    await (change === 'replace'
      ? s3.send(new PutObjectCommand({ ...object, Body: 'second' }))
      : s3.send(new DeleteObjectCommand(object)));
    const { status, body } = await send(await redeem(link));
    return status === 200 ? body : status;
  }

  test('is downloaded as it was, if the bucket is versioned', async () => {
    const versioned = await runEmulator({
      change: (resources) => {
        resourceNamed(resources, 'AWS::S3::Bucket', '').Properties.VersioningConfiguration = { Status: 'Enabled' };
      },
    });
    try {
      for (const presign of ['now', 'on_open'] as const) {
        expect(await contentAfter('replace', versioned, presign)).toBe('first');
        expect(await contentAfter('replace', versioned, presign, '')).toBe('');
        expect(await contentAfter('delete', versioned, presign)).toBe('first');
      }
    } finally {
      await versioned.close();
    }
  });

  test.each(['now', 'on_open'] as const)(
    'is downloaded as it is now, if the bucket is not versioned, with presign %s',
    async (presign) => {
      expect(await contentAfter('replace', emulator, presign)).toBe('second');
      expect([403, 404]).toContain(await contentAfter('delete', emulator, presign));
    },
  );
});
