import { type AxeResults, source as axeSource } from 'axe-core';
import type { Browser, BrowserContextOptions, Download, Page, Request } from 'playwright-core';
import { openLinkPage } from '../../lib/pages/open-link-page';
import { type MutableResources, resourceNamed } from '../support/assembly';
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy';
import { linkTo, send } from '../support/http';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';
import { SettableClock } from '../support/settable-clock';
import { launchChromium } from './chromium';

/** A page in a browser of its own, with what it did. */
interface Visit {
  readonly page: Page;
  /** Requests of the page, but for those of downloads. */
  readonly requests: readonly Request[];
  readonly downloads: readonly Download[];
  /** What the browser complains about. */
  readonly complaints: readonly string[];
  /** Attempts to exchange a link. */
  posts(): readonly Request[];
}

const READY = 'This file can be opened once';
const OPENED = 'You opened it. Nobody else can.';
const OPENED_BEFORE = 'You have opened this link in this browser';
const GONE = 'This link can’t be opened';
const INCOMPLETE = 'This link is incomplete';
const RETRY = 'Please try again in a moment';
const INTERRUPTED = 'The file may have been opened';
const NO_SCRIPT = 'This page needs JavaScript';

/** A file that the browser saves, and so stays on the page. */
const ATTACHMENT = { download_as: 'report.png' };

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };

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

async function visit(use: (visit: Visit) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext(options);
  const requests: Request[] = [];
  const downloads: Download[] = [];
  const complaints: string[] = [];
  context.on('request', (request) => requests.push(request));
  const page = await context.newPage();
  page.on('download', (download) => downloads.push(download));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const posts = (): readonly Request[] => requests.filter((request) => request.method() === 'POST');
  try {
    await use({ page, requests, downloads, complaints, posts });
  } finally {
    await context.close();
  }
}

async function clickThroughLink(fields: Readonly<Record<string, unknown>> = ATTACHMENT): Promise<string> {
  return await linkTo(emulator, { click_through: true, ...fields });
}

function nonceOf(link: string): string {
  return new URL(link).hash.slice(1);
}

/** Opens a link as a program does. @returns whether it still opened */
async function opensPlainly(link: string): Promise<boolean> {
  return (await send(`${emulator.apiEndpoint}access-object?nonce=${nonceOf(link)}`)).status === 302;
}

/** Waits for what the page shows, which is one heading. */
async function shows(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
  expect(await page.getByRole('heading').count()).toBe(1);
}

async function press(page: Page): Promise<void> {
  await page.getByRole('button').click();
}

/** Keeps the page's request for the file back: nothing else lets a test see what is shown meanwhile, however fast the emulator. */
async function holdExchange(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/access-object?*', async (route) => {
    await released;
    // A page that was left has nobody to answer to.
    await route.continue().catch(() => undefined);
  });
  return release;
}

/** What axe-core finds against WCAG and good practice: rules, and the elements that break them. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const { violations: found } = await page.evaluate<AxeResults>('axe.run(document)');
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(', ')}`);
}

/** Ways to each state, from a link that is good. */
const STATES: readonly {
  readonly title: string;
  readonly name: string;
  readonly button?: string;
  readonly withoutScript?: true;
  readonly reach: (page: Page, link: string) => Promise<void>;
}[] = [
  { name: 'ready', title: READY, button: 'Open the file', reach: async (page, link) => void (await page.goto(link)) },
  {
    name: 'working',
    title: READY,
    button: 'Opening…',
    async reach(page, link) {
      await holdExchange(page);
      await page.goto(link);
      await press(page);
    },
  },
  {
    name: 'opened',
    title: OPENED,
    async reach(page, link) {
      await page.goto(link);
      const download = page.waitForEvent('download');
      await press(page);
      await download;
    },
  },
  {
    name: 'opened before',
    title: OPENED_BEFORE,
    async reach(page, link) {
      await page.goto(link);
      const download = page.waitForEvent('download');
      await press(page);
      await download;
      await page.reload();
    },
  },
  {
    name: 'gone',
    title: GONE,
    async reach(page, link) {
      expect(await opensPlainly(link)).toBe(true);
      await page.goto(link);
      await press(page);
    },
  },
  {
    name: 'incomplete',
    title: INCOMPLETE,
    reach: async (page, link) => void (await page.goto(link.slice(0, -1))),
  },
  {
    name: 'try again',
    title: RETRY,
    button: 'Try again',
    async reach(page, link) {
      await dynamoDb.behave({ kind: 'fail' });
      await page.goto(link);
      await press(page);
    },
  },
  {
    name: 'interrupted',
    title: INTERRUPTED,
    async reach(page, link) {
      await holdExchange(page);
      await page.goto(link);
      await press(page);
      await page.reload();
    },
  },
  {
    name: 'without JavaScript',
    title: NO_SCRIPT,
    withoutScript: true,
    reach: async (page, link) => void (await page.goto(link)),
  },
];

