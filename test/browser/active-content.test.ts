import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Browser, Page } from 'playwright-core';
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

async function put(key: string, contentType: string, body: string): Promise<void> {
  const object = { Bucket: emulator.bucketName, Key: key, ContentType: contentType, Body: body };
  await emulator.s3.send(new PutObjectCommand(object));
}

/** A presigned URL without parameters that override the object's headers. */
async function ordinaryUrl(key: string): Promise<string> {
  return await getSignedUrl(emulator.s3, new GetObjectCommand({ Bucket: emulator.bucketName, Key: key }));
}

/** Opens a URL. Returns the file name that the browser saves, or `undefined` if the browser shows the content. */
async function open(page: Page, url: string): Promise<string | undefined> {
  const saved = page.waitForEvent('download').then((download) => download.suggestedFilename());
  const shown = page.goto(url).then(
    () => undefined,
    (error: unknown) => (String(error).includes('Download is starting') ? saved : Promise.reject(error)),
  );
  // The page may close before a download starts.
  saved.catch(() => undefined);
  return await shown;
}

const WORKER = `
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('fetch', (event) => event.respondWith(new Response('forged')));
`;

describe('a sharer’s page that registers a service worker', () => {
  /** A reader opens the page at this URL, then a link from another sharer. Returns what the reader sees there. */
  async function attack(page: Page, pageUrl: string): Promise<string> {
    await put('shared/notes.txt', 'text/plain', 'genuine');
    if ((await open(page, pageUrl)) === undefined) {
      await page.waitForFunction('document.title === "registered"');
    }
    await page.goto(await linkTo(emulator, { object_name: 'shared/notes.txt' }));
    return (await page.textContent('body')) ?? '';
  }

  beforeAll(async () => {
    await put('shared/worker.js', 'text/javascript', WORKER);
    const url = JSON.stringify(await ordinaryUrl('shared/worker.js'));
    const script = `navigator.serviceWorker.register(${url})
      .then(() => navigator.serviceWorker.ready)
      .then(() => { document.title = 'registered'; });`;
    await put('shared/page.html', 'text/html', `<script>${script}</script>`);
  });

  test('replaces other downloads if S3 serves it as it was uploaded', async () => {
    await withPage(browser, async (page) => {
      expect(await attack(page, await ordinaryUrl('shared/page.html'))).toBe('forged');
    });
  });

  test.each(['now', 'on_open'])('does nothing through a link with presign %s', async (presign) => {
    await withPage(browser, async (page) => {
      expect(await attack(page, await linkTo(emulator, { object_name: 'shared/page.html', presign }))).toBe('genuine');
    });
  });
});

const SCRIPT = '<script xmlns="http://www.w3.org/1999/xhtml">document.documentElement.id = "ran"</script>';

test.each([
  ['page.html', 'text/html', SCRIPT],
  ['page.xhtml', 'application/xhtml+xml', `<html xmlns="http://www.w3.org/1999/xhtml">${SCRIPT}</html>`],
  ['picture.svg', 'image/svg+xml', `<svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`],
  ['data.xml', 'text/xml', `<data>${SCRIPT}</data>`],
])(
  '%s, of type %s, runs scripts if S3 serves it as uploaded, but is saved if it is opened through a link',
  async (key, type, body) => {
    await put(key, type, body);
    await withPage(browser, async (page) => {
      expect(await open(page, await ordinaryUrl(key))).toBeUndefined();
      expect(await page.evaluate('document.documentElement.id')).toBe('ran');

      expect(await open(page, await linkTo(emulator, { object_name: key }))).toBe(key);
    });
  },
);

test('a picture is shown', async () => {
  await withPage(browser, async (page) => {
    await page.goto(await linkTo(emulator, { object_name: 'S3.png' }));

    expect(await page.evaluate('document.contentType')).toBe('image/png');
  });
});

test.each(['now', 'on_open'])(
  'text that was replaced with a page is still shown as text, presign %s',
  async (presign) => {
    await put('replaced.txt', 'text/plain', 'text');
    const link = await linkTo(emulator, { object_name: 'replaced.txt', presign });
    await put('replaced.txt', 'text/html', SCRIPT);

    await withPage(browser, async (page) => {
      await page.goto(link);

      expect(await page.evaluate('document.contentType')).toBe('text/plain');
      expect(await page.textContent('body')).toBe(SCRIPT);
      expect(await page.evaluate('document.documentElement.id')).toBe('');
    });
  },
);
