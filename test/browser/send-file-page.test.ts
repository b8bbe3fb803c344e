import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { until } from '../support/running-emulator';
import { launchChromium, withPage } from './chromium';
import { expectAccessible, expectFits } from './page-checks';
import { DEAD, described, hold, initialReplies, requested, type StubService, startStubService } from './stub-service';

// The states of the page for uploaders, with stubs of the service and of S3.

const NONCE = `${'A'.repeat(42)}E`;
const OTHER_NONCE = `${'B'.repeat(42)}E`;

const ASKED = 'Ada Lovelace is asking you for a file';
const SENDING = 'Sending your file';
const FAILED = 'Your file couldn’t be sent';
const CANCELED = 'You canceled the upload';
const RECEIVED = 'Received: 5 bytes';
const EXISTS = 'A file with this name already exists';
const EXPIRED = 'Your file can no longer be sent';
const UNAVAILABLE = 'This link can’t be used';
const INCOMPLETE = 'This link is incomplete';
const RETRY = 'Please try again in a moment';
const INTERRUPTED = 'This link may have been used';

const UPLOADER: BrowserContextOptions = { locale: 'en-GB', timezoneId: 'Europe/London', reducedMotion: 'reduce' };

const PHOTO = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('hello') };

let browser: Browser;
let service: StubService;

beforeAll(async () => {
  browser = await launchChromium();
  service = await startStubService({ organizationName: 'Example Ltd', supportContact: 'help@example.com' });
});

beforeEach(() => {
  Object.assign(service, initialReplies(), { describe: requested(), declare: service.signed() });
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
      await page.goto(service.sendLink(NONCE));
      await responded(page);
      await use(page);
    },
    { ...UPLOADER, ...options },
  );
}

/** Resolves once the page has reacted to the description. */
async function responded(page: Page): Promise<void> {
  await page.locator('[data-card="described"], [data-card="none"], #unavailable:not([hidden])').first().waitFor();
}

/** Waits until the page shows this heading, and no other. */
async function shows(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { name: title, exact: true }).waitFor();
  expect(await page.getByRole('heading').count()).toBe(1);
  expect(await page.title()).toBe(title);
}

async function choose(page: Page, file: Parameters<Page['setInputFiles']>[1] = PHOTO): Promise<void> {
  await page.locator('#picker').setInputFiles(file);
}

async function press(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('button', { name }).click();
}

async function send(page: Page): Promise<void> {
  await choose(page);
  await press(page, 'Send');
}

/** Drops files of these names, or a folder, on the page. */
async function drop(page: Page, names: readonly string[], folder = false): Promise<void> {
  await page.evaluate(`{
    const dataTransfer = new DataTransfer();
    for (const name of ${JSON.stringify(names)}) {
      dataTransfer.items.add(new File(['hello'], name, { type: 'image/jpeg' }));
    }
    if (${folder}) {
      DataTransferItem.prototype.webkitGetAsEntry = () => ({ isDirectory: true });
    }
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, cancelable: true, bubbles: true }));
    }
  }`);
}

async function buttons(page: Page): Promise<readonly string[]> {
  return await page.getByRole('button').allTextContents();
}

async function alert(page: Page): Promise<string> {
  return await textOf(page, '[role="alert"]');
}

/** Visible text of an element, with plain spaces. */
async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).innerText()).replace(/\s+/g, ' ');
}

async function focused(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement.textContent');
}

/** Requests to the service and to S3 since the description, without their parameters. */
function sent(): readonly string[] {
  return service.requests
    .map((request) => request.replace(/^POST \/prod\/([\w-]+).*/, '$1'))
    .filter((route) => route !== 'describe-link');
}

/** Reloads the page with this description. */
async function describeAgain(page: Page, reply = service.describe): Promise<void> {
  service.describe = reply;
  await page.reload();
  await responded(page);
}