describe.each(STATES)('the page, $name', ({ title, button, withoutScript, reach }) => {
  test.each([
    ['on a phone, light', PHONE, 'light'],
    ['on a phone, dark', PHONE, 'dark'],
    ['on a desktop, light', DESKTOP, 'light'],
    ['on a desktop, dark', DESKTOP, 'dark'],
  ] as const)('says so %s, fits, and is accessible', async (_, viewport, colorScheme) => {
    const options = { viewport, colorScheme, javaScriptEnabled: !withoutScript, reducedMotion: 'reduce' } as const;
    await visit(async ({ page }) => {
      await reach(page, await clickThroughLink());

      await shows(page, title);
      expect(await page.getByRole('button').allTextContents()).toEqual(button === undefined ? [] : [button]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      // What is to be read and pressed is in sight at once.
      const box = await page.locator('main').boundingBox();
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(viewport.height);
      if (withoutScript) {
        // axe-core is a script: it is shown what a reader without scripts was shown.
        const shown = (await page.content()).replace(/<script[\s\S]*<\/script>|<\/?noscript>/g, '');
        await visit(
          async ({ page: copy }) => {
            await copy.setContent(shown);
            await shows(copy, title);
            expect(await violations(copy)).toEqual([]);
          },
          { viewport, colorScheme },
        );
      } else {
        expect(await page.title()).toBe(title);
        expect(await violations(page)).toEqual([]);
      }
    }, options);
  });
});

describe('pressing the button', () => {
  test('opens a picture in its place, and spends the link', async () => {
    const link = await clickThroughLink({});
    await visit(async ({ page }) => {
      await page.goto(link);
      await press(page);
      await page.waitForURL((url) => url.href.startsWith(`${emulator.s3Endpoint}/${emulator.bucketName}/S3.png?`));

      expect(await page.locator('img').evaluate((picture) => picture.naturalWidth)).toBe(1200);
      expect(await opensPlainly(link)).toBe(false);
    });
  });

  test('saves an attachment under its name, and the page stays and says what to do if it breaks off', async () => {
    const link = await clickThroughLink({ download_as: 'Übersicht “Q3” 🗝.png' });
    await visit(async ({ page, complaints }) => {
      await page.goto(link);
      const download = page.waitForEvent('download');
      await press(page);

      expect((await download).suggestedFilename()).toBe('Übersicht “Q3” 🗝.png');
      expect(await (await download).failure()).toBeNull();
      await shows(page, OPENED);
      expect(await page.getByText('start it again from your browser’s list of downloads').isVisible()).toBe(true);
      expect(complaints).toEqual([]);
    });
  });

  test.each(['Enter', 'Space'])('works with the keyboard alone: Tab, then %s', async (key) => {
    const link = await clickThroughLink();
    await visit(async ({ page, posts }) => {
      const release = await holdExchange(page);
      await page.goto(link);
      expect(await focused(page)).toBe('BODY');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Open the file');
      const outline = "getComputedStyle(document.querySelector(':focus-visible')).outlineStyle";
      expect(await page.evaluate(outline)).toBe('solid');

      const download = page.waitForEvent('download');
      await page.keyboard.press(key);
      // Whoever pressed it with a key is still there, hears that it works, and can do no harm by pressing again.
      await page.getByRole('status').getByText('Opening…').waitFor();
      expect(await focused(page)).toBe('Opening…');
      await page.keyboard.press(key);
      release();
      await download;
      await shows(page, OPENED);

      expect(await focused(page)).toBe(OPENED);
      expect(posts()).toHaveLength(1);
    });
  });

  test('twice, as in a double click, spends one link and saves one file', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page, downloads, posts }) => {
      await page.goto(link);
      const download = page.waitForEvent('download');
      await page.getByRole('button').dblclick();
      await (await download).path();
      await shows(page, OPENED);

      expect(posts()).toHaveLength(1);
      expect(downloads).toHaveLength(1);
    });
  });

  test('twice while the answer is under way asks once: the button is disabled', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page, downloads, posts }) => {
      const release = await holdExchange(page);
      await page.goto(link);
      await page.getByRole('button').dblclick();
      expect(await page.getByRole('button', { name: 'Opening…' }).isDisabled()).toBe(true);
      await page.getByRole('button').click({ force: true });
      const download = page.waitForEvent('download');
      release();
      await (await download).path();
      await shows(page, OPENED);

      expect(posts()).toHaveLength(1);
      expect(downloads).toHaveLength(1);
    });
  });

  test('in two tabs at once opens the file in one of them, and the other says that the link is gone', async () => {
    const link = await clickThroughLink();
    await visit(async (one) => {
      await visit(async (other) => {
        const pages = [one.page, other.page];
        await Promise.all(pages.map((page) => page.goto(link)));
        await Promise.all(pages.map(press));
        await Promise.all(pages.map((page) => page.getByRole('heading', { name: /^You opened|be opened$/ }).waitFor()));

        const titles = await Promise.all(pages.map((page) => page.title()));
        expect(titles.sort()).toEqual([GONE, OPENED]);
      });
    });
  });

  test('on a link that is gone says so, offers nothing to press, and takes the reader to the words', async () => {
    const link = await clickThroughLink();
    expect(await opensPlainly(link)).toBe(true);
    await visit(async ({ page }) => {
      await page.goto(link);
      await press(page);
      await shows(page, GONE);

      expect(await focused(page)).toBe(GONE);
      expect(await page.getByRole('button').count()).toBe(0);
      await page.reload();
      await shows(page, GONE);
    });
  });

  test('moves nothing for readers who asked for less motion', async () => {
    const animations = async (reducedMotion: 'reduce' | 'no-preference'): Promise<readonly unknown[]> => {
      const counts: unknown[] = [];
      await visit(
        async ({ page }) => {
          const release = await holdExchange(page);
          await page.goto(await clickThroughLink());
          await press(page);
          counts.push(await page.evaluate('document.getAnimations().length'));
          release();
          await shows(page, OPENED);
          counts.push(await page.evaluate('document.getAnimations().length'));
        },
        { reducedMotion },
      );
      return counts;
    };

    expect(await animations('no-preference')).toEqual([1, 1]);
    expect(await animations('reduce')).toEqual([0, 0]);
  });
});

