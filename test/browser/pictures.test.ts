import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { linkTo } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium, withPage } from './chromium';

const REGENERATE = 'UPDATE_DOCS=1 npx jest test/browser/pictures.test.ts';
const SIZE = { width: 1200, height: 800 };
const MAX_BYTES = 60_000;

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

async function openClickThroughLink(page: Page): Promise<void> {
  await page.goto(await linkTo(emulator, { click_through: true, download_as: 'report.png' }));
}

// Fonts differ between machines, so pixels are not compared: only that the page can be reached, and the picture's size.
test.each([
  {
    file: 'refused.png',
    heading: 'This link can’t be opened',
    reach: async (page: Page) => void (await page.goto(`${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`)),
  },
  {
    file: 'open-link.png',
    heading: 'This file can be opened once',
    reach: openClickThroughLink,
  },
  {
    file: 'open-link-opened.png',
    heading: 'You opened it. Nobody else can.',
    async reach(page: Page) {
      await openClickThroughLink(page);
      await page.getByRole('button').click();
    },
  },
])('docs/$file is a small picture of the page', async ({ file, heading, reach }) => {
  const path = join(__dirname, '..', '..', 'docs', file);
  await withPage(
    browser,
    async (page) => {
      await reach(page);
      await page.getByRole('heading', { name: heading, exact: true }).waitFor();
      if (process.env['UPDATE_DOCS']) {
        writeFileSync(path, await page.screenshot());
      }
    },
    { viewport: SIZE, reducedMotion: 'reduce' },
  );
  const png = readFileSync(path);
  if (png.readUInt32BE(16) !== SIZE.width || png.readUInt32BE(20) !== SIZE.height || png.length > MAX_BYTES) {
    throw new Error(`docs/${file} is not a picture of the page. Regenerate it: ${REGENERATE}`);
  }
});
