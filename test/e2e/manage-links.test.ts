import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Principal } from '../../emulator/iam/principal';
import { curl, testWithCurl } from '../support/curl';
import { askForLink, type IssuedLink, issueLink, manageLink, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { callerWith } from '../support/policy-caller';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';

const clock = new SettableClock(new Date());
let emulator: RunningEmulator;
let issuer: Principal;
let manager: Principal;

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const KEPT_LINK_ID = 'A'.repeat(22);
const KEEPER: Principal = {
  arn: 'arn:aws:iam::123456789012:user/keeper',
  accessKeyId: 'KEEPER',
  secretAccessKey: 'keeper-secret',
  statements: [
    {
      effect: 'Allow',
      actions: ['execute-api:Invoke'],
      resources: [`arn:aws:execute-api:us-east-1:123456789012:local/prod/*/links/${KEPT_LINK_ID}`],
    },
  ],
};

beforeAll(async () => {
  issuer = await callerWith('IssuerPolicyArn');
  manager = await callerWith('ManagerPolicyArn');
  emulator = await runEmulator({ clock, callers: [LOCAL_CALLER, KEEPER, issuer, manager] });
});
beforeEach(() => clock.set(new Date()));

afterAll(() => emulator.close());

async function newLink(fields: Readonly<Record<string, unknown>> = {}, caller?: Principal): Promise<IssuedLink> {
  return await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png', ...fields }, caller);
}

describe.each(LINK_KINDS)('a link with presign %s', (presign) => {
  test('is reported with its state, times and creator, before and after it is redeemed', async () => {
    const link = await newLink({ presign });

    const before = await manageLink(emulator, 'GET', link.link_id);
    expect((await send(link.url)).status).toBe(302);
    await emulator.delivered();
    const after = await manageLink(emulator, 'GET', link.link_id);

    expect(before).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const issued = {
      link_id: link.link_id,
      created_at: expect.stringMatching(TIME),
      operation: 'download',
      created_by: LOCAL_CALLER.arn,
      expires_at: link.expires_at,
    };
    expect(JSON.parse(before.body)).toEqual({ ...issued, status: 'active' });
    const redeemed = { at: expect.stringMatching(TIME), source_ip: '127.0.0.1' };
    expect(JSON.parse(after.body)).toEqual({ ...issued, status: 'redeemed', redeemed });
  });

  test('is refused after it is revoked, like a redeemed link', async () => {
    const [link, redeemed] = [await newLink({ presign }), await newLink({ presign })];
    await send(redeemed.url);

    const revoked = await manageLink(emulator, 'DELETE', link.link_id);

    expect(revoked).toMatchObject({ status: 204, body: '' });
    const [refused, refusedToo] = [await send(link.url), await send(redeemed.url)];
    expect([refused.status, refused.body]).toEqual([403, refusedToo.body]);
    await emulator.logged('ManageLink', '"outcome":"revoked"', link.link_id);
  });
});

test('redeemed, revoked and unknown links cannot be revoked, with the same response', async () => {
  const [redeemed, revoked] = [await newLink(), await newLink()];
  await send(redeemed.url);
  await manageLink(emulator, 'DELETE', revoked.link_id);

  const ids = [redeemed.link_id, revoked.link_id, 'A'.repeat(22)];
  const [first, ...others] = await Promise.all(ids.map((id) => manageLink(emulator, 'DELETE', id)));
  expect(first?.status).toBe(404);
  for (const other of others) {
    expect([other.status, other.body]).toEqual([404, first?.body]);
  }
});

test('a link is expired from the second of its end time, and cannot be revoked', async () => {
  const link = await newLink({ expires_in: 60 });
  // Callers sign with the machine's clock; one minute is within the allowed clock skew.
  clock.set(new Date(Date.parse(link.expires_at) - 1000));
  const status = async (): Promise<string> => JSON.parse((await manageLink(emulator, 'GET', link.link_id)).body).status;
  expect(await status()).toBe('active');

  clock.advance(1);
  expect(await status()).toBe('expired');
  expect((await manageLink(emulator, 'DELETE', link.link_id)).status).toBe(404);
  await emulator.logged('ManageLink', '"outcome":"expired"', link.link_id);
});

test.each([
  'guess',
  'A'.repeat(43),
  `${'A'.repeat(21)}B`,
  '%41'.repeat(22),
  '..%2f..',
  '%7Blink_id%7D',
  "'%20OR%201=1",
])('the malformed link ID %s is refused', async (linkId) => {
  for (const method of ['GET', 'DELETE'] as const) {
    const response = await manageLink(emulator, method, linkId);
    expect(response.status).toBe(400);
    expect(JSON.parse(response.body)).toMatchObject({ code: 'InvalidRequest' });
  }
});

test('the routes require IAM authorization, and support GET and DELETE only', async () => {
  const { link_id: linkId, url } = await newLink();
  const route = `${emulator.apiEndpoint}links/${linkId}`;

  for (const method of ['GET', 'DELETE']) {
    const stranger = await send(route, { method });
    expect(stranger.status).toBe(403);
    expect(JSON.parse(stranger.body)).toMatchObject({ code: 'MissingAuthenticationToken' });
    const forger = await sendSigned(route, { method }, { ...LOCAL_CALLER, secretAccessKey: 'guess' });
    expect(JSON.parse(forger.body)).toMatchObject({ code: 'InvalidSignature' });
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']) {
    expect((await sendSigned(route, { method })).status).toBe(403);
  }
  for (const path of ['links', 'links/', `links/${linkId}/`, `links/${linkId}/more`]) {
    expect((await sendSigned(`${emulator.apiEndpoint}${path}`, { method: 'DELETE' })).status).toBe(403);
  }
  expect((await send(url)).status).toBe(302);
});

testWithCurl('a link can be revoked with curl', async () => {
  const { link_id: linkId, url } = await newLink();

  await curl('execute-api', '--request', 'DELETE', `${emulator.apiEndpoint}links/${linkId}`);

  expect((await send(url)).status).toBe(403);
});

test('a caller with permission for one link cannot manage another', async () => {
  const other = await newLink();
  expect((await manageLink(emulator, 'GET', KEPT_LINK_ID, KEEPER)).status).toBe(404);
  const refused = await manageLink(emulator, 'DELETE', other.link_id, KEEPER);

  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.body).message).toContain(`/prod/DELETE/links/${other.link_id}`);
});

test('a caller with the issuer policy can issue a link, but cannot look it up or revoke it', async () => {
  const { url, link_id: linkId } = await newLink({}, issuer);

  expect((await manageLink(emulator, 'GET', linkId, issuer)).status).toBe(403);
  expect((await manageLink(emulator, 'DELETE', linkId, issuer)).status).toBe(403);
  expect((await send(url)).status).toBe(302);
});

test('a caller with the manager policy can look up and revoke a link, but cannot issue one', async () => {
  const { url, link_id: linkId } = await newLink({}, issuer);

  expect(await manageLink(emulator, 'GET', linkId, manager)).toMatchObject({
    status: 200,
    body: expect.stringContaining(`"created_by":"${issuer.arn}"`),
  });
  expect((await manageLink(emulator, 'DELETE', linkId, manager)).status).toBe(204);
  expect((await send(url)).status).toBe(403);
  const refused = await askForLink(emulator, { bucket_name: 'b', object_name: 'S3.png' }, {}, manager);
  expect(refused.status).toBe(403);
  expect(JSON.parse(refused.body)).toMatchObject({ code: 'AccessDenied' });
});
