import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { linkTo } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium } from './chromium';

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

async function withPage(use: (page: Page, messages: readonly string[]) => Promise<void>): Promise<void> {
  const context = await browser.newContext();
  const messages: string[] = [];
  const page = await context.newPage();
  page.on('console', (message) => messages.push(message.text()));
  try {
    await use(page, messages);
  } finally {
    await context.close();
  }
}

test('a browser that opens a link shows the picture, and the same link the refusal page', async () => {
  const link = await linkTo(emulator);
  await withPage(async (page) => {
    const opened = await page.goto(link);

    expect(opened?.status()).toBe(200);
    expect(await page.locator('img').evaluate((picture) => [picture.naturalWidth, picture.naturalHeight])).toEqual([
      1200, 800,
    ]);
  });
  await withPage(async (page, messages) => {
    const refused = await page.goto(link);

    expect(refused?.status()).toBe(403);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('This link can’t be opened');
    // The browser reports the 403 itself; a style or script that its policy forbids would show here as well.
    expect(messages).toEqual([expect.stringContaining('403')]);
  });
});

test('a browser saves the file under the name that was asked for', async () => {
  const link = await linkTo(emulator, { download_as: 'Übersicht “Q3” 🗝.png' });
  await withPage(async (page) => {
    const download = page.waitForEvent('download');
    // A navigation that turns into a download is an aborted one to the page.
    await page.goto(link).catch(() => undefined);

    expect((await download).suggestedFilename()).toBe('Übersicht “Q3” 🗝.png');
  });
});

test('the storage does not get to know which page a link was opened from', async () => {
  const link = await linkTo(emulator);
  const board = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html').end(`<a href="${link}">the file</a>`);
  }).listen(0, '127.0.0.1');
  await once(board, 'listening');
  try {
    await withPage(async (page) => {
      await page.goto(`http://127.0.0.1:${(board.address() as AddressInfo).port}/`);
      const toStorage = page.waitForRequest((request) => request.url().startsWith(emulator.s3Endpoint));
      const toApi = page.waitForRequest((request) => request.url() === link);
      await page.getByRole('link').click();

      expect((await (await toApi).allHeaders())['referer']).toMatch(/^http:/);
      expect((await (await toStorage).allHeaders())['referer']).toBeUndefined();
    });
  } finally {
    board.close();
  }
});
