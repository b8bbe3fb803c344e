import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Download, Page, Request } from 'playwright-core';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { type IssuedLink, issueLink, linkTo, manageLink, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { launchChromium, withPage } from './chromium';

const READY = 'A file for you';
const OPENED = 'Your download has started';
const OPENED_BEFORE = /^You opened this link on this device at /;
const GONE = 'This link can’t be opened';
const INCOMPLETE = 'This link is incomplete';
const RETRY = 'Please try again in a moment';
const NO_SCRIPT = 'This page needs JavaScript';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** A well-formed nonce that belongs to no link. */
const NONCE = `${'A'.repeat(42)}E`;

let emulator: RunningEmulator;
let dynamoDb: FaultyProxy;
let browser: Browser;

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

afterEach(async () => {
  await dynamoDb.behave({ kind: 'pass' });
});

afterAll(async () => {
  await browser?.close();
  await emulator?.close();
  await dynamoDb?.close();
});

interface Visit {
  readonly page: Page;
  /** Requests that the page sent, except downloads. */
  readonly requests: readonly Request[];
  readonly downloads: readonly Download[];
}

async function visit(use: (visit: Visit) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  await withPage(browser, async (page) => await use(observe(page)), options);
}

function observe(page: Page): Visit {
  const requests: Request[] = [];
  const downloads: Download[] = [];
  page.on('request', (request) => requests.push(request));
  page.on('download', (download) => downloads.push(download));
  return { page, requests, downloads };
}

/** Opens one page for all tests of the block. Each test starts by navigating to its own URL. */
function usePage(options: BrowserContextOptions = {}): () => Visit {
  let shared: Visit;
  beforeAll(async () => {
    const context = await browser.newContext(options);
    shared = observe(await context.newPage());
  });
  afterEach(async () => {
    await shared.page.unrouteAll({ behavior: 'ignoreErrors' });
  });
  afterAll(async () => {
    await shared.page.context().close();
  });
  return () => shared;
}

/** Nonces that the page has sent in requests to redeem links. */
function sentNonces(requests: readonly Request[]): readonly (string | null)[] {
  const exchanges = requests.filter((request) => request.url().includes('/access-object'));
  return exchanges.map((request) => new URL(request.url()).searchParams.get('nonce'));
}

/** Issues a click-through link to a file that the browser saves, so that the page stays open. */
async function downloadLink(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  return await linkTo(emulator, { click_through: true, download_as: 'report.png', ...fields });
}

function nonceOf(link: string): string {
  return new URL(link).hash.slice(1);
}

/** Redeems a link without the page. @returns whether it was still active */
async function redeem(link: string): Promise<boolean> {
  return (await send(`${emulator.apiEndpoint}access-object?nonce=${nonceOf(link)}`)).status === 302;
}

/** Waits until the page shows this heading, and no other. */
async function shows(page: Page, title: string | RegExp): Promise<void> {
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
  expect(await page.getByRole('heading').count()).toBe(1);
}

async function press(page: Page): Promise<void> {
  await page.getByRole('button').click();
}

/** Presses the button, or performs `action`, and waits until the file is saved. */
async function download(page: Page, action: () => Promise<unknown> = () => press(page)): Promise<Download> {
  const started = page.waitForEvent('download');
  await action();
  const file = await started;
  expect(await file.failure()).toBeNull();
  return file;
}

/**
 * Holds back the page's request to redeem the link.
 *
 * @returns a function that lets the request continue
 */
async function holdExchange(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/access-object?*', async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

/** Text of the focused element. */
async function focused(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement === document.body ? "BODY" : document.activeElement.textContent');
}

/**
 * Checks that the page fits a phone and a desktop, and that axe-core finds no violation in the light and dark schemes.
 */
async function expectAccessible(page: Page): Promise<void> {
  for (const { width, height, colorScheme } of [
    { width: 360, height: 740, colorScheme: 'light' },
    { width: 1280, height: 800, colorScheme: 'dark' },
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const box = await page.locator('main').boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(height);
    if (await page.evaluate("typeof axe === 'undefined'")) {
      await page.evaluate(AXE);
    }
    const { violations } = await page.evaluate<AxeResults>('axe.run(document)');
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`)).toEqual([]);
  }
}

test('without JavaScript, the page explains why it needs it, is accessible and redeems nothing', async () => {
  const link = await downloadLink();
  let shown = '';
  await visit(
    async ({ page: withoutScript }) => {
      await withoutScript.goto(link);
      await shows(withoutScript, NO_SCRIPT);
      expect(await withoutScript.locator('noscript').innerText()).toContain('Just opening this page doesn’t use it.');
      expect(await withoutScript.getByRole('button').count()).toBe(0);
      shown = await withoutScript.content();
    },
    { javaScriptEnabled: false },
  );
  expect(await redeem(link)).toBe(true);
  // axe-core is a script itself, so it checks a copy of what was shown.
  await visit(async ({ page: copy }) => {
    await copy.setContent(shown.replace(/<script[\s\S]*<\/script>|<\/?noscript>/g, ''));
    await shows(copy, NO_SCRIPT);
    await expectAccessible(copy);
  });
});

describe('before the button is pressed, the page', () => {
  test('shows the sender, the name and size of the file, and when the link expires', async () => {
    const { click_through_url: link, expires_at: expiresAt } = await issueLink(emulator, {
      bucket_name: emulator.bucketName,
      object_name: 'S3.png',
      download_as: 'Übersicht “Q3”.png',
      from: '<b>Ada</b> Lovelace',
    });
    const minute = new Date(expiresAt).getUTCMinutes().toString().padStart(2, '0');
    const hourInTokyo = (new Date(expiresAt).getUTCHours() + 9) % 24;
    await visit(
      async ({ page }) => {
        await page.goto(link);
        await shows(page, '<b>Ada</b> Lovelace sent you a file');

        const card = await page.locator('#card').innerText();
        expect(card).toContain('Übersicht “Q3”.png');
        expect(card).toContain('34 kB');
        expect(card).toMatch(new RegExp(`at\\s0?${hourInTokyo}:${minute}$`));
      },
      { locale: 'en-GB', timezoneId: 'Asia/Tokyo' },
    );
    expect(await redeem(link)).toBe(true);
  });

  test.each<[string, (link: IssuedLink) => Promise<unknown>]>([
    ['redeemed', ({ url }) => send(url)],
    ['revoked', ({ link_id: linkId }) => manageLink(emulator, 'DELETE', linkId)],
  ])('says at once that a link was %s, has no button, and does not try to redeem it', async (_, end) => {
    const link = await issueLink(emulator, { bucket_name: emulator.bucketName, object_name: 'S3.png' });
    await end(link);
    await visit(async ({ page, requests }) => {
      await page.goto(link.click_through_url);
      await shows(page, GONE);

      expect(await page.getByRole('button').count()).toBe(0);
      expect(sentNonces(requests)).toEqual([]);
    });
  });

  test('says at once that a link is unknown', async () => {
    await visit(async ({ page }) => {
      await page.goto(`${emulator.apiEndpoint}open-link#${NONCE}`);
      await shows(page, GONE);
    });
  });

  test('works without a description if storage fails, and then redeems the link', async () => {
    const link = await downloadLink();
    await visit(async ({ page }) => {
      await dynamoDb.behave({ kind: 'fail' });
      const described = page.waitForResponse('**/describe-link');
      await page.goto(link);
      expect((await described).status()).toBe(503);
      await dynamoDb.behave({ kind: 'pass' });

      await shows(page, READY);
      await download(page);
      await shows(page, OPENED);
    });
  });
});

