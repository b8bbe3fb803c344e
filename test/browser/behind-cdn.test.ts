import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium, withPage } from './chromium';

const GONE = 'This link can’t be opened';
const OPENED = 'You opened it. Nobody else can.';
const RETRY = 'Please try again in a moment';

let browser: Browser;
let emulator: RunningEmulator;
let dynamoDb: FaultyProxy;

beforeAll(async () => {
  browser = await launchChromium();
  emulator = await runEmulator({
    async between(service, endpoint) {
      if (service === 's3') {
        return endpoint;
      }
      dynamoDb = await startFaultyProxy(service, endpoint);
      return dynamoDb.endpoint;
    },
  });
});

afterAll(async () => {
  await browser?.close();
  await emulator?.close();
  await dynamoDb?.close();
});

/**
 * Starts a CDN that forwards method and address, and none of the browser's headers, as CloudFront does by default:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
 */
async function startCdn(headers: Readonly<Record<string, string>>): Promise<{ origin: string; close(): void }> {
  const { hostname, port } = new URL(emulator.apiEndpoint);
  const server = createServer(({ method, url: path }, response) => {
    const outgoing = request({ hostname, port, method, path, headers }, (incoming) => {
      response.writeHead(incoming.statusCode ?? 0, incoming.headers);
      incoming.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function shows(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
}

// Which of its two bodies API Gateway returns for a request without `Accept` is not documented, so both are tested.
describe.each([
  ['a problem document', { 'User-Agent': 'Amazon CloudFront' }],
  ['a page', { 'User-Agent': 'Amazon CloudFront', Accept: 'text/html' }],
])('behind a CDN that forwards no headers, and gets %s when the API refuses, the page', (_, headers) => {
  async function visit(use: (page: Page, link: string) => Promise<void>): Promise<void> {
    const link = await linkTo(emulator, { click_through: true, download_as: 'report.png' });
    const cdn = await startCdn(headers);
    try {
      await withPage(browser, async (page) => {
        await page.goto(link.replace(new URL(emulator.apiEndpoint).origin, cdn.origin));
        await use(page, link);
      });
    } finally {
      cdn.close();
    }
  }

  test('says that a redeemed link is gone', async () => {
    await visit(async (page, link) => {
      expect((await send(link.replace('open-link#', 'access-object?nonce='))).status).toBe(302);
      await page.getByRole('button').click();

      await shows(page, GONE);
    });
  });

  test('offers to try again when the service fails, and then opens the file', async () => {
    await visit(async (page) => {
      await dynamoDb.behave({ kind: 'fail' });
      await page.getByRole('button').click();
      await shows(page, RETRY);
      await dynamoDb.behave({ kind: 'pass' });
      const download = page.waitForEvent('download');
      await page.getByRole('button').click();

      expect(await (await download).failure()).toBeNull();
      await shows(page, OPENED);
    });
  });
});
