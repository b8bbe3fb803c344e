import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { linkTo } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium } from './chromium';

/** A picture in docs/, and how to come to what it shows. */
interface Picture {
  readonly file: string;
  readonly heading: string;
  readonly reach: (page: Page) => Promise<unknown>;
}

const REGENERATE = 'UPDATE_DOCS=1 npx jest test/browser/pictures.test.ts';
const SIZE = { width: 1200, height: 800 };
const MAX_BYTES = 60_000;

let emulator: RunningEmulator;
let browser: Browser;

beforeAll(async () => {
  [emulator, browser] = await Promise.all([runEmulator(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await emulator.close();
});

async function openClickThroughLink(page: Page): Promise<void> {
  await page.goto(await linkTo(emulator, { click_through: true, download_as: 'report.png' }));
}

const PICTURES: readonly Picture[] = [
  {
    file: 'refused.png',
    heading: 'This link can’t be opened',
    reach: async (page) => await page.goto(`${emulator.apiEndpoint}access-object?nonce=${'A'.repeat(43)}`),
  },
  { file: 'open-link.png', heading: 'This file can be opened once', reach: openClickThroughLink },
  {
    file: 'open-link-opened.png',
    heading: 'You opened it. Nobody else can.',
    async reach(page) {
      await openClickThroughLink(page);
      await page.getByRole('button').click();
    },
  },
];

// Fonts differ between machines, so nobody compares pictures here: what they show, and how large they are, is tested.
test.each(PICTURES)('docs/$file shows a page as it is, and is small', async ({ file, heading, reach }) => {
  const path = join(__dirname, '..', '..', 'docs', file);
  const context = await browser.newContext({ viewport: SIZE, reducedMotion: 'reduce' });
  try {
    const page = await context.newPage();
    await reach(page);
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    const picture = await page.screenshot();
    if (process.env['UPDATE_DOCS']) {
      writeFileSync(path, picture);
    }
  } finally {
    await context.close();
  }
  const kept = readFileSync(path);
  if (kept.readUInt32BE(16) !== SIZE.width || kept.readUInt32BE(20) !== SIZE.height || kept.length > MAX_BYTES) {
    throw new Error(`docs/${file} is no picture of the page. Make it again: ${REGENERATE}`);
  }
});