describe('pressing the button', () => {
  test('redeems the link of a reader whose user agent looks like a machine’s', async () => {
    const link = await downloadLink();
    await visit(
      async ({ page }) => {
        await page.goto(link);
        await download(page);
        await shows(page, OPENED);
      },
      { userAgent: 'Mozilla/5.0 (Linux; Android 13; Zebra TC52 Scanner) AppleWebKit/537.36 Chrome/143.0.0.0 Mobile' },
    );
  });

  test('opens a picture in place of the page; Back shows that the link was used, and Forward shows the picture', async () => {
    const link = await linkTo(emulator, { click_through: true });
    await visit(async ({ page, requests }) => {
      await page.goto(link);
      await press(page);
      await page.waitForURL((url) => url.href.startsWith(`${emulator.s3Endpoint}/${emulator.bucketName}/S3.png?`));
      expect(await page.locator('img').evaluate((picture) => picture.naturalWidth)).toBe(1200);
      expect(await redeem(link)).toBe(false);
      await page.goBack();
      await shows(page, OPENED_BEFORE);
      expect(await page.getByRole('button').count()).toBe(0);
      expect(page.url()).toBe(`${emulator.apiEndpoint}open-link`);
      await page.goForward();
      expect(await page.locator('img').evaluate((picture) => picture.naturalWidth)).toBe(1200);

      // The only URL with the nonce redeemed the link, without a body, and no referrer has it.
      const sent = await Promise.all(
        requests.map(async (request) => `${request.url()} ${JSON.stringify(await request.allHeaders())}`),
      );
      expect(sent.filter((text) => text.includes(nonceOf(link)))).toHaveLength(1);
      expect(sent.filter((text) => /"referer":"[^"]/.test(text))).toEqual([]);
      const exchange = requests.find((request) => request.url().includes('/access-object'));
      expect(exchange?.url()).toBe(`${emulator.apiEndpoint}access-object?format=json&nonce=${nonceOf(link)}`);
      expect(exchange?.postData()).toBeNull();
      const headers = await exchange?.allHeaders();
      expect(headers).toMatchObject({ accept: 'application/json', origin: new URL(link).origin });
      expect(Object.keys(headers ?? {})).not.toContain('content-type');
    });
  });

  test('saves an attachment under its name, and says what to do if the download is interrupted', async () => {
    const link = await downloadLink({ download_as: 'Übersicht “Q3” 🗝.png' });
    await visit(async ({ page }) => {
      await page.goto(link);

      expect((await download(page)).suggestedFilename()).toBe('Übersicht “Q3” 🗝.png');
      await shows(page, OPENED);
      expect(await page.getByText('If you couldn’t download the file').isVisible()).toBe(true);
    });
  });

  test.each(['Enter', 'Space'])('works with only the keyboard: Tab, then %s', async (key) => {
    const link = await downloadLink();
    await visit(async ({ page, requests }) => {
      const release = await holdExchange(page);
      await page.goto(link);
      expect(await focused(page)).toBe('BODY');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Download');
      const outline = "getComputedStyle(document.querySelector(':focus-visible')).outlineStyle";
      expect(await page.evaluate(outline)).toBe('solid');

      await page.keyboard.press(key);
      // The button keeps the focus, screen readers announce the progress, and pressing again has no effect.
      await page.getByRole('status').getByText('One moment…').waitFor();
      expect(await focused(page)).toBe('One moment…');
      await page.keyboard.press(key);
      await download(page, async () => release());
      await shows(page, OPENED);
      expect(await focused(page)).toBe(OPENED);
      expect(sentNonces(requests)).toEqual([nonceOf(link)]);
    });
  });

  test('twice, with a double click or while the button is disabled, redeems the link once and saves one file', async () => {
    const link = await downloadLink();
    await visit(async ({ page, requests, downloads }) => {
      const release = await holdExchange(page);
      await page.goto(link);
      await page.getByRole('button').dblclick();
      expect(await page.getByRole('button', { name: 'One moment…' }).isDisabled()).toBe(true);
      await page.getByRole('button').click({ force: true });
      await download(page, async () => release());
      await shows(page, OPENED);

      expect(sentNonces(requests)).toEqual([nonceOf(link)]);
      expect(downloads).toHaveLength(1);
    });
  });

  test('in two tabs at once opens the file in only one of them', async () => {
    const link = await downloadLink();
    await visit(async ({ page }) => {
      const tabs = [page, await page.context().newPage()];
      await Promise.all(tabs.map((tab) => tab.goto(link)));
      await Promise.all(tabs.map(press));
      await Promise.all(
        tabs.map((tab) => tab.getByRole('heading', { name: /has started$|^You opened|be opened$/ }).waitFor()),
      );

      const titles = await Promise.all(tabs.map((tab) => tab.title()));
      expect(titles.filter((title) => title === OPENED)).toHaveLength(1);
    });
  });

  test('animates nothing for readers who prefer reduced motion', async () => {
    await visit(async ({ page }) => {
      const animation = async (): Promise<unknown> =>
        await page.evaluate("getComputedStyle(document.querySelector('button'), '::before').animationName");
      await page.goto(await downloadLink());
      await holdExchange(page);
      await press(page);

      await page.emulateMedia({ reducedMotion: 'no-preference' });
      expect(await animation()).toBe('turn');
      await page.emulateMedia({ reducedMotion: 'reduce' });
      expect(await animation()).toBe('none');
    });
  });
});

