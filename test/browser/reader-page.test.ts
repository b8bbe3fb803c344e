import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Download, Page } from 'playwright-core';
import { launchChromium, withPage } from './chromium';
import { expectAccessible, expectFits, SCREENS } from './page-checks';
import { DEAD, described, hold, initialReplies, json, type StubService, startStubService } from './stub-service';

// The states of the page, with stubs of the service and of S3. open-link-page.test.ts tests the page with the emulator.

const NONCE = `${'A'.repeat(42)}E`;
const OTHER_NONCE = `${'B'.repeat(42)}E`;

const FILE_FOR_YOU = 'A file for you';
const TEXT_FOR_YOU = 'A text for you';
const STARTED = 'Your download has started';
const TEXT = 'Here is the text';
const UNAVAILABLE = 'This link can’t be opened';
const INCOMPLETE = 'This link is incomplete';
const RETRY = 'Please try again in a moment';
const INTERRUPTED = 'This link may have been used';
const MISSING = 'The file can’t be downloaded';

const READER: BrowserContextOptions = { locale: 'en-GB', timezoneId: 'Europe/London', reducedMotion: 'reduce' };
const TEXT_FILE = { file_name: 'password.txt', content_type: 'text/plain', size_bytes: 25 };

let browser: Browser;
let service: StubService;

beforeAll(async () => {
  browser = await launchChromium();
  service = await startStubService({ organizationName: 'Example Ltd', supportContact: 'help@example.com' });
});

beforeEach(() => {
  Object.assign(service, initialReplies(), { exchange: json({ url: service.presignedUrl() }) });
  service.requests.length = 0;
});

afterAll(async () => {
  await browser?.close();
  await service?.close();
});

async function visit(use: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
  await withPage(
    browser,
    async (page) => {
      await page.goto(service.link(NONCE));
      await use(page);
    },
    { ...READER, ...options },
  );
}

/** Waits until the page shows this heading, and no other. */
async function shows(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
  expect(await page.getByRole('heading').count()).toBe(1);
  expect(await page.title()).toBe(title);
}

async function press(page: Page): Promise<void> {
  await page.getByRole('button').first().click();
}

async function download(page: Page, action: () => Promise<unknown> = () => press(page)): Promise<Download> {
  const [file] = await Promise.all([page.waitForEvent('download'), action()]);
  return file;
}

async function buttons(page: Page): Promise<readonly string[]> {
  return await page.getByRole('button').allTextContents();
}

/** Text of the card, with plain spaces and without the dot, which CSS adds. */
async function card(page: Page): Promise<string> {
  return (await page.locator('#card').innerText()).replace(/\s+/g, ' ');
}

/** Waits until the service has described the file. */
async function describedIn(page: Page): Promise<void> {
  await page.locator('[data-card="described"]').waitFor();
}

/** Resolves once the page has reacted to a failed description. */
async function undescribedIn(page: Page): Promise<void> {
  await page.locator('[data-card="none"]').waitFor();
}

/** Routes and S3 ranges that were requested, in order. */
function sent(): readonly string[] {
  return service.requests.map((request) => request.replace(/^POST \/prod\/([\w-]+).*/, '$1'));
}

async function focused(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement.textContent');
}

/** Stops the clock of the page, so that its timers run only when the test says so. */
async function stopClock(page: Page): Promise<void> {
  await page.clock.install({ time: '2026-11-28T18:00:00Z' });
  await page.clock.pauseAt('2026-11-28T18:07:00Z');
}

