import type { AwsCall } from '../../emulator/iam/principal';
import { linkIdOf } from '../../lambda/link/nonce';
import { nonceNumber } from '../lambda/support/samples';
import {
  askForLink,
  describeLink,
  type IssuedLink,
  issueLink,
  manageLink,
  nonceOf,
  type Send,
  send,
  sendSigned,
  signedAt,
} from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const CALLER = 'arn:aws:iam::123456789012:user/local-caller';

const clock = new SettableClock(new Date());
const calls: AwsCall[] = [];
let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator({ clock, onCall: (call) => calls.push(call) });
});
beforeEach(() => {
  clock.set(new Date('2026-11-28T14:00:00.500Z'));
  calls.length = 0;
});
afterAll(() => emulator.close());

async function newLink(fields: Readonly<Record<string, unknown>> = {}): Promise<IssuedLink> {
  const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields };
  const { status, body } = await askForLink(emulator, all, { Accept: 'application/json', ...signedAt(clock.now()) });
  expect(status).toBe(200);
  return JSON.parse(body);
}

async function manage(method: 'GET' | 'DELETE', { link_id: linkId }: Pick<IssuedLink, 'link_id'>) {
  const request = { method, headers: signedAt(clock.now()) };
  return await sendSigned(`${emulator.apiEndpoint}my-links/${linkId}`, request);
}

/** The state of a link as its sender sees it, after all log lines are delivered. */
async function stateOf(link: Pick<IssuedLink, 'link_id'>): Promise<Readonly<Record<string, unknown>>> {
  await emulator.delivered();
  const { status, body } = await manage('GET', link);
  expect(status).toBe(200);
  return JSON.parse(body);
}

/** Requests a link as a browser does. */
async function open(url: string, { headers, ...request }: Send = {}): Promise<number> {
  return (await send(url, { headers: { 'User-Agent': FIREFOX, ...headers }, ...request })).status;
}

/** Requests a link as the script on the click-through page does. */
async function clickThrough({ click_through_url: url }: IssuedLink): Promise<number> {
  const [page = '', nonce] = url.split('#');
  expect((await send(page)).status).toBe(200);
  const address = `${page.replace('open-link', 'access-object')}?nonce=${nonce}&format=json`;
  return await open(address, { method: 'POST' });
}

/** Loads the click-through page: its script asks for a description. */
async function visitPage({ url }: IssuedLink): Promise<number> {
  return (await describeLink(emulator, nonceOf(url), { 'User-Agent': FIREFOX })).status;
}