describe('if its button is not pressed, the page', () => {
  test('requests only the description, and redeems nothing, when a scanner runs its script', async () => {
    const link = await downloadLink();
    await visit(async ({ page, requests }) => {
      await page.goto(link, { waitUntil: 'networkidle' });
      await page.getByRole('button').hover();
      await page.keyboard.press('End');

      expect(requests.map((request) => [request.method(), request.url(), request.postData()])).toEqual([
        ['GET', link.split('#')[0], null],
        ['POST', `${emulator.apiEndpoint}describe-link`, `{"nonce":"${nonceOf(link)}"}`],
      ]);
    });
    expect(await redeem(link)).toBe(true);
  });

  describe('says that the link is incomplete, and has no button,', () => {
    const shared = usePage();

    test.each([
      ['without a fragment', ''],
      ['with an empty fragment', '#'],
      ['with a nonce that was cut short', `#${NONCE.slice(0, -1)}`],
      ['with a nonce that contains an encoded line break', `#${NONCE.slice(0, 20)}%0A${NONCE.slice(20)}`],
      ['with a nonce in a non-canonical encoding', `#${NONCE.slice(0, -1)}B`],
      ['with the nonce in the query, as in a direct link', `?nonce=${NONCE}`],
      ['with the name of a state', '#opened'],
    ])('%s', async (_, suffix) => {
      const { page, requests } = shared();
      await page.goto(await downloadLink());
      await shows(page, READY);
      await page.goto(`${emulator.apiEndpoint}open-link${suffix}`);
      await shows(page, INCOMPLETE);

      expect(await page.getByRole('button').count()).toBe(0);
      expect(sentNonces(requests)).toEqual([]);
    });
  });
});

