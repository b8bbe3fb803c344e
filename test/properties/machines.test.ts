import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/chromium';
import { type Answer, askForLink, type Send, send } from '../support/http';
import { LINK_KINDS, type LinkKind } from '../support/link-kinds';
import { type RunningEmulator, runEmulator } from '../support/running-emulator';

/** Somebody who comes by a link. */
interface Visitor {
  readonly who: string;
  /** @default 'GET' */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Visitors to whom the same must happen. */
interface Group {
  readonly title: string;
  readonly explanation: string;
  /** Whether a plain link can still be opened afterwards. A click-through link always can. */
  readonly livesOn: boolean;
  readonly visitors: readonly Visitor[];
}

/** Somebody who opens a click-through link in a browser that runs scripts. */
interface BrowserVisitor {
  readonly who: string;
  readonly does: string;
  readonly livesOn: boolean;
  readonly act: (page: Page) => Promise<unknown>;
}

/** Both addresses of one link. */
interface Link {
  readonly url: string;
  readonly click_through_url: string;
}

const DOCUMENT = join(__dirname, '..', '..', 'docs', 'bot-matrix.md');
const REGENERATE = 'UPDATE_DOCS=1 npx jest test/properties/machines.test.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
const SAFARI =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 14; SM-S911B Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko)';

function agent(who: string, userAgent: string, more: Readonly<Record<string, string>> = {}): Visitor {
  return { who, headers: { 'User-Agent': userAgent, ...more } };
}