describe('each state has one heading, fits every screen and is accessible:', () => {
  test.each<
    [state: string, heading: string, expectedButtons: readonly unknown[], reach: (page: Page) => Promise<void>]
  >([
    ['a request', ASKED, ['Choose a file'], async () => {}],
    [
      'a request that the service does not describe',
      'A request for a file',
      ['Choose a file'],
      async (page) => await describeAgain(page, { status: 503 }),
    ],
    ['a chosen file', ASKED, ['Send', 'Choose another file'], choose],
    ['several files', ASKED, ['Choose a file'], async (page) => await drop(page, ['a.jpg', 'b.jpg'])],
    [
      'a file that is too large',
      ASKED,
      ['Choose another file'],
      async (page) => {
        await describeAgain(page, requested({ max_bytes: 4 }));
        await choose(page, { ...PHOTO, name: 'a long name '.repeat(20) });
      },
    ],
    [
      'redeeming',
      ASKED,
      ['One moment…'],
      async (page) => {
        service.declare = { status: 200, after: hold().opened };
        await send(page);
      },
    ],
    [
      'sending',
      SENDING,
      ['Cancel'],
      async (page) => {
        service.put = { status: 200, after: hold().opened };
        await send(page);
      },
    ],
    [
      'failed',
      FAILED,
      [expect.stringMatching(/^Try again \(1[45]:\d\d left\)$/)],
      async (page) => {
        service.put = { status: 503 };
        await send(page);
      },
    ],
    [
      'canceled',
      CANCELED,
      [expect.stringMatching(/^Try again/)],
      async (page) => {
        service.put = { status: 200, after: hold().opened };
        await send(page);
        await press(page, 'Cancel');
      },
    ],
    ['received', RECEIVED, [], send],
    [
      'sent before',
      'You sent a file through this link on this device at 18:07',
      [],
      async (page) => {
        await page.clock.setFixedTime('2026-11-28T18:07:00Z');
        await send(page);
        await shows(page, RECEIVED);
        await page.reload();
      },
    ],
    [
      'the name is taken',
      EXISTS,
      [],
      async (page) => {
        service.declare = service.signed({ key: 'inbox/report.jpg' });
        service.put = { status: 412 };
        await send(page);
      },
    ],
    [
      'the URL has expired',
      EXPIRED,
      [],
      async (page) => {
        service.put = { status: 403 };
        await send(page);
      },
    ],
    ['dead', UNAVAILABLE, [], async (page) => await describeAgain(page, DEAD)],
    ['incomplete', INCOMPLETE, [], async (page) => void (await page.goto(service.sendLink('')))],
    [
      'the service fails',
      RETRY,
      ['Try again', 'Choose another file'],
      async (page) => {
        service.declare = { status: 503 };
        await send(page);
      },
    ],
  ])('%s', async (_, heading, expectedButtons, reach) => {
    await visit(async (page) => {
      await reach(page);
      await shows(page, heading);
      expect(await buttons(page)).toEqual(expectedButtons);
      await expectFits(page);
      await expectAccessible(page);
    });
  });
});