describe('each state has one heading, fits every screen and is accessible:', () => {
  test.each<[state: string, heading: string, expectedButtons: readonly string[], reach: (page: Page) => Promise<void>]>(
    [
      ['a file', FILE_FOR_YOU, ['Download'], describedIn],
      [
        'a file with a sender',
        'Ada Lovelace sent you a file',
        ['Download'],
        async (page) => {
          service.describe = described({ from: 'Ada Lovelace' });
          await page.reload();
          await describedIn(page);
        },
      ],
      [
        'a text',
        TEXT_FOR_YOU,
        ['Show the text'],
        async (page) => {
          service.describe = described(TEXT_FILE);
          await page.reload();
          await describedIn(page);
        },
      ],
      [
        'a file that the service has not described yet',
        FILE_FOR_YOU,
        ['Download'],
        async (page) => {
          service.describe = { ...described(), after: hold().opened };
          await page.reload();
        },
      ],
      [
        'a file that the service does not describe',
        FILE_FOR_YOU,
        ['Download'],
        async (page) => {
          service.describe = { status: 503 };
          await page.reload();
          await undescribedIn(page);
        },
      ],
      [
        'redeeming',
        FILE_FOR_YOU,
        ['One moment…'],
        async (page) => {
          service.exchange = { status: 200, after: hold().opened };
          await press(page);
        },
      ],
      ['downloaded', STARTED, [expect.stringMatching(/^Download again \(\d:\d\d left\)$/)], press],
      [
        'the text',
        TEXT,
        ['Copy', 'Download'],
        async (page) => {
          service.describe = described(TEXT_FILE);
          service.firstByte = { status: 206, body: 'a long line '.repeat(300) };
          await page.reload();
          await describedIn(page);
          await press(page);
        },
      ],
      [
        'opened before',
        'You opened this link on this device at 18:07',
        [],
        async (page) => {
          await page.clock.setFixedTime('2026-11-28T18:07:00Z');
          await download(page);
          await page.reload();
        },
      ],
      [
        'dead',
        UNAVAILABLE,
        [],
        async (page) => {
          service.describe = DEAD;
          await page.reload();
        },
      ],
      ['incomplete', INCOMPLETE, [], async (page) => void (await page.goto(service.link('')))],
      [
        'the service fails',
        RETRY,
        ['Try again'],
        async (page) => {
          service.exchange = { status: 503 };
          await press(page);
        },
      ],
      [
        'interrupted',
        INTERRUPTED,
        [],
        async (page) => {
          service.exchange = { status: 200, after: hold().opened };
          await press(page);
          await page.getByRole('button', { name: 'One moment…' }).waitFor();
          await page.reload();
        },
      ],
      [
        'the file is missing',
        MISSING,
        [],
        async (page) => {
          service.firstByte = { status: 404 };
          await press(page);
        },
      ],
      [
        'the file cannot be read right now',
        MISSING,
        [expect.stringMatching(/^Download again/)],
        async (page) => {
          service.firstByte = { status: 503 };
          await press(page);
        },
      ],
    ],
  )('%s', async (_, heading, expectedButtons, reach) => {
    await visit(async (page) => {
      await reach(page);
      await shows(page, heading);
      expect(await buttons(page)).toEqual(expectedButtons);
      await expectFits(page);
      await expectAccessible(page);
    });
  });
});