describe('punctuation that a mail or chat program added to the link is ignored, and the link is redeemed once:', () => {
  const shared = usePage();

  test.each(['.', ',', ')', '>', '%3E', '"', '%20', '%0A', '*', '_', '…', ').%20It%20expires%20on%20Friday.'])(
    '%s',
    async (suffix) => {
      const link = await downloadLink();
      const { page, requests } = shared();
      await page.goto(`${link}${suffix}`);
      await shows(page, READY);
      await download(page);
      await shows(page, OPENED);

      expect(sentNonces(requests).at(-1)).toBe(nonceOf(link));
      expect(page.url()).toBe(`${emulator.apiEndpoint}open-link`);
      expect(await redeem(link)).toBe(false);
    },
  );
});

test('returning to the page after the link was opened does not offer to open it again', async () => {
  const link = await downloadLink();
  await visit(async ({ page, requests }) => {
    await page.goto(link);
    await download(page);
    await shows(page, OPENED);
    await page.reload();
    await page.reload();
    await shows(page, OPENED_BEFORE);
    expect(sentNonces(requests)).toEqual([nonceOf(link)]);

    await page.goto(link);
    await shows(page, OPENED_BEFORE);
    expect(await page.getByRole('button').count()).toBe(0);
    expect(sentNonces(requests)).toEqual([nonceOf(link)]);
  });
});

