import type { LinkApi } from '../../cli/deployment';
import { type WaitClock, waitForFile, waitForRedemption } from '../../cli/wait-for-link';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import { writeOutputs } from '../support/cli-emulator';
import { createTempDir, runCli } from '../support/cli-process';
import { type FakeApi, problem, type Reply, startFakeApi, untilRequested } from '../support/fake-api';

const LINK_ID = linkIdOf(nonceNumber(1));
const LINK = {
  link_id: LINK_ID,
  created_at: '2026-11-28T14:00:00Z',
  created_by: 'arn:jane',
  expires_at: '2026-11-29T14:00:00Z',
};
const ACTIVE: Reply = [200, { ...LINK, status: 'active' }];
const ENDED: Reply = [200, { ...LINK, status: 'ended' }];
const REDEEMED: Reply = [
  200,
  { ...LINK, status: 'redeemed', redeemed: { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' } },
];
const UPLOAD = { ...LINK, operation: 'upload' };
const REDEEMED_UPLOAD: Reply = [
  200,
  { ...UPLOAD, status: 'redeemed', redeemed: { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' } },
];
const RECEIVED: Reply = [
  200,
  {
    ...UPLOAD,
    status: 'redeemed',
    redeemed: { at: '2026-11-28T14:03:22Z', source_ip: '203.0.113.7' },
    received: { at: '2026-11-28T14:04:10Z', bucket_name: 'b', object_name: 'inbox/x/a.zip', size_bytes: 12_300_000 },
  },
];
const OUTAGE: readonly Reply[] = [
  [503, {}],
  [503, {}],
  [503, {}],
];

const WAITING = 'Waiting for the link to be redeemed. Ctrl-C stops waiting; the link stays active.';
const REDEEMED_LINE = 'Redeemed at 2026-11-28 14:03:22 UTC from 203.0.113.7.';
const WAITING_FOR_FILE = 'Waiting for the file. Ctrl-C stops waiting; the link stays active.';
const RECEIVED_LINE = 'Received 12.3 MB at 2026-11-28 14:04:10 UTC: s3://b/inbox/x/a.zip';
const ENDED_LINE = 'No longer active, most likely redeemed. Details usually arrive within three minutes.';
const UNREADABLE = 'The state of the link cannot be read at the moment. Still waiting.';

let server: FakeApi;

beforeEach(async () => {
  server = await startFakeApi();
});
afterEach(() => server.close());

/** Waits with a clock that advances only between requests. */
async function wait(
  replies: readonly Reply[],
  {
    s3Endpoint,
    interruptAfter = Number.POSITIVE_INFINITY,
    delayMs = 0,
  }: {
    readonly s3Endpoint?: string;
    readonly interruptAfter?: number;
    /** How much longer each sleep takes than it should. */
    readonly delayMs?: number;
  } = {},
  waitFor: typeof waitForRedemption | typeof waitForFile = waitForRedemption,
) {
  server.replies.push(...replies);
  const told: string[] = [];
  const sleeps: number[] = [];
  const interruption = new AbortController();
  const clock: WaitClock = {
    nowMs: () => sleeps.reduce((sum, each) => sum + each + delayMs, 0),
    async sleep(milliseconds, signal) {
      sleeps.push(milliseconds);
      if (sleeps.length === interruptAfter) {
        interruption.abort();
      }
      signal.throwIfAborted();
    },
  };
  const api: LinkApi = {
    apiEndpoint: server.endpoint,
    region: 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret' }),
    description: 'a test',
    ...(s3Endpoint && { s3Endpoint }),
  };
  const context = { tell: (message: string) => void told.push(message), signal: interruption.signal };
  const link = { linkId: LINK_ID, expiresAt: new Date(LINK.expires_at) };
  let error: unknown;
  const result = await waitFor(api, link, context, clock).catch((thrown: unknown) => {
    error = thrown;
  });
  return { told, sleeps, error, ...(result && { result }) };
}

test('the wait ends when the link is redeemed', async () => {
  expect(await wait([ACTIVE, ACTIVE, REDEEMED])).toEqual({
    told: [WAITING, REDEEMED_LINE],
    sleeps: [5000, 5000],
    error: undefined,
  });
  expect(server.requests).toMatchObject(Array(3).fill({ method: 'GET', url: `/prod/my-links/${LINK_ID}` }));
});

const waitFile = (replies: readonly Reply[], options = {}) => wait(replies, options, waitForFile);

describe('the wait for a file', () => {
  test('ends when the link has received it', async () => {
    expect(await waitFile([ACTIVE, REDEEMED_UPLOAD, REDEEMED_UPLOAD, RECEIVED])).toEqual({
      told: [WAITING_FOR_FILE, REDEEMED_LINE, RECEIVED_LINE],
      sleeps: [5000, 5000, 5000],
      error: undefined,
      result: { at: new Date('2026-11-28T14:04:10Z'), bucket: 'b', key: 'inbox/x/a.zip', sizeBytes: 12_300_000 },
    });
  });

  test('continues while the details arrive, and during outages', async () => {
    const { told, error } = await waitFile([ENDED, ...OUTAGE, REDEEMED_UPLOAD, ...OUTAGE, RECEIVED]);

    expect(told).toEqual([WAITING_FOR_FILE, ENDED_LINE, UNREADABLE, REDEEMED_LINE, UNREADABLE, RECEIVED_LINE]);
    expect(error).toBeUndefined();
  });

  test('fails with 5 after ten minutes without the details', async () => {
    const { sleeps, error } = await waitFile(Array(200).fill(ENDED));

    expect(sleeps).toHaveLength(120);
    expect(error).toMatchObject({
      exitCode: 5,
      message: `The details did not arrive within 10 minutes. Look them up: status ${LINK_ID}`,
    });
  });

  test('fails with 4 if no file arrives within a day after the redemption', async () => {
    const { sleeps, error } = await waitFile(Array(50).fill(REDEEMED_UPLOAD), { delayMs: 3_595_000 });

    expect(sleeps).toHaveLength(24);
    expect(error).toMatchObject({
      exitCode: 4,
      message: 'No file arrived within a day after the link was redeemed.',
    });
  });

  test.each<[string, object, string]>([
    ['expires', { status: 'expired' }, 'Expired at 2026-11-29 14:00 UTC without being redeemed.'],
    [
      'is revoked',
      { status: 'revoked', revoked: { at: '2026-11-28T15:00:00Z', by: 'arn:bob' } },
      'Revoked at 2026-11-28 15:00:00 UTC by arn:bob.',
    ],
  ])('fails with 4 if the link %s', async (_, fields, message) => {
    expect((await waitFile([ACTIVE, [200, { ...UPLOAD, ...fields }]])).error).toMatchObject({ exitCode: 4, message });
  });

  test.each<[string, Reply, string]>([
    ['active', ACTIVE, 'Interrupted: the link stays active until 2026-11-29 14:00 UTC.'],
    [
      'redeemed',
      REDEEMED_UPLOAD,
      `Interrupted: the link was redeemed, and may receive the file. Look it up: status ${LINK_ID}.`,
    ],
  ])('ends with 130 after Ctrl-C while the link is %s', async (_, reply, message) => {
    const { error } = await waitFile([reply, reply], { interruptAfter: 2 });

    expect(error).toMatchObject({ exitCode: 130, message });
  });
});

test('a local emulator is polled every two seconds', async () => {
  const { sleeps } = await wait([ACTIVE, REDEEMED], { s3Endpoint: 'http://127.0.0.1:1/' });

  expect(sleeps).toEqual([2000]);
});

test('the wait continues until the details of the redemption arrive', async () => {
  const { told, error } = await wait([ACTIVE, ENDED, ENDED, REDEEMED]);

  expect([told, error]).toEqual([[WAITING, ENDED_LINE, REDEEMED_LINE], undefined]);
});

test('the wait ends after ten minutes without the details', async () => {
  const { told, sleeps, error } = await wait(Array(200).fill(ENDED));

  expect(told).toEqual([
    WAITING,
    ENDED_LINE,
    `The details did not arrive within 10 minutes. Look them up later: status ${LINK_ID}`,
  ]);
  expect([sleeps.length, error]).toEqual([120, undefined]);
});

test.each<[string, object, string]>([
  ['expires', { status: 'expired' }, 'Expired at 2026-11-29 14:00 UTC without being redeemed.'],
  [
    'is revoked',
    { status: 'revoked', revoked: { at: '2026-11-28T15:00:00Z', by: 'arn:bob' } },
    'Revoked at 2026-11-28 15:00:00 UTC by arn:bob.',
  ],
])('it fails with 4 if the link %s', async (_, fields, message) => {
  const { told, error } = await wait([ACTIVE, [200, { ...LINK, ...fields }]]);

  expect(told).toEqual([WAITING]);
  expect(error).toMatchObject({ exitCode: 4, message });
});

test('an outage is reported once and does not end the wait', async () => {
  const { told, error } = await wait([ACTIVE, ...OUTAGE, ...OUTAGE, ACTIVE, ...OUTAGE, REDEEMED]);

  expect([told, error]).toEqual([[WAITING, UNREADABLE, UNREADABLE, REDEEMED_LINE], undefined]);
});

test.each<[string, Reply, number, string]>([
  [
    'the deployment keeps no receipts',
    problem(403, 'MissingAuthenticationToken'),
    3,
    'The deployment keeps no receipts, so the wait ends. The link stays active.',
  ],
  [
    'the caller may not read it',
    problem(403, 'AccessDenied'),
    3,
    `You may not call GET /my-links/${LINK_ID}: ask for execute-api:Invoke on it.`,
  ],
  [
    'the caller now has another ARN',
    problem(404, 'LinkNotFound'),
    4,
    'The link is no longer among your links: if the profile assumes a role, set role_session_name in it. It stays active.',
  ],
])('it fails if %s', async (_, reply, exitCode, message) => {
  expect((await wait([reply])).error).toMatchObject({ exitCode, message });
});

test.each<[string, Reply, string]>([
  ['active', ACTIVE, 'Interrupted: the link stays active until 2026-11-29 14:00 UTC.'],
  ['ended', ENDED, 'Interrupted: the link was most likely redeemed.'],
])('Ctrl-C while the link is %s ends the wait with 130', async (_, reply, message) => {
  const { error } = await wait([reply, reply], { interruptAfter: 2 });

  expect(error).toMatchObject({ exitCode: 130, message });
});

test('Ctrl-C during share --wait exits with 130 after the link was printed, and the link stays active', async () => {
  const tempDir = createTempDir();
  const outputs = { ApiGatewayEndpoint: server.endpoint, UploadBucket: 'bucket', BucketOwner: '123456789012' };
  const url = 'https://links.example/access-object?nonce=x';
  const issued = { url, click_through_url: url, link_id: LINK_ID, expires_at: LINK.expires_at };
  server.replies.push([200, issued], 'silence');
  const interruption = new AbortController();
  const running = runCli(['share', 's3://b/k', '--wait', '--outputs', writeOutputs(tempDir, outputs)], {
    env: { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-west-1' },
    signal: interruption.signal,
  });
  await untilRequested(server, 2);
  interruption.abort();

  expect(await running).toEqual({
    code: 130,
    stdout: `${url}\n`,
    stderr: expect.stringMatching(
      /Ctrl-C stops waiting; the link stays active\.\nInterrupted: the link stays active until .*\.\n$/,
    ),
  });
  tempDir.remove();
});