describe('before the button is pressed, the page', () => {
  test.each([
    ['en-GB', 'Europe/London', 'Ada Lovelace sent you a file', '1.2 MB until Sun 29 November at 17:04'],
    ['en-US', 'America/New_York', 'Ada Lovelace sent you a file', '1.2 MB until Sun, November 29 at 12:04 PM'],
    ['de-AT', 'Europe/Vienna', 'Ada Lovelace hat Ihnen eine Datei gesendet', '1,2 MB bis So., 29. November um 18:04'],
    ['fr-FR', 'Europe/Paris', 'Ada Lovelace vous a envoyé un fichier', '1,2 Mo jusqu’au dim. 29 novembre à 18:04'],
    ['es-ES', 'Europe/Madrid', 'Ada Lovelace le ha enviado un archivo', '1,2 MB hasta el dom, 29 de noviembre, 18:04'],
    [
      'pt-BR',
      'America/Sao_Paulo',
      'Ada Lovelace enviou um arquivo para você',
      '1,2 MB até dom., 29 de novembro às 14:04',
    ],
    ['ja-JP', 'Asia/Tokyo', 'Ada Lovelaceさんからファイルが届いています', '1.2 MB 11月30日(月) 2:04まで'],
  ])(
    'says in the language and time zone of the reader who sent what: %s, %s',
    async (locale, timezoneId, heading, facts) => {
      service.describe = described({ from: 'Ada Lovelace' });
      await visit(
        async (page) => {
          await shows(page, heading);
          expect(await card(page)).toBe(`Quarterly report, November.pdf ${facts}`);
        },
        { locale, timezoneId },
      );
    },
  );

  test('shows the organization, the host and a contact', async () => {
    await visit(async (page) => {
      expect((await page.getByRole('banner').innerText()).split('\n')).toEqual([
        'Example Ltd',
        new URL(page.url()).host,
      ]);
      expect(await page.getByRole('contentinfo').innerText()).toBe('Help: help@example.com');
    });
  });

  test.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [5_000_000_000, '5 GB'],
    [5_000_000_000_000_000, '5,000 TB'],
  ])('shows a size of %i bytes as %s', async (bytes, size) => {
    service.describe = described({ size_bytes: bytes });
    await visit(async (page) => {
      await describedIn(page);
      expect(await card(page)).toContain(` ${size} until`);
    });
  });

  test.each(SCREENS)('keeps its button in place when the description arrives: $width × $height', async (viewport) => {
    const description = hold();
    service.describe = { ...described({ file_name: 'report.pdf', from: 'Ada Lovelace' }), after: description.opened };
    await visit(
      async (page) => {
        const before = await page.getByRole('button').boundingBox();
        description.open();
        await shows(page, 'Ada Lovelace sent you a file');
        expect(await page.getByRole('button').boundingBox()).toEqual(before);
      },
      { viewport },
    );
  });

  test('has requested the description, and nothing else', async () => {
    await visit(async (page) => {
      await page.waitForLoadState('networkidle');
      expect(service.requests).toEqual([`POST /prod/describe-link {"nonce":"${NONCE}"}`]);
    });
  });

  test('says at once that a link is dead, and stores nothing', async () => {
    service.describe = DEAD;
    await visit(async (page) => {
      await shows(page, UNAVAILABLE);
      expect(await focused(page)).toBe(UNAVAILABLE);
      expect(sent()).toEqual(['describe-link']);
      expect(await page.evaluate('localStorage.length')).toBe(0);
      await page.reload();
      await shows(page, UNAVAILABLE);
      expect(sent()).toEqual(['describe-link']);
    });
  });

  test.each([
    ['an outage', { status: 503, body: '{"code":"StorageUnavailable"}' }],
    ['a firewall’s 403', { status: 403, headers: { 'Content-Type': 'text/html' }, body: '<h1>Forbidden</h1>' }],
    [
      'the 403 of a service without this route',
      { status: 403, headers: { 'Problem-Code': 'MissingAuthenticationToken' } },
    ],
    ['a closed connection', { status: 200, dropped: true as const }],
    ['text', { status: 200, body: 'OK' }],
    ['an empty object', json({})],
    ['null', json(null)],
    ['a description without a size', json({ file_name: 'a.pdf', expires_at: '2026-11-29T17:04:00Z' })],
    ['a description with a malformed time', described({ expires_at: 'soon' })],
  ])('works without a description after %s', async (_, reply) => {
    service.describe = reply;
    await visit(async (page) => {
      await undescribedIn(page);
      await shows(page, FILE_FOR_YOU);
      expect(await page.locator('#card').isVisible()).toBe(false);
      await download(page);
      await shows(page, STARTED);
      expect(await page.locator('#card').isVisible()).toBe(false);
    });
  });

  test('formats dates in the language of the page if the browser reports a malformed one', async () => {
    await withPage(
      browser,
      async (page) => {
        await page.addInitScript("Object.defineProperty(navigator, 'languages', { value: ['en-US@posix'] })");
        await page.goto(service.link(NONCE));
        await describedIn(page);
        expect(await card(page)).toContain(' until Sun, November 29 at 5:04 PM');
        await download(page);
        await shows(page, STARTED);
      },
      READER,
    );
  });

  test('stops waiting for a description after 3 seconds', async () => {
    service.describe = { ...described(), after: hold().opened };
    await withPage(
      browser,
      async (page) => {
        await stopClock(page);
        await page.goto(service.link(NONCE));
        await page.clock.runFor(2900);
        expect(await page.locator('#card').isVisible()).toBe(true);
        await page.clock.runFor(200);
        await undescribedIn(page);
        expect(await page.locator('#card').isVisible()).toBe(false);
        await download(page);
        await shows(page, STARTED);
      },
      READER,
    );
  });

  test('works before the description arrives, and ignores a late response that the link is dead', async () => {
    const description = hold();
    service.describe = { ...DEAD, after: description.opened };
    await visit(async (page) => {
      await download(page);
      await shows(page, STARTED);
      description.open();
      await undescribedIn(page);
      await shows(page, STARTED);
    });
  });

  test.each([
    [true, true],
    [false, false],
  ])('advises readers on touch devices to leave an in-app browser: %s', async (hasTouch, visible) => {
    await visit(
      async (page) => {
        expect(await page.getByText('In another app?').isVisible()).toBe(visible);
      },
      { hasTouch, isMobile: hasTouch },
    );
  });
});

