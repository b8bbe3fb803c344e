import { PutObjectCommand } from '@aws-sdk/client-s3';
import { send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { directLink, type Example, installExample } from './support';

let example: Example;
let emulator: RunningEmulator;
beforeAll(async () => {
  example = await installExample('embed');
  emulator = await runEmulator({ assembly: example.assembly });
});
afterAll(async () => {
  await emulator?.close();
  await example?.remove();
});

test('the shop issues a link to an invoice, which one reader gets', async () => {
  const { InvoicesBucket } = emulator.outputs;
  await emulator.s3.send(new PutObjectCommand({ Bucket: InvoicesBucket, Key: '4711.pdf', Body: 'Invoice 4711' }));

  const issued = await emulator.invoke('Shop/Billing', { invoice: '4711' });
  expect(issued).toMatchObject({ ok: true, payload: { linkId: expect.stringMatching(/^[\w-]{22}$/) } });
  const { clickThroughUrl } = (issued.ok ? issued.payload : {}) as { readonly clickThroughUrl: string };

  const redeemed = await send(directLink(clickThroughUrl));
  expect(redeemed.status).toBe(302);
  const download = await fetch(String(redeemed.headers['location']));
  expect(await download.text()).toBe('Invoice 4711');
  expect(download.headers.get('content-disposition')).toContain('filename="Invoice 4711.pdf"');
  expect((await send(directLink(clickThroughUrl))).status).toBe(403);
});

test('an invoice that does not exist gets no link', async () => {
  expect(await emulator.invoke('Shop/Billing', { invoice: '4712' })).toMatchObject({
    ok: false,
    errorType: 'OneTimeLinksError',
    errorMessage: expect.stringContaining('ObjectNotFound'),
  });
});

test('the emulator serves everything in the app', () => {
  expect(emulator.leftAlone).toEqual([]);
});
