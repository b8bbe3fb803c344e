import { gunzipSync, inflateRawSync } from 'node:zlib';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Browser } from 'playwright-core';
import type { BusEvent } from '../../emulator/events/event';
import type { Email } from '../../emulator/sns/server';
import { parseNonce } from '../../lambda/link/nonce';
import { unsealDestination } from '../../lambda/link/sealed-destination';
import { launchChromium, withPage } from '../browser/chromium';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { describeLink, issueLink, linkTo, manageLink, nonceOf, send } from '../support/http';
import { LINK_KINDS } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { expectNoSecrets, secretCount } from '../support/secrets';
import { declareFile, grantedUpload, putFile, uploadLink } from '../support/uploads';

let emulator: RunningEmulator;
let browser: Browser;

beforeAll(async () => {
  emulator = await runEmulator();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await emulator.close();
});

describe.each(LINK_KINDS)('with presign %s,', (presign) => {
  test('the search that ends every suite finds nonces, signatures and session tokens', async () => {
    const link = await linkTo(emulator, { presign });
    const { headers } = await send(link);
    const url = new URL(String(headers['location']));

    expect(secretCount()).toBeGreaterThanOrEqual(3);
    for (const secret of [
      new URL(link).searchParams.get('nonce'),
      url.searchParams.get('X-Amz-Signature'),
      url.searchParams.get('X-Amz-Security-Token'),
    ]) {
      expect(() => expectNoSecrets([{ name: 'the log', content: `{"event":"${secret}"}` }])).toThrow('is in the log');
    }
    expect(emulator.logs.join('\n')).toContain('link_access');
    expect(() => expectNoSecrets([{ name: 'the log', content: emulator.logs.join('\n') }])).not.toThrow();
  });

  test('a dump of the table redeems no link and reveals no object', async () => {
    const link = await linkTo(emulator, { download_as: 'secret plans.pdf', from: 'Mata Hari', presign });
    const nonce = parseNonce(new URL(link).searchParams.get('nonce') ?? undefined);
    const { Items: items = [] } = await emulator.dynamoDb.send(new ScanCommand({ TableName: emulator.tableName }));
    const records = items.map((item) => ({
      linkId: item['nonce_id']?.S ?? '',
      sealed: Buffer.from(item['sealed']?.B ?? []),
    }));

    for (const { linkId, sealed } of records) {
      // Tries as nonces the link ID, the link ID stretched to the length of a nonce, and bytes of the sealed record.
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
          expect(() => unsealDestination(asNonce, sealed, 'download')).toThrow();
        }
      }
      expect(sealed.toString('latin1')).not.toMatch(/http|Amz|S3\.png|secret plans|Mata|presignedurlstack|us-east-1/);
      expect(() => inflateRawSync(sealed.subarray(1))).toThrow();
    }

    // With the nonce, one record can be unsealed, so the search looked at the right data.
    const opened = records.flatMap(({ sealed }) => {
      try {
        return nonce === undefined ? [] : [JSON.stringify(unsealDestination(nonce, sealed, 'download'))];
      } catch {
        return [];
      }
    });
    expect(opened).toEqual([expect.stringMatching(/secret(?: |%20)plans/)]);
    expect((await send(link)).status).toBe(302);
  });
});

test('before its button is pressed, the click-through page requests no URL that contains the nonce', async () => {
  const link = await linkTo(emulator, { click_through: true, from: 'Ada Lovelace' });
  const nonce = new URL(link).hash.slice(1);
  const urls: string[] = [];
  await withPage(browser, async (page) => {
    page.on('request', (request) => urls.push(request.url()));
    await page.goto(link, { waitUntil: 'networkidle' });
    await page.getByRole('heading', { name: 'Ada Lovelace sent you a file' }).waitFor();
  });

  expect(urls).toContain(`${emulator.apiEndpoint}describe-link`);
  expect(urls.filter((url) => url.includes(nonce))).toEqual([]);
});