describe('before a file is sent, the page', () => {
  test.each([
    ['en-GB', 'Europe/London', ASKED, 'up to 500 MB images or PDF until Sun 29 November at 17:04'],
    [
      'de-DE',
      'Europe/Berlin',
      'Ada Lovelace bittet Sie um eine Datei',
      'bis zu 500 MB Bilder oder PDF bis So., 29. November um 18:04',
    ],
    [
      'ja-JP',
      'Asia/Tokyo',
      'Ada Lovelaceさんからファイルの送信依頼が届いています',
      '500 MBまで 画像またはPDF 11月30日(月) 2:04まで',
    ],
  ])('says in the language of the uploader who asks for what: %s, %s', async (locale, timezoneId, heading, facts) => {
    service.describe = requested({ content_types: ['image/*', 'application/pdf'] });
    await visit(
      async (page) => {
        await shows(page, heading);
        expect(await textOf(page, '#card')).toBe(`Logs for case 4711 ${facts}`);
        expect(await page.locator('#picker').getAttribute('accept')).toBe('image/*,application/pdf');
      },
      { locale, timezoneId },
    );
  });

  test('requests the description, and nothing else', async () => {
    await visit(async (page) => {
      await choose(page);
      await page.waitForLoadState('networkidle');
      expect(service.requests).toEqual([`POST /prod/describe-link {"nonce":"${NONCE}"}`]);
      expect(page.url()).toBe(service.sendLink(NONCE));
    });
  });

  test('goes on to the page for downloads if the link is a download link, with the nonce', async () => {
    service.describe = described({ operation: 'download' });
    await withPage(browser, async (page) => {
      await page.goto(service.sendLink(NONCE));
      await page.getByRole('heading', { name: 'A file for you' }).waitFor();
      expect(page.url()).toBe(service.link(NONCE));
    });
  });

  test('is where the page for downloads goes on to if the link is an upload link, with the nonce', async () => {
    await withPage(browser, async (page) => {
      await page.goto(service.link(NONCE));
      await page.getByRole('heading', { name: ASKED }).waitFor();
      expect(page.url()).toBe(service.sendLink(NONCE));
      await send(page);
      await shows(page, RECEIVED);
    });
  });

  test.each([
    ['too large', requested({ max_bytes: 4 }), PHOTO, 'This file is too large. It can be at most 4 bytes.'],
    [
      'of another type',
      requested({ content_types: ['video/*', 'application/pdf', 'text/plain', 'application/msword', 'image/svg+xml'] }),
      PHOTO,
      'This type of file is not accepted. Accepted: videos, PDF, TXT, DOC or image/svg+xml.',
    ],
    [
      'of a type that the browser does not know',
      requested({ content_types: ['image/*'] }),
      { ...PHOTO, name: 'server.logfile', mimeType: '' },
      'This type of file is not accepted. Accepted: images.',
    ],
  ])('says that a file is %s, and does not redeem the link', async (_, description, file, message) => {
    service.describe = description;
    await visit(async (page) => {
      await choose(page, file);
      expect(await alert(page)).toBe(message);
      expect(await buttons(page)).toEqual(['Choose another file']);
      expect(await focused(page)).toBe('Choose another file');
      expect(await textOf(page, '#file')).toContain(file.name);
      await page.waitForLoadState('networkidle');
      expect(sent()).toEqual([]);
      expect(page.url()).toBe(service.sendLink(NONCE));
    });
  });

  test('accepts another file after one that was too large', async () => {
    service.describe = requested({ max_bytes: 5 });
    await visit(async (page) => {
      await choose(page, { ...PHOTO, buffer: Buffer.from('larger') });
      await choose(page);
      expect(await alert(page)).toBe('');
      await press(page, 'Send');
      await shows(page, RECEIVED);
    });
  });

  test('checks a file that was chosen before the description arrived', async () => {
    const description = hold();
    service.describe = { ...requested({ max_bytes: 4 }), after: description.opened };
    await withPage(browser, async (page) => {
      await page.goto(service.sendLink(NONCE));
      await choose(page);
      expect(await buttons(page)).toEqual(['Send', 'Choose another file']);
      description.open();
      await page.getByText('This file is too large.').waitFor();
      expect(await buttons(page)).toEqual(['Choose another file']);
    });
  });

  test.each([
    ['two files', ['a.jpg', 'b.jpg'], false],
    ['a folder', ['photos'], true],
  ])('says that it takes one file only when given %s', async (_, names, folder) => {
    await visit(async (page) => {
      await drop(page, names, folder);
      expect(await alert(page)).toBe('One file only. To send several, put them in a ZIP file.');
      expect(await buttons(page)).toEqual(['Choose a file']);
      expect(sent()).toEqual([]);
    });
  });

  test('takes a file that is dropped anywhere on it', async () => {
    await visit(async (page) => {
      await drop(page, ['a.jpg']);
      expect(await textOf(page, '#file')).toBe('a.jpg 5 bytes');
      await press(page, 'Send');
      await shows(page, RECEIVED);
    });
  });

  test('says that a file cannot be read, and does not redeem the link', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'send-file-'));
    try {
      const path = join(folder, 'notes.txt');
      await writeFile(path, 'hello');
      await visit(async (page) => {
        await choose(page, path);
        await rm(path);
        await press(page, 'Send');
        await page.getByText('This file can’t be read.').waitFor();
        expect(await buttons(page)).toEqual(['Choose another file']);
        expect(sent()).toEqual([]);
        expect(page.url()).toBe(service.sendLink(NONCE));
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('declares a ZIP file of Windows with its registered type if the link accepts only that', async () => {
    service.describe = requested({ content_types: ['application/zip'] });
    await visit(async (page) => {
      await choose(page, { ...PHOTO, mimeType: 'application/x-zip-compressed' });
      await press(page, 'Send');
      await shows(page, RECEIVED);
      expect(service.requests.join()).toContain('content_type=application%2Fzip');
    });
  });

  test('works with the keyboard only', async () => {
    await visit(async (page) => {
      // Chromium must know that the test waits for a file chooser before a key opens one.
      const opened = page.waitForEvent('filechooser');
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Choose a file');
      await page.keyboard.press('Enter');
      const chooser = await opened;
      expect(chooser.isMultiple()).toBe(false);
      await chooser.setFiles(PHOTO);
      await page.getByRole('button', { name: 'Send' }).waitFor();
      expect(await focused(page)).toBe('Send');
      expect(await page.getByRole('status').innerText()).toMatch(/photo\.jpg\s+5 bytes/);
      await page.keyboard.press('Enter');
      await shows(page, RECEIVED);
      expect(await focused(page)).toBe(RECEIVED);
    });
  });
});

describe('sending', () => {
  test('declares the file, sends exactly the headers of the response and the file, and shows the end', async () => {
    await visit(async (page) => {
      const messages: string[] = [];
      page.on('console', (message) => messages.push(message.text()));
      page.on('pageerror', (error) => messages.push(String(error)));
      await send(page);
      await shows(page, RECEIVED);
      expect(await focused(page)).toBe(RECEIVED);
      expect(await textOf(page, '#file')).toMatch(/^photo\.jpg sent \d+ \w+ at \d+:\d\d$/);
      expect(service.requests.slice(1)).toEqual([
        `POST /prod/upload-object?nonce=${NONCE}&file_name=photo.jpg&size_bytes=5&content_type=image%2Fjpeg`,
        'PUT S3 5',
      ]);
      const { headers, body } = service.received ?? {};
      expect(body).toBe('hello');
      expect(headers).toMatchObject({
        'content-length': '5',
        'content-type': 'image/jpeg',
        'if-none-match': '*',
        'x-amz-meta-link-id': 'link-id',
      });
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('referer');
      expect(messages).toEqual([]);
    });
  });

  test.each([
    ['Ünïcödé & = ? #.jpg'],
    ['<img src=x onerror=alert(1)>.jpg'],
    ['\u202egpj.exe'],
    ['%2e%2e%2f.jpg'],
    ['عربي.jpg'],
    ['$& {size}.jpg'],
  ])('declares the name %j as it is, and shows it as text', async (name) => {
    await visit(async (page) => {
      await choose(page, { ...PHOTO, name });
      expect(await textOf(page, '#name')).toBe(name.replace('\u202e', ''));
      await press(page, 'Send');
      await shows(page, RECEIVED);
      const [, query = ''] = /upload-object\?(\S+)/.exec(service.requests.join('\n')) ?? [];
      expect(new URLSearchParams(query).get('file_name')).toBe(name);
    });
  });

  test('an empty file is sent', async () => {
    await visit(async (page) => {
      await choose(page, { ...PHOTO, buffer: Buffer.alloc(0) });
      await press(page, 'Send');
      await shows(page, 'Received: 0 bytes');
      expect(service.received?.body).toBe('');
    });
  });

  test('the nonce leaves the address before it is sent, and a double click sends one request', async () => {
    const response = hold();
    service.declare = { ...service.declare, after: response.opened };
    await visit(async (page) => {
      await choose(page);
      await page.getByRole('button', { name: 'Send' }).dblclick();
      await page.getByRole('button', { name: 'One moment…' }).press('Enter');
      expect(await page.evaluate('[location.hash, history.state]')).toEqual(['', { state: 'interrupted' }]);
      response.open();
      await shows(page, RECEIVED);
      expect(sent()).toEqual(['upload-object', 'PUT S3 5']);
      expect(await page.content()).not.toContain(NONCE);
      expect(await page.evaluate('JSON.stringify([localStorage, sessionStorage])')).not.toContain(NONCE);
    });
  });

  test('a large file shows its progress, and warns before the page is closed until it is received', async () => {
    const body = hold();
    service.beforeBody = body.opened;
    const folder = await mkdtemp(join(tmpdir(), 'send-file-'));
    try {
      const path = join(folder, 'video.mp4');
      await writeFile(path, '');
      await truncate(path, 60_000_000);
      await visit(async (page) => {
        await choose(page, path);
        await press(page, 'Send');
        await shows(page, SENDING);
        expect(await focused(page)).toBe(SENDING);
        // Not `waitForFunction`, which needs `eval`.
        await until(async () => (await page.locator('progress').evaluate(({ value }) => value > 0.02)) || undefined);
        expect(await textOf(page, '#file')).toMatch(/^video\.mp4 [1-9]\d?% · [\d.]+ MB of 60 MB( about .* left)?$/);
        expect(await warns(page)).toBe(true);
        body.open();
        await shows(page, 'Received: 60 MB');
        expect(service.received?.body).toBe(60_000_000);
        expect(await warns(page)).toBe(false);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('after a reload, the page says when the file was sent, and requests nothing', async () => {
    await visit(async (page) => {
      await send(page);
      await shows(page, RECEIVED);
      service.requests.length = 0;
      await page.reload();
      await page.getByRole('heading', { name: /^You sent a file through this link on this device at / }).waitFor();
      await page.goto(service.sendLink(OTHER_NONCE));
      await shows(page, ASKED);
      service.requests.length = 0;
      await page.goto(service.sendLink(NONCE));
      await page.getByRole('heading', { name: /^You sent a file through this link on this device at / }).waitFor();
      expect(service.requests).toEqual([]);
      expect(await buttons(page)).toEqual([]);
    });
  });
});

/** Whether the page asks before it is closed. */
async function warns(page: Page): Promise<unknown> {
  return await page.evaluate(
    "{ const event = new Event('beforeunload', { cancelable: true }); dispatchEvent(event); event.defaultPrevented }",
  );
}

describe('an upload that fails', () => {
  test.each([
    ['an error of S3', { status: 500 }],
    ['a conflict', { status: 409 }],
    ['a timeout of S3', { status: 400 }],
  ])('can be tried again after %s with the same URL, and the link is redeemed once', async (_, reply) => {
    service.put = reply;
    await visit(async (page) => {
      await send(page);
      await shows(page, FAILED);
      expect(await focused(page)).toBe(FAILED);
      expect(await warns(page)).toBe(true);
      service.put = { status: 200 };
      await press(page, /^Try again/);
      await shows(page, RECEIVED);
      expect(sent()).toEqual(['upload-object', 'PUT S3 5', 'PUT S3 5']);
    });
  });

  test('can be canceled and tried again', async () => {
    service.put = { status: 200, after: hold().opened };
    await visit(async (page) => {
      await send(page);
      await press(page, 'Cancel');
      await shows(page, CANCELED);
      service.put = { status: 200 };
      await press(page, /^Try again/);
      await shows(page, RECEIVED);
    });
  });

  test('can be tried again after a lost connection', async () => {
    service.put = { status: 200, dropped: true };
    await visit(async (page) => {
      await send(page);
      await shows(page, FAILED);
      service.put = { status: 200 };
      await press(page, /^Try again/);
      await shows(page, RECEIVED);
      expect(sent().filter((request) => request === 'upload-object')).toHaveLength(1);
    });
  });

  // Chromium sends a request again if the connection that it reused is lost.
  test('had arrived after all if S3 says that the object exists, and no other link has its key', async () => {
    service.put = { status: 412 };
    await visit(async (page) => {
      await send(page);
      await shows(page, RECEIVED);
    });
  });

  test('had arrived after all if S3 says at the second attempt that the object exists', async () => {
    service.declare = service.signed({ key: 'inbox/report.jpg' });
    service.put = { status: 200, dropped: true };
    await visit(async (page) => {
      await send(page);
      await shows(page, FAILED);
      service.put = { status: 412 };
      await press(page, /^Try again/);
      await shows(page, RECEIVED);
    });
  });

  test('has failed for good if S3 says at the first attempt that an object with a chosen key exists', async () => {
    service.declare = service.signed({ key: 'inbox/report.jpg' });
    service.put = { status: 412 };
    await visit(async (page) => {
      await send(page);
      await shows(page, EXISTS);
      expect(await buttons(page)).toEqual([]);
      expect(await warns(page)).toBe(false);
      await page.reload();
      await shows(page, INTERRUPTED);
    });
  });

  test('cannot be tried again once the URL has expired', async () => {
    service.put = { status: 500 };
    service.declare = service.signed({ expiresInSeconds: 3 });
    await visit(async (page) => {
      await send(page);
      await shows(page, EXPIRED);
      expect(await focused(page)).toBe(EXPIRED);
      expect(await buttons(page)).toEqual([]);
    });
  });

  test('says that the file was deleted meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'send-file-'));
    try {
      const path = join(folder, 'notes.txt');
      await writeFile(path, 'hello');
      service.put = { status: 500 };
      await visit(async (page) => {
        await choose(page, path);
        await press(page, 'Send');
        await shows(page, FAILED);
        expect(await alert(page)).toBe('');
        await rm(path);
        await press(page, /^Try again/);
        await page.getByText('This file can’t be read.').waitFor();
        await shows(page, FAILED);
        expect(sent()).toEqual(['upload-object', 'PUT S3 5']);
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test('because the bucket allows no uploads from this page can be tried again', async () => {
    service.allowsCors = false;
    await visit(async (page) => {
      await send(page);
      await shows(page, FAILED);
      expect(sent()).toEqual(['upload-object']);
    });
  });
});

describe('when the service', () => {
  test('refuses the declaration, the link stays active and another file can be chosen', async () => {
    const accepted = service.declare;
    service.declare = { status: 400, headers: { 'Problem-Code': 'InvalidRequest' }, body: '{}' };
    await visit(async (page) => {
      await send(page);
      await page.getByText('This file is not accepted.').waitFor();
      expect(await buttons(page)).toEqual(['Choose another file']);
      expect(page.url()).toBe(service.sendLink(NONCE));
      service.declare = accepted;
      await send(page);
      await shows(page, RECEIVED);
    });
  });

  test.each([
    ['responds with an error', { status: 503 }],
    ['does not respond', { status: 200, dropped: true as const }],
    ['responds with the 400 of a proxy', { status: 400 }],
    ['responds without a URL', { status: 200, body: '{}' }],
    ['responds with a javascript: URL', { status: 200, body: '{"url":"javascript:alert(1)"}' }],
  ])('%s, the nonce is restored and the uploader can try again', async (_, reply) => {
    const accepted = service.declare;
    service.declare = reply;
    await visit(async (page) => {
      await send(page);
      await shows(page, RETRY);
      expect(page.url()).toBe(service.sendLink(NONCE));
      expect(await focused(page)).toBe('Try again');
      expect(await page.getByRole('status').textContent()).toContain('may still work');
      service.declare = accepted;
      await press(page, 'Try again');
      await shows(page, RECEIVED);
    });
  });

  test('redeemed the link but its response was lost, the page does not say that the link works', async () => {
    service.declare = { status: 200, dropped: true };
    await visit(async (page) => {
      await send(page);
      await shows(page, RETRY);
      service.declare = DEAD;
      await press(page, 'Try again');
      await shows(page, UNAVAILABLE);
      expect(await buttons(page)).toEqual([]);
    });
  });

  test('has not responded when the page is reloaded, the page says that the link may have been used', async () => {
    service.declare = { status: 200, after: hold().opened };
    await visit(async (page) => {
      page.on('dialog', (dialog) => dialog.accept());
      await send(page);
      await page.getByRole('button', { name: 'One moment…' }).waitFor();
      await page.reload();
      await shows(page, INTERRUPTED);
    });
  });

  test.each([
    ['fails', { status: 503 }],
    ['describes nothing', { status: 200, body: '{}' }],
  ])('%s at the description, a file can still be sent', async (_, reply) => {
    service.describe = reply;
    await visit(async (page) => {
      await shows(page, 'A request for a file');
      expect(await page.locator('#card').isVisible()).toBe(false);
      await send(page);
      await shows(page, RECEIVED);
    });
  });

  test('says that the link is dead, the page says so at once', async () => {
    service.describe = DEAD;
    await visit(async (page) => {
      await shows(page, UNAVAILABLE);
      expect(await focused(page)).toBe(UNAVAILABLE);
      expect(await buttons(page)).toEqual([]);
    });
  });
});

test('another link in the same tab does not stop an upload, which shows nothing on the page of the other link', async () => {
  const response = hold();
  service.put = { status: 200, after: response.opened };
  await visit(async (page) => {
    await send(page);
    await shows(page, SENDING);
    await page.goto(service.sendLink(OTHER_NONCE));
    await shows(page, ASKED);
    expect(await warns(page)).toBe(true);
    response.open();
    await page.waitForFunction("localStorage.getItem('sent')");
    await shows(page, ASKED);
    expect(await warns(page)).toBe(false);
    expect(page.url()).toBe(service.sendLink(OTHER_NONCE));
  });
});