describe('another link in the same tab', () => {
  test('can be opened, and Back shows for each link what happened to it', async () => {
    const [redeemed, active] = [await downloadLink(), await downloadLink()];
    expect(await redeem(redeemed)).toBe(true);
    await visit(async ({ page, requests }) => {
      await page.goto(redeemed);
      await shows(page, GONE);
      await page.goto(active);
      await shows(page, READY);
      await download(page);
      await shows(page, OPENED);
      await page.goto(`${emulator.apiEndpoint}open-link#nonsense`);
      await shows(page, INCOMPLETE);
      await page.goBack();
      await shows(page, OPENED_BEFORE);
      // The URL is the same, because neither history entry contains its nonce any longer.
      await page.goBack();
      await shows(page, GONE);

      expect(sentNonces(requests)).toEqual([nonceOf(active)]);
    });
  });

  test('can be pasted while the first is being redeemed, and neither is lost', async () => {
    const [first, second] = [await downloadLink(), await downloadLink()];
    await visit(async ({ page }) => {
      const release = await holdExchange(page);
      await page.goto(first);
      await press(page);
      await page.goto(second);
      await shows(page, READY);
      await download(page, async () => release());

      await shows(page, READY);
      expect(page.url()).toBe(second);
      await download(page);
      await shows(page, OPENED);
    });
    expect(await redeem(first)).toBe(false);
    expect(await redeem(second)).toBe(false);
  });
});

describe('when the service fails, the page', () => {
  test('says that the link may still work, and its button opens the link once storage is available again', async () => {
    const link = await downloadLink();
    await visit(async ({ page }) => {
      await dynamoDb.behave({ kind: 'refuse' });
      await page.goto(link);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await shows(page, RETRY);

      // The error is announced, the button keeps the focus, and the nonce is in the URL again for readers who reload.
      expect(await page.getByRole('status').textContent()).toMatch(/^Please try again in a moment\s.*may still work/s);
      expect(await focused(page)).toBe('Try again');
      expect(page.url()).toBe(link);
      await page.reload();
      await shows(page, READY);
      await press(page);
      await shows(page, RETRY);
      await dynamoDb.behave({ kind: 'pass' });
      await download(page);
      await shows(page, OPENED);
    });
  });

  test('does not promise that the link still works if it was redeemed but the response was lost', async () => {
    await visit(async ({ page }) => {
      const link = await downloadLink();
      await dynamoDb.behave({ kind: 'reset', applied: true });
      await page.goto(link);
      await press(page);
      await shows(page, RETRY);
      expect(await page.locator('main').innerText()).toContain('If the link no longer works, ask the person');
      await dynamoDb.behave({ kind: 'pass' });
      await press(page);

      await shows(page, GONE);
    });
  });

  test('offers to try again without a network', async () => {
    await visit(async ({ page }) => {
      await page.goto(await downloadLink());
      await page.context().setOffline(true);
      await press(page);
      await shows(page, RETRY);
      await page.context().setOffline(false);
      await download(page);
      await shows(page, OPENED);
    });
  });

  test('offers to try again when no response comes within 35 seconds', async () => {
    await visit(async ({ page }) => {
      await page.clock.install();
      await page.goto(await downloadLink());
      await holdExchange(page);
      await press(page);
      await page.getByRole('button', { name: 'One moment…' }).waitFor();
      await page.clock.runFor(34_000);
      expect(await page.getByRole('button').textContent()).toBe('One moment…');
      await page.clock.runFor(2_000);

      await shows(page, RETRY);
    });
  });

  describe('does not navigate, sends the nonce nowhere else and offers to try again after', () => {
    const shared = usePage();

    test.each([
      ['throttling', 429, 'application/problem+json', '{"code":"Throttled"}'],
      ['a network’s sign-in page', 200, 'text/html', '<title>Sign in</title>'],
      ['a firewall’s 403 page', 403, 'text/html', '<h1>403 Forbidden</h1>'],
      ['a firewall’s 403 in JSON', 403, 'application/json', '{"message":"Forbidden"}'],
      ['a redirect', 307, 'text/html', ''],
      ['JSON that is not an object', 200, 'application/json', 'null'],
      ['a response without a URL', 200, 'application/json', '{}'],
      ['a javascript: URL', 200, 'application/json', '{"url":"javascript:document.title=1"}'],
      ['a data: URL', 200, 'application/json', '{"url":"data:text/html,<h1>1</h1>"}'],
      ['a file: URL', 200, 'application/json', '{"url":"file:///etc/passwd"}'],
      ['a malformed URL', 200, 'application/json', '{"url":"https://"}'],
      ['a list of URLs', 200, 'application/json', '{"url":["https://127.0.0.1:1/"]}'],
      ['a relative URL', 200, 'application/json', '{"url":"/prod/open-link?elsewhere"}'],
    ])('%s', async (_, status, contentType, body) => {
      const { page, requests } = shared();
      const link = await downloadLink();
      const headers = { 'Content-Type': contentType, ...(status === 307 && { Location: '/prod/elsewhere' }) };
      await page.route('**/access-object?*', (route) => route.fulfill({ status, headers, body }));
      await page.goto(link);
      await shows(page, READY);
      const earlierRequests = requests.length;
      await press(page);
      await shows(page, RETRY);

      expect(page.url()).toBe(link);
      const later = requests.slice(earlierRequests).filter((request) => !request.url().includes('/describe-link'));
      expect(later.map((request) => request.method())).toEqual(['POST']);
      expect(await redeem(link)).toBe(true);
    });
  });
});