describe('after the button is pressed, the page', () => {
  test('fetches one byte, then downloads the file and shows the time', async () => {
    await visit(async (page) => {
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      await page.clock.setFixedTime('2026-11-28T18:07:00Z');
      await describedIn(page);
      expect((await download(page)).suggestedFilename()).toBe('report.pdf');
      await shows(page, STARTED);
      expect(await card(page)).toBe('Quarterly report, November.pdf 1.2 MB opened 28 November at 18:07');
      expect(sent()).toEqual(['describe-link', 'access-object', 'GET S3 bytes=0-0', 'GET S3']);
      expect(await focused(page)).toBe(STARTED);
      expect(messages).toEqual([]);
    });
  });

  test.each([
    ['all of the file', { status: 200, body: '%PDF' }],
    ['that the file is empty', { status: 416 }],
    ['no response', { status: 200, dropped: true as const }],
  ])('downloads the file if S3 returns %s', async (_, reply) => {
    service.firstByte = reply;
    await visit(async (page) => {
      await download(page);
      await shows(page, STARTED);
    });
  });

  test('downloads the file although the bucket has no CORS rule', async () => {
    service.allowsCors = false;
    await visit(async (page) => {
      await download(page);
      await shows(page, STARTED);
    });
  });

  test('downloads the file although S3 does not respond within 10 seconds', async () => {
    service.firstByte = { status: 206, after: hold().opened };
    await visit(async (page) => {
      await stopClock(page);
      await press(page);
      await page.getByRole('button', { name: 'One moment…' }).waitFor();
      while (!sent().includes('GET S3 bytes=0-0')) {
        await page.waitForTimeout(10);
      }
      await download(page, async () => await page.clock.runFor(10_100));
      await shows(page, STARTED);
    });
  });

  test.each([400, 403, 404, 412, 500, 503])(
    'says that the file is missing if S3 returns %i, and stays there',
    async (status) => {
      service.firstByte = {
        status,
        headers: { 'Content-Type': 'application/xml' },
        body: '<Error><Code>X</Code></Error>',
      };
      await visit(async (page) => {
        await press(page);
        await shows(page, MISSING);
        expect(await focused(page)).toBe(MISSING);
        expect(await page.locator('body').innerText()).not.toContain('<Code>');
        expect(sent()).toEqual(['describe-link', 'access-object', 'GET S3 bytes=0-0']);
        await page.reload();
        await page.getByRole('heading', { name: /^You opened this link on this device at / }).waitFor();
      });
    },
  );

  test('downloads the file once S3 can be reached again', async () => {
    service.firstByte = { status: 503 };
    await visit(async (page) => {
      await press(page);
      await shows(page, MISSING);
      service.firstByte = { status: 206, body: '%' };
      await download(page, async () => await page.getByRole('button', { name: /^Download again/ }).click());
      await shows(page, STARTED);
      expect(sent().filter((request) => request === 'access-object')).toHaveLength(1);
    });
  });

  test('offers the file again until its URL expires, by the clock of the service', async () => {
    await visit(async (page) => {
      // The clock of this device is months behind.
      await page.clock.install({ time: '2026-03-01T12:00:00Z' });
      service.exchange = json({ url: service.presignedUrl(48) });
      await download(page);
      await page.clock.pauseAt('2026-03-01T12:01:00Z');
      const left = async (): Promise<number> => {
        const [, minutes, seconds] = /\((\d):(\d\d) left\)/.exec((await buttons(page)).join()) ?? [];
        return Number(minutes) * 60 + Number(seconds);
      };
      const first = await left();
      expect(first).toBeGreaterThan(150);
      expect(first).toBeLessThanOrEqual(252);
      await page.clock.runFor(100_000);
      expect(await left()).toBe(first - 100);
      await download(page);
      expect(await focused(page)).toMatch(/^Download again/);

      await page.clock.runFor((first - 101) * 1000);
      expect(await buttons(page)).toEqual(['Download again (0:01 left)']);
      await page.clock.runFor(1000);
      expect(await buttons(page)).toEqual([]);
      // The button had the focus.
      expect(await focused(page)).toBe(STARTED);
    });
  });

  test('downloads the file again only once after a double click', async () => {
    await visit(async (page) => {
      await download(page);
      const firstByte = hold();
      service.firstByte = { ...service.firstByte, after: firstByte.opened };
      await page.getByRole('button', { name: /^Download again/ }).dblclick();
      await download(page, async () => firstByte.open());
      expect(sent().filter((request) => request === 'GET S3 bytes=0-0')).toHaveLength(2);
    });
  });

  test.each([
    ['has expired', (url: string) => url.replace(/Expires=300/, 'Expires=1')],
    ['has no dates', (url: string) => url.replace(/\?.*/, '')],
  ])('does not offer the file again if its URL %s', async (_, change) => {
    service.exchange = json({ url: change(service.presignedUrl(2)) });
    await visit(async (page) => {
      await download(page);
      await shows(page, STARTED);
      expect(await buttons(page)).toEqual([]);
    });
  });

  test('says that the file is missing if it is removed before it is downloaded again', async () => {
    await visit(async (page) => {
      await download(page);
      service.firstByte = { status: 404 };
      await page.getByRole('button', { name: /^Download again/ }).click();
      await shows(page, MISSING);
      expect(await buttons(page)).toEqual([]);
    });
  });
});