const GROUPS: readonly Group[] = [
  {
    title: 'Link checkers',
    explanation: 'A method that does not ask for the object never reaches it.',
    livesOn: true,
    visitors: [
      { who: 'A link checker', method: 'HEAD' },
      {
        who: 'A preview service that asks with HEAD first',
        method: 'HEAD',
        headers: { 'User-Agent': 'Twitterbot/1.0' },
      },
      {
        who: 'A script on another site, before it asks',
        method: 'OPTIONS',
        headers: { Origin: 'https://example.com', 'Access-Control-Request-Method': 'POST' },
      },
      ...['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND'].map((method) => ({
        who: `A scanner that tries ${method}`,
        method,
      })),
    ],
  },
  {
    title: 'Browsers that look ahead',
    explanation: 'Nobody has pressed anything yet, and the browser says so.',
    livesOn: true,
    visitors: [
      agent('Chrome, Edge: prefetch by speculation rules or `<link rel=prefetch>`', CHROME, {
        'Sec-Purpose': 'prefetch',
      }),
      agent('Chrome: prefetch through a proxy', CHROME, { 'Sec-Purpose': 'prefetch;anonymous-client-ip' }),
      agent('Chrome, Edge: prerender', CHROME, { 'Sec-Purpose': 'prefetch;prerender' }),
      agent('Chrome, older: prefetch', CHROME, { Purpose: 'prefetch' }),
      agent('Firefox: prefetch', FIREFOX, { 'Sec-Purpose': 'prefetch' }),
      agent('Firefox, older: prefetch', FIREFOX, { 'X-Moz': 'prefetch' }),
      agent('Safari: prefetch', SAFARI, { Purpose: 'prefetch' }),
      agent('Safari: top sites', SAFARI, { 'X-Purpose': 'preview' }),
      agent('WebKit, older', SAFARI, { Purpose: 'preview' }),
    ],
  },
  {
    title: 'Services that show a preview',
    explanation: 'They fetch a link that was written in a message, and say who they are.',
    livesOn: true,
    visitors: [
      agent('Slack', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'),
      agent('Slack, other fetches', 'Slackbot 1.0 (+https://api.slack.com/robots)'),
      agent('Slack, pictures', 'Slack-ImgProxy (+https://api.slack.com/robots)'),
      agent('X', 'Twitterbot/1.0'),
      agent('Facebook', 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'),
      agent('Meta', 'meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)'),
      agent('WhatsApp on Android', 'WhatsApp/2.23.20.0 A'),
      agent('WhatsApp on iOS', 'WhatsApp/2.23.18.78 i'),
      agent('WhatsApp on the desktop', 'WhatsApp/2.2336.9 W'),
      agent('Signal', 'WhatsApp/2'),
      agent(
        'iMessage',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 ' +
          'Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
      ),
      agent('LINE', 'facebookexternalhit/1.1;line-poker/1.0'),
      agent(
        'Teams, Skype',
        'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
      ),
      agent('Microsoft', 'Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)'),
      agent('Discord', 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)'),
      agent('Telegram', 'TelegramBot (like TwitterBot)'),
      agent('LinkedIn', 'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)'),
      agent('Pinterest', 'Mozilla/5.0 (compatible; Pinterestbot/1.0; +http://www.pinterest.com/bot.html)'),
      agent('Reddit', 'Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)'),
      agent('Mastodon', 'Mastodon/4.3.0 (http.rb/5.2.0; +https://mastodon.social/) Bot'),
      agent('Mattermost', 'Mattermost-Bot/1.1'),
      agent('VK', 'Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)'),
      agent(
        'Google Chat',
        'Mozilla/5.0 (Windows NT 6.1; rv:6.0) Gecko/20110814 Firefox/6.0 Google-PageRenderer Google (+https://developers.google.com/+/web/snippet/)',
      ),
      agent('Iframely, for many', 'Iframely/1.3.1 (+https://iframely.com/docs/about)'),
      agent('Embedly, for many', 'Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)'),
      agent('Google, search', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'),
      agent('Bing, search', 'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)'),
      agent(
        'Apple, search',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 ' +
          'Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)',
      ),
    ],
  },
  {
    title: 'People',
    explanation:
      'Their link opens, in a browser of its own or inside the app that the link was sent in. A click-through link waits for them to press.',
    livesOn: false,
    visitors: [
      agent('Chrome', CHROME, { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-User': '?1', 'Sec-Fetch-Dest': 'document' }),
      agent('Edge', `${CHROME} Edg/143.0.0.0`),
      agent('Firefox', FIREFOX),
      agent('Safari', SAFARI),
      agent(
        'Safari on a phone, where links of iMessage and WhatsApp open',
        `${IPHONE} Version/17.6 Mobile/15E148 Safari/604.1`,
      ),
      agent('The Slack app on the desktop', `${CHROME} Slack_SSB/4.40.126`),
      agent('The Slack app on a phone', `${IPHONE} Mobile/15E148 Slack/24.10.10`),
      agent('The Facebook app on iOS', `${IPHONE} Mobile/21G80 [FBAN/FBIOS;FBAV/484.0.0.27.110;FBBV/648234565]`),
      agent(
        'The Facebook app on Android',
        `${ANDROID} Version/4.0 Chrome/129.0.6668.100 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/485.0.0.0;]`,
      ),
      agent('The Instagram app', `${IPHONE} Mobile/21G80 Instagram 350.0.0.17.92 (iPhone14,5; iOS 17_6)`),
      agent('The X app', `${IPHONE} Mobile/15E148 Twitter for iPhone/10.60`),
      agent('The LinkedIn app', `${IPHONE} Mobile/15E148 [LinkedInApp]/9.30.1234`),
      agent('The Pinterest app', `${IPHONE} Mobile/15E148 [Pinterest/iOS]`),
      agent('The Discord app', `${CHROME} discord/1.0.9175 Electron/32.2.7`),
      agent('The Teams app', `${CHROME} Edg/143.0.0.0 Teams/24243.1309.3132.617`),
      agent('A program that was told to', 'curl/8.5.0'),
      { ...agent('A script that asks for the address', CHROME, { Accept: 'application/json' }), method: 'POST' },
    ],
  },
  {
    title: 'Machines that cannot be told from people',
    explanation: 'They ask as a person does and say nothing else, so they spend a plain link.',
    livesOn: false,
    visitors: [
      agent('A mail scanner that opens links in a browser', CHROME),
      agent('A preview service that is not in the list above', 'ExamplePreview/1.0 (+https://example.com/preview)'),
      agent('A library that was not given a name', 'python-requests/2.32.3'),
      { who: 'A program that says nothing at all' },
    ],
  },
];

const IN_A_BROWSER: readonly BrowserVisitor[] = [
  {
    who: 'A mail scanner that loads the page in a real browser and runs its scripts',
    does: 'waits until nothing moves, takes a picture, scrolls, points at the button, presses nothing',
    livesOn: true,
    async act(page) {
      await page.waitForLoadState('networkidle');
      await page.screenshot();
      await page.mouse.wheel(0, 1000);
      await page.getByRole('button').hover();
    },
  },
  {
    who: 'A scanner that follows every link of a page',
    does: 'finds none',
    livesOn: true,
    act: async (page) => expect(await page.getByRole('link').count()).toBe(0),
  },
  {
    who: 'A scanner that sends every form of a page',
    does: 'finds none',
    livesOn: true,
    act: async (page) => expect(await page.locator('form').count()).toBe(0),
  },
  {
    who: 'A person',
    does: 'presses the button',
    livesOn: false,
    act: pressButton,
  },
  {
    who: 'A machine that presses every button that it finds',
    does: 'presses the button: it cannot be told from a person',
    livesOn: false,
    act: pressButton,
  },
];

async function pressButton(page: Page): Promise<void> {
  await page.getByRole('button').click();
  await page.waitForURL((url) => url.href.startsWith(emulator.s3Endpoint));
}

let emulator: RunningEmulator;
let browser: Browser;
const sections: string[] = [];

beforeAll(async () => {
  [emulator, browser] = await Promise.all([runEmulator(), launchChromium()]);
});

afterAll(async () => {
  await browser.close();
  await emulator.close();
});

async function newLink(presign: LinkKind): Promise<Link> {
  const fields = { bucket_name: emulator.bucketName, object_name: 'S3.png', presign };
  return JSON.parse((await askForLink(emulator, fields, { Accept: 'application/json' })).body);
}

/** What a client that is no browser asks for, and a browser as well: neither sends the fragment. */
function withoutFragment(address: string): string {
  return address.replace(/#.*$/, '');
}

function yesOrNo(livesOn: boolean): string {
  return livesOn ? 'yes' : 'no';
}

function asks({ method = 'GET', headers = {} }: Visitor): string {
  return [method, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)]
    .map((part) => `\`${part}\``)
    .join('<br>');
}

function gets({ status, body, headers }: Answer): string {
  if (headers['location'] !== undefined || body.includes('X-Amz-Signature')) {
    return `${status}, the object`;
  }
  if (body.startsWith('<!doctype html>') && status === 200) {
    return '200, the page with the button';
  }
  return `${status}, ${status === 200 ? 'nothing' : 'refused'}`;
}

describe.each(GROUPS)('$title', ({ title, explanation, livesOn, visitors }) => {
  const rows: string[] = [];

  const what = `${livesOn ? 'leave' : 'spend'} a plain link, and leave a click-through link`;
  test.each(visitors)(`${what}: $who`, async (visitor) => {
    const { method = 'GET', headers = {} }: Send = visitor;
    const seen = new Set<string>();
    for (const presign of LINK_KINDS) {
      const plain = await newLink(presign);
      const clickThrough = await newLink(presign);

      const visits = [
        await send(plain.url, { method, headers }),
        await send(withoutFragment(clickThrough.click_through_url), { method, headers }),
      ];
      const readers = [await send(plain.url), await send(clickThrough.url)];

      const cells = visits.map((visit, which) => `${gets(visit)} | ${yesOrNo(readers[which]?.status === 302)}`);
      seen.add(cells.join(' | '));
      expect(readers.map(({ status }) => status)).toEqual([livesOn ? 302 : 403, 302]);
      expect(visits.map((visit) => gets(visit).endsWith('the object'))).toEqual([!livesOn, false]);
    }
    const [fate, ...others] = seen;
    expect(others).toEqual([]);
    rows.push(`| ${visitor.who} | ${asks(visitor)} | ${fate} |`);
  });

  test('are in the table', () => {
    expect(rows).toHaveLength(visitors.length);
    const head =
      '| who | asks with | of a plain link gets | it lives on | of a click-through link gets | it lives on |\n' +
      '| --- | --- | --- | --- | --- | --- |';
    sections.push(`## ${title}\n\n${explanation}\n\n${head}\n${rows.join('\n')}\n`);
  });
});

describe('In front of the button', () => {
  const rows: string[] = [];

  test.each(IN_A_BROWSER)('$who $does', async ({ who, does, livesOn, act }) => {
    const link = await newLink('on_open');
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(link.click_through_url);
      await act(page);
    } finally {
      await context.close();
    }
    const reader = await send(link.url);

    rows.push(`| ${who} | ${does} | ${yesOrNo(reader.status === 302)} |`);
    expect(reader.status).toBe(livesOn ? 302 : 403);
  });

  test('are in the table', () => {
    expect(rows).toHaveLength(IN_A_BROWSER.length);
    const explanation = 'What becomes of a click-through link in a browser that runs scripts: here, Chromium.';
    const head = '| who | does | the link lives on |\n| --- | --- | --- |';
    sections.push(`## In front of the button\n\n${explanation}\n\n${head}\n${rows.join('\n')}\n`);
  });
});

test('docs/bot-matrix.md says what was just seen', () => {
  const table = [
    '# Bot matrix: who spends a link\n',
    'What happened to a new link when each of these came by, on the local emulator: to a plain one, and to a click-through one,',
    'whose secret is in the fragment, which none of them sends. It is the same whether the URL behind the link was signed when',
    `the link was made or is signed when it is opened. Made by \`${REGENERATE}\`; the test fails`,
    'when this page and the emulator disagree.\n',
    ...sections,
  ].join('\n');
  process.stdout.write(`${table}\n`);
  if (process.env['UPDATE_DOCS']) {
    writeFileSync(DOCUMENT, table);
  }
  if (readFileSync(DOCUMENT, 'utf8') !== table) {
    throw new Error(`docs/bot-matrix.md is out of date. Look at what changed, then: ${REGENERATE}`);
  }
});