test('the nonce is removed from the tab’s address bar and history when it is sent, and is not stored', async () => {
  const link = await downloadLink();
  await visit(async ({ page }) => {
    const entry = async (): Promise<unknown> => await page.evaluate('[location.href, history.state, history.length]');
    const release = await holdExchange(page);
    await page.goto(link);
    expect(await entry()).toEqual([link, null, 2]);
    await press(page);
    expect(await entry()).toEqual([link.split('#')[0], { state: 'interrupted' }, 2]);
    await download(page, async () => release());
    await shows(page, OPENED);

    const opened = { state: 'openedBefore', time: expect.any(String) };
    expect(await entry()).toEqual([link.split('#')[0], opened, 2]);
    expect(await page.content()).not.toContain(nonceOf(link));
    const stored = await page.evaluate<readonly unknown[]>(
      '[JSON.stringify(localStorage), sessionStorage.length, document.cookie]',
    );
    expect(stored.slice(1)).toEqual([0, '']);
    expect(stored[0]).not.toContain(nonceOf(link));
  });
});

describe('the page’s Content-Security-Policy', () => {
  test('blocks injected scripts and requests to other origins', async () => {
    const ATTACK = `
      window.blocked = [];
      addEventListener('securitypolicyviolation', (violation) => blocked.push(violation.effectiveDirective));
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.attacked = "script"' }));
      document.body.insertAdjacentHTML('beforeend', '<img src="x.png" onerror="window.attacked = this.outerHTML">');
      document.querySelector('h1').setAttribute('onclick', 'window.attacked = "attribute"');
      document.querySelector('h1').click();
      location.href = 'javascript:void(window.attacked = "address")';
      Promise.allSettled([fetch('${emulator.dynamoDbEndpoint}', { mode: 'no-cors' }), import('data:text/javascript,window.attacked="module"')])
        .then((attempts) => attempts.map(({ status }) => status));`;
    await visit(async ({ page, requests }) => {
      await page.goto(await downloadLink());
      expect(await page.evaluate(ATTACK)).toEqual(['rejected', 'rejected']);
      const directives = ['script-src-elem', 'script-src-attr', 'img-src', 'connect-src'];
      await page.waitForFunction(`${JSON.stringify(directives)}.every((directive) => blocked.includes(directive))`);

      expect(await page.evaluate('window.attacked')).toBeUndefined();
      expect(requests.filter((request) => request.url().startsWith(emulator.dynamoDbEndpoint))).toEqual([]);
      await shows(page, READY);
    });
    // Control experiment: without the policy, the attack succeeds.
    await visit(
      async ({ page }) => {
        await page.goto(await downloadLink());
        expect(await page.evaluate(ATTACK)).toEqual(['fulfilled', 'fulfilled']);
        expect(await page.evaluate('window.attacked')).toBeDefined();
      },
      { bypassCSP: true },
    );
  });

  test('gives a page that opens the link no reference to its window', async () => {
    const link = await downloadLink();
    await visit(async ({ page }) => {
      await page.route('http://127.0.0.1:1/mail', (route) => route.fulfill({ contentType: 'text/html', body: 'Mail' }));
      await page.goto('http://127.0.0.1:1/mail');
      const opened = page.context().waitForEvent('page');
      await page.evaluate(`{ window.handle = window.open(${JSON.stringify(link)}); }`);
      const popup = await opened;
      await shows(popup, READY);

      expect(await popup.evaluate('window.opener')).toBeNull();
      expect(await page.evaluate('handle.closed')).toBe(true);
    });
  });

  test('keeps the page out of frames', async () => {
    await visit(async ({ page, requests }) => {
      const framing = { contentType: 'text/html', body: '<iframe src="open-link"></iframe>' };
      await page.route('**/framing', (route) => route.fulfill(framing));
      await page.goto(`${emulator.apiEndpoint}framing`, { waitUntil: 'networkidle' });

      expect(requests.map((request) => request.url())).toContain(`${emulator.apiEndpoint}open-link`);
      expect(await page.frameLocator('iframe').getByRole('heading', { name: INCOMPLETE }).count()).toBe(0);
    });
  });
});