describe('a visit without a press', () => {
  test('by a scanner that loads the page in a browser and runs its scripts spends nothing', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page, requests }) => {
      await page.goto(link, { waitUntil: 'networkidle' });
      await shows(page, READY);
      await page.getByRole('button').hover();
      await page.mouse.wheel(0, 1000);
      await page.keyboard.press('End');
      await page.screenshot();

      expect(requests.map((request) => `${request.method()} ${request.url()}`)).toEqual([`GET ${link.split('#')[0]}`]);
    });
    expect(await opensPlainly(link)).toBe(true);
  });

  test('by a reader who runs no scripts spends nothing, and says so', async () => {
    const link = await clickThroughLink();
    await visit(
      async ({ page }) => {
        await page.goto(link);
        await shows(page, NO_SCRIPT);

        expect(await page.locator('noscript').innerText()).toContain('Nothing has been used up yet.');
        expect(await page.getByRole('button').count()).toBe(0);
      },
      { javaScriptEnabled: false },
    );
    expect(await opensPlainly(link)).toBe(true);
  });

  const A_NONCE = `${'A'.repeat(42)}E`;
  test.each([
    ['no fragment', ''],
    ['an empty fragment', '#'],
    ['a nonce that was cut short', `#${A_NONCE.slice(0, -1)}`],
    ['a nonce with a full stop behind it', `#${A_NONCE}.`],
    ['a nonce with a line break in it, encoded', `#${A_NONCE.slice(0, 20)}%0A${A_NONCE.slice(20)}`],
    ['a nonce in a spelling that nobody hands out', `#${A_NONCE.slice(0, -1)}B`],
    ['a nonce in the query, which is that of a plain link', `?nonce=${A_NONCE}`],
    ['the name of a state', '#opened'],
  ])('with %s finds the link incomplete, and nothing to press', async (_, rest) => {
    await visit(async ({ page, requests }) => {
      await page.goto(`${emulator.apiEndpoint}open-link${rest}`);
      await shows(page, INCOMPLETE);

      expect(await page.getByRole('button').count()).toBe(0);
      expect(requests).toHaveLength(1);
    });
  });
});

