import type { Browser, Page } from 'playwright-core';
import { linkTo } from '../support/http';
import { type RunningStand, runStand } from '../support/running-stand';
import { launchChromium } from './chromium';

let stand: RunningStand;
let browser: Browser;

beforeAll(async () => {
  [stand, browser] = await Promise.all([runStand(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await stand.close();
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
  const link = await linkTo(stand);
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
  const link = await linkTo(stand, { download_as: 'Übersicht “Q3” 🗝.png' });
  await withPage(async (page) => {
    const download = page.waitForEvent('download');
    // A navigation that turns into a download is an aborted one to the page.
    await page.goto(link).catch(() => undefined);

    expect((await download).suggestedFilename()).toBe('Übersicht “Q3” 🗝.png');
  });
});

test('a page that a link is opened from is not told to the storage', async () => {
  const link = await linkTo(stand);
  await withPage(async (page) => {
    const referrers: (string | undefined)[] = [];
    page.on('request', (request) => referrers.push(request.headers()['referer']));
    await page.goto(`${stand.apiEndpoint}nothing-here`);
    await page.evaluate(`location.href = ${JSON.stringify(link)}`);
    await page.waitForURL(`${stand.s3Endpoint}/**`);

    expect(referrers.every((referrer) => referrer === undefined)).toBe(true);
  });
});
