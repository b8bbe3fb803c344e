import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { askForLink, linkTo, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { type RunningEmulator, type RunningEmulatorOptions, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Runs an emulator whose clock stands still until the test sets it. */
async function withClock(
  use: (emulator: RunningEmulator, clock: SettableClock) => Promise<void>,
  options: RunningEmulatorOptions = {},
): Promise<void> {
  // Callers sign by the machine's clock, so that is when links are made.
  const clock = new SettableClock(new Date());
  const emulator = await runEmulator({ ...options, clock });
  try {
    await use(emulator, clock);
  } finally {
    await emulator.close();
  }
}

/** A link, and the whole second in which it expires. */
async function timedLink(
  emulator: RunningEmulator,
  fields: Readonly<Record<string, unknown>>,
): Promise<{ readonly url: string; readonly expiresAt: number }> {
  const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields };
  const { status, body } = await askForLink(emulator, all, { Accept: 'application/json' });
  if (status !== 200) {
    throw new Error(`no link was made: ${status} ${body}`);
  }
  const { url, expires_at: expiresAt } = JSON.parse(body);
  return { url, expiresAt: Date.parse(expiresAt) / 1000 };
}

/** Opens a link and answers the address that it leads to. */
async function openedUrl(link: string): Promise<string> {
  const { status, headers } = await send(link);
  expect(status).toBe(302);
  return String(headers['location']);
}

/** Fetches a presigned URL by way of `send`, which goes to no other time than the emulator's. */
async function fetched(url: string): Promise<number> {
  return (await send(url)).status;
}

function at(second: number): Date {
  return new Date(second * 1000);
}

test('a link of seven days opens in the last second of the seventh day, and not one second later', async () => {
  await withClock(async (emulator, clock) => {
    const [early, late] = [
      await timedLink(emulator, { expires_in: 7 * DAY }),
      await timedLink(emulator, { expires_in: 7 * DAY }),
    ];
    expect(early.expiresAt).toBe(Math.floor(clock.now().getTime() / 1000) + 7 * DAY);

    clock.set(at(early.expiresAt - 1));
    expect(await fetched(await openedUrl(early.url))).toBe(200);
    expect((await send(early.url)).status).toBe(403);

    clock.set(at(late.expiresAt));
    expect((await send(late.url)).status).toBe(403);
    await emulator.logged('AuthorizeAccess', '"outcome":"expired"');
  });
});

test('a link of the thirty days that a deployment may allow opens as well, and no later', async () => {
  const change = (resources: MutableResources): void => {
    const { Properties } = resourceNamed(resources, 'AWS::Lambda::Function', 'GenerateUrl');
    Properties.Environment.Variables.MAX_LINK_LIFETIME_SECONDS = String(30 * DAY);
  };
  await withClock(
    async (emulator, clock) => {
      const early = await timedLink(emulator, { expires_in: 30 * DAY });
      const late = await timedLink(emulator, { expires_in: 30 * DAY });

      clock.set(at(early.expiresAt - 1));
      expect(await fetched(await openedUrl(early.url))).toBe(200);
      clock.set(at(late.expiresAt));
      expect((await send(late.url)).status).toBe(403);
    },
    { change },
  );
});

test('the URL of a link that was opened after three days works for 59 seconds, and not for 61', async () => {
  await withClock(async (emulator, clock) => {
    const { url } = await timedLink(emulator, { expires_in: 7 * DAY });
    clock.advance(3 * DAY);
    const address = await openedUrl(url);

    expect(await fetched(address)).toBe(200);
    clock.advance(59);
    expect(await fetched(address)).toBe(200);
    clock.advance(2);
    expect(await fetched(address)).toBe(403);
  });
});

test('the deployment says how long such a URL works', async () => {
  const change = (resources: MutableResources): void => {
    const { Properties } = resourceNamed(resources, 'AWS::Lambda::Function', 'AccessObject');
    Properties.Environment.Variables.OPENED_URL_LIFETIME_SECONDS = '300';
  };
  await withClock(
    async (emulator, clock) => {
      const address = await openedUrl(await linkTo(emulator, { presign: 'on_open' }));

      clock.advance(299);
      expect(await fetched(address)).toBe(200);
      clock.advance(2);
      expect(await fetched(address)).toBe(403);
    },
    { change },
  );
});

test('a stored URL works until the link would have expired, however early it was opened', async () => {
  await withClock(async (emulator, clock) => {
    const { url } = await timedLink(emulator, { expires_in: HOUR, presign: 'now' });
    const address = await openedUrl(url);

    clock.advance(HOUR - 1);
    expect(await fetched(address)).toBe(200);
    clock.advance(2);
    expect(await fetched(address)).toBe(403);
  });
});

test('credentials of roles that changed between making and opening end a stored URL, and not one that is signed on opening', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'links-over-time-'));
  try {
    const links = new Map<LinkKind, string>();
    const before = await runEmulator({ dataDirectory, roleSession: 'first' });
    for (const presign of LINK_KINDS) {
      links.set(presign, new URL(await linkTo(before, { presign })).search);
    }
    await before.close();

    const after = await runEmulator({ dataDirectory, roleSession: 'second' });
    const contentOf = async (presign: LinkKind): Promise<string> => {
      const address = new URL(await openedUrl(`${after.apiEndpoint}access-object${links.get(presign)}`));
      // The emulator listens on other ports than before; an unknown key is found out before that.
      const { status, body } = await send(`${after.s3Endpoint}${address.pathname}${address.search}`);
      return status === 200 ? 'the object' : body;
    };
    try {
      expect(await contentOf('on_open')).toBe('the object');
      expect(await contentOf('now')).toContain('<Code>InvalidAccessKeyId</Code>');
    } finally {
      await after.close();
    }
  } finally {
    await rm(dataDirectory, { recursive: true });
  }
});