describe('a short text', () => {
  const SECRET = 'pässword: <script>alert(1)</script>\n&amp; 🗝\n';

  async function showText(page: Page, body: string | Buffer = SECRET): Promise<void> {
    service.firstByte = { status: 206, body };
    await describedIn(page);
    await press(page);
  }

  beforeEach(() => {
    service.describe = described(TEXT_FILE);
  });

  test('is displayed unchanged, and is gone after a reload', async () => {
    await visit(async (page) => {
      await showText(page);
      await shows(page, TEXT);
      expect(await page.locator('pre').textContent()).toBe(SECRET);
      expect(await page.locator('pre *').count()).toBe(0);
      expect(sent()).toEqual(['describe-link', 'access-object', 'GET S3 bytes=0-4096']);
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage, history.state])')).not.toContain(
        'ssword',
      );
      await page.reload();
      await page.getByRole('heading', { name: /^You opened this link/ }).waitFor();
      expect(await page.content()).not.toContain('ssword');
    });
  });

  test.each([
    ['as it is', 'one\n\n two', 'one\n\n two'],
    ['without the line break that echo adds', 'secret\n', 'secret'],
    ['without that of Windows', 'secret\r\n', 'secret'],
    ['with all other line breaks', 'secret\n\n', 'secret\n'],
  ])('can be copied %s', async (_, body, copied) => {
    await visit(
      async (page) => {
        await showText(page, body);
        await page.getByRole('button', { name: 'Copy' }).click();
        await page.getByRole('status').getByText('Copied').waitFor();
        expect(await page.evaluate('navigator.clipboard.readText()')).toBe(copied);
        expect(await buttons(page)).toEqual(['Copied', 'Download']);
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    );
  });

  test('is selected for the reader to copy if the page cannot write to the clipboard', async () => {
    await visit(async (page) => {
      await showText(page);
      await shows(page, TEXT);
      await page.evaluate("{ navigator.clipboard.writeText = () => Promise.reject(new Error('denied')); }");
      await page.getByRole('button', { name: 'Copy' }).click();
      await page.waitForFunction("getSelection().toString().includes('pässword')");
    });
  });

  test('can be saved after its URL has expired', async () => {
    await visit(async (page) => {
      await showText(page);
      service.object = { status: 403 };
      const file = await download(page, async () => await page.getByRole('button', { name: 'Download' }).click());
      expect(file.suggestedFilename()).toBe('password.txt');
      expect(readFileSync(await file.path(), 'utf8')).toBe(SECRET);
    });
  });

  test('is announced with its sender', async () => {
    service.describe = described({ ...TEXT_FILE, from: 'Ada Lovelace' });
    await visit(async (page) => await shows(page, 'Ada Lovelace sent you a text'));
  });

  test.each([
    ['with 4,096 bytes in UTF-8', { size_bytes: 4096, content_type: 'text/plain; charset=UTF-8' }],
    ['without bytes', { size_bytes: 0 }],
  ])('is offered as text: %s', async (_, fields) => {
    service.describe = described({ ...TEXT_FILE, ...fields });
    await visit(async (page) => {
      await describedIn(page);
      expect(await buttons(page)).toEqual(['Show the text']);
    });
  });

  test.each([
    ['with 4,097 bytes', { size_bytes: 4097 }],
    ['of another type', { content_type: 'text/html' }],
    ['in another character set', { content_type: 'text/plain; charset=iso-8859-1' }],
    ['of an unknown type', { content_type: undefined }],
  ])('is a file like any other: %s', async (_, fields) => {
    service.describe = described({ ...TEXT_FILE, ...fields });
    await visit(async (page) => {
      await describedIn(page);
      expect(await buttons(page)).toEqual(['Download']);
    });
  });

  test.each([
    ['has grown', 'a'.repeat(4097)],
    ['is not UTF-8', Buffer.from('p\xe4ssword', 'latin1')],
  ])('is downloaded if it %s', async (_, body) => {
    await visit(async (page) => {
      await download(page, async () => await showText(page, body));
      await shows(page, STARTED);
    });
  });

  test('is downloaded once it has grown too long, without waiting for its end', async () => {
    service.firstByte = { status: 206, body: 'a'.repeat(4097), endless: true };
    await visit(async (page) => {
      await describedIn(page);
      // Otherwise the page gives up after 10 seconds.
      await page.clock.pauseAt(Date.now() + 1000);
      await download(page);
      await shows(page, STARTED);
    });
  });

  test('is not translated, nor are names', async () => {
    service.describe = described({ ...TEXT_FILE, from: 'Ada Lovelace' });
    await visit(async (page) => {
      const translated = (selector: string) => page.evaluate(`document.querySelector('${selector}').translate`);
      await describedIn(page);
      expect([await translated('h1'), await translated('h1 bdi')]).toEqual([true, false]);
      await showText(page);
      await shows(page, TEXT);
      expect([await translated('pre'), await translated('#name'), await translated('#host')]).toEqual([
        false,
        false,
        false,
      ]);
    });
  });

  test('is not shown when the reader leaves it and comes back to the page that the browser kept', async () => {
    await visit(async (page) => {
      await showText(page);
      await shows(page, TEXT);
      // Playwright disables this cache.
      await page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))");
      await page.getByRole('heading', { name: /^You opened this link/ }).waitFor();
      expect(await page.content()).not.toContain('ssword');
    });
  });

  test('is downloaded if the bucket has no CORS rule', async () => {
    service.allowsCors = false;
    await visit(async (page) => {
      await download(page, async () => await showText(page));
      await shows(page, STARTED);
    });
  });

  test('says that the file is missing if S3 returns 404', async () => {
    await visit(async (page) => {
      await describedIn(page);
      service.firstByte = { status: 404 };
      await press(page);
      await shows(page, MISSING);
    });
  });
});