describe.each(LINK_KINDS)('a link with presign %s', (presign) => {
  test('is active, then redeemed by a reader with an address and a user agent', async () => {
    const link = await newLink({ presign, expires_in: 3600 });
    const issued = {
      link_id: link.link_id,
      created_at: '2026-11-28T14:00:00Z',
      operation: 'download',
      created_by: CALLER,
      expires_at: '2026-11-28T15:00:00Z',
    };
    expect(await stateOf(link)).toEqual({ ...issued, status: 'active' });

    clock.set(new Date('2026-11-28T14:03:22.456Z'));
    expect(await open(link.url)).toBe(302);

    expect(await stateOf(link)).toEqual({
      ...issued,
      status: 'redeemed',
      redeemed: { at: '2026-11-28T14:03:22Z', source_ip: '127.0.0.1', user_agent: FIREFOX },
    });
  });

  test('has the same receipt if it is redeemed on the click-through page', async () => {
    const link = await newLink({ presign });
    expect(await clickThrough(link)).toBe(200);

    expect(await stateOf(link)).toMatchObject({
      status: 'redeemed',
      redeemed: { at: '2026-11-28T14:00:00Z', source_ip: '127.0.0.1', user_agent: FIREFOX },
    });
  });

  test('counts attempts after the redemption', async () => {
    const link = await newLink({ presign });
    await open(link.url);
    clock.set(new Date('2026-11-28T14:20:00Z'));
    await open(link.url);
    clock.set(new Date('2026-11-28T14:41:05Z'));
    await clickThrough(link);

    expect(await stateOf(link)).toMatchObject({
      status: 'redeemed',
      redeemed: { at: '2026-11-28T14:00:00Z' },
      refused_after: { count: 2, last_at: '2026-11-28T14:41:05Z', last_source_ip: '127.0.0.1' },
    });
  });

  test('counts visits of its click-through page after the redemption, but not before', async () => {
    const link = await newLink({ presign });
    expect(await visitPage(link)).toBe(200);
    await open(link.url);
    clock.set(new Date('2026-11-28T14:41:05Z'));
    expect(await visitPage(link)).toBe(403);

    expect(await stateOf(link)).toMatchObject({
      status: 'redeemed',
      redeemed: { at: '2026-11-28T14:00:00Z' },
      refused_after: { count: 1, last_at: '2026-11-28T14:41:05Z', last_source_ip: '127.0.0.1' },
    });
  });

  test('shows who revoked it, and counts later attempts', async () => {
    const link = await newLink({ presign });
    clock.set(new Date('2026-11-28T14:10:00Z'));
    expect((await manage('DELETE', link)).status).toBe(204);
    clock.set(new Date('2026-11-28T14:12:00Z'));
    expect(await open(link.url)).toBe(403);

    expect(await stateOf(link)).toEqual({
      link_id: link.link_id,
      status: 'revoked',
      created_at: '2026-11-28T14:00:00Z',
      operation: 'download',
      created_by: CALLER,
      expires_at: link.expires_at,
      revoked: { at: '2026-11-28T14:10:00Z', by: CALLER },
      refused_after: { count: 1, last_at: '2026-11-28T14:12:00Z', last_source_ip: '127.0.0.1' },
    });
    expect((await manage('DELETE', link)).status).toBe(404);
  });

  test('expires, and counts later attempts', async () => {
    const link = await newLink({ presign, expires_in: 60 });
    clock.set(new Date('2026-11-28T14:00:59.999Z'));
    expect((await stateOf(link))['status']).toBe('active');
    clock.set(new Date('2026-11-28T14:01:00.000Z'));
    expect(await open(link.url)).toBe(403);

    expect(await stateOf(link)).toEqual({
      link_id: link.link_id,
      status: 'expired',
      created_at: '2026-11-28T14:00:00Z',
      operation: 'download',
      created_by: CALLER,
      expires_at: '2026-11-28T14:01:00Z',
      refused_after: { count: 1, last_at: '2026-11-28T14:01:00Z', last_source_ip: '127.0.0.1' },
    });
    expect((await manage('DELETE', link)).status).toBe(404);
  });

  test('is redeemed by one request; the authorizer makes one call, and the redirect none', async () => {
    const link = await newLink({ presign });
    calls.length = 0;
    await open(link.url);

    const ofRole = (name: string) =>
      calls.filter(({ principalArn }) => principalArn.includes(`-${name}Role`)).map(({ action }) => action);
    expect([ofRole('AuthorizeAccess'), ofRole('AccessObject')]).toEqual([['dynamodb:DeleteItem'], []]);
  });
});

test('a redeemed link stays redeemed after its end time', async () => {
  const link = await newLink({ expires_in: 60 });
  await open(link.url);
  clock.advance(120);

  expect((await stateOf(link))['status']).toBe('redeemed');
});

test('the state is `ended` until the details of the redemption arrive', async () => {
  const held: (() => Promise<void>)[] = [];
  const slow = await runEmulator({
    async deliver(batch, deliver) {
      held.push(() => deliver(batch));
    },
  });
  try {
    const link = await issueLink(slow, { bucket_name: slow.bucketName, object_name: 'S3.png' });
    const status = async (): Promise<string> => JSON.parse((await manageLink(slow, 'GET', link.link_id)).body).status;
    await send(link.url);
    await slow.delivered();
    expect([held.length, await status()]).toEqual([1, 'ended']);

    await held[0]?.();
    expect(await status()).toBe('redeemed');
  } finally {
    await slow.close();
  }
});

test('at most 20 attempts after the end are counted', async () => {
  const link = await newLink();
  await open(link.url);
  for (let minute = 1; minute <= 25; minute++) {
    clock.set(new Date(Date.UTC(2026, 10, 28, 14, minute)));
    await open(link.url);
    await emulator.delivered();
  }

  expect(await stateOf(link)).toMatchObject({ refused_after: { count: 20, last_at: '2026-11-28T14:20:00Z' } });
});

test('link previews, prefetches, HEAD requests and malformed nonces leave no trace', async () => {
  const link = await newLink();
  const before = await stateOf(link);
  calls.length = 0;
  await open(link.url, { headers: { 'User-Agent': 'Twitterbot/1.0' } });
  await open(link.url, { headers: { 'Sec-Purpose': 'prefetch' } });
  await open(link.url, { method: 'HEAD' });
  await open(`${link.url}x`);
  await send(link.click_through_url.split('#')[0] ?? '');

  expect(await stateOf(link)).toEqual(before);
  expect(calls.map(({ action }) => action)).not.toContain('dynamodb:UpdateItem');
});

test('a user agent is encoded and truncated, and may be missing', async () => {
  const [long, none] = [await newLink(), await newLink()];
  await open(long.url, { headers: { 'User-Agent': `"\\${'é'.repeat(150)}` } });
  await send(none.url);

  const { redeemed } = (await stateOf(long)) as { readonly redeemed: { readonly user_agent: string } };
  expect(redeemed.user_agent).toMatch(/^%22%5C(?:%C3%83|%C2%A9|%C3%A9)+/);
  expect(redeemed.user_agent.length).toBeLessThanOrEqual(200);
  expect((await stateOf(none))['redeemed']).toEqual({ at: '2026-11-28T14:00:00Z', source_ip: '127.0.0.1' });
});