/**
 * Starts a CDN that forwards the method, the URL and the body, but no browser headers, as CloudFront does by default:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
 */
async function startCdn(headers: Readonly<Record<string, string>>): Promise<Server> {
  const { hostname, port } = new URL(emulator.apiEndpoint);
  const server = createServer((request, response) => {
    const { method, url: path } = request;
    const outgoing = httpRequest({ hostname, port, method, path, headers }, (incoming) => {
      response.writeHead(incoming.statusCode ?? 0, incoming.headers);
      incoming.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    request.pipe(outgoing);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

// AWS does not document which of its two bodies API Gateway returns for a request without `Accept`, so this tests both.
describe.each([
  ['a problem document', { 'User-Agent': 'Amazon CloudFront' }],
  ['a page', { 'User-Agent': 'Amazon CloudFront', Accept: 'text/html' }],
])('behind a CDN that forwards no headers and gets %s when the API refuses a request, the page', (_, headers) => {
  let cdn: Server;
  beforeAll(async () => {
    cdn = await startCdn(headers);
  });
  afterAll(() => cdn?.close().closeAllConnections());

  test('offers to try again when the service fails, then opens the file, then says that it was opened', async () => {
    const link = await downloadLink();
    const { port } = cdn.address() as AddressInfo;
    const behindCdn = link.replace(new URL(link).origin, `http://127.0.0.1:${port}`);
    await visit(async ({ page }) => {
      await page.goto(behindCdn);
      await dynamoDb.behave({ kind: 'fail' });
      await press(page);
      await shows(page, RETRY);
      await dynamoDb.behave({ kind: 'pass' });
      await download(page);
      await shows(page, OPENED);
      await page.goto(behindCdn);
      await shows(page, OPENED_BEFORE);
    });
  });
});
