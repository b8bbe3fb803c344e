import { PutObjectCommand } from '@aws-sdk/client-s3';
import { resourceNamed } from '../support/assembly';
import { linkTo, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

/** Calls to S3 and DynamoDB, in order. */
const calls: string[] = [];
let emulator: RunningEmulator;

async function start(options: Parameters<typeof runEmulator>[0] = {}): Promise<RunningEmulator> {
  return await runEmulator({
    ...options,
    onCall: ({ action }) => {
      if (!action.startsWith('lambda:')) {
        calls.push(action);
      }
    },
  });
}

/** The calls during `act`. */
async function callsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  calls.length = 0;
  await act();
  return [...calls];
}

beforeAll(async () => {
  emulator = await start();
});

afterAll(async () => {
  await emulator.close();
});

describe.each(LINK_KINDS)('a link with presign %s', (presign) => {
  let link: string;

  test('is issued with one read of the object, then one put', async () => {
    const made = await callsOf(async () => {
      link = await linkTo(emulator, { presign });
    });

    expect(made).toEqual(['s3:GetObject', 'dynamodb:PutItem']);
  });

  test('is redeemed with one delete', async () => {
    let status: number | undefined;
    expect(await callsOf(async () => ({ status } = await send(link)))).toEqual(['dynamodb:DeleteItem']);
    expect(status).toBe(302);
  });

  test('is refused with one delete once it is redeemed', async () => {
    let status: number | undefined;
    expect(await callsOf(async () => ({ status } = await send(link)))).toEqual(['dynamodb:DeleteItem']);
    expect(status).toBe(403);
  });
});

test('in a versioned bucket, issuing reads the newest version too, with the permission for versions', async () => {
  const versioned = await start({
    change: (resources) => {
      resourceNamed(resources, 'AWS::S3::Bucket', '').Properties.VersioningConfiguration = { Status: 'Enabled' };
    },
  });
  try {
    const object = { Bucket: versioned.bucketName, Key: 'S3.png', Body: 'another picture' };
    const { VersionId: version } = await versioned.s3.send(new PutObjectCommand(object));

    expect(await callsOf(() => linkTo(versioned))).toEqual(['s3:GetObject', 's3:GetObjectVersion', 'dynamodb:PutItem']);
    // A caller who names the version saves the first read.
    expect(await callsOf(() => linkTo(versioned, { version_id: version }))).toEqual([
      's3:GetObjectVersion',
      'dynamodb:PutItem',
    ]);
  } finally {
    await versioned.close();
  }
});

describe('no call is made', () => {
  let link: string;
  beforeAll(async () => {
    link = await linkTo(emulator);
  });
  afterAll(async () => {
    // None of them redeemed the link.
    expect((await send(link)).status).toBe(302);
  });

  test.each([
    ['for a nonce that is one character too short', (whole: string) => send(whole.slice(0, -1)), 403],
    ['for a nonce that is one character too long', (whole: string) => send(`${whole}A`), 403],
    ['for a padded nonce', (whole: string) => send(`${whole}=`), 403],
    ['for two nonces', (whole: string) => send(`${whole}&nonce=${'A'.repeat(43)}`), 403],
    ['without a nonce', (whole: string) => send(whole.slice(0, -43)), 401],
    ['for a preview', (whole: string) => send(whole, { headers: { 'User-Agent': 'Twitterbot/1.0' } }), 403],
    ['for a prefetch', (whole: string) => send(whole, { headers: { 'Sec-Purpose': 'prefetch' } }), 403],
    ['for HEAD', (whole: string) => send(whole, { method: 'HEAD' }), 200],
  ] as const)('%s', async (_, ask, expected) => {
    let status: number | undefined;
    expect(await callsOf(async () => ({ status } = await ask(link)))).toEqual([]);
    expect(status).toBe(expected);
  });

  test.each([
    ['with a field of the wrong type', '{"bucket_name": 1}'],
    ['for a bucket that is not shared', '{"bucket_name": "not-ours", "object_name": "S3.png"}'],
    ['with an invalid field', '{"bucket_name": "not-ours", "object_name": "S3.png", "expires_in": 0}'],
  ])('for a request %s', async (_, body) => {
    const ask = () =>
      sendSigned(`${emulator.apiEndpoint}generate-url`, { headers: { 'Content-Type': 'application/json' }, body });

    expect(await callsOf(ask)).toEqual([]);
  });
});
