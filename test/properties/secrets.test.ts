import { inflateRawSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Destination } from '../../lambda/link/destination';
import { parseNonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import { linkTo, send, sendSigned } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { expectNoSecrets, secretCount } from '../support/secrets';

let emulator: RunningEmulator;

beforeAll(async () => {
  emulator = await runEmulator();
});

afterAll(async () => {
  await emulator.close();
});

describe.each(LINK_KINDS)('the search that every suite ends with, for links with presign %s,', (presign) => {
  test('finds a nonce, a signature and a session token wherever they are', async () => {
    const link = await linkTo(emulator, { presign });
    const opened = await send(link);
    const url = new URL(String(opened.headers['location']));

    expect(secretCount()).toBeGreaterThanOrEqual(3);
    for (const secret of [
      new URL(link).searchParams.get('nonce'),
      url.searchParams.get('X-Amz-Signature'),
      url.searchParams.get('X-Amz-Security-Token'),
    ]) {
      expect(() => expectNoSecrets([{ name: 'the log', content: `{"event":"${secret}"}` }])).toThrow('is in the log');
    }
    expect(() => expectNoSecrets([{ name: 'the log', content: emulator.logs.join('\n') }])).not.toThrow();
  });

  test('has a log to look through for every way that a request can go', async () => {
    const link = await linkTo(emulator, { presign });
    await send(link, { headers: { 'User-Agent': 'Twitterbot/1.0' } });
    await send(link);
    await send(link);
    await send(`${link}x`);
    await send(`${emulator.apiEndpoint}nothing-here?nonce=${new URL(link).searchParams.get('nonce')}`);
    await sendSigned(`${emulator.apiEndpoint}generate-url`, { body: '{"bucket_name": "b", "object_name": "k"}' });

    const log = emulator.logs.join('\n');
    for (const outcome of ['unfurler', 'opened', 'unknown_or_spent', 'malformed', 'BucketNotAllowed']) {
      expect(log).toContain(outcome);
    }
  });
});

describe.each(LINK_KINDS)('a thief with a dump of the table and the source, and links with presign %s,', (presign) => {
  test('opens no link and reads no address', async () => {
    const link = await linkTo(emulator, { download_as: 'secret plans.pdf', presign });
    const nonce = parseNonce(new URL(link).searchParams.get('nonce') ?? undefined);
    const { Items: items = [] } = await emulator.dynamoDb.send(new ScanCommand({ TableName: emulator.tableName }));
    expect(items.length).toBeGreaterThan(0);
    const sealedOf = (item: (typeof items)[number]): Buffer => Buffer.from(item['sealed']?.B ?? []);

    for (const item of items) {
      const linkId = item['nonce_id']?.S ?? '';
      const sealed = sealedOf(item);
      // As a nonce, the id is none; stretched to the length of one, it is another.
      const guesses = [
        linkId,
        linkId.padEnd(43, 'A'),
        (linkId + linkId).slice(0, 43),
        sealed.subarray(1, 33).toString('base64url'),
      ];
      for (const guess of guesses) {
        expect((await send(`${emulator.apiEndpoint}access-object?nonce=${guess}`)).status).toBe(403);
        const asNonce = parseNonce(guess);
        if (asNonce !== undefined) {
          expect(() => unsealDestination(asNonce, sealed)).toThrow();
        }
      }
      expect(sealed.toString('latin1')).not.toMatch(/http|Amz|S3\.png|secret plans|presignedurlstack|us-east-1/);
      expect(() => inflateRawSync(sealed.subarray(1))).toThrow();
    }

    const isTheOne = (destination: Destination): boolean =>
      destination.presign === 'now'
        ? destination.url.includes('secret%20plans')
        : destination.object.downloadAs === 'secret plans.pdf';

    // With the nonce, one of them opens: the thief looked at the right thing.
    const opening = items.filter((item) => {
      try {
        return nonce !== undefined && isTheOne(unsealDestination(nonce, sealedOf(item)));
      } catch {
        return false;
      }
    });
    expect(opening).toHaveLength(1);
    expect((await send(link)).status).toBe(302);
  });
});