describe('a link that was opened in this browser', () => {
  async function openAgain(page: Page): Promise<void> {
    service.describe = DEAD;
    await page.goto('about:blank');
    await page.goto(service.link(NONCE));
  }

  test.each([
    ['later that day', '2026-11-28T23:00:00Z', 'You opened this link on this device at 18:07'],
    ['the next day', '2026-11-29T01:00:00Z', 'You opened this link on this device on 28 November at 18:07'],
    ['29 days later', '2026-12-27T18:00:00Z', 'You opened this link on this device on 28 November at 18:07'],
    ['31 days later', '2026-12-29T19:00:00Z', UNAVAILABLE],
  ])('is recognized %s', async (_, later, heading) => {
    await visit(async (page) => {
      await page.clock.setFixedTime('2026-11-28T18:07:00Z');
      await download(page);
      await page.clock.setFixedTime(later);
      await openAgain(page);
      await shows(page, heading);
    });
  });

  test('is recognized without a request, which would be recorded as a later attempt', async () => {
    await visit(async (page) => {
      await page.clock.setFixedTime('2026-11-28T18:07:00Z');
      await download(page);
      service.requests.length = 0;
      await openAgain(page);
      await shows(page, 'You opened this link on this device at 18:07');
      expect(service.requests).toEqual([]);
    });
  });

  test('is recognized when the button is pressed in another tab', async () => {
    await visit(async (page) => {
      const secondTab = await page.context().newPage();
      await secondTab.goto(service.link(NONCE));
      await describedIn(secondTab);
      await download(page);
      service.exchange = DEAD;
      await press(secondTab);
      await secondTab.getByRole('heading', { name: /^You opened this link on this device at / }).waitFor();
    });
  });

  test('is remembered by a digest, without its nonce, its URL or the name of the file', async () => {
    await visit(async (page) => {
      await page.clock.setFixedTime('2026-11-28T18:07:00Z');
      await download(page);
      await shows(page, STARTED);
      // printf %s "$nonce" | sha256sum | head -c 32 | xxd -r -p | base64
      expect(await page.evaluate('[Object.entries(localStorage), sessionStorage.length, document.cookie]')).toEqual([
        [['opened', '{"GuswXq5j7W6smrJtRu8Uag":"2026-11-28T18:07:00.000Z"}']],
        0,
        '',
      ]);
    });
  });

  test('displaces the oldest of 50 links', async () => {
    await visit(async (page) => {
      await page.evaluate(`localStorage.setItem('opened', JSON.stringify(Object.fromEntries(
        Array.from({ length: 50 }, (_, index) => ['link-' + index, new Date().toISOString()]))))`);
      await download(page);
      await shows(page, STARTED);
      const links = await page.evaluate<string[]>("Object.keys(JSON.parse(localStorage.getItem('opened')))");
      expect(links).toHaveLength(50);
      expect([links[0], links[48]]).toEqual(['link-1', 'link-49']);
    });
  });

  test.each(['not JSON', 'null', '[]', '"text"', '{"a":1,"b":null,"c":{}}'])(
    'is remembered although the store contains %s',
    async (stored) => {
      await visit(async (page) => {
        await page.evaluate(`localStorage.setItem('opened', ${JSON.stringify(stored)})`);
        await download(page);
        await openAgain(page);
        await page.getByRole('heading', { name: /^You opened this link on this device at / }).waitFor();
      });
    },
  );

  test('opens even if the browser blocks storage', async () => {
    await withPage(
      browser,
      async (page) => {
        await page.addInitScript(
          "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })",
        );
        await page.goto(service.link(NONCE));
        await download(page);
        await shows(page, STARTED);
        await openAgain(page);
        await shows(page, UNAVAILABLE);
      },
      READER,
    );
  });
});

