import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkIdOf, type Nonce } from '../../lambda/link/nonce';
import { version } from '../../package.json';
import { askForLink, send, sendSigned, signedAt } from '../support/http';
import { behaviorOf, contentOfTables, type Deployment, deployed, type RecordedLinks } from './recorded-links';

const RECORDINGS = join(__dirname, 'recordings');
const RECORDED_AT = '2026-11-28T14:00:00.500Z';
const HOUR = 3600;

/** The links of this version, so that the recorder is tested, too. */
let current: RecordedLinks;

beforeAll(async () => {
  current = await record();
  // docs/versioning.md
  if (process.env['RECORD_LINKS'] !== undefined) {
    writeFileSync(join(RECORDINGS, `${version}.json`), `${JSON.stringify(current, null, 2)}\n`);
  }
});

test('the links of this version are recorded', () => {
  expect(readdirSync(RECORDINGS)).toContain(`${version}.json`);
});

describe.each(['this version', ...readdirSync(RECORDINGS)])('with the tables of %s', (name) => {
  let recorded: RecordedLinks;
  beforeAll(() => {
    recorded = name === 'this version' ? current : JSON.parse(readFileSync(join(RECORDINGS, name), 'utf8'));
  });

  test('active links can be redeemed once, and ended links cannot', async () => {
    await deployed(recorded, async (deployment) => {
      for (const [link, { nonce, behavior }] of Object.entries(recorded.links)) {
        const { redemption, secondStatus } = behavior;
        expect([link, redemption.status, secondStatus]).toEqual([
          link,
          /redeemed|revoked|expired/.test(link) ? 403 : 302,
          403,
        ]);
        // A later version may return more fields.
        expect({ link, ...(await behaviorOf(deployment, nonce)) }).toMatchObject({ link, ...behavior });
      }
    });
  });

  test('senders see all their links, and can revoke the active ones', async () => {
    await deployed(recorded, async ({ emulator, clock }) => {
      const headers = signedAt(clock.now());
      const myLinks = `${emulator.apiEndpoint}my-links`;
      const { links } = JSON.parse((await sendSigned(myLinks, { method: 'GET', headers })).body);
      expect(links).toHaveLength(Object.keys(recorded.links).length);
      for (const { link_id: linkId, status } of links) {
        const revocation = await sendSigned(`${myLinks}/${linkId}`, { method: 'DELETE', headers });
        expect([status, revocation.status]).toEqual([status, status === 'active' ? 204 : 404]);
      }
    });
  });
});

/** Issues links of all kinds, brings some into the other states, and records them. */
async function record(): Promise<RecordedLinks> {
  return await deployed({ tables: {}, recordedAt: RECORDED_AT }, async (deployment) => {
    const { emulator, clock } = deployment;
    const expired = await issue(deployment, { expires_in: 1 });
    clock.advance(1);
    const nonces = {
      'URL signed on redemption': await issue(deployment, {
        presign: 'on_open',
        download_as: 'Übersicht.png',
        from: 'Ada Lovelace',
      }),
      'stored URL': await issue(deployment, { presign: 'now' }),
      'seven days': await issue(deployment, { expires_in: 7 * 24 * HOUR }),
      redeemed: await issue(deployment),
      revoked: await issue(deployment),
      expired,
    };
    const { status } = await send(`${emulator.apiEndpoint}access-object?nonce=${nonces.redeemed}`);
    expect(status).toBe(302);
    const revoked = `${emulator.apiEndpoint}my-links/${linkIdOf(nonces.revoked)}`;
    expect((await sendSigned(revoked, { method: 'DELETE', headers: signedAt(clock.now()) })).status).toBe(204);

    const recordedAt = clock.now();
    const tables = await contentOfTables(deployment);
    clock.set(recordedAt);
    const links: Record<string, RecordedLinks['links'][string]> = {};
    for (const [link, nonce] of Object.entries(nonces)) {
      links[link] = { nonce, behavior: await behaviorOf(deployment, nonce) };
    }
    return { recordedAt: recordedAt.toISOString(), tables, links };
  });
}

async function issue({ emulator, clock }: Deployment, fields: Readonly<Record<string, unknown>> = {}): Promise<Nonce> {
  const all = { bucket_name: emulator.bucketName, object_name: 'S3.png', expires_in: HOUR, ...fields };
  const { status, body } = await askForLink(emulator, all, signedAt(clock.now()));
  expect(status).toBe(200);
  return new URL(body).searchParams.get('nonce') as Nonce;
}