describe('coming back after the link was opened', () => {
  test('from the picture, by Back, finds the plain truth and no button; Forward still has the picture', async () => {
    const link = await clickThroughLink({});
    await visit(async ({ page, posts }) => {
      await page.goto(link);
      await press(page);
      await page.waitForURL((url) => url.href.startsWith(emulator.s3Endpoint));
      await page.goBack();
      await shows(page, OPENED_BEFORE);

      expect(await page.getByRole('button').count()).toBe(0);
      expect(page.url()).toBe(`${emulator.apiEndpoint}open-link`);
      await page.goForward();
      expect(await page.locator('img').evaluate((picture) => picture.naturalWidth)).toBe(1200);
      expect(posts()).toHaveLength(1);
    });
  });

  test('to the page as it was left, which browsers keep in memory, finds the plain truth as well', async () => {
    await visit(async ({ page }) => {
      await page.goto(await clickThroughLink());
      const download = page.waitForEvent('download');
      await press(page);
      await download;
      await shows(page, OPENED);
      await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");

      await shows(page, OPENED_BEFORE);
    });
  });

  test('by reload, however often, finds the plain truth', async () => {
    await visit(async ({ page, posts }) => {
      await page.goto(await clickThroughLink());
      const download = page.waitForEvent('download');
      await press(page);
      await download;
      await page.reload();
      await page.reload();
      await shows(page, OPENED_BEFORE);

      expect(posts()).toHaveLength(1);
    });
  });

  test('by the link itself finds a button, and then that the link is gone', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page }) => {
      await page.goto(link);
      const download = page.waitForEvent('download');
      await press(page);
      await download;
      await page.goto(link);
      await shows(page, READY);
      await press(page);

      await shows(page, GONE);
    });
  });
});

describe('another link in the same tab', () => {
  test('is ready to be opened, and each entry of the history tells the truth about its own', async () => {
    const [spent, good] = [await clickThroughLink(), await clickThroughLink()];
    expect(await opensPlainly(spent)).toBe(true);
    await visit(async ({ page, posts }) => {
      await page.goto(spent);
      await press(page);
      await shows(page, GONE);
      await page.goto(good);
      await shows(page, READY);
      const download = page.waitForEvent('download');
      await press(page);
      await download;
      await shows(page, OPENED);
      await page.goto(`${emulator.apiEndpoint}open-link#nonsense`);
      await shows(page, INCOMPLETE);
      await page.goBack();
      await shows(page, OPENED_BEFORE);
      // The same address, since neither entry has its nonce any more.
      await page.goBack();
      await shows(page, GONE);

      expect(posts().map((request) => new URL(request.url()).searchParams.get('nonce'))).toEqual(
        [spent, good].map(nonceOf),
      );
    });
  });

  test('that comes while the first is being opened loses neither', async () => {
    const [first, second] = [await clickThroughLink(), await clickThroughLink()];
    await visit(async ({ page }) => {
      const release = await holdExchange(page);
      await page.goto(first);
      await press(page);
      await page.goto(second);
      await shows(page, READY);
      const download = page.waitForEvent('download');
      release();
      await (await download).path();

      await shows(page, READY);
      expect(page.url()).toBe(second);
      const another = page.waitForEvent('download');
      await press(page);
      await (await another).path();
      await shows(page, OPENED);
    });
    expect(await opensPlainly(first)).toBe(false);
    expect(await opensPlainly(second)).toBe(false);
  });
});

