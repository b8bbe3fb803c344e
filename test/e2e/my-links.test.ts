import { LOCAL_CALLER } from '../../emulator/iam/credentials';
import type { Principal } from '../../emulator/iam/principal';
import { type IssuedLink, issueLink, manageLink, send, sendSigned } from '../support/http';
import { callerWith } from '../support/policy-caller';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { unthrottled } from '../support/unthrottled';

const USER = 'arn:aws:iam::123456789012:user/ada';
const FIRST_SESSION = 'arn:aws:sts::123456789012:assumed-role/Sharer/ada@example.com';
const OTHER_SESSION = 'arn:aws:sts::123456789012:assumed-role/Sharer/grace@example.com';
const SSO_USER = 'arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Sharer_0123456789abcdef/ada@example.com';
const ISSUERS = [USER, FIRST_SESSION, OTHER_SESSION, SSO_USER];

const callers = new Map<string, Principal>();
let manager: Principal;
let emulator: RunningEmulator;

beforeAll(async () => {
  manager = await callerWith('ManagerPolicyArn');
  const { statements } = await callerWith('IssuerPolicyArn');
  for (const [index, arn] of ISSUERS.entries()) {
    callers.set(arn, { arn, accessKeyId: `ISSUER${index}`, secretAccessKey: `secret ${index}`, statements });
  }
  emulator = await runEmulator({ callers: [LOCAL_CALLER, manager, ...callers.values()], change: unthrottled });
});
afterAll(() => emulator.close());

function callerOf(arn: string): Principal {
  const caller = callers.get(arn);
  if (caller === undefined) {
    throw new Error(`there is no caller ${arn}`);
  }
  return caller;
}

async function newLink(arn: string): Promise<IssuedLink> {
  return await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' }, callerOf(arn));
}

/** Requests a route of `/my-links`. */
async function ask(arn: string, path: string, method = 'GET') {
  return await sendSigned(`${emulator.apiEndpoint}my-links${path}`, { method }, callerOf(arn));
}

/** A page of links. */
interface Page {
  readonly links: readonly { readonly link_id: string; readonly created_by: string; readonly created_at: string }[];
  readonly next?: string;
}

async function list(arn: string, query = ''): Promise<Page> {
  const { status, body } = await ask(arn, query);
  expect(status).toBe(200);
  return JSON.parse(body);
}

async function listedIds(arn: string): Promise<readonly string[]> {
  return (await list(arn)).links.map(({ link_id: linkId }) => linkId);
}

describe.each(ISSUERS)('%s', (arn) => {
  const others = ISSUERS.filter((issuer) => issuer !== arn);

  test('sees, lists and revokes its own link', async () => {
    const { link_id: linkId, url } = await newLink(arn);

    expect(JSON.parse((await ask(arn, `/${linkId}`)).body)).toMatchObject({ status: 'active', created_by: arn });
    expect(await listedIds(arn)).toContain(linkId);
    expect((await ask(arn, `/${linkId}`, 'DELETE')).status).toBe(204);
    expect(JSON.parse((await ask(arn, `/${linkId}`)).body)).toMatchObject({ status: 'revoked', revoked: { by: arn } });
    expect((await send(url)).status).toBe(403);
  });

  test('can neither see, list nor revoke the links of others, which look like unknown links', async () => {
    const unknown = 'A'.repeat(22);
    for (const other of others) {
      const { link_id: linkId, url } = await newLink(other);

      for (const method of ['GET', 'DELETE']) {
        const [refused, expected] = [await ask(arn, `/${linkId}`, method), await ask(arn, `/${unknown}`, method)];
        expect([refused.status, refused.body]).toEqual([404, expected.body]);
      }
      expect(await listedIds(arn)).not.toContain(linkId);
      expect((await send(url)).status).toBe(302);
    }
  });

  test('can neither see nor revoke links of others that have ended', async () => {
    for (const other of others) {
      const [redeemed, revoked] = [await newLink(other), await newLink(other)];
      await send(redeemed.url);
      await ask(other, `/${revoked.link_id}`, 'DELETE');
      await emulator.delivered();

      for (const { link_id: linkId } of [redeemed, revoked]) {
        expect((await ask(arn, `/${linkId}`)).status).toBe(404);
        expect((await ask(arn, `/${linkId}`, 'DELETE')).status).toBe(404);
      }
    }
  });

  test('may not use the routes of managers', async () => {
    const { link_id: linkId } = await newLink(arn);

    for (const method of ['GET', 'DELETE'] as const) {
      const { status, body } = await manageLink(emulator, method, linkId, callerOf(arn));
      expect([status, JSON.parse(body).code]).toEqual([403, 'AccessDenied']);
    }
  });
});