describe('a deployment that signs none on opening', () => {
  test('hands out links of an hour, and says why it hands out none of more', async () => {
    await withClock(
      async (emulator) => {
        expect(await fetched(await openedUrl(await linkTo(emulator)))).toBe(200);
        for (const fields of [{ expires_in: HOUR + 1 }, { presign: 'on_open' }]) {
          const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields };
          const { status, body } = await askForLink(emulator, all);
          expect(status).toBe(400);
          expect(JSON.parse(body)).toMatchObject({
            code: 'InvalidRequest',
            detail: expect.stringContaining('sign URLs on opening'),
          });
        }
      },
      { options: { signOnOpen: 'false' } },
    );
  });
});

describe.each(LINK_KINDS)('an object that changes after a link with presign %s was made', (presign) => {
  const withVersions = (resources: MutableResources): void => {
    resourceNamed(resources, 'AWS::S3::Bucket', '').Properties.VersioningConfiguration = { Status: 'Enabled' };
  };
  const withoutVersions = (): void => {};

  /** What the reader gets of an object whose link was made while it was `first`. */
  async function readAfter(
    change: (emulator: RunningEmulator, object: { readonly Bucket: string; readonly Key: string }) => Promise<unknown>,
    template: (resources: MutableResources) => void,
    first = 'first',
  ): Promise<string> {
    let content = '';
    await withClock(
      async (emulator) => {
        const object = { Bucket: emulator.bucketName, Key: 'report.txt' };
        await emulator.s3.send(new PutObjectCommand({ ...object, Body: Buffer.from(first) }));
        const link = await linkTo(emulator, { object_name: object.Key, presign });
        await change(emulator, object);
        const { status, body } = await send(await openedUrl(link));
        content = status === 200 ? body : `${status}`;
      },
      { change: template },
    );
    return content;
  }
  const replace = (emulator: RunningEmulator, object: { readonly Bucket: string; readonly Key: string }) =>
    emulator.s3.send(new PutObjectCommand({ ...object, Body: 'second' }));
  const remove = (emulator: RunningEmulator, object: { readonly Bucket: string; readonly Key: string }) =>
    emulator.s3.send(new DeleteObjectCommand(object));

  test('is what it was, to the reader, where the bucket keeps versions', async () => {
    expect(await readAfter(replace, withVersions)).toBe('first');
    expect(await readAfter(replace, withVersions, '')).toBe('');
    expect(await readAfter(remove, withVersions)).toBe('first');
  });

  test('is what it has become where the bucket keeps none', async () => {
    expect(await readAfter(replace, withoutVersions)).toBe('second');
    expect(await readAfter(remove, withoutVersions)).toMatch(/^40[34]$/);
  });
});