test.each([
  ['redeemed', (link: IssuedLink): Promise<unknown> => open(link.url)],
  ['revoked', (link: IssuedLink): Promise<unknown> => manage('DELETE', link)],
  ['expired', (): Promise<unknown> => Promise.resolve()],
] as const)('a link that is %s is forgotten 30 days after its end time', async (status, end) => {
  const link = await newLink({ expires_in: 60 });
  await end(link);
  clock.set(new Date('2026-12-28T14:00:59Z'));
  expect((await stateOf(link))['status']).toBe(status);

  clock.set(new Date('2026-12-28T14:01:00Z'));
  const forgotten = await manage('GET', link);
  const unknown = await manage('GET', { link_id: 'A'.repeat(22) });
  expect([forgotten.status, forgotten.body]).toEqual([404, unknown.body]);
  expect(JSON.parse(unknown.body).code).toBe('LinkNotFound');
});

test('an unknown link is not found, and attempts to redeem it create no receipt', async () => {
  const nonce = nonceNumber(7);
  expect(await open(`${emulator.apiEndpoint}access-object?nonce=${nonce}`)).toBe(403);
  await emulator.delivered();

  expect((await manage('GET', { link_id: linkIdOf(nonce) })).status).toBe(404);
});

test('no event is published, because nothing listens', async () => {
  const link = await newLink();
  await open(link.url);
  await open(link.url);
  await manage('DELETE', await newLink());
  await emulator.delivered();

  expect(calls.map(({ action }) => action)).not.toContain('events:PutEvents');
  expect((await stateOf(link))['status']).toBe('redeemed');
});

test('a receipt does not contain the file name', async () => {
  const link = await newLink({ download_as: 'secret plans.pdf' });
  await open(link.url);

  expect(JSON.stringify(await stateOf(link))).not.toMatch(/plans|S3\.png|file_name/);
});

describe('with receiptFileNames, a receipt has', () => {
  let named: RunningEmulator;
  beforeAll(async () => {
    named = await runEmulator({ options: { receiptFileNames: true } });
  });
  afterAll(() => named.close());

  test.each([
    ['the name of the download', { download_as: 'Übersicht 1.pdf' }, 'Übersicht 1.pdf'],
    ['the last part of the key', {}, 'S3.png'],
  ])('%s', async (_, fields, name) => {
    const link = await issueLink(named, { bucket_name: named.bucketName, object_name: 'S3.png', ...fields });

    expect(JSON.parse((await manageLink(named, 'GET', link.link_id)).body)).toMatchObject({ file_name: name });
  });
});

describe('with receiptRetentionDays: 0,', () => {
  const made: AwsCall[] = [];
  let plain: RunningEmulator;
  beforeAll(async () => {
    plain = await runEmulator({ options: { receiptRetentionDays: 0 }, onCall: (call) => made.push(call) });
  });
  afterAll(() => plain.close());

  test('there is no receipt table, and no function reads the logs', async () => {
    const link = await issueLink(plain, { bucket_name: plain.bucketName, object_name: 'S3.png' });
    await send(link.url);
    await send(link.url);
    await plain.delivered();

    expect(plain.receiptTableName).toBeUndefined();
    expect(made.map(({ principalArn }) => principalArn)).not.toContain('logs.amazonaws.com');
    expect(made.map(({ action }) => action).filter((action) => action.startsWith('dynamodb:'))).toEqual([
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
      'dynamodb:DeleteItem',
    ]);
  });

  test('a link is found while it is active', async () => {
    const link = await issueLink(plain, { bucket_name: plain.bucketName, object_name: 'S3.png' });
    const active = await manageLink(plain, 'GET', link.link_id);
    await send(link.url);
    const redeemed = await manageLink(plain, 'GET', link.link_id);

    expect([active.status, JSON.parse(active.body)]).toEqual([
      200,
      { link_id: link.link_id, status: 'active', created_by: CALLER, expires_at: link.expires_at },
    ]);
    expect([redeemed.status, JSON.parse(redeemed.body).code]).toEqual([404, 'LinkNotFound']);
  });

  test.each([
    ['GET', 'my-links'],
    ['GET', `my-links/${'A'.repeat(22)}`],
    ['DELETE', `my-links/${'A'.repeat(22)}`],
  ])('there is no route %s /%s', async (method, path) => {
    const { status, body } = await sendSigned(`${plain.apiEndpoint}${path}`, { method });

    expect([status, JSON.parse(body).code]).toEqual([403, 'MissingAuthenticationToken']);
  });
});