test('a manager sees and revokes the links of all callers', async () => {
  for (const arn of ISSUERS) {
    const { link_id: linkId } = await newLink(arn);
    const state = async () => JSON.parse((await manageLink(emulator, 'GET', linkId, manager)).body);

    expect(await state()).toMatchObject({ status: 'active', created_by: arn });
    expect((await manageLink(emulator, 'DELETE', linkId, manager)).status).toBe(204);
    expect(await state()).toMatchObject({ status: 'revoked', revoked: { by: manager.arn } });
    expect(JSON.parse((await ask(arn, `/${linkId}`)).body)).toMatchObject({ revoked: { by: manager.arn } });
  }
});

test('a manager may not use the routes of issuers', async () => {
  const { link_id: linkId } = await newLink(USER);

  for (const path of ['', `/${linkId}`]) {
    const { status } = await sendSigned(`${emulator.apiEndpoint}my-links${path}`, { method: 'GET' }, manager);
    expect(status).toBe(403);
  }
});

test('the routes require a signature', async () => {
  for (const [method, path] of [
    ['GET', ''],
    ['GET', `/${'A'.repeat(22)}`],
    ['DELETE', `/${'A'.repeat(22)}`],
  ] as const) {
    const { status, body } = await send(`${emulator.apiEndpoint}my-links${path}`, { method });
    expect([status, JSON.parse(body).code]).toEqual([403, 'MissingAuthenticationToken']);
  }
});

describe('the list of a caller with 103 links', () => {
  const COLLECTOR = 'arn:aws:sts::123456789012:assumed-role/Sharer/collector@example.com';
  /** Newest first. */
  const issued: string[] = [];
  let crowded: RunningEmulator;
  let collector: Principal;

  beforeAll(async () => {
    const { statements } = await callerWith('IssuerPolicyArn');
    collector = { arn: COLLECTOR, accessKeyId: 'COLLECTOR', secretAccessKey: 'collector-secret', statements };
    crowded = await runEmulator({ callers: [LOCAL_CALLER, collector], change: unthrottled });
    const fields = { bucket_name: crowded.bucketName, object_name: 'S3.png' };
    for (let count = 0; count < 103; count++) {
      issued.unshift((await issueLink(crowded, fields, collector)).link_id);
    }
    await issueLink(crowded, fields, LOCAL_CALLER);
  });
  afterAll(() => crowded.close());

  async function page(query: string): Promise<Page & { readonly status: number }> {
    const url = `${crowded.apiEndpoint}my-links${query}`;
    const { status, body } = await sendSigned(url, { method: 'GET' }, collector);
    return { status, ...JSON.parse(body) };
  }

  test('has all of them in pages of 50, newest first', async () => {
    const first = await page('');
    const second = await page(`?next=${first.next}`);
    const third = await page(`?next=${second.next}`);

    const ids = (links: Page['links']) => links.map(({ link_id: linkId }) => linkId);
    expect(ids(first.links)).toEqual(issued.slice(0, 50));
    expect(ids(second.links)).toEqual(issued.slice(50, 100));
    expect(ids(third.links)).toEqual(issued.slice(100));
    expect(third).not.toHaveProperty('next');
  });

  test('keeps its pages when links are added and revoked in between', async () => {
    const first = await page('');
    const added = await issueLink(crowded, { bucket_name: crowded.bucketName, object_name: 'S3.png' }, collector);
    await manageLink(crowded, 'DELETE', issued[49] ?? '');
    const second = await page(`?next=${first.next}`);

    expect(second.links.map(({ link_id: linkId }) => linkId)).toEqual(issued.slice(50, 100));
    issued.unshift(added.link_id);
  });

  test.each([
    '?next=',
    '?next=2',
    '?next=AAAAAAAAAAAAAAAAAAAAAA',
    '?next=2026-11-28T14:00:00.000Z',
    '?next=2026-11-28T14:00:00.000Z_',
    '?next=2026-11-28T14:00:00.000Z_AAAAAAAAAAAAAAAAAAAAAB',
    '?next=2026-11-28T14:00:00Z_AAAAAAAAAAAAAAAAAAAAAA',
    '?next=%22%7D%2C%22created_by%22%3A%22x',
    `?next=${'2'.repeat(4000)}`,
  ])('is refused with %s', async (query) => {
    expect(await page(query)).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  test('contains no link of another caller, even with the `next` of that caller', async () => {
    const foreign = '?next=2099-01-01T00:00:00.000Z_AAAAAAAAAAAAAAAAAAAAAA';
    const { links } = await page(foreign);

    expect(new Set(links.map(({ created_by: createdBy }) => createdBy))).toEqual(new Set([COLLECTOR]));
  });

  test('starts at the beginning with an unknown parameter, or with two values of `next`', async () => {
    const { links } = await page('');

    expect((await page('?limit=1000')).links).toEqual(links);
    const token = '2026-11-28T14:00:00.000Z_AAAAAAAAAAAAAAAAAAAAAA';
    expect((await page(`?next=${token}&next=${token}`)).links).toEqual(links);
  });
});
