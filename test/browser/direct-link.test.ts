import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { linkTo } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium, withPage } from './chromium';

let emulator: RunningEmulator;
let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
  emulator = await runEmulator();
});

afterAll(async () => {
  await browser?.close();
  await emulator?.close();
});

test('a direct link shows the picture to the first browser, and the refusal page to the second', async () => {
  const link = await linkTo(emulator);
  await withPage(browser, async (page) => {
    const response = await page.goto(link);

    expect(response?.status()).toBe(200);
    expect(await page.locator('img').evaluate((picture) => [picture.naturalWidth, picture.naturalHeight])).toEqual([
      1200, 800,
    ]);
  });
  await withPage(browser, async (page) => {
    const messages: string[] = [];
    page.on('console', (message) => messages.push(message.text()));
    const response = await page.goto(link);

    expect(response?.status()).toBe(403);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This link can’t be opened');
    // The browser reports the 403. A style that the page's policy blocks would be reported as well.
    expect(messages).toEqual([expect.stringContaining('403')]);
  });
});

test('S3 does not learn which page a direct link was opened from', async () => {
  const link = await linkTo(emulator);
  const board = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html').end(`<a href="${link}">the file</a>`);
  }).listen(0, '127.0.0.1');
  await once(board, 'listening');
  try {
    await withPage(browser, async (page) => {
      await page.goto(`http://127.0.0.1:${(board.address() as AddressInfo).port}/`);
      const toS3 = page.waitForRequest((request) => request.url().startsWith(emulator.s3Endpoint));
      const toApi = page.waitForRequest((request) => request.url() === link);
      await page.getByRole('link').click();

      expect((await (await toApi).allHeaders())['referer']).toMatch(/^http:/);
      expect((await (await toS3).allHeaders())['referer']).toBeUndefined();
    });
  } finally {
    board.close();
  }
});