describe('hostile names do not break the page, and are shown as text:', () => {
  test.each<[what: string, sender: string, fileName: string, shownName: string]>([
    ['markup', '<b>Ada</b>', '<img src=x onerror=alert(1)>.pdf', '<img src=x onerror=alert(1)>.pdf'],
    ['placeholders', '{from} $& {date}', '{date} $&.pdf', '{date} $&.pdf'],
    ['direction overrides', '\u202eadA\u2066', 'invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['control characters', 'Ada\u0007\n', 'a\u0000b\tc.pdf', 'abc.pdf'],
    ['255 bytes', 'a'.repeat(100), `${'a'.repeat(251)}.pdf`, `${'a'.repeat(40)}…${'a'.repeat(16)}.pdf`],
    ['100 wide characters', '漢'.repeat(100), `${'漢'.repeat(81)}.exe`, `${'漢'.repeat(40)}…${'漢'.repeat(16)}.exe`],
    ['emoji', '👩‍👩‍👧‍👦'.repeat(9), '🗝️🔥.pdf', '🗝️🔥.pdf'],
    ['combining marks', `A${'\u0301'.repeat(99)}`, `A${'\u0301'.repeat(50)}.pdf`, `A${'\u0301'.repeat(50)}.pdf`],
    ['right-to-left text', 'עדה לאבלייס', 'דוח רבעוני.pdf', 'דוח רבעוני.pdf'],
  ])('%s', async (_, from, fileName, shownName) => {
    service.describe = described({ from, file_name: fileName });
    await visit(async (page) => {
      await describedIn(page);
      expect(await page.locator('#name').textContent()).toBe(shownName);
      // `bdi` keeps the direction of a name from changing the text around it.
      expect(await page.locator('h1 bdi').textContent()).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      expect(await page.locator('h1 bdi *, #name *').count()).toBe(0);
      expect(await page.getByRole('heading').textContent()).toMatch(/ sent you a file$/);
      await expectFits(page);
      expect(await buttons(page)).toEqual(['Download']);
      await download(page);
      await expectFits(page);
    });
  });
});

describe('in every language', () => {
  test.each(['en', 'de', 'fr', 'es', 'pt', 'ja'])('the page fits every screen: %s', async (locale) => {
    service.describe = described({ from: 'Ada Lovelace' });
    await visit(
      async (page) => {
        await describedIn(page);
        expect(await page.evaluate('document.documentElement.lang')).toBe(locale);
        await expectFits(page);
        await download(page);
        await page.getByRole('button').waitFor();
        await expectFits(page);
        expect(await card(page)).not.toMatch(/[{}]/);
        expect((await buttons(page)).join()).not.toMatch(/[{}]/);
      },
      { locale },
    );
  });
});

test('buttons and the card keep their outlines in forced colors', async () => {
  await visit(
    async (page) => {
      await describedIn(page);
      for (const part of ['#open', '#card']) {
        const border = `(({ borderTopStyle, borderTopColor }) => [borderTopStyle, borderTopColor])(getComputedStyle(document.querySelector('${part}')))`;
        expect(await page.evaluate(border)).toEqual(['solid', expect.not.stringMatching(/rgba\(.*, 0\)/)]);
      }
    },
    { forcedColors: 'active' },
  );
});

describe('another link in the same tab', () => {
  test('is described anew, and a late description of the first is ignored', async () => {
    const first = hold();
    service.describe = { ...described({ from: 'Ada Lovelace' }), after: first.opened };
    await visit(async (page) => {
      while (sent().length === 0) {
        await page.waitForTimeout(10);
      }
      service.describe = described({ file_name: 'other.pdf' });
      await page.goto(service.link(OTHER_NONCE));
      await describedIn(page);
      const late = page.waitForEvent('requestfinished');
      first.open();
      await late;
      // The page reads the response in a later task.
      await page.waitForTimeout(100);
      await shows(page, FILE_FOR_YOU);
      expect(await card(page)).toMatch(/^other\.pdf /);
    });
  });

  test('does not show the text, the sender or the countdown of the first', async () => {
    service.describe = described({ ...TEXT_FILE, from: 'Ada Lovelace' });
    service.firstByte = { status: 206, body: 'secret text' };
    await visit(async (page) => {
      await describedIn(page);
      await press(page);
      await shows(page, TEXT);
      service.describe = { status: 503 };
      await page.goto(service.link(OTHER_NONCE));
      await shows(page, FILE_FOR_YOU);
      expect(await buttons(page)).toEqual(['Download']);
      expect(await page.locator('main').textContent()).not.toMatch(/secret text|Ada Lovelace|password\.txt/);
    });
  });

  test('stays on the page if it is pasted while the first is being redeemed, and the first file is still downloaded', async () => {
    const exchange = hold();
    service.exchange = { ...service.exchange, after: exchange.opened };
    await visit(async (page) => {
      await press(page);
      await page.goto(service.link(OTHER_NONCE));
      await download(page, async () => exchange.open());
      await shows(page, FILE_FOR_YOU);
      expect(page.url()).toBe(service.link(OTHER_NONCE));
    });
  });
});

// Fonts differ between machines, so this does not compare pixels. It checks the size of the image, and that the page
// can be reached.
test.each<[file: string, heading: string, reach: (page: Page) => Promise<unknown>]>([
  ['open-link.png', 'Ada Lovelace sent you a file', describedIn],
  ['open-link-opened.png', STARTED, press],
  [
    'refused.png',
    UNAVAILABLE,
    async (page) => {
      service.describe = DEAD;
      await page.reload();
    },
  ],
])('docs/%s is a screenshot of the page (UPDATE_DOCS=1 takes it)', async (file, heading, reach) => {
  const path = join(__dirname, '..', '..', 'docs', file);
  const host = 'https://links.example.com';
  service.describe = described({ from: 'Ada Lovelace' });
  await withPage(
    browser,
    async (page) => {
      const { origin } = new URL(service.link(NONCE));
      await page.clock.setFixedTime('2026-11-28T18:07:00Z');
      await page.route(`${host}/**`, async (route) => {
        const response = await route.fetch({ url: route.request().url().replace(host, origin) });
        await route.fulfill({ response });
      });
      await page.goto(service.link(NONCE).replace(origin, host));
      await describedIn(page);
      await reach(page);
      await shows(page, heading);
      if (process.env['UPDATE_DOCS'] === '1') {
        writeFileSync(path, await page.screenshot());
      }
    },
    { ...READER, viewport: { width: 1200, height: 800 } },
  );
  const png = readFileSync(path);

  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 800]);
  expect(png.length).toBeLessThan(60_000);
});