describe.each([
  ['without receiptFileNames', false],
  ['with receiptFileNames', true],
])('%s,', (_, receiptFileNames) => {
  const events: BusEvent[] = [];
  const emails: Email[] = [];
  let proxy: FaultyProxy;
  let observed: RunningEmulator;

  beforeAll(async () => {
    observed = await runEmulator({
      options: { eventBusName: 'default', notificationEmail: 'ada@example.com', receiptFileNames },
      onEvent: (event) => events.push(event),
      onEmail: (email) => emails.push(email),
      between: async (service, endpoint) => {
        if (service === 's3') {
          return endpoint;
        }
        proxy = await startFaultyProxy(service, endpoint);
        return proxy.endpoint;
      },
    });
  });
  afterAll(async () => {
    await proxy.close();
    await observed.close();
  });

  test('receipts, events, emails, dead letters and logs contain no secrets, and file names only where configured', async () => {
    const fields = {
      bucket_name: observed.bucketName,
      object_name: 'S3.png',
      download_as: 'secret plans.pdf',
      from: 'Mata Hari',
    };
    for (const presign of LINK_KINDS) {
      const [redeemed, revoked] = [
        await issueLink(observed, { ...fields, presign }),
        await issueLink(observed, fields),
      ];
      const { body } = await describeLink(observed, nonceOf(redeemed.url));
      expect(JSON.parse(body)).toMatchObject({ file_name: 'secret plans.pdf', from: 'Mata Hari' });
      await manageLink(observed, 'DELETE', revoked.link_id);
      for (const { url } of [redeemed, redeemed, revoked]) {
        await send(url);
      }
      await observed.delivered();
    }
    const asked = { label: 'Cambridge Five', from: 'Mata Hari' };
    const upload = await uploadLink(observed, asked);
    expect(JSON.parse((await describeLink(observed, nonceOf(upload.url))).body)).toMatchObject(asked);
    await declareFile(upload.url, { file_name: 'note.txt', size_bytes: nonceOf(upload.url) });
    const granted = await grantedUpload(upload.url, { file_name: 'note.txt', size_bytes: 5 });
    await putFile(granted, 'hello');
    await observed.delivered();
    expect(events.map((event) => event['detail-type'])).toContain('Object Received');
    await proxy.behave(({ headers }) => ({
      kind: /UpdateItem$/.test(String(headers['x-amz-target'])) ? 'fail' : 'pass',
    }));
    await send((await issueLink(observed, fields)).url);
    await observed.delivered();
    await proxy.behave({ kind: 'pass' });
    const { Items: receipts = [] } = await observed.dynamoDb.send(
      new ScanCommand({ TableName: observed.receiptTableName }),
    );
    const deadLetters = observed.deadLetters.map(({ event }) => {
      const { awslogs } = event as { readonly awslogs: { readonly data: string } };
      return gunzipSync(Buffer.from(awslogs.data, 'base64')).toString();
    });

    const places = {
      receipts: receipts.map((item) => JSON.stringify(item)),
      events: events.map((event) => JSON.stringify(event)),
      emails: emails.map((email) => JSON.stringify(email)),
      'dead letters': deadLetters,
      logs: observed.logs,
    };
    const named = receiptFileNames ? ['receipts', 'events', 'emails'] : [];
    for (const [name, entries] of Object.entries(places)) {
      expect(entries).not.toEqual([]);
      const content = entries.join('\n');
      expectNoSecrets([{ name, content }]);
      expect(content).not.toMatch(/nonce=|X-Amz-|open-link#|send-file#|S3\.png|Mata|Cambridge/);
      expect([name, content.includes('secret plans.pdf')]).toEqual([name, named.includes(name)]);
      // The key of a received file contains its name.
      const namedByUploader = ['receipts', 'events', 'logs'].includes(name);
      expect([name, content.includes('note.txt')]).toEqual([name, namedByUploader]);
    }
  });
});