describe('when the service cannot be had', () => {
  test('the page says that the link may still be good, and once storage is up again the same button opens it', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page }) => {
      await dynamoDb.behave({ kind: 'refuse' });
      await page.goto(link);
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await shows(page, RETRY);

      // Heard, still on the button, and with the link back in the address for those who reload instead.
      expect(await page.getByRole('status').textContent()).toMatch(
        /^Please try again in a moment\s.*may still be good/s,
      );
      expect(await focused(page)).toBe('Try again');
      expect(page.url()).toBe(link);
      await dynamoDb.behave({ kind: 'pass' });
      const download = page.waitForEvent('download');
      await page.keyboard.press('Enter');
      await download;
      await shows(page, OPENED);
    });
  });

  test('a reload finds the link ready again', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page }) => {
      await dynamoDb.behave({ kind: 'fail' });
      await page.goto(link);
      await press(page);
      await shows(page, RETRY);
      await page.reload();
      await shows(page, READY);
    });
    await dynamoDb.behave({ kind: 'pass' });
    expect(await opensPlainly(link)).toBe(true);
  });

  test('a link that was spent though no answer came is refused at the next press: nothing else was promised', async () => {
    await visit(async ({ page }) => {
      const link = await clickThroughLink();
      await dynamoDb.behave({ kind: 'reset', applied: true });
      await page.goto(link);
      await press(page);
      await shows(page, RETRY);
      expect(await page.locator('main').innerText()).toContain('If it is refused then, ask the person');
      await dynamoDb.behave({ kind: 'pass' });
      await press(page);

      await shows(page, GONE);
    });
  });

  test('too many requests at once are one more reason to try again', async () => {
    const change = (resources: MutableResources): void => {
      for (const settings of resourceNamed(resources, 'AWS::ApiGateway::Stage', '').Properties.MethodSettings) {
        Object.assign(settings, { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 });
      }
    };
    const clock = new SettableClock(new Date());
    const throttled = await runEmulator({ change, clock });
    try {
      await visit(async ({ page }) => {
        await page.goto(await linkTo(throttled, { click_through: true, ...ATTACHMENT }));
        await send(`${throttled.apiEndpoint}access-object?nonce=x`, { method: 'POST' });
        await press(page);
        await shows(page, RETRY);
        clock.advance(1);
        const download = page.waitForEvent('download');
        await press(page);
        await download;
        await shows(page, OPENED);
      });
    } finally {
      await throttled.close();
    }
  });

  test('no network is one more', async () => {
    await visit(async ({ page }) => {
      await page.goto(await clickThroughLink());
      await page.context().setOffline(true);
      await press(page);
      await shows(page, RETRY);
      await page.context().setOffline(false);
      const download = page.waitForEvent('download');
      await press(page);
      await download;
      await shows(page, OPENED);
    });
  });

  test('silence is given up after a while', async () => {
    await visit(async ({ page }) => {
      await page.clock.install();
      await page.goto(await clickThroughLink());
      await holdExchange(page);
      await press(page);
      await page.getByRole('button', { name: 'Opening…' }).waitFor();
      await page.clock.runFor(34_000);
      expect(await page.getByRole('button').textContent()).toBe('Opening…');
      await page.clock.runFor(2_000);

      await shows(page, RETRY);
    });
  });

  // The emulator says none of this; what comes between it and a reader may.
  test.each([
    ['a page of the network that wants a password', 200, 'text/html', '<title>Sign in</title>'],
    ['a refusal by a firewall', 403, 'text/html', '<h1>403 Forbidden</h1>'],
    ['a refusal by a firewall that speaks JSON', 403, 'application/json', '{"message":"Forbidden"}'],
    ['JSON that is no object', 200, 'application/json', 'null'],
    ['an answer without an address', 200, 'application/json', '{}'],
    ['a script for an address', 200, 'application/json', '{"url":"javascript:document.title=1"}'],
    ['a document for an address', 200, 'application/json', '{"url":"data:text/html,<h1>1</h1>"}'],
    ['an address on this machine', 200, 'application/json', '{"url":"file:///etc/passwd"}'],
    ['what is no address', 200, 'application/json', '{"url":"https://"}'],
    ['a list of addresses', 200, 'application/json', '{"url":["https://127.0.0.1:1/"]}'],
    ['a relative address', 200, 'application/json', '{"url":"/prod/open-link?elsewhere"}'],
  ])('%s in place of an answer is no reason to go anywhere', async (_, status, contentType, body) => {
    const link = await clickThroughLink();
    await visit(async ({ page, requests }) => {
      await page.route('**/access-object?*', (route) => route.fulfill({ status, contentType, body }));
      await page.goto(link);
      await press(page);
      await shows(page, RETRY);

      expect(page.url()).toBe(link);
      expect(requests).toHaveLength(2);
    });
  });

  test('a redirect in place of an answer is not followed: a nonce goes to one address only', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page, requests }) => {
      const headers = { Location: `${emulator.apiEndpoint}elsewhere` };
      await page.route('**/access-object?*', (route) => route.fulfill({ status: 307, headers }));
      await page.goto(link);
      await press(page);
      await shows(page, RETRY);

      expect(requests.filter((request) => request.url().includes('elsewhere'))).toEqual([]);
    });
  });
});

describe('the nonce', () => {
  test('is in no request but the one that a press sends, which has no body and no referrer', async () => {
    const link = await clickThroughLink({});
    await visit(async ({ page, requests, posts }) => {
      await page.goto(link);
      await press(page);
      await page.waitForURL((url) => url.href.startsWith(emulator.s3Endpoint));
      await page.goBack();
      await shows(page, OPENED_BEFORE);

      const sent = await Promise.all(
        requests.map(async (request) => `${request.url()} ${JSON.stringify(await request.allHeaders())}`),
      );
      expect(sent.filter((text) => text.includes(nonceOf(link)))).toHaveLength(1);
      const [exchange] = posts();
      expect(exchange?.url()).toBe(`${emulator.apiEndpoint}access-object?answer=json&nonce=${nonceOf(link)}`);
      expect(exchange?.postData()).toBeNull();
      const headers = await exchange?.allHeaders();
      expect(headers).toMatchObject({ accept: 'application/json', origin: new URL(link).origin });
      expect(Object.keys(headers ?? {})).not.toContain('content-type');
      expect(sent.filter((text) => text.includes('"referer"'))).toEqual([]);
    });
  });

  test('leaves the address bar and the history of the tab when it is sent, for a word that tells nothing', async () => {
    const link = await clickThroughLink();
    await visit(async ({ page }) => {
      const entry = async (): Promise<unknown> => await page.evaluate('[location.href, history.state, history.length]');
      const release = await holdExchange(page);
      await page.goto(link);
      expect(await entry()).toEqual([link, null, 2]);
      await press(page);
      expect(await entry()).toEqual([link.split('#')[0], 'interrupted', 2]);
      const download = page.waitForEvent('download');
      release();
      await download;
      await shows(page, OPENED);

      expect(await entry()).toEqual([link.split('#')[0], 'opened-before', 2]);
      expect(await page.content()).not.toContain(nonceOf(link));
      expect(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]')).toEqual([0, 0, '']);
    });
  });
});

describe('the policy of the page', () => {
  test('lets no script run that was put into it, and sends nothing anywhere else', async () => {
    const ATTACK = `
      window.blocked = [];
      addEventListener('securitypolicyviolation', (violation) => blocked.push(violation.effectiveDirective));
      document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.attacked = "script"' }));
      document.body.insertAdjacentHTML('beforeend', '<img src="data:," onerror="window.attacked = this.outerHTML">');
      document.querySelector('h1').setAttribute('onclick', 'window.attacked = "attribute"');
      document.querySelector('h1').click();
      location.href = 'javascript:void(window.attacked = "address")';
      Promise.allSettled([fetch('${emulator.s3Endpoint}', { mode: 'no-cors' }), import('data:text/javascript,window.attacked="module"')])
        .then((tries) => tries.map(({ status }) => status));`;
    await visit(async ({ page, requests }) => {
      await page.goto(await clickThroughLink());
      expect(await page.evaluate(ATTACK)).toEqual(['rejected', 'rejected']);
      const directives = 'script-src-elem script-src-attr img-src connect-src'.split(' ');
      await page.waitForFunction(`${JSON.stringify(directives)}.every((one) => blocked.includes(one))`);

      expect(await page.evaluate('window.attacked')).toBeUndefined();
      expect(requests.filter((request) => request.url().startsWith(emulator.s3Endpoint))).toEqual([]);
      await shows(page, READY);
    });
    // The control: without the policy, all of it succeeds.
    const change = (resources: MutableResources): void => {
      const { Integration: integration } = resourceNamed(
        resources,
        'AWS::ApiGateway::Method',
        'LinkApiopenlinkGET',
      ).Properties;
      const templates: Record<string, string> = integration.IntegrationResponses[0].ResponseTemplates;
      templates['text/html'] = openLinkPage().replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
    };
    const careless = await runEmulator({ change });
    try {
      await visit(async ({ page }) => {
        await page.goto(await linkTo(careless, { click_through: true }));
        expect(await page.evaluate(ATTACK)).toEqual(['fulfilled', 'fulfilled']);
        expect(await page.evaluate('window.attacked')).toBeDefined();
      });
    } finally {
      await careless.close();
    }
  });

  test('lets nobody put it into a frame', async () => {
    await visit(async ({ page }) => {
      const framing = { contentType: 'text/html', body: '<iframe src="open-link"></iframe>' };
      await page.route('**/framing', (route) => route.fulfill(framing));
      await page.goto(`${emulator.apiEndpoint}framing`, { waitUntil: 'networkidle' });

      expect(await page.frameLocator('iframe').getByRole('heading', { name: INCOMPLETE }).count()).toBe(0);
    });
  });
});

/** Text of the element that has the focus. */
async function focused(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement === document.body ? "BODY" : document.activeElement.textContent');
}
